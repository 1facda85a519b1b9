//! What a written function takes and gives, and how it is called.

use crate::dice::Dice;
use crate::grammar::{Form, Function};
use crate::scope::{Ty, Vars};

/// What it gives, as its statements have to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returns {
    Val,
    Num,
    Result,
    Count,
    Option,
    /// A result that borrows from a parameter.
    Lent,
}

/// How code reaches the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// By a parameter.
    Place,
    /// As it reaches a static, or the file system.
    Ambient,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    /// It shares a world with its calls.
    pub(crate) world: Option<Reach>,
    /// The names of what acts on the world do not tell.
    pub(crate) misnamed: bool,
    pub(crate) receiver: &'static str,
    /// A method of a trait, not of the type itself.
    pub(crate) of_trait: bool,
    /// It has a const parameter, and parameters of the types `impl Trait`.
    pub(crate) generic: bool,
    /// The attribute shows the schedule.
    pub(crate) explain: bool,
    /// It is written as `strict` too.
    pub(crate) strict: bool,
    pub(crate) returns: Returns,
    pub(crate) gives: &'static str,
}

impl Signature {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let (returns, gives) = dice.weighted(&[
            (3, (Returns::Result, "Result<Val, Fail>")),
            (2, (Returns::Result, "Outcome<Val>")),
            (2, (Returns::Count, "Outcome<u64>")),
            (2, (Returns::Option, "Option<Val>")),
            (1, (Returns::Lent, "Outcome<&'a Val>")),
            (2, (Returns::Val, "Val")),
            (2, (Returns::Num, "u64")),
        ]);
        let receiver = dice.weighted(&[
            (10, ""),
            (2, "&self"),
            (3, "&mut self"),
            (1, "self"),
            (1, "mut self"),
            (1, "self: Box<Self>"),
        ]);
        let world = dice.weighted(&[(4, None), (4, Some(Reach::Place)), (3, Some(Reach::Ambient))]);
        Signature {
            world,
            misnamed: world.is_some() && dice.chance(8),
            receiver,
            of_trait: !receiver.is_empty() && dice.chance(40),
            generic: dice.chance(20),
            explain: dice.chance(10),
            strict: dice.chance(30) && !matches!(returns, Returns::Val | Returns::Num),
            returns,
            gives,
        }
    }

    /// The forms of the grammar that it has.
    pub(crate) fn forms(&self) -> Vec<&'static str> {
        let mut forms = Vec::new();
        forms.extend(match self.receiver {
            "" => None,
            "&self" => Some("a method with &self"),
            "&mut self" => Some("a method with &mut self"),
            "self: Box<Self>" => Some("a method with self: Box<Self>"),
            _ => Some("a method with self"),
        });
        forms.extend(self.of_trait.then_some("a method of a trait"));
        forms.extend(self.generic.then_some("generic parameters"));
        forms.extend(self.explain.then_some("explain"));
        forms.extend(self.strict.then_some("strict"));
        forms.extend(self.world.map(|reach| match reach {
            Reach::Place => "a world that is a parameter",
            Reach::Ambient => "a world that is a static",
        }));
        forms.extend(self.misnamed.then_some("names that do not tell"));
        forms.extend((self.returns == Returns::Lent).then_some("a borrow as the value"));
        forms
    }

    /// Declares the parameters.
    pub(crate) fn declare(&self, vars: &mut Vars) {
        match self.receiver {
            "" => {}
            "&self" => drop(vars.declare("self", Ty::Host, false)),
            "&mut self" => drop(vars.declare("self", Ty::MutHost, false)),
            "self: Box<Self>" => drop(vars.declare("self", Ty::BoxHost, false)),
            receiver => drop(vars.declare("self", Ty::OwnHost, receiver == "mut self")),
        }
        vars.declare("p", Ty::Val, false);
        vars.declare("q", Ty::Ref, false);
        vars.declare("r", Ty::Mut, false);
        vars.declare("s", Ty::Pair, true);
        vars.declare("t", Ty::MutPair, false);
        let k = vars.declare("k", Ty::Num, false);
        vars.copied(k);
        if self.generic {
            vars.declare("w", Ty::Any, false);
            vars.declare("g", Ty::Fun, false);
            vars.declare("z", Ty::Array, false);
        }
        if self.world == Some(Reach::Place) {
            vars.declare("world", Ty::World, false);
        }
        // What is returned has to be there.
        let all = ["p", "q", "s", "t"];
        vars.shadowable =
            all.into_iter().filter(|name| *name != "q" || self.returns != Returns::Lent).collect();
    }

    /// `fn name<'a>(…) -> …`
    fn head(&self, name: &str, form: Form, patterns: bool) -> String {
        let asynchronous = if form == Form::Asynchronous { "async " } else { "" };
        let (a, lifetime) = match self.generic || self.returns == Returns::Lent {
            true => ("'a ", "'a"),
            false => ("", ""),
        };
        let generics = match (self.generic, lifetime) {
            (true, _) => "<'a, const N: usize>",
            (false, "") => "",
            (false, _) => "<'a>",
        };
        let mut receiver = self.receiver;
        if !patterns {
            receiver = receiver.trim_start_matches("mut ");
        }
        let receiver = if receiver.is_empty() { String::new() } else { format!("{receiver}, ") };
        let mutable = if patterns { "mut " } else { "" };
        let more =
            if self.generic { ", w: impl Arg, g: impl Fn(u64) -> u64, z: &[u64; N]" } else { "" };
        let world = if self.world == Some(Reach::Place) { ", world: &World" } else { "" };
        let model = if form == Form::Model { ", m: &mut Model<'_>" } else { "" };
        format!(
            "{asynchronous}fn {name}{generics}({receiver}cx: &Cx, p: Val, q: &{a}Val, r: &mut Val, \
             {mutable}s: Pair, t: &mut Pair, k: u64, lock: &Lock{more}{world}{model}) -> {}",
            self.gives
        )
    }
}

impl Function {
    fn name(&self, form: Form) -> String {
        match self.signature.receiver {
            "" => "f".to_owned(),
            _ => format!("f{}_{}", self.index, form.name()),
        }
    }

    /// What stands before the body, and after it.
    pub(crate) fn frame(&self, form: Form) -> (String, &'static str) {
        let signature = &self.signature;
        let attribute = match (form, signature.explain) {
            (Form::Serial | Form::Model, _) => "(serial)",
            (Form::Strict, false) => "(strict)",
            (Form::Strict, true) => "(strict, explain)",
            (_, false) => "",
            (_, true) => "(explain)",
        };
        let name = self.name(form);
        let head = signature.head(&name, form, true);
        match (signature.receiver, signature.of_trait) {
            ("", _) => (format!("#[background{attribute}]\npub {head} {{"), "}"),
            (_, false) => {
                (format!("impl Host {{\n#[background{attribute}]\npub {head} {{"), "}\n}")
            }
            (_, true) => {
                let declared = signature.head(&name, form, false);
                let text = format!(
                    "pub trait Works {{\n{declared};\n}}\nimpl Works for Host {{\n\
                     #[background{attribute}]\n{head} {{"
                );
                (text, "}\n}")
            }
        }
    }

    /// The `run` that calls it.
    pub(crate) fn caller(&self, form: Form) -> String {
        let signature = &self.signature;
        let (model, give) = match form {
            Form::Model => (", m: &mut Model<'_>", ", m"),
            _ => ("", ""),
        };
        let host = match signature.receiver {
            "" => "",
            "self: Box<Self>" => "Box::new(host).",
            _ => "host.",
        };
        let more =
            if signature.generic { ", Val::parameter(cx, 10), |n| n + 3, &[5, 6]" } else { "" };
        let world = if signature.world == Some(Reach::Place) { ", &cx.world" } else { "" };
        let name = self.name(form);
        let mut call = format!(
            "{host}{name}(cx, Val::parameter(cx, 1), &q, &mut r, s, &mut t, 7, &lock{more}{world}{give})"
        );
        if form == Form::Asynchronous {
            call = format!("bridge::run_in_foreground({call})");
        }
        let kept = match signature.receiver {
            "" | "&self" | "&mut self" => "(&host.a, &host.b, host.k)",
            _ => "()",
        };
        format!(
            "
pub fn run(cx: &Cx{model}) -> String {{
    let lock = Lock {{ cx: cx.clone(), site: 0 }};
    let q = Val::parameter(cx, 2);
    let mut r = Val::parameter(cx, 3);
    let s = Pair {{ a: Val::parameter(cx, 4), b: Val::parameter(cx, 5), k: 3 }};
    let mut t = Pair {{ a: Val::parameter(cx, 6), b: Val::parameter(cx, 7), k: 4 }};
    let mut host = Host {{ a: Val::parameter(cx, 8), b: Val::parameter(cx, 9), k: 5 }};
    let value = {call};
    cx.close();
    let value = shown(value);
    let host = {kept};
    if cx.cut(&value) {{ value }} else {{ shown((value, r, t, host)) }}
}}
"
        )
    }
}
