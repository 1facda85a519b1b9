//! `let`s without an await that leave, that keep a closure, or an `async` block.

use crate::generate::{Generator, Written};
use crate::grammar::{Mode, Runs, Step, Stmt, Unit};
use crate::scope::{Handed, Ty};
use crate::signature::Returns;

/// "A synchronous check of its own is an effect: … a `let` without an await that returns, breaks
/// or continues" (promise 5).
pub(crate) const CHECK: Step = Step::Effect { units: Vec::new() };

impl Generator {
    /// A `let` without an await that may leave the function.
    pub(crate) fn leaving(&mut self, body: &mut Vec<Stmt>) {
        if self.dice.chance(60) {
            return self.leaving_without(body);
        }
        let site = self.site();
        let returned = self.returned(false).text;
        let leave = format!("return leave(cx, {site}, {returned})");
        let Some(n) = self.way(Handed::is_number) else { return };
        let (form, text) = if self.fails() && self.dice.chance(50) {
            let text = format!(
                "match check(cx, {site}, {}) {{ Ok(n) => n, Err(e) => return Err(e) }}",
                n.text
            );
            ("a plain match that returns", text)
        } else {
            let text = format!("if {} % 3 == 0 {{ {leave} }} else {{ {} + 1 }}", n.text, n.text);
            ("a plain if that returns", text)
        };
        self.wrote(form);
        self.vars.used(&n.uses);
        let (pattern, _) = self.bind(Ty::Num);
        let text = format!("let {pattern} = {text};");
        body.push(Stmt::Line { text, step: CHECK });
    }

    /// The same where there is no value in an `Option`.
    fn leaving_without(&mut self, body: &mut Vec<Stmt>) {
        let option = |this: &Self| {
            let vars = this.vars.seen();
            vars.into_iter().rev().find(|var| var.ty == Ty::Opt && this.vars.movable(var))
        };
        if option(self).is_none() {
            let found = self.awaited("find");
            let (pattern, id) = self.bind(Ty::Opt);
            let text = format!("let {pattern} = {};", found.text);
            let (units, uses, binds) = (found.units, Vec::new(), vec![id]);
            body.push(Stmt::Line { text, step: Step::Call { units, uses, loud: false, binds } });
        }
        let Some(var) = option(self) else { return };
        let site = self.site();
        let returned = self.returned(false).text;
        let uses = self.vars.uses(&var, "", Mode::Move);
        self.vars.used(&uses);
        let name = var.name;
        let (pattern, id) = self.bind(Ty::Val);
        let binds = vec![id];
        let mut step = Step::Derive { uses, runs: Runs::Known, binds };
        let (form, text) = match self.dice.below(3) {
            0 if self.fails() => {
                ("a plain ?", format!("let {pattern} = {name}.ok_or(Fail({site}))?;"))
            }
            0 if self.returns == Returns::Option => {
                ("a plain ?", format!("let {pattern} = {name}?;"))
            }
            1 => {
                step = CHECK;
                let pattern = pattern.replace(": Val", "");
                let text = format!("let Some({pattern}) = {name} else {{ return {returned} }};");
                ("let else without an await", text)
            }
            _ => {
                step = CHECK;
                let none = format!("None => return leave(cx, {site}, {returned})");
                let text = format!("let {pattern} = match {name} {{ Some(v) => v, {none} }};");
                ("a plain match that returns", text)
            }
        };
        self.wrote(form);
        body.push(Stmt::Line { text, step });
    }

    /// A closure that captures a name.
    pub(crate) fn closure(&mut self, body: &mut Vec<Stmt>) {
        let changed = self.find(|var| var.mutable && matches!(var.ty, Ty::Num | Ty::Val));
        let (text, uses, ty) = match changed {
            Some(var) if self.dice.chance(60) => {
                self.wrote("a closure that changes what it captures");
                let uses = self.vars.uses(&var, "", Mode::Write);
                let name = var.name;
                let place = if var.ty == Ty::Val { format!("{name}.n") } else { name };
                let text = format!("|by: u64| {{ {place} += by; {place} }}");
                (text, uses, Ty::FunMut)
            }
            _ => {
                let looks = |way: &Handed| way.is_number() && way.uses[0].mode.looks();
                let Some(mut n) = self.way(looks) else { return };
                n.uses[0].mode = Mode::Read;
                self.wrote("a closure that captures a name");
                (format!("|by: u64| {} + by", n.text), n.uses, Ty::Fun)
            }
        };
        self.vars.used(&uses);
        let name = self.vars.fresh_name(&mut self.dice);
        let id = self.vars.declare(&name, ty, ty == Ty::FunMut);
        self.vars.borrow(id, &uses, ty == Ty::FunMut);
        let mutable = if ty == Ty::FunMut { "mut " } else { "" };
        let text = format!("let {mutable}{name} = {text};");
        body.push(Stmt::Line {
            text,
            step: Step::Derive { uses, runs: Runs::Nothing, binds: vec![id] },
        });
    }

    /// An `async` block as a value, or the await of one.
    pub(crate) fn later(&mut self, body: &mut Vec<Stmt>) {
        let nested = self.nested;
        let ready = self.find(|var| var.ty.is_later() && var.nested == nested);
        let Some(var) = ready.filter(|var| self.vars.movable(var)) else {
            return self.block_of_later(body);
        };
        let (postfix, ty) = match var.ty {
            Ty::LaterResult if self.fails() => (".await?", Ty::Val),
            Ty::LaterResult => (".await.ok()", Ty::Opt),
            Ty::LaterNum => (".await", Ty::Num),
            _ => (".await", Ty::Val),
        };
        self.wrote("an async block that is awaited later");
        let uses = self.vars.uses(&var, "", Mode::Move);
        self.vars.used(&uses);
        // What it borrows is left out: where the argument was `x.n`, that is nothing.
        let uses = uses.into_iter().take(1).collect();
        let unit = Unit {
            sites: vec![var.site],
            uses,
            gate: postfix.ends_with('?'),
            without_context: true,
            ..Unit::default()
        };
        let (pattern, id) = self.bind(ty);
        let text = format!("let {pattern} = {}{postfix};", var.name);
        let step = Step::Call { units: vec![unit], uses: Vec::new(), loud: false, binds: vec![id] };
        body.push(Stmt::Line { text, step });
    }

    fn block_of_later(&mut self, body: &mut Vec<Stmt>) {
        let (name, ty) = self.dice.pick(&[
            ("get", Ty::Later),
            ("num", Ty::LaterNum),
            ("attempt", Ty::LaterResult),
        ]);
        self.hushed = true;
        let Written { text, units, .. } = self.awaited(name);
        self.hushed = false;
        let Some(unit) = units.into_iter().next() else { return };
        let text = match self.dice.below(4) {
            0 if ty == Ty::LaterResult => {
                format!("async {{ let v = {text}?; Ok::<Val, Fail>(v) }}")
            }
            // The future itself.
            1 => text.trim_end_matches(".await").to_owned(),
            2 if unit.uses.iter().all(|used| used.mode == Mode::Move) => {
                format!("async move {{ {text} }}")
            }
            _ => format!("async {{ {text} }}"),
        };
        let bound = self.vars.fresh_name(&mut self.dice);
        let id = self.vars.declare(&bound, ty, false);
        for used in unit.uses.iter().filter(|used| used.mode != Mode::Move) {
            self.vars.borrow(id, std::slice::from_ref(used), used.mode == Mode::Write);
        }
        self.vars.awaits(id, unit.sites[0], self.nested);
        let step = match text.starts_with("async") {
            true => Step::Derive { uses: unit.uses, runs: Runs::Nothing, binds: vec![id] },
            // A method of that name only looks, as those of the standard library do.
            false if text.contains(".get(") => {
                Step::Derive { uses: unit.uses, runs: Runs::Known, binds: vec![id] }
            }
            false => Step::unknown(unit.uses, vec![id]),
        };
        body.push(Stmt::Line { text: format!("let {bound} = {text};"), step });
    }
}
