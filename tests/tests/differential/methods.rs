//! Calls that are methods of a value.

use crate::generate::{Generator, Written};
use crate::grammar::{Mode, Unit, Use};
use crate::scope::{Ty, Var};

/// A call on a variable: what comes before its number, and after it.
#[derive(Clone)]
struct Way {
    open: String,
    close: String,
    gives: Ty,
    uses: Vec<Use>,
    form: Option<&'static str>,
}

impl Generator {
    /// A call that is a method of a value, or takes a `&mut` as it is.
    pub(crate) fn method(&mut self) -> (Written, Ty) {
        let ways: Vec<Way> = self.vars.seen().iter().flat_map(|var| self.methods_of(var)).collect();
        if ways.is_empty() {
            return (self.awaited("num"), Ty::Num);
        }
        let Way { open, close, gives, uses, form } = self.dice.pick(&ways);
        form.into_iter().for_each(|form| self.wrote(form));
        let site = self.site();
        let mut uses = uses;
        if open.split('(').next().is_some_and(|callee| callee.contains('.')) {
            self.vars.by_method(&mut uses);
            self.vars.by_receiver(&mut uses);
        }
        self.vars.used(&uses);
        let unit = Unit {
            sites: vec![site],
            uses: uses.clone(),
            gate: close.ends_with('?'),
            ..Unit::default()
        };
        let text = format!("{open}{site}{close}");
        let borrowed = if gives == Ty::Ref { uses } else { Vec::new() };
        (Written { text, units: vec![unit], uses: borrowed, loud: false }, gives)
    }

    fn methods_of(&self, var: &Var) -> Vec<Way> {
        let name = &var.name;
        let mut ways = Vec::new();
        let mut add = |open: String, close: &str, gives, field: &'static str, mode, form| {
            let kept = mode == Mode::Read || !var.frozen;
            let moved = mode != Mode::Move || self.vars.movable(var);
            if kept && moved && self.vars.has(var, field) {
                let uses = self.vars.uses(var, field, mode);
                ways.push(Way { open, close: close.to_owned(), gives, uses, form });
            }
        };
        const TRAIT: Option<&str> = Some("an awaited method of a trait");
        let number = if self.fails() { ").await?" } else { ").await.unwrap_or(4)" };
        match var.ty {
            Ty::Val => {
                add(format!("{name}.look_up(cx, "), ").await", Ty::Val, "", Mode::Read, None);
                add(format!("{name}.inquire(cx, "), ").await", Ty::Val, "", Mode::Read, TRAIT);
                let by_path = format!("Asks::inquire(&{name}, cx, ");
                add(by_path, ").await", Ty::Val, "", Mode::Read, TRAIT);
                add(
                    "view(cx, ".to_owned(),
                    &format!(", &{name}).await"),
                    Ty::Ref,
                    "",
                    Mode::Read,
                    None,
                );
                let whole = Some("an awaited method with self");
                add(format!("{name}.consume(cx, "), number, Ty::Num, "", Mode::Move, whole);
                add(format!("{name}.exhaust(cx, "), number, Ty::Num, "", Mode::Move, whole);
                let boxed = Some("an awaited method with self: Box<Self>");
                let open = format!("Box::new({name}).unbox(cx, ");
                add(open, ").await", Ty::Val, "", Mode::Move, boxed);
                let by_path = format!("Asks::unbox(Box::new({name}), cx, ");
                add(by_path, ").await", Ty::Val, "", Mode::Move, boxed);
                if var.mutable {
                    add(format!("{name}.change(cx, "), ").await", Ty::Num, "", Mode::Write, None);
                    add(format!("{name}.amend(cx, "), ").await", Ty::Num, "", Mode::Write, TRAIT);
                }
            }
            Ty::Ref => {
                add(format!("{name}.look_up(cx, "), ").await", Ty::Val, "", Mode::Read, None);
            }
            Ty::Mut => {
                add(
                    "bump(cx, ".to_owned(),
                    &format!(", {name}).await"),
                    Ty::Num,
                    "",
                    Mode::Write,
                    None,
                );
                add(format!("{name}.change(cx, "), ").await", Ty::Num, "", Mode::Write, None);
                add(format!("{name}.amend(cx, "), ").await", Ty::Num, "", Mode::Write, TRAIT);
                add(format!("{name}.look_up(cx, "), ").await", Ty::Val, "", Mode::Read, None);
            }
            Ty::Pair | Ty::MutPair | Ty::Host | Ty::MutHost | Ty::OwnHost | Ty::BoxHost => {
                let changes = var.mutable || matches!(var.ty, Ty::MutPair | Ty::MutHost);
                let field = Some("an awaited method of a field");
                for at in ["a", "b"] {
                    let open = format!("{name}.{at}.look_up(cx, ");
                    add(open, ").await", Ty::Val, at, Mode::Read, field);
                    if changes {
                        let open = format!("{name}.{at}.change(cx, ");
                        add(open, ").await", Ty::Num, at, Mode::Write, field);
                    }
                }
                if !matches!(var.ty, Ty::Pair | Ty::MutPair) {
                    add(format!("{name}.ask(cx, "), ").await", Ty::Val, "", Mode::Read, None);
                    if changes {
                        add(
                            format!("{name}.alter(cx, "),
                            ").await",
                            Ty::Num,
                            "",
                            Mode::Write,
                            None,
                        );
                    }
                }
                match var.ty {
                    Ty::OwnHost => {
                        add(format!("{name}.spend(cx, "), ").await", Ty::Val, "", Mode::Move, None);
                    }
                    Ty::BoxHost => {
                        let open = format!("{name}.spend_box(cx, ");
                        add(open, ").await", Ty::Val, "", Mode::Move, None);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        ways
    }
}
