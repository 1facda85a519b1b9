//! The statements that are not a `let` with one call.

use crate::generate::{Generator, Returns, Written};
use crate::grammar::{Mode, Step, Stmt, Tail, Unit};
use crate::scope::{Handed, Ty, Var};

impl Generator {
    fn find(&mut self, wanted: impl Fn(&Var) -> bool) -> Option<Var> {
        let mut found = self.vars.seen();
        found.retain(wanted);
        (!found.is_empty()).then(|| self.dice.pick(&found))
    }

    /// A way to use a variable that ends like this.
    fn way(&mut self, wanted: impl Fn(&Handed) -> bool) -> Option<Handed> {
        let mut ways = self.vars.ways();
        ways.retain(wanted);
        (!ways.is_empty()).then(|| self.dice.pick(&ways))
    }

    /// `let x = combine(a().await, b().await)` and its kin.
    pub(crate) fn operands(&mut self, body: &mut Vec<Stmt>) {
        if self.dice.chance(35) {
            return self.number_operands(body);
        }
        let fails = matches!(self.returns, Returns::Result | Returns::Count);
        let (left, right) = if fails && self.dice.chance(40) {
            let mut left = self.awaited("attempt");
            left.text += "?";
            let mut right = self.awaited("attempt");
            right.text += "?";
            (left, right)
        } else {
            (self.awaited("get"), self.awaited("get"))
        };
        let (left_text, right_text) = (left.text, right.text);
        let units: Vec<Unit> = left.units.into_iter().chain(right.units).collect();
        let mut loud = false;
        let mut binds = Vec::new();
        let mut name = |this: &mut Self, ty| {
            let (pattern, id) = this.bind(ty);
            binds.push(id);
            pattern
        };
        let text = match self.dice.below(4) {
            0 => {
                loud = true;
                let site = self.site();
                let name = name(self, Ty::Val);
                format!("let {name} = combine(cx, {site}, {left_text}, {right_text});")
            }
            1 => {
                let first = self.vars.fresh_name(&mut self.dice);
                binds.push(self.vars.declare(&first, Ty::Val, false));
                let second = format!("{first}_2");
                binds.push(self.vars.declare(&second, Ty::Val, false));
                format!("let ({first}, {second}) = ({left_text}, {right_text});")
            }
            _ => {
                let name = name(self, Ty::Pair).replace(": Val", "");
                format!("let {name} = Pair {{ a: {left_text}, b: {right_text}, k: 2 }};")
            }
        };
        let step = Step::Call { units, uses: Vec::new(), loud, binds };
        body.push(Stmt::Line { text, step });
    }

    /// The same with numbers: what is left over of other values would be dropped
    /// at the join, with which no order is promised.
    fn number_operands(&mut self, body: &mut Vec<Stmt>) {
        let (left, right) = (self.awaited("num"), self.awaited("num"));
        let (ty, value) = if self.dice.chance(50) {
            (Ty::Num, format!("{} + {}", left.text, right.text))
        } else {
            (Ty::Text, format!("format!(\"{{}}-{{}}\", {}, {})", left.text, right.text))
        };
        let units = left.units.into_iter().chain(right.units).collect();
        let (pattern, id) = self.bind(ty);
        let step = Step::Call { units, uses: Vec::new(), loud: false, binds: vec![id] };
        body.push(Stmt::Line { text: format!("let {pattern} = {value};"), step });
    }

    /// A `let` without an await.
    pub(crate) fn plain(&mut self, body: &mut Vec<Stmt>) {
        let fails = matches!(self.returns, Returns::Result | Returns::Count);
        let kind = self.dice.below(9);
        let mut gate = false;
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
                gate = true;
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
                let uses = left.uses.into_iter().chain(right.uses).collect();
                (format!("{} + {}", left.text, right.text), uses, Ty::Num)
            }
        };
        self.vars.used(&uses);
        let (pattern, id) = self.bind(ty);
        if let Some(exclusive) = borrows {
            self.vars.borrow(id, &uses, exclusive);
        }
        let text = format!("let {pattern} = {text};");
        body.push(Stmt::Line { text, step: Step::Plain { uses, gate, binds: vec![id] } });
    }

    /// A statement that is ordered.
    pub(crate) fn effect(&mut self, body: &mut Vec<Stmt>) {
        let fails = matches!(self.returns, Returns::Result | Returns::Count);
        let (text, units) = match self.dice.below(10) {
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
                let num = self.awaited("num");
                (format!("{} += {};", var.name, num.text), num.units)
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

    pub(crate) fn log(&mut self, body: &mut Vec<Stmt>) {
        let site = self.site();
        let text = match self.way(Handed::is_number) {
            Some(way) => {
                self.vars.used(&way.uses);
                format!("info!(cx, {site}, \"line {site}: {{}}\", {});", way.text)
            }
            None => format!("info!(cx, {site}, \"line {site}: {{}}\", 1);"),
        };
        body.push(Stmt::Line { text, step: Step::Log });
    }

    /// A `let` that is an effect: `let … else`, `let _`, a guard.
    pub(crate) fn ordered_let(&mut self, body: &mut Vec<Stmt>) {
        let (text, units) = match self.dice.below(6) {
            0 | 1 => {
                let put = if self.dice.chance(50) { "put_find" } else { "find" };
                let found = self.awaited(put);
                let returned = self.returned(false).text;
                let (pattern, _) = self.bind(Ty::Val);
                let pattern = pattern.replace(": Val", "");
                let text =
                    format!("let Some({pattern}) = {} else {{ return {returned} }};", found.text);
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

    /// A statement with a marker.
    pub(crate) fn marked(&mut self, body: &mut Vec<Stmt>) {
        if self.dice.chance(50) {
            let fails = matches!(self.returns, Returns::Result | Returns::Count);
            let mut call = if fails && self.dice.chance(40) {
                let mut call = self.awaited("attempt");
                call.text += "?";
                call
            } else {
                self.awaited("num")
            };
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

    /// A statement with blocks in it.
    pub(crate) fn scope(&mut self, body: &mut Vec<Stmt>) {
        let length = 1 + self.dice.below(4);
        let stmt = match self.dice.below(8) {
            0 => {
                let (open, head) = self.condition();
                let arms = vec![
                    self.block("{".to_owned(), length, false, "} else {"),
                    self.block(String::new(), 1, false, "}"),
                ];
                Stmt::Scope { open: format!("if {open}"), head, arms, close: String::new() }
            }
            1 => {
                let (open, head) = self.condition();
                let mut arm = self.block("{".to_owned(), length, false, "}");
                let returned = self.returned(true);
                let text = format!("return {};", returned.text);
                let step = Step::Effect { units: returned.units };
                arm.body.push(Stmt::Line { text, step });
                Stmt::Scope {
                    open: format!("if {open}"),
                    head,
                    arms: vec![arm],
                    close: String::new(),
                }
            }
            2 => {
                let found = self.awaited("find");
                let depth = self.vars.depth();
                let name = self.vars.fresh_name(&mut self.dice);
                self.vars.declare(&name, Ty::Val, false);
                let arm = self.block("{".to_owned(), length, false, "}");
                self.vars.leave(depth);
                Stmt::Scope {
                    open: format!("if let Some({name}) = "),
                    head: Some(found.text),
                    arms: vec![arm],
                    close: String::new(),
                }
            }
            3 => {
                let num = self.awaited("num");
                let first = self.block("{ 0 => {".to_owned(), length, false, "}");
                let second = self.block("1 => {".to_owned(), 1, false, "}");
                Stmt::Scope {
                    open: "match ".to_owned(),
                    head: Some(format!("{} % 3", num.text)),
                    arms: vec![first, second],
                    close: "_ => {} }".to_owned(),
                }
            }
            4 | 5 => self.repeat(length),
            6 => {
                let depth = self.vars.depth();
                let mut arm = self.block("{".to_owned(), length, true, "};");
                self.vars.leave(depth);
                let (pattern, _) = self.bind(Ty::Num);
                arm.tail = arm.tail.or_else(|| Some(nothing()));
                Stmt::Scope {
                    open: format!("let {pattern} = "),
                    head: None,
                    arms: vec![arm],
                    close: String::new(),
                }
            }
            _ => {
                let (open, head) = self.condition();
                let first = self.block("{".to_owned(), length, true, "} else {");
                let second = self.block(String::new(), 1, true, "};");
                let (pattern, _) = self.bind(Ty::Num);
                Stmt::Scope {
                    open: format!("let {pattern} = if {open}"),
                    head,
                    arms: vec![first, second],
                    close: String::new(),
                }
            }
        };
        body.push(stmt);
    }

    /// A condition: text, or awaited in place.
    fn condition(&mut self) -> (String, Option<String>) {
        match self.dice.below(3) {
            0 => (String::new(), Some(self.awaited("flag").text)),
            1 => {
                let (left, right) = (self.awaited("flag"), self.awaited("flag"));
                let op = if self.dice.chance(50) { "&&" } else { "||" };
                (String::new(), Some(format!("{} {op} {}", left.text, right.text)))
            }
            _ => {
                let way = self.way(Handed::is_number);
                let text = way.map_or("k".to_owned(), |way| way.text);
                (format!("{text} % 2 == 0 "), None)
            }
        }
    }

    fn repeat(&mut self, length: usize) -> Stmt {
        let depth = self.vars.depth();
        self.vars.loops += 1;
        let kind = self.dice.below(3);
        let (open, head, name) = match kind {
            0 => {
                let name = self.vars.fresh_name(&mut self.dice);
                self.vars.declare(&name, Ty::Num, false);
                (format!("for {name} in 0..3_u64 {{"), None, name)
            }
            1 => {
                self.vars.loops -= 1;
                let get = self.awaited("get");
                self.vars.loops += 1;
                let name = self.vars.fresh_name(&mut self.dice);
                self.vars.declare(&name, Ty::Val, false);
                let site = self.site();
                let head = format!("[{}, make(cx, {site}, 2)]", get.text);
                (format!("for {name} in "), Some(head), name)
            }
            _ => {
                let name = format!("i{}", self.vars.depth());
                self.vars.declare(&name, Ty::Num, false);
                (format!("let mut {name} = 0_u64; while {name} < 2 {{ {name} += 1;"), None, name)
            }
        };
        let open_arm = if head.is_some() { "{" } else { "" };
        let mut arm = self.block(open_arm.to_owned(), length, false, "}");
        if self.dice.chance(25) {
            let jump = if self.dice.chance(50) { "break" } else { "continue" };
            let number = if kind == 1 { format!("{name}.n") } else { name };
            let at = self.dice.below(arm.body.len() + 1);
            let step = Step::Effect { units: Vec::new() };
            let text = format!("if {number} == 1 {{ {jump}; }}");
            // A stretch of its own would be needed in the middle of the others.
            if at == arm.body.len() {
                arm.body.push(Stmt::Line { text, step });
            } else if at == 0 && kind != 1 {
                arm.body.insert(0, Stmt::Line { text, step });
            }
        }
        self.vars.loops -= 1;
        self.vars.leave(depth);
        Stmt::Scope { open, head, arms: vec![arm], close: String::new() }
    }

    fn block(
        &mut self,
        open: String,
        length: usize,
        value: bool,
        close: &str,
    ) -> crate::grammar::Arm {
        let depth = self.vars.depth();
        let body = self.body(length);
        let tail = value.then(|| {
            let ways = self.way(Handed::is_number);
            if self.dice.chance(40) {
                let num = self.awaited("num");
                Tail { text: num.text, step: Step::Effect { units: num.units } }
            } else {
                ways.map_or_else(nothing, |way| Tail {
                    text: way.text,
                    step: Step::Effect { units: Vec::new() },
                })
            }
        });
        self.vars.leave(depth);
        let mut arm = self.arm(open, body, close);
        arm.tail = tail;
        arm
    }
}

fn nothing() -> Tail {
    Tail { text: "k".to_owned(), step: Step::Effect { units: Vec::new() } }
}
