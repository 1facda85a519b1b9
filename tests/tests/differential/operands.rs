//! `let`s with several calls, and with patterns.

use crate::generate::{Generator, Written};
use crate::grammar::{Step, Stmt, Unit};
use crate::scope::Ty;

/// What a `let` binds: its variables, and the calls in its initialiser.
struct Several {
    text: String,
    binds: Vec<u32>,
    loud: bool,
}

impl Generator {
    /// `let x = combine(a().await, b().await)` and its kin.
    pub(crate) fn operands(&mut self, body: &mut Vec<Stmt>) {
        match self.dice.below(10) {
            0..=2 => self.number_operands(body),
            3 | 4 => self.pattern(body),
            _ => self.value_operands(body),
        }
    }

    fn value_operands(&mut self, body: &mut Vec<Stmt>) {
        let (left, right) = match self.dice.below(3) {
            0 if self.fails() => {
                (self.awaited("attempt").then("?"), self.awaited("attempt").then("?"))
            }
            1 if self.fails() => (self.awaited("get"), self.awaited("attempt").then("?")),
            _ => (self.awaited("get"), self.awaited("get")),
        };
        let units: Vec<Unit> = left.units.into_iter().chain(right.units).collect();
        let Several { text, binds, loud } = self.of_two(&left.text, &right.text);
        let step = Step::Call { units, uses: Vec::new(), loud, binds };
        body.push(Stmt::Line { text, step });
    }

    fn of_two(&mut self, left: &str, right: &str) -> Several {
        let site = self.site();
        match self.dice.below(8) {
            0 => {
                let (name, id) = self.bind(Ty::Val);
                let text = format!("let {name} = combine(cx, {site}, {left}, {right});");
                Several { text, binds: vec![id], loud: true }
            }
            1 => {
                self.wrote("a method of one call with another as its argument");
                let (name, id) = self.bind(Ty::Val);
                let text = format!("let {name} = {left}.merge(cx, {site}, {right});");
                Several { text, binds: vec![id], loud: true }
            }
            2 | 3 => {
                self.wrote("a tuple of calls");
                let (first, second) = self.two_names();
                let text = format!("let ({}, {}) = ({left}, {right});", first.0, second.0);
                Several { text, binds: vec![first.1, second.1], loud: false }
            }
            4 => {
                self.wrote("an array of calls");
                let (first, second) = self.two_names();
                let text = format!("let [{}, {}] = [{left}, {right}];", first.0, second.0);
                Several { text, binds: vec![first.1, second.1], loud: false }
            }
            5 => {
                self.wrote("vec! of calls");
                let (name, id) = self.bind(Ty::Many);
                let text = format!("let {name} = vec![{left}, {right}];");
                Several { text, binds: vec![id], loud: false }
            }
            6 => {
                self.wrote("a struct of calls, taken apart");
                let (first, second) = self.two_names();
                let text = format!(
                    "let Pair {{ a: {}, b: {}, .. }} = Pair {{ a: {left}, b: {right}, k }};",
                    first.0, second.0
                );
                Several { text, binds: vec![first.1, second.1], loud: false }
            }
            _ => {
                self.wrote("a struct of calls");
                let (name, id) = self.bind(Ty::Pair);
                let text = format!("let {name} = Pair {{ a: {left}, b: {right}, k: 2 }};");
                Several { text, binds: vec![id], loud: false }
            }
        }
    }

    /// Two names of one pattern.
    fn two_names(&mut self) -> ((String, u32), (String, u32)) {
        let name = self.vars.fresh_name(&mut self.dice);
        let mutable = self.dice.chance(35);
        if mutable {
            self.wrote("mut in a pattern");
        }
        let first = self.vars.declare(&name, Ty::Val, mutable);
        let pattern = if mutable { format!("mut {name}") } else { name.clone() };
        let other = format!("{name}_2");
        let second = self.vars.declare(&other, Ty::Val, false);
        ((pattern, first), (other, second))
    }

    /// The same with numbers: what is left over of other values would be dropped
    /// at the join, with which no order is promised.
    fn number_operands(&mut self, body: &mut Vec<Stmt>) {
        let (left, right) = (self.awaited("num"), self.awaited("num"));
        let Written { text: a, units, .. } = left;
        let b = right.text;
        let mut units: Vec<Unit> = units.into_iter().chain(right.units).collect();
        let (ty, value) = match self.dice.below(6) {
            0 | 1 => (Ty::Num, format!("{a} + {b}")),
            2 => {
                self.wrote("arithmetic on three calls");
                let mut third = self.awaited("count");
                third = if self.fails() { third.then("?") } else { third.then(".unwrap_or(1)") };
                units.extend(third.units);
                (Ty::Num, format!("{a} + {b} * 2 + ({} % 7)", third.text))
            }
            3 => {
                self.wrote("a number out of a tuple of calls");
                (Ty::Num, format!("({a}, {b}).1"))
            }
            4 => {
                self.wrote("format! with an await");
                (Ty::Text, format!("format!(\"{{l}}-{{}}\", {a}, l = {b})"))
            }
            _ => {
                self.wrote("format! with an await");
                (Ty::Text, format!("format!(\"{{}}-{{}}\", {a}, {b})"))
            }
        };
        let (pattern, id) = self.bind(ty);
        let step = Step::Call { units, uses: Vec::new(), loud: false, binds: vec![id] };
        body.push(Stmt::Line { text: format!("let {pattern} = {value};"), step });
    }

    /// One call, whose value a pattern takes apart.
    fn pattern(&mut self, body: &mut Vec<Stmt>) {
        let kind = self.dice.below(6);
        let call = self.awaited(if kind == 2 { "get" } else { "pair" });
        let name = self.vars.fresh_name(&mut self.dice);
        let other = format!("{name}_2");
        let (pattern, binds) = match kind {
            0 => {
                self.wrote("ref in a pattern");
                let first = self.vars.declare(&name, Ty::Ref, false);
                let second = self.vars.declare(&other, Ty::Num, false);
                (format!("Pair {{ a: ref {name}, k: {other}, .. }}"), vec![first, second])
            }
            1 => {
                self.wrote("ref in a pattern");
                let first = self.vars.declare(&name, Ty::Mut, false);
                let second = self.vars.declare(&other, Ty::Ref, false);
                (format!("Pair {{ a: ref mut {name}, b: ref {other}, .. }}"), vec![first, second])
            }
            2 => {
                self.wrote("ref in a pattern");
                (format!("ref {name}"), vec![self.vars.declare(&name, Ty::Ref, false)])
            }
            3 | 4 => {
                self.wrote("@ in a pattern");
                let first = self.vars.declare(&name, Ty::Pair, true);
                let second = self.vars.declare(&other, Ty::Num, false);
                (format!("mut {name} @ Pair {{ k: {other}, .. }}"), vec![first, second])
            }
            _ => {
                self.wrote(".. in a pattern");
                let first = self.vars.declare(&name, Ty::Val, false);
                let second = self.vars.declare(&other, Ty::Val, true);
                (format!("Pair {{ a: {name}, b: mut {other}, .. }}"), vec![first, second])
            }
        };
        binds.iter().for_each(|bound| self.vars.given(*bound));
        let step = Step::Call { units: call.units, uses: Vec::new(), loud: false, binds };
        body.push(Stmt::Line { text: format!("let {pattern} = {};", call.text), step });
    }
}
