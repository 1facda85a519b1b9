//! Where each call stands: in which stretch between two effects, and in which
//! statement.

use crate::grammar::{Function, Step, Stmt, Tail, Unit};

impl Function {
    /// The stretch that each call is in, by its number, and its statement: between
    /// two stretches is an effect, or the edge of a block.
    pub(crate) fn places(&self) -> Vec<(u32, u32)> {
        let mut places = Places { of: Vec::new(), stretch: 0, statement: 0 };
        places.body(&self.body, Some(&self.tail));
        places.of
    }
}

struct Places {
    of: Vec<(u32, u32)>,
    stretch: u32,
    statement: u32,
}

impl Places {
    fn body(&mut self, body: &[Stmt], tail: Option<&Tail>) {
        for stmt in body {
            match stmt {
                Stmt::Line { text, step: Step::Effect { units } } => {
                    self.stretch += 1;
                    self.found(text);
                    self.all_at(units);
                    self.stretch += 1;
                }
                Stmt::Line { text, step: Step::Rest { units } } => self.rest(text, units),
                Stmt::Line { text, step } => {
                    self.found(text);
                    // What was written in a block above runs here.
                    self.all_at(step.units());
                }
                Stmt::Scope { open, arms, close, .. } if stmt.block_call().is_some() => {
                    self.found(open);
                    for arm in arms {
                        self.found(&arm.open);
                        self.body(&arm.body, None);
                        arm.tail.iter().for_each(|tail| self.found(&tail.text));
                        self.found(&arm.close);
                    }
                    self.found(close);
                }
                Stmt::Scope { open, early, arms, close, .. } => {
                    self.rest(open, early);
                    for arm in arms {
                        self.apart(&arm.open);
                        self.body(&arm.body, arm.tail.as_ref());
                        self.apart(&arm.close);
                    }
                    self.apart(close);
                }
            }
        }
        tail.iter().for_each(|tail| self.rest(&tail.text, tail.step.units()));
    }

    /// Calls that start with what is above, and an effect.
    fn rest(&mut self, text: &str, calls: &[Unit]) {
        self.found(text);
        self.all_at(calls);
        self.stretch += 1;
    }

    fn all_at(&mut self, units: &[Unit]) {
        units.iter().flat_map(Unit::all_sites).for_each(|site| self.at(site));
    }

    fn apart(&mut self, text: &str) {
        self.stretch += 1;
        self.found(text);
        self.stretch += 1;
    }

    /// The numbers in it: after the context, or first in the parentheses of one
    /// of its methods.
    fn found(&mut self, text: &str) {
        self.statement += 1;
        for start in ["cx, ", "cx.", "acquire(", "parse(", "(world, "] {
            for (at, _) in text.match_indices(start) {
                let rest = &text[at + start.len()..];
                let rest = if start == "cx." {
                    rest.trim_start_matches(|c: char| c.is_alphabetic() || c == '_')
                        .trim_start_matches('(')
                } else {
                    rest
                };
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                if let Ok(site) = digits.parse() {
                    self.at(site);
                }
            }
        }
    }

    fn at(&mut self, site: u32) {
        let site = site as usize;
        self.of.resize(self.of.len().max(site + 1), (0, 0));
        self.of[site] = (self.stretch, self.statement);
    }
}
