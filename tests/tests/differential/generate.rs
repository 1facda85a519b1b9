//! Random functions over what the planner handles.

use std::collections::BTreeSet;

use crate::dice::{Dice, mix};
use crate::grammar::{Function, Mode, Step, Stmt, Tail, Unit, Use};
use crate::scope::{Handed, Ty, Var, Vars, agree};
use crate::scopes::Label;
use crate::signature::{Reach, Returns, Signature};

/// Writes one function.
pub(crate) fn function(index: u32, seed: u64) -> Function {
    let mut dice = Dice::new(mix(seed, u64::from(index)));
    let signature = Signature::new(&mut dice);
    let straight = dice.chance(40);
    let mut vars = Vars::default();
    signature.declare(&mut vars);
    let returns = signature.returns;
    let forms = signature.forms().into_iter().collect();
    let mut writer = Generator {
        dice,
        vars,
        returns,
        strict: signature.strict,
        reach: signature.world,
        misnamed: signature.misnamed,
        guarded: false,
        forms,
        labels: Vec::new(),
        sites: 20,
        nested: 0,
        straight,
        hushed: false,
    };
    let length = 3 + writer.dice.below(7);
    let mut body = Vec::new();
    (0..length).for_each(|_| writer.stmt(&mut body));
    let tail = writer.result();
    let mut function =
        Function { index, signature, body, tail, forms: writer.forms, borrowers: Vec::new() };
    function.settle(&writer.vars);
    function.borrowers = writer.vars.borrowers();
    if function.has_block_call() {
        function.forms.insert("a block that is a call");
    }
    function
}

pub(crate) struct Generator {
    pub(crate) dice: Dice,
    pub(crate) vars: Vars,
    pub(crate) returns: Returns,
    /// It is written as `strict` too, where no iteration runs ahead.
    pub(crate) strict: bool,
    /// How it reaches the world that it shares with its calls, if it does.
    pub(crate) reach: Option<Reach>,
    /// The names of what acts do not tell.
    pub(crate) misnamed: bool,
    /// The statement holds a guard to its end.
    pub(crate) guarded: bool,
    /// What it has written so far, by the names of the census.
    forms: BTreeSet<&'static str>,
    /// The labels around the next statement.
    pub(crate) labels: Vec<Label>,
    sites: u32,
    pub(crate) nested: usize,
    /// Mostly calls.
    straight: bool,
    /// Nothing in arguments can be seen to be evaluated.
    pub(crate) hushed: bool,
}

/// An expression with what it uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) units: Vec<Unit>,
    pub(crate) uses: Vec<Use>,
    pub(crate) loud: bool,
}

impl Written {
    /// With what makes a value of its result.
    pub(crate) fn then(mut self, postfix: &str) -> Self {
        self.text += postfix;
        if let Some(unit) = self.units.last_mut() {
            unit.gate |= postfix.ends_with('?');
        }
        self
    }
}

impl Generator {
    /// Takes down that a form of the census is written.
    pub(crate) fn wrote(&mut self, form: &'static str) {
        self.forms.insert(form);
    }

    /// `?` leaves with an error.
    pub(crate) fn fails(&self) -> bool {
        matches!(self.returns, Returns::Result | Returns::Count | Returns::Lent)
    }

    /// The number of a call, or of something else that happens.
    pub(crate) fn site(&mut self) -> u32 {
        self.sites += 1;
        self.sites - 1
    }

    fn stmt(&mut self, body: &mut Vec<Stmt>) {
        let effects = if self.straight { 1 } else { 5 };
        let nest = if self.nested < 2 { effects } else { 0 };
        let jumps = if self.labels.is_empty() { 0 } else { 6 };
        let worldly = if self.reach.is_some() { 60 } else { 0 };
        let write = self.dice.weighted::<fn(&mut Self, &mut Vec<Stmt>)>(&[
            (30, Self::call),
            (10, Self::operands),
            (10, Self::plain),
            (8, Self::derivation),
            (4, Self::leaving),
            (3, Self::closure),
            (4, Self::later),
            (effects * 3, Self::effect),
            (3, Self::log),
            (nest * 5 / 2, Self::scope),
            (effects, Self::ordered_let),
            (effects / 2, Self::marked),
            (jumps, Self::jump),
            (worldly, Self::worldly),
        ]);
        self.guarded = false;
        write(self, body);
    }

    pub(crate) fn body(&mut self, length: usize) -> Vec<Stmt> {
        self.nested += 1;
        let mut body = Vec::new();
        (0..length).for_each(|_| self.stmt(&mut body));
        self.nested -= 1;
        body
    }

    /// Something to hand to a call beside what is used already, and what of it is
    /// held.
    pub(crate) fn handed(&mut self, beside: &[Use], held: &[Use]) -> Handed {
        if self.dice.chance(10) {
            return Handed {
                text: self.dice.below(90).to_string() + "_u64",
                uses: Vec::new(),
                loud: false,
            };
        }
        if !self.hushed && self.dice.chance(6) {
            let site = self.site();
            return Handed { text: format!("next(cx, {site})"), uses: Vec::new(), loud: true };
        }
        if !self.hushed && self.reach.is_some() && self.dice.chance(10) {
            return Handed { text: self.look_or_act(), uses: self.world(), loud: true };
        }
        let mut ways = self.vars.ways();
        ways.retain(|way| {
            agree(&way.uses, beside)
                && !self.vars.holds(&way.uses, beside)
                && !self.vars.holds(held, &way.uses)
        });
        // Half of the time what was made last, so that there are chains.
        let recent = ways.len().saturating_sub(12);
        if ways.is_empty() {
            return Handed { text: "5_u64".to_owned(), uses: Vec::new(), loud: false };
        }
        let from = if self.dice.chance(50) { recent } else { 0 };
        ways[from + self.dice.below(ways.len() - from)].clone()
    }

    /// The arguments of a call.
    pub(crate) fn arguments(&mut self) -> Handed {
        let count = self.dice.weighted(&[(3, 0), (6, 1), (3, 2), (1, 3)]);
        let mut all = Handed { text: String::new(), uses: Vec::new(), loud: false };
        let mut texts = Vec::new();
        let mut held = Vec::new();
        for _ in 0..count {
            let one = self.handed(&all.uses, &held);
            // What holds another place through a `&mut` is gone when that is used.
            self.vars.used(&one.uses);
            if !one.is_number() {
                held.extend(one.uses.clone());
            }
            all.uses.extend(one.uses);
            all.loud |= one.loud;
            texts.push(one.text);
        }
        all.text = match texts.as_slice() {
            [one] => one.clone(),
            texts => format!("({})", texts.join(", ")),
        };
        all
    }

    /// `name(cx, 7, arguments).await`, as a function or a method.
    pub(crate) fn awaited(&mut self, name: &str) -> Written {
        let arguments = self.arguments();
        let site = self.site();
        let text = if self.dice.chance(25) && !name.starts_with("put_") {
            format!("cx.{name}({site}, {}).await", arguments.text)
        } else {
            format!("{name}(cx, {site}, {}).await", arguments.text)
        };
        let unit = Unit {
            sites: vec![site],
            uses: arguments.uses,
            loud: arguments.loud,
            ..Unit::default()
        };
        Written { text, units: vec![unit], ..Written::default() }
    }

    /// An awaited call with what makes a value of its result, `put_` in front
    /// of its name where it is an effect.
    pub(crate) fn value(&mut self, put: &str) -> (Written, Ty) {
        let returns = self.returns;
        let fails = self.fails();
        let kind = self.dice.weighted(&[
            (8, "get"),
            (4, "num"),
            (4, "text"),
            (2, "pair"),
            (6, "attempt"),
            (3, "count"),
            (2, "probe"),
            (3, "find"),
            (if put.is_empty() { 4 } else { 0 }, "chain"),
            (if put.is_empty() { 6 } else { 0 }, "method"),
            (if put.is_empty() { 2 } else { 0 }, "nested"),
        ]);
        match kind {
            "chain" => return self.chain(),
            "method" => return self.method(),
            "nested" => {
                let inner = self.awaited("num");
                let site = self.site();
                let text = format!("get(cx, {site}, {}).await", inner.text);
                let unit = Unit { operands: inner.units, sites: vec![site], ..Unit::default() };
                return (Written { text, units: vec![unit], ..Written::default() }, Ty::Val);
            }
            _ => {}
        }
        let mut call = self.awaited(&format!("{put}{kind}"));
        let (postfix, ty) = match kind {
            "get" => (String::new(), Ty::Val),
            "num" => (String::new(), Ty::Num),
            "text" => (String::new(), Ty::Text),
            "pair" if self.dice.chance(30) => {
                self.wrote("a box that is made");
                call.text = format!("Box::new({})", call.text);
                (String::new(), Ty::Boxed)
            }
            "pair" => (String::new(), Ty::Pair),
            "attempt" => match self.dice.below(8) {
                0 => (".ok()".to_owned(), Ty::Opt),
                1 => (".unwrap()".to_owned(), Ty::Val),
                2 => {
                    let site = self.site();
                    call.loud = true;
                    (format!(".unwrap_or_else(|e| make(cx, {site}, u64::from(e.0)))"), Ty::Val)
                }
                3 if fails => {
                    let site = self.site();
                    (format!(".map_err(|e| e.at({site}))?"), Ty::Val)
                }
                _ if fails => ("?".to_owned(), Ty::Val),
                _ if returns == Returns::Option => (".ok()?".to_owned(), Ty::Val),
                _ => (".ok()".to_owned(), Ty::Opt),
            },
            "count" => match self.dice.below(6) {
                0 => (".unwrap_or_default()".to_owned(), Ty::Num),
                1 => (".unwrap_or(k)".to_owned(), Ty::Num),
                2 if fails => (".map_err(Fail::from)?".to_owned(), Ty::Num),
                _ if fails => ("?".to_owned(), Ty::Num),
                _ if returns == Returns::Option => (".ok()?".to_owned(), Ty::Num),
                _ => (".unwrap_or(3)".to_owned(), Ty::Num),
            },
            "probe" if fails => ("?".to_owned(), Ty::Val),
            "probe" => (".ok()".to_owned(), Ty::Opt),
            _ if fails && self.dice.chance(60) => {
                let site = self.site();
                (format!(".ok_or(Fail({site}))?"), Ty::Val)
            }
            _ if returns == Returns::Option => ("?".to_owned(), Ty::Val),
            _ => (String::new(), Ty::Opt),
        };
        if postfix.contains("(k)")
            && let Some(k) = self.vars.seen().iter().find(|var| var.name == "k")
        {
            call.uses = self.vars.uses(k, "", Mode::Read);
        }
        (call.then(&postfix), ty)
    }

    fn chain(&mut self) -> (Written, Ty) {
        let fails = self.fails();
        let mut call = self.awaited(if fails { "open" } else { "page" });
        let site = self.site();
        let text = std::mem::take(&mut call.text);
        call.text = if fails {
            format!("{text}?.read(cx, {site}).await?")
        } else {
            format!("{text}.peek(cx, {site}).await")
        };
        call.units[0].sites.push(site);
        call.units[0].gate = fails;
        (call, Ty::Val)
    }

    /// A name for a value.
    pub(crate) fn bind(&mut self, ty: Ty) -> (String, u32) {
        let changes = matches!(ty, Ty::Val | Ty::Num | Ty::Pair | Ty::Boxed | Ty::Many);
        let mutable = changes && self.dice.chance(35);
        let name = self.vars.fresh_name(&mut self.dice);
        let id = self.vars.declare(&name, ty, mutable);
        let stated = match ty {
            Ty::Val => ": Val",
            Ty::Num => ": u64",
            Ty::Text => ": String",
            Ty::Boxed => ": Box<Pair>",
            _ => "",
        };
        // By its type it is known that it borrows from nothing.
        let often = if ty == Ty::Text { 60 } else { 20 };
        let stated = if self.dice.chance(often) { stated } else { "" };
        if stated == ": u64" {
            self.vars.copied(id);
            self.vars.owned(id);
        }
        if stated == ": String" {
            self.vars.owned(id);
            self.wrote("a type that borrows nothing");
        }
        let name = if mutable { format!("mut {name}{stated}") } else { format!("{name}{stated}") };
        (name, id)
    }

    fn call(&mut self, body: &mut Vec<Stmt>) {
        let (mut call, ty) = self.value("");
        let borrowed = if ty == Ty::Ref { std::mem::take(&mut call.uses) } else { Vec::new() };
        let (pattern, id) = self.bind(ty);
        self.vars.borrow(id, &borrowed, false);
        if ty == Ty::Pair && !call.text.starts_with("Pair {") {
            self.vars.given(id);
        }
        let text = format!("let {pattern} = {};", call.text);
        let Written { units, uses, loud, .. } = call;
        // `bump` is a word of a command (COMMANDS.md, 4), and "a command is an effect" (Words).
        let step = match text.contains("bump(") {
            true => Step::Effect { units },
            false => Step::Call { units, uses, loud, binds: vec![id] },
        };
        body.push(Stmt::Line { text, step });
    }

    /// A value to return, with what it uses.
    pub(crate) fn returned(&mut self, awaits: bool) -> Written {
        let written = match self.returns {
            Returns::Num | Returns::Count => {
                let ways = self.vars.ways();
                let numbers: Vec<Handed> = ways.into_iter().filter(Handed::is_number).collect();
                if awaits && self.dice.chance(40) {
                    self.awaited("num")
                } else if numbers.is_empty() {
                    Written { text: "k".to_owned(), ..Written::default() }
                } else {
                    let number = self.dice.pick(&numbers);
                    Written { text: number.text, uses: number.uses, ..Written::default() }
                }
            }
            Returns::Lent if awaits && self.dice.chance(40) => {
                let site = self.site();
                let q = self.vars.named("q");
                let unit = Unit { sites: vec![site], uses: q, ..Unit::default() };
                let text = format!("view(cx, {site}, q).await");
                Written { text, units: vec![unit], ..Written::default() }
            }
            Returns::Lent => {
                Written { text: "q".to_owned(), uses: self.vars.named("q"), ..Written::default() }
            }
            Returns::Val | Returns::Result | Returns::Option => {
                let owned: Vec<Var> = self.vars.seen();
                let owned: Vec<Var> = owned
                    .into_iter()
                    .filter(|var| var.ty == Ty::Val && self.vars.movable(var))
                    .collect();
                if awaits && self.dice.chance(40) {
                    self.awaited("get")
                } else if owned.is_empty() {
                    let site = self.site();
                    Written { text: format!("make(cx, {site}, k)"), ..Written::default() }
                } else {
                    let var = self.dice.pick(&owned);
                    let uses = self.vars.uses(&var, "", Mode::Move);
                    Written { text: var.name, uses, ..Written::default() }
                }
            }
        };
        self.vars.note(&written.uses);
        let text = match self.returns {
            Returns::Result | Returns::Count | Returns::Lent => format!("Ok({})", written.text),
            Returns::Option => format!("Some({})", written.text),
            Returns::Val | Returns::Num => written.text.clone(),
        };
        Written { text, ..written }
    }

    /// The last expression of the function.
    fn result(&mut self) -> Tail {
        let written = if self.returns != Returns::Lent && self.dice.chance(30) {
            let fails = self.returns == Returns::Result;
            let site = self.site();
            let (left, right) = if fails {
                (self.awaited("attempt").then("?"), self.awaited("get"))
            } else {
                (self.awaited("get"), self.awaited("get"))
            };
            let both = format!("combine(cx, {site}, {}, {})", left.text, right.text);
            let text = match self.returns {
                Returns::Val => both,
                Returns::Num => format!("{both}.n"),
                Returns::Count => format!("Ok({both}.n)"),
                Returns::Result | Returns::Lent => format!("Ok({both})"),
                Returns::Option => format!("Some({both})"),
            };
            let units = left.units.into_iter().chain(right.units).collect();
            Written { text, units, ..Written::default() }
        } else {
            self.returned(true)
        };
        Tail { text: written.text, step: Step::Rest { units: written.units } }
    }
}
