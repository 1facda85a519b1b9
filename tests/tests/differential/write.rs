//! How a written function is written down, for the compiler and for the reader.

use std::fmt::Write;

use crate::grammar::{self, Block, CONTEXT, Form, Function, Step, Stmt, Tail, Unit, Use};

impl Function {
    /// The function in one of its forms, with the `run` that calls it.
    pub(crate) fn source(&self, form: Form) -> String {
        self.item(form) + &self.caller(form)
    }

    /// The function alone.
    pub(crate) fn item(&self, form: Form) -> String {
        let (mut text, close) = self.frame(form);
        text.push('\n');
        let mut writer = Writer { text: &mut text, told: form == Form::Model, depth: 1 };
        if form == Form::Model {
            writer.line(&format!("m.borrowers(&{:?});", self.borrowers));
        }
        writer.body(&self.body, Some(&self.tail));
        text + close + "\n"
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
        let (open, close) =
            if self.told { ("({ let it = ", "; m.waited(); it })") } else { ("", "") };
        let line = line.replace('⟦', open).replace('⟧', close);
        let _ = writeln!(self.text, "{:width$}{line}", "", width = self.depth * 4);
    }

    fn tell(&mut self, step: &Step) {
        if self.told {
            self.line(&told(step, false, false));
        }
    }

    /// Of a tuple of calls each is told by itself: "`let`s overlap", and it is one for each name.
    /// Any other `let` is one call (Words), whose names are there when all of it has ended.
    fn tell_line(&mut self, text: &str, step: &Step, needed: bool) {
        match step {
            Step::Call { units, binds, .. }
                if self.told && text.starts_with("let (") && units.len() == binds.len() =>
            {
                for (unit, bound) in units.iter().zip(binds) {
                    let units = units_told(std::slice::from_ref(unit));
                    self.line(&format!("m.call({units}, &[], false, &[{bound}]);"));
                }
            }
            step if self.told => self.line(&told(step, needed, text.contains('?'))),
            _ => {}
        }
    }

    fn body(&mut self, body: &[Stmt], tail: Option<&Tail>) {
        let needed = grammar::needed(body, tail);
        body.iter().zip(needed).for_each(|(stmt, needed)| self.stmt(stmt, needed));
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

    fn stmt(&mut self, stmt: &Stmt, needed: bool) {
        match stmt {
            Stmt::Line { text, step } => {
                self.tell_line(text, step, needed);
                self.line(text);
            }
            Stmt::Scope { open, early, arms, close, .. } => {
                let call = stmt.block_call();
                let brackets = match call {
                    Some(_) => ["⟦", "⟧"],
                    None if self.told => ["({ let it = ", "; m.seen(); it })"],
                    None => ["", ""],
                };
                match call {
                    Some(block) if self.told => {
                        self.line(&format!("m.open({});", block_told(block)));
                    }
                    Some(_) => {}
                    None => self.tell(&Step::Rest { units: early.clone() }),
                }
                self.line(&open.replace('⟨', brackets[0]).replace('⟩', brackets[1]));
                for arm in arms {
                    self.line(&arm.open);
                    self.depth += 1;
                    self.body(&arm.body, arm.tail.as_ref());
                    self.depth -= 1;
                    self.line(&arm.close);
                }
                self.line(close);
                if let Some(block) = call.filter(|_| self.told) {
                    self.line(&format!("m.close({}, {});", block.bound, block_told(block)));
                }
            }
        }
    }
}

/// What the model is told before a statement runs.
fn told(step: &Step, needed: bool, leaves: bool) -> String {
    match step {
        Step::Call { units, uses, loud, binds } => {
            format!("m.call({}, {}, {loud}, &{binds:?});", units_told(units), uses_told(uses))
        }
        Step::Plain => String::new(),
        Step::Derive { uses, runs, binds } => {
            let uses = uses_told(uses);
            format!("m.derive({uses}, {runs:?}, {needed}, {leaves}, &{binds:?});")
        }
        Step::Lent { uses, binds } => format!("m.lend(&{binds:?}, {});", uses_told(uses)),
        Step::Log { uses } => format!("m.log({});", uses_told(uses)),
        Step::Rest { units } => format!("m.rest({});", units_told(units)),
        Step::Local { units, uses } => {
            format!("m.local({}, {});", units_told(units), uses_told(uses))
        }
        Step::Effect { units } => format!("m.effect({});", units_told(units)),
    }
}

fn block_told(block: &Block) -> String {
    let uses: Vec<Use> = block.uses.iter().cloned().chain([CONTEXT]).collect();
    uses_told(&uses)
}

fn units_told(units: &[Unit]) -> String {
    let units: Vec<String> = units
        .iter()
        .map(|Unit { operands, sites, uses, loud, gate, without_context }| {
            let context = (!without_context).then_some(CONTEXT);
            let uses: Vec<Use> = uses.iter().cloned().chain(context).collect();
            let (operands, uses) = (units_told(operands), uses_told(&uses));
            format!("unit({operands}, &{sites:?}, {uses}, {loud}, {gate})")
        })
        .collect();
    format!("&[{}]", units.join(", "))
}

fn uses_told(uses: &[Use]) -> String {
    let uses: Vec<String> = uses
        .iter()
        .map(|Use { var, field, mode, at }| format!("({var}, {field:?}, {mode:?}, {at})"))
        .collect();
    format!("&[{}]", uses.join(", "))
}
