//! A written function as a tree of statements, and how it is written down.

use std::collections::BTreeSet;
use std::fmt::Write;

/// How a variable, or a field of it, is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Move,
    Write,
}

/// A use of a variable, by its number, or of a field of it.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) var: u32,
    pub(crate) field: &'static str,
    pub(crate) mode: Mode,
}

/// A call, as the model is told of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unit {
    pub(crate) operands: Vec<Unit>,
    pub(crate) sites: Vec<u32>,
    pub(crate) uses: Vec<Use>,
    /// That its arguments are evaluated can be seen.
    pub(crate) loud: bool,
}

/// What the model is told of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Call { units: Vec<Unit>, uses: Vec<Use>, loud: bool, binds: Vec<u32> },
    Plain { uses: Vec<Use>, gate: bool, binds: Vec<u32> },
    Log,
    Effect { units: Vec<Unit> },
}

/// An expression with what the model is told before it.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    pub(crate) text: String,
    pub(crate) step: Step,
}

#[derive(Clone, Debug)]
pub(crate) enum Stmt {
    Line {
        text: String,
        step: Step,
    },
    /// A statement with blocks in it.
    Scope {
        open: String,
        /// An expression after `open` that is awaited in place.
        head: Option<String>,
        arms: Vec<Arm>,
        close: String,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) open: String,
    pub(crate) body: Vec<Stmt>,
    pub(crate) tail: Option<Tail>,
    pub(crate) close: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) index: u32,
    /// What it takes besides the context, `self` included.
    pub(crate) method: &'static str,
    pub(crate) returns: &'static str,
    pub(crate) body: Vec<Stmt>,
    pub(crate) tail: Tail,
}

/// The forms in which a function is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Serial,
    Model,
    Background,
    Asynchronous,
}

impl Form {
    pub(crate) const ALL: [Form; 4] =
        [Form::Serial, Form::Model, Form::Background, Form::Asynchronous];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Form::Serial => "serial",
            Form::Model => "model",
            Form::Background => "background",
            Form::Asynchronous => "asynchronous",
        }
    }
}

impl Function {
    /// The function in one of its forms, with the `run` that calls it.
    pub(crate) fn source(&self, form: Form) -> String {
        let mut text = self.item(form);
        let model = if form == Form::Model { ", m: &mut Model<'_>" } else { "" };
        let give = if form == Form::Model { ", m" } else { "" };
        let (receiver, name) = match self.method {
            "" => ("", "f".to_owned()),
            _ => ("host.", format!("f{}_{}", self.index, form.name())),
        };
        let call = format!(
            "{receiver}{name}(cx, Val::parameter(cx, 1), &q, &mut r, s, &mut t, 7, &lock{give})"
        );
        let call = if form == Form::Asynchronous {
            format!("bridge::run_in_foreground({call})")
        } else {
            call
        };
        let _ = write!(
            text,
            "\npub fn run(cx: &Cx{model}) -> String {{
    let lock = Lock {{ cx: cx.clone(), site: 0 }};
    let q = Val::parameter(cx, 2);
    let mut r = Val::parameter(cx, 3);
    let s = Pair {{ a: Val::parameter(cx, 4), b: Val::parameter(cx, 5), k: 3 }};
    let mut t = Pair {{ a: Val::parameter(cx, 6), b: Val::parameter(cx, 7), k: 4 }};
    let mut host = Host {{ a: Val::parameter(cx, 8), b: Val::parameter(cx, 9), k: 5 }};
    let value = {call};
    cx.close();
    let value = shown(value);
    let host = (&host.a, &host.b, host.k);
    if value.starts_with(\"Err\") || value == \"None\" {{ value }} else {{ shown((value, r, t, host)) }}
}}
"
        );
        text
    }

    /// The function alone.
    pub(crate) fn item(&self, form: Form) -> String {
        let attribute = if matches!(form, Form::Serial | Form::Model) {
            "#[background(serial)]"
        } else {
            "#[background]"
        };
        let asynchronous = if form == Form::Asynchronous { "async " } else { "" };
        let (open, name, receiver, close) = match self.method {
            "" => ("", "f".to_owned(), String::new(), ""),
            receiver => {
                let name = format!("f{}_{}", self.index, form.name());
                ("impl Host {\n", name, format!("{receiver}, "), "}\n")
            }
        };
        let model = if form == Form::Model { ", m: &mut Model<'_>" } else { "" };
        let mut text = format!(
            "{open}{attribute}\npub {asynchronous}fn {name}({receiver}cx: &Cx, p: Val, q: &Val, r: &mut Val, \
             mut s: Pair, t: &mut Pair, k: u64, lock: &Lock{model}) -> {} {{\n",
            self.returns
        );
        let mut writer = Writer { text: &mut text, told: form == Form::Model, depth: 1 };
        writer.body(&self.body, Some(&self.tail));
        let _ = write!(text, "}}\n{close}");
        text
    }

    /// Under another number.
    pub(crate) fn renumber(&mut self, index: u32) {
        self.index = index;
    }

    /// The stretch that each call is in, by its number: between two stretches is
    /// an effect, or the edge of a block.
    pub(crate) fn stretches(&self) -> Vec<u32> {
        let mut stretches = Stretches { of: Vec::new(), current: 0 };
        stretches.body(&self.body, Some(&self.tail));
        stretches.of
    }

    /// For each number of a call, that of the first in its chain.
    pub(crate) fn firsts(&self) -> Vec<u32> {
        let mut firsts: Vec<u32> = (0..self.stretches().len() as u32).collect();
        for_units(&self.body, &mut |unit| {
            let sites = unit.all_sites();
            for &site in &sites {
                if let Some(first) = firsts.get_mut(site as usize) {
                    *first = sites[0];
                }
            }
        });
        firsts
    }

    /// The function as a user would write it, for a report.
    pub(crate) fn shown(&self) -> String {
        self.item(Form::Background)
    }
}

struct Writer<'a> {
    text: &'a mut String,
    /// The model is told of each line.
    told: bool,
    depth: usize,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:width$}{line}", "", width = self.depth * 4);
    }

    fn tell(&mut self, step: &Step) {
        if self.told {
            self.line(&told(step));
        }
    }

    fn body(&mut self, body: &[Stmt], tail: Option<&Tail>) {
        body.iter().for_each(|stmt| self.stmt(stmt));
        match tail {
            Some(tail) if self.told => {
                self.tell(&tail.step);
                self.line(&format!("let it = {};", tail.text));
                self.line("m.effect(&[]);");
                self.line("it");
            }
            Some(tail) => self.line(&tail.text),
            None if self.told => self.line("m.effect(&[]);"),
            None => {}
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Line { text, step } => {
                self.tell(step);
                self.line(text);
            }
            Stmt::Scope { open, head, arms, close } => {
                self.tell(&Step::Effect { units: Vec::new() });
                let head = match head {
                    Some(head) if self.told => {
                        format!("{{ let it = {head}; m.waited(); it }}")
                    }
                    Some(head) => head.clone(),
                    None => String::new(),
                };
                self.line(&format!("{open}{head}"));
                for arm in arms {
                    self.line(&arm.open);
                    self.depth += 1;
                    self.body(&arm.body, arm.tail.as_ref());
                    self.depth -= 1;
                    self.line(&arm.close);
                }
                self.line(close);
            }
        }
    }
}

impl Unit {
    /// In the order in which they run.
    fn all_sites(&self) -> Vec<u32> {
        let operands = self.operands.iter().flat_map(Unit::all_sites);
        operands.chain(self.sites.iter().copied()).collect()
    }
}

fn for_units(body: &[Stmt], visit: &mut impl FnMut(&Unit)) {
    for stmt in body {
        match stmt {
            Stmt::Line { step: Step::Call { units, .. } | Step::Effect { units }, .. } => {
                units.iter().for_each(&mut *visit);
            }
            Stmt::Line { .. } => {}
            Stmt::Scope { arms, .. } => arms.iter().for_each(|arm| for_units(&arm.body, visit)),
        }
    }
}

struct Stretches {
    of: Vec<u32>,
    current: u32,
}

impl Stretches {
    fn body(&mut self, body: &[Stmt], tail: Option<&Tail>) {
        for stmt in body {
            match stmt {
                Stmt::Line { text, step: Step::Effect { .. } } => self.apart(text),
                Stmt::Line { text, .. } => self.found(text),
                Stmt::Scope { open, head, arms, .. } => {
                    self.apart(open);
                    head.iter().for_each(|head| self.apart(head));
                    for arm in arms {
                        self.current += 1;
                        self.body(&arm.body, arm.tail.as_ref());
                    }
                    self.current += 1;
                }
            }
        }
        tail.iter().for_each(|tail| self.apart(&tail.text));
    }

    fn apart(&mut self, text: &str) {
        self.current += 1;
        self.found(text);
        self.current += 1;
    }

    /// The numbers in it: after the context, or first in the parentheses of one
    /// of its methods.
    fn found(&mut self, text: &str) {
        for start in ["cx, ", "cx.", "acquire("] {
            for (at, _) in text.match_indices(start) {
                let rest = &text[at + start.len()..];
                let rest = if start == "cx." {
                    rest.trim_start_matches(|c: char| c.is_alphabetic() || c == '_')
                        .trim_start_matches('(')
                } else {
                    rest
                };
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                if let Ok(site) = digits.parse::<usize>() {
                    let length = self.of.len().max(site + 1);
                    self.of.resize(length, 0);
                    self.of[site] = self.current;
                }
            }
        }
    }
}

/// What the model is told before a statement runs.
fn told(step: &Step) -> String {
    match step {
        Step::Call { units, uses, loud, binds } => {
            format!("m.call({}, {}, {loud}, &{binds:?});", units_told(units), uses_told(uses))
        }
        Step::Plain { uses, gate, binds } => {
            format!("m.plain({}, {gate}, &{binds:?});", uses_told(uses))
        }
        Step::Log => "m.log();".to_owned(),
        Step::Effect { units } => format!("m.effect({});", units_told(units)),
    }
}

fn units_told(units: &[Unit]) -> String {
    let units: Vec<String> = units
        .iter()
        .map(|Unit { operands, sites, uses, loud }| {
            format!("unit({}, &{sites:?}, {}, {loud})", units_told(operands), uses_told(uses))
        })
        .collect();
    format!("&[{}]", units.join(", "))
}

fn uses_told(uses: &[Use]) -> String {
    let uses: Vec<String> = uses
        .iter()
        .map(|Use { var, field, mode }| format!("({var}, {field:?}, {mode:?})"))
        .collect();
    format!("&[{}]", uses.join(", "))
}

/// All ways to leave out one statement, but for those that bind a name which is
/// bound elsewhere too: it would mean another variable then.
pub(crate) fn smaller(function: &Function) -> Vec<Function> {
    (0..count(&function.body))
        .filter_map(|at| {
            let mut function = function.clone();
            let left_out = remove(&mut function.body, &mut { at })?;
            let names = names(&left_out);
            let text = function.shown();
            let again = names.iter().any(|name| {
                [
                    format!("let {name}"),
                    format!("let mut {name}"),
                    format!("({name})"),
                    format!("for {name} "),
                ]
                .iter()
                .any(|binding| text.contains(binding.as_str()))
            });
            (!again).then_some(function)
        })
        .collect()
}

/// The names that a statement mentions and that could be its own.
fn names(stmt: &Stmt) -> BTreeSet<String> {
    let text = match stmt {
        Stmt::Line { text, .. } => text,
        Stmt::Scope { open, .. } => open,
    };
    let head = text.split('=').next().unwrap_or_default();
    head.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with('x'))
        .map(str::to_owned)
        .collect()
}

fn count(body: &[Stmt]) -> usize {
    body.iter()
        .map(|stmt| match stmt {
            Stmt::Line { .. } => 1,
            Stmt::Scope { arms, .. } => 1 + arms.iter().map(|arm| count(&arm.body)).sum::<usize>(),
        })
        .sum()
}

/// Removes the statement with this number, counted from outside to inside.
fn remove(body: &mut Vec<Stmt>, at: &mut usize) -> Option<Stmt> {
    for place in 0..body.len() {
        if *at == 0 {
            return Some(body.remove(place));
        }
        *at -= 1;
        if let Stmt::Scope { arms, .. } = &mut body[place] {
            let found = arms.iter_mut().find_map(|arm| remove(&mut arm.body, at));
            if found.is_some() {
                return found;
            }
        }
    }
    None
}
