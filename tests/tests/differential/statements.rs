//! The statements that are not a `let` with one call.

use crate::generate::{Generator, Written};
use crate::grammar::{Mode, Runs, Step, Stmt, Unit, Use};
use crate::scope::{Handed, Ty, Var, Vars};
use crate::signature::Returns;

impl Generator {
    pub(crate) fn find(&mut self, wanted: impl Fn(&Var) -> bool) -> Option<Var> {
        let mut found = self.vars.seen();
        found.retain(wanted);
        (!found.is_empty()).then(|| self.dice.pick(&found))
    }

    /// A way to use a variable that ends like this.
    pub(crate) fn way(&mut self, wanted: impl Fn(&Handed) -> bool) -> Option<Handed> {
        let mut ways = self.vars.ways();
        ways.retain(wanted);
        (!ways.is_empty()).then(|| self.dice.pick(&ways))
    }

    /// A `let` without an await.
    pub(crate) fn plain(&mut self, body: &mut Vec<Stmt>) {
        let fails = self.fails();
        let kind = self.dice.below(9);
        let mut borrows = None;
        let (text, uses, ty) = match kind {
            0 => {
                let site = self.site();
                (format!("note(cx, {site})"), Vec::new(), Ty::Num)
            }
            1 => {
                let site = self.site();
                let Some(n) = self.way(Handed::is_number) else { return };
                (format!("make(cx, {site}, {})", n.text), n.uses, Ty::Val)
            }
            2 if fails || self.returns == Returns::Option => {
                let site = self.site();
                let Some(n) = self.way(Handed::is_number) else { return };
                let check = if fails { "check" } else { "some" };
                (format!("{check}(cx, {site}, {})?", n.text), n.uses, Ty::Num)
            }
            3 => {
                let Some(var) = self.find(|var| var.ty == Ty::Val) else { return };
                let uses = self.vars.uses(&var, "", Mode::Read);
                borrows = Some(false);
                (format!("&{}", var.name), uses, Ty::Ref)
            }
            4 => {
                let Some(var) = self.find(|var| var.ty == Ty::Val && var.mutable) else { return };
                let uses = self.vars.uses(&var, "", Mode::Write);
                borrows = Some(true);
                (format!("&mut {}", var.name), uses, Ty::Mut)
            }
            5 => {
                let Some(way) = self.way(|way| way.uses[0].mode == Mode::Move) else { return };
                let var = self.vars.seen().into_iter().find(|var| var.id == way.uses[0].var);
                let Some(var) = var else { return };
                let ty = if way.uses[0].field.is_empty() { var.ty } else { Ty::Val };
                (way.text, way.uses, ty)
            }
            6 => {
                let Some(way) = self.way(|way| way.text.starts_with("format!")) else { return };
                (way.text, way.uses, Ty::Text)
            }
            _ => {
                let Some(left) = self.way(Handed::is_number) else { return };
                let Some(right) = self.way(Handed::is_number) else { return };
                let mut uses: Vec<_> = left.uses.into_iter().chain(right.uses).collect();
                Vars::by_operator(&mut uses);
                (format!("{} + {}", left.text, right.text), uses, Ty::Num)
            }
        };
        self.vars.used(&uses);
        let (pattern, id) = self.bind(ty);
        if let Some(exclusive) = borrows {
            self.vars.borrow(id, &uses, exclusive);
        }
        let binds = vec![id];
        let step = match text.contains("cx") {
            true => Step::unknown(uses, binds),
            false => Step::Derive { uses, runs: Runs::Nothing, binds },
        };
        body.push(Stmt::Line { text: format!("let {pattern} = {text};"), step });
    }

    /// A statement that is ordered.
    pub(crate) fn effect(&mut self, body: &mut Vec<Stmt>) {
        let fails = self.fails();
        let (text, units) = match self.dice.below(13) {
            10..=12 => self.macro_call(),
            0..=2 => {
                let put = self.awaited("put_get");
                (format!("{};", put.text), put.units)
            }
            3 if fails => {
                let put = self.awaited("put_attempt");
                (format!("{}?;", put.text), put.units)
            }
            3 | 4 => {
                let get = self.awaited("text");
                (format!("{};", get.text), get.units)
            }
            5 => {
                let Some(var) = self.find(|var| var.mutable && var.ty == Ty::Num) else { return };
                self.wrote("a change of a local");
                let num = self.awaited("num");
                let text = format!("{} += {};", var.name, num.text);
                let uses = self.vars.uses(&var, "", Mode::Write);
                self.vars.note(&uses);
                // "A local variable whose type the macro knows" (Words, local effect).
                let step = match var.copied {
                    true => Step::Local { units: num.units, uses },
                    false => Step::Effect { units: num.units },
                };
                return body.push(Stmt::Line { text, step });
            }
            6 => {
                let Some(var) = self.find(|var| var.mutable && var.ty == Ty::Val) else { return };
                let get = self.awaited("put_get");
                let uses = self.vars.uses(&var, "", Mode::Write);
                self.vars.used(&uses);
                (format!("{} = {};", var.name, get.text), get.units)
            }
            7 => {
                let (left, right) = (self.awaited("num"), self.awaited("num"));
                let site = self.site();
                let text = format!("act(cx, {site}, {} + {});", left.text, right.text);
                (text, left.units.into_iter().chain(right.units).collect())
            }
            8 => {
                let wanted = |way: &Handed| way.uses[0].mode == Mode::Move;
                let Some(way) = self.way(wanted) else { return };
                self.vars.used(&way.uses);
                (format!("drop({});", way.text), Vec::new())
            }
            _ => {
                let site = self.site();
                (format!("act(cx, {site}, 1);"), Vec::new())
            }
        };
        body.push(Stmt::Line { text, step: Step::Effect { units } });
    }

    /// A statement that is a macro, with awaits in it.
    fn macro_call(&mut self) -> (String, Vec<Unit>) {
        let left = self.awaited("num");
        let right = if self.fails() && self.dice.chance(40) {
            self.awaited("count").then("?")
        } else {
            self.awaited("num")
        };
        let (left_text, right_text) = (left.text, right.text);
        let mut units = [left.units, right.units].concat();
        let text = match self.dice.below(3) {
            0 => {
                self.wrote("assert! with an await");
                format!("assert!({left_text} < 5000 + {right_text});")
            }
            1 => {
                self.wrote("assert! with an await");
                format!("assert_ne!({left_text}, {right_text} + 5000, \"{{}}\", k);")
            }
            _ => {
                self.wrote("a log line with an await");
                let site = self.site();
                // "Standard macros that take expressions count as calls" (promise 12). One of the level
                // macros is none, and evaluates nothing if the level is off: one awaits after the
                // other.
                let first = units.remove(0);
                units[0].operands.push(first);
                format!("info!(cx, {site}, \"line {site}: {{}} {{}}\", {left_text}, {right_text});")
            }
        };
        (text, units)
    }

    pub(crate) fn log(&mut self, body: &mut Vec<Stmt>) {
        let site = self.site();
        let mut uses = Vec::new();
        let text = match self.way(Handed::is_number) {
            Some(way) => {
                uses.clone_from(&way.uses);
                uses.iter_mut().for_each(|used| used.mode = Mode::Read);
                self.vars.used(&uses);
                format!("info!(cx, {site}, \"line {site}: {{}}\", {});", way.text)
            }
            None => format!("info!(cx, {site}, \"line {site}: {{}}\", 1);"),
        };
        body.push(Stmt::Line { text, step: Step::Log { uses } });
    }

    /// A `let` that is an effect: `let … else`, `let _`, a guard.
    pub(crate) fn ordered_let(&mut self, body: &mut Vec<Stmt>) {
        let (text, units) = match self.dice.below(6) {
            0 | 1 => {
                let acts = self.dice.chance(30);
                let mut found = self.awaited(if acts { "put_find" } else { "find" });
                let site = self.site();
                let Written { text: returned, uses, .. } = self.returned(false);
                let (pattern, id) = self.bind(Ty::Val);
                let pattern = pattern.replace(": Val", "");
                let text = format!(
                    "let Some({pattern}) = {} else {{ return leave(cx, {site}, {returned}) }};",
                    found.text
                );
                if !acts {
                    self.wrote("let else with an await");
                    found.units.iter_mut().for_each(|unit| unit.gate = true);
                    return self.call_that_leaves(text, found.units, uses, id, body);
                }
                (text, found.units)
            }
            2 => {
                let get = self.awaited("put_get");
                (format!("let _ = {};", get.text), get.units)
            }
            3 => {
                let get = self.awaited("get");
                (format!("let _kept = {};", get.text), get.units)
            }
            4 => {
                let name = self.vars.fresh_name(&mut self.dice);
                self.vars.declare(&name, Ty::Guard, false);
                let unit = Unit { sites: vec![0], ..Unit::default() };
                (format!("let {name} = lock.lock().await;"), vec![unit])
            }
            _ => {
                let site = self.site();
                let unit = Unit { sites: vec![site], ..Unit::default() };
                (format!("let _guard = lock.acquire({site}).await;"), vec![unit])
            }
        };
        body.push(Stmt::Line { text, step: Step::Effect { units } });
    }

    /// A `let` with a call that leaves in its turn.
    pub(crate) fn call_that_leaves(
        &mut self,
        text: String,
        units: Vec<Unit>,
        // What is returned in place of its value.
        uses: Vec<Use>,
        bound: u32,
        body: &mut Vec<Stmt>,
    ) {
        let step = Step::Call { units, uses, loud: false, binds: vec![bound] };
        body.push(Stmt::Line { text, step });
    }

    /// A statement with a marker.
    pub(crate) fn marked(&mut self, body: &mut Vec<Stmt>) {
        if self.dice.chance(50) {
            let fails = self.fails();
            let mut call = if fails && self.dice.chance(40) {
                self.awaited("attempt").then("?")
            } else {
                self.awaited("num")
            };
            // What starts in the background cannot take a field of a box, nor a place
            // beside what holds it.
            let never = |uses| self.vars.unboxes(uses) || self.vars.holds(uses, uses);
            // Nor what is held until it has ended, which others would see.
            let guarded = call.text.contains(".lock()");
            if guarded || call.units.iter().any(|unit| never(&unit.uses)) {
                return;
            }
            call.text = format!("#[background] {};", call.text);
            let Written { text, units, .. } = call;
            let step = Step::Call { units, uses: Vec::new(), loud: false, binds: Vec::new() };
            body.push(Stmt::Line { text, step });
            return;
        }
        let (call, ty) = self.value("put_");
        let (pattern, _) = self.bind(ty);
        let text = format!("#[foreground] let {pattern} = {};", call.text);
        let rest = Step::Effect { units: call.units };
        body.push(Stmt::Line { text, step: rest });
    }
}
