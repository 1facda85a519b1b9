//! Statements with blocks in them.

use crate::generate::{Generator, Written};
use crate::grammar::{Arm, Block, Step, Stmt, Tail, Unit};
use crate::lets::CHECK;
use crate::scope::{Handed, Mark, Ty};

/// A label around a statement.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) name: String,
    /// It can be continued.
    pub(crate) repeats: bool,
    /// What breaks to it gives a number.
    pub(crate) value: bool,
}

impl Generator {
    pub(crate) fn scope(&mut self, body: &mut Vec<Stmt>) {
        let length = 1 + self.dice.below(4);
        let mark = self.vars.mark();
        // A guard in a head would be held in the blocks too, and serial code could lock itself out.
        self.guarded = true;
        let mut stmt = match self.dice.below(20) {
            0 | 13 => self.branch(length),
            14 => self.repeat(length),
            1 => self.early_return(length),
            2 | 15 => self.chain_of_lets(length),
            3 => self.choice(length),
            4..=6 => self.repeat(length),
            7 | 16 => {
                let arm = self.block("{".to_owned(), length, true, "};");
                let (pattern, bound) = self.bind(Ty::Num);
                self.block_of(
                    bound,
                    mark,
                    scope(format!("let {pattern} = "), Vec::new(), vec![arm]),
                )
            }
            8 | 17..=19 => {
                let length = if self.dice.chance(60) { 1 } else { length };
                let (open, early) = self.condition();
                let first = self.block("{".to_owned(), length, true, "} else {");
                let second = self.block(String::new(), 1, true, "};");
                let (pattern, bound) = self.bind(Ty::Num);
                let open = format!("let {pattern} = if {open}");
                self.block_of(bound, mark, scope(open, early, vec![first, second]))
            }
            9 => self.value_or_return(length),
            10 => self.let_loop(length),
            _ => self.labelled_block(length),
        };
        self.awaiting(&mut stmt);
        body.push(stmt);
    }

    /// A `let` that is a call, if it holds no effect.
    fn block_of(&self, bound: u32, mark: Mark, mut stmt: Stmt) -> Stmt {
        if let Stmt::Scope { block, .. } = &mut stmt {
            *block = Some(Block { bound, uses: self.vars.since(mark) });
        }
        stmt
    }

    /// `if … else if … else`
    fn branch(&mut self, length: usize) -> Stmt {
        let (open, early) = self.condition();
        let first = self.block("{".to_owned(), length, false, "} else {");
        let mut arms = vec![first];
        if self.dice.chance(50) {
            self.wrote("else if with an await");
            let flag = self.awaited("flag").text;
            arms[0].close = format!("}} else if ⟦{flag}⟧ {{");
            arms.push(self.block(String::new(), 1, false, "} else {"));
        }
        arms.push(self.block(String::new(), 1, false, "}"));
        scope(format!("if {open}"), early, arms)
    }

    fn early_return(&mut self, length: usize) -> Stmt {
        let (open, early) = self.condition();
        let arm = self.block_with("{".to_owned(), length, "}", |this, arm| this.leave_line(arm));
        scope(format!("if {open}"), early, vec![arm])
    }

    fn leave_line(&mut self, arm: &mut Arm) {
        let returned = self.returned(true);
        let text = format!("return {};", returned.text);
        arm.body.push(Stmt::Line { text, step: Step::Rest { units: returned.units } });
    }

    /// `if let … && …`
    fn chain_of_lets(&mut self, length: usize) -> Stmt {
        let depth = self.vars.depth();
        let Written { text: found, units, .. } = self.awaited("find");
        let name = self.vars.fresh_name(&mut self.dice);
        let first = self.vars.declare(&name, Ty::Val, false);
        let mut lent = vec![lent(&units, first)];
        let (mut open, mut early) = (format!("if let Some({name}) = ⟨{found}⟩ "), units);
        if self.dice.chance(70) {
            self.wrote("a chain of lets with awaits");
            let further = match self.dice.below(3) {
                0 => format!("{name}.n % 2 == 0"),
                1 => format!("⟦{}⟧", self.awaited("flag").text),
                _ => {
                    let Written { text: found, units, .. } = self.awaited("find");
                    let second = format!("{name}_2");
                    let id = self.vars.declare(&second, Ty::Val, false);
                    lent.push(self::lent(&units, id));
                    format!("{name}.n != 1 && let Some({second}) = ⟦{found}⟧")
                }
            };
            early = Vec::new();
            open = format!("if let Some({name}) = ⟦{found}⟧ && {further} ");
        } else {
            self.wrote("if let with an await");
        }
        let mut arms = vec![self.block("{".to_owned(), length, false, "}")];
        arms[0].body.splice(0..0, lent);
        self.vars.leave(depth);
        if self.dice.chance(30) {
            arms[0].close = "} else {".to_owned();
            arms.push(self.block(String::new(), 1, false, "}"));
        }
        scope(open, early, arms)
    }

    /// `match … { … }`
    fn choice(&mut self, length: usize) -> Stmt {
        let num = self.awaited("num");
        let guard = if self.dice.chance(70) {
            self.wrote("a guard of an arm with an await");
            format!(" if ⟦{}⟧", self.awaited("flag").text)
        } else {
            String::new()
        };
        let first = self.block(format!("{{ 0{guard} => {{"), length, false, "}");
        let second = self.block("1 => {".to_owned(), 1, false, "}");
        Stmt::Scope {
            open: format!("match ⟨{}⟩ % 3 ", num.text),
            early: num.units,
            block: None,
            arms: vec![first, second],
            close: "_ => {} }".to_owned(),
        }
    }

    /// A value, or the function is left, after an await.
    fn value_or_return(&mut self, length: usize) -> Stmt {
        self.wrote("a value with an await, or a return");
        if self.dice.chance(50) {
            let mut found = self.awaited("find");
            found.units.iter_mut().for_each(|unit| unit.gate = true);
            let site = self.site();
            let Written { text: returned, uses, .. } = self.returned(false);
            let (pattern, bound) = self.bind(Ty::Val);
            let none = format!("None => return leave(cx, {site}, {returned})");
            let text = format!("let {pattern} = match {} {{ Some(v) => v, {none} }};", found.text);
            let (loud, binds) = (false, vec![bound]);
            return Stmt::Line { text, step: Step::Call { units: found.units, uses, loud, binds } };
        }
        let (open, early) = self.condition();
        let first = self.block("{".to_owned(), length, true, "} else {");
        let second = self.block_with(String::new(), 1, "};", |this, arm| this.leave_line(arm));
        let (pattern, _) = self.bind(Ty::Num);
        scope(format!("let {pattern} = if {open}"), early, vec![first, second])
    }

    /// A condition, and the calls in it that start early.
    fn condition(&mut self) -> (String, Vec<Unit>) {
        match self.dice.below(3) {
            0 => {
                let flag = self.awaited("flag");
                (format!("⟨{}⟩ ", flag.text), flag.units)
            }
            1 => {
                let (left, right) = (self.awaited("flag"), self.awaited("flag"));
                let op = if self.dice.chance(50) { "&&" } else { "||" };
                (format!("⟦{} {op} {}⟧ ", left.text, right.text), Vec::new())
            }
            _ => (self.parity(), Vec::new()),
        }
    }

    /// A condition without an await.
    fn parity(&mut self) -> String {
        let way = self.way(Handed::is_number);
        way.iter().for_each(|way| self.vars.used(&way.uses));
        let text = way.map_or("k".to_owned(), |way| way.text);
        format!("{text} % 2 == 0 ")
    }

    fn label(&mut self, repeats: bool, value: bool) -> String {
        let name = format!("'l{}", self.site());
        self.labels.push(Label { name: name.clone(), repeats, value });
        name
    }

    fn repeat(&mut self, length: usize) -> Stmt {
        let depth = self.vars.depth();
        let labels = self.labels.len();
        let kind = self.dice.weighted(&[(4, 0), (1, 1), (1, 2), (1, 3), (1, 4)]);
        let counter = format!("i{depth}");
        let count = format!("let mut {counter} = 0_u64; ");
        let mut before = String::new();
        let label =
            if self.dice.chance(50) { self.label(true, false) + ": " } else { String::new() };
        if kind > 1 {
            before.clone_from(&count);
        }
        self.vars.loops += 1;
        let mut number = counter.clone();
        let (mut leading, mut lent) = (Vec::new(), None);
        let open = match kind {
            0 => {
                let name = self.vars.fresh_name(&mut self.dice);
                self.vars.declare(&name, Ty::Num, false);
                number.clone_from(&name);
                if self.dice.chance(80) && !self.strict {
                    leading = self.leading();
                    before = "#[background(limit = 1)] ".to_owned();
                }
                format!("for {name} in 0..3_u64 {{")
            }
            1 => {
                self.vars.loops -= 1;
                let get = self.awaited("get");
                self.vars.loops += 1;
                let name = self.vars.fresh_name(&mut self.dice);
                self.vars.declare(&name, Ty::Val, false);
                number = format!("{name}.n");
                let site = self.site();
                format!("for {name} in ⟦[{}, make(cx, {site}, 2)]⟧ {{", get.text)
            }
            2 => {
                self.wrote("while let with an await");
                let Written { text: found, units, .. } = self.awaited("find");
                let name = self.vars.fresh_name(&mut self.dice);
                let id = self.vars.declare(&name, Ty::Val, false);
                lent = Some(self::lent(&units, id));
                format!("while let Some({name}) = ⟦{found}⟧ && {counter} < 2 {{ {counter} += 1;")
            }
            3 => {
                self.wrote("while with an await");
                let flag = self.awaited("flag").text;
                format!("while {counter} < 2 && ⟦{flag}⟧ {{ {counter} += 1;")
            }
            _ => format!("while {counter} < 2 {{ {counter} += 1;"),
        };
        if kind > 1 {
            self.vars.declare(&counter, Ty::Num, false);
        }
        let arm = self.block_with(String::new(), length, "}", |this, arm| {
            if this.dice.chance(35) {
                // What runs ahead comes first, and may hide the name.
                this.jump_at_an_edge(arm, &number, leading.is_empty());
            } else if !label.is_empty() && this.dice.chance(60) {
                this.jump(&mut arm.body);
            }
            arm.body.splice(0..0, lent.into_iter().chain(leading));
        });
        self.vars.loops -= 1;
        self.vars.leave(depth);
        self.labels.truncate(labels);
        scope(format!("{before}{label}{open}"), Vec::new(), vec![arm])
    }

    /// What runs ahead in a loop with a limit, and an effect that ends it. With a
    /// limit of 1 such a loop is its serial twin, event by event; how larger ones
    /// differ is in `limited_twins`.
    fn leading(&mut self) -> Vec<Stmt> {
        self.wrote("a loop with a limit");
        let mut leading = Vec::new();
        for _ in 0..1 + self.dice.below(2) {
            let units = vec![Unit { sites: vec![self.site()], ..Unit::default() }];
            let call = format!("get(cx, {}, ()).await", units[0].sites[0]);
            let (pattern, id) = self.bind(Ty::Val);
            let text = format!("let {pattern} = {call};");
            let step = Step::Call { units, uses: Vec::new(), loud: false, binds: vec![id] };
            leading.push(Stmt::Line { text, step });
        }
        leading.push(self.bare_effect());
        leading
    }

    /// An effect without arguments.
    fn bare_effect(&mut self) -> Stmt {
        let site = self.site();
        let units = vec![Unit { sites: vec![site], ..Unit::default() }];
        let text = format!("put_get(cx, {site}, ()).await;");
        Stmt::Line { text, step: Step::Effect { units } }
    }

    /// A jump without a label, where the loop's own name is not bound anew.
    fn jump_at_an_edge(&mut self, arm: &mut Arm, number: &str, may_be_first: bool) {
        let jump = if self.dice.chance(50) { "break" } else { "continue" };
        let at = if self.dice.chance(40) { 0 } else { arm.body.len() };
        let root = number.trim_end_matches(".n");
        if at > 0 && !root.starts_with('i') && !self.is_number(root, number) {
            return;
        }
        if at == arm.body.len() && self.dice.chance(70) {
            self.wrote("a plain let that breaks");
            let text = format!("let x0 = if {number} == 1 {{ {jump} }} else {{ {number} }};");
            arm.body.push(Stmt::Line { text, step: CHECK });
            return;
        }
        let step = Step::Effect { units: Vec::new() };
        let text = format!("if {number} == 1 {{ {jump}; }}");
        if at == arm.body.len() {
            arm.body.push(Stmt::Line { text, step });
        } else if at == 0 && may_be_first && !number.ends_with(".n") {
            arm.body.insert(0, Stmt::Line { text, step });
        }
    }

    /// Whether a loop's own name still is what it was.
    fn is_number(&self, name: &str, number: &str) -> bool {
        let ty = if name == number { Ty::Num } else { Ty::Val };
        self.vars.seen().iter().any(|var| var.name == name && var.ty == ty)
    }

    /// `let x = 'l: loop { if … { break 'l value; } … }`
    fn let_loop(&mut self, length: usize) -> Stmt {
        self.wrote("loop with a value");
        let depth = self.vars.depth();
        let labels = self.labels.len();
        let label = self.label(true, true);
        let counter = format!("i{depth}");
        self.vars.loops += 1;
        // In front, where no `continue` and no smaller form goes without it.
        let value = self.awaited("num").text;
        let end = format!("{counter} += 1; if {counter} > 2 {{ break {label} ⟦{value}⟧; }}");
        self.vars.declare(&counter, Ty::Num, false);
        let arm = self.block(String::new(), length, false, "};");
        self.vars.loops -= 1;
        self.vars.leave(depth);
        self.labels.truncate(labels);
        let (pattern, _) = self.bind(Ty::Num);
        let open = format!("let mut {counter} = 0_u64; let {pattern} = {label}: loop {{ {end}");
        scope(open, Vec::new(), vec![arm])
    }

    /// `'l: { …; break 'l; … }`, with a value or without.
    fn labelled_block(&mut self, length: usize) -> Stmt {
        let labels = self.labels.len();
        let depth = self.vars.depth();
        let value = self.dice.chance(50);
        self.wrote(if value { "a labelled block with a value" } else { "a labelled block" });
        let label = self.label(false, value);
        let close = if value { "};" } else { "}" };
        let mut arm = self.block("{".to_owned(), length, value, close);
        let mut jump = Vec::new();
        self.jump_to(self.labels.len() - 1, &mut jump);
        // What it uses is there from the start.
        let outer = jump.into_iter().next();
        arm.body.splice(0..0, outer);
        self.vars.leave(depth);
        self.labels.truncate(labels);
        if !value {
            return scope(format!("{label}: "), Vec::new(), vec![arm]);
        }
        let (pattern, _) = self.bind(Ty::Num);
        scope(format!("let {pattern} = {label}: "), Vec::new(), vec![arm])
    }

    /// A jump to one of the labels around it.
    pub(crate) fn jump(&mut self, body: &mut Vec<Stmt>) {
        if !self.labels.is_empty() {
            let to = self.dice.below(self.labels.len());
            self.jump_to(to, body);
        }
    }

    fn jump_to(&mut self, to: usize, body: &mut Vec<Stmt>) {
        let Label { name, repeats, value } = self.labels[to].clone();
        let open = self.parity();
        let length = self.dice.below(2);
        let arm = self.block_with("{".to_owned(), length, "}", |this, arm| {
            let line = this.jump_line(name, repeats, value);
            arm.body.push(line);
        });
        body.push(scope(format!("if {open}"), Vec::new(), vec![arm]));
    }

    fn jump_line(&mut self, name: String, repeats: bool, value: bool) -> Stmt {
        let (form, text, units): (_, _, Vec<Unit>) = if repeats && self.dice.chance(75) {
            ("a labelled continue", format!("continue {name};"), Vec::new())
        } else if value && self.dice.chance(50) {
            let num = self.awaited("num");
            ("a labelled break with an await", format!("break {name} {};", num.text), num.units)
        } else if value {
            ("a labelled break with a value", format!("break {name} k;"), Vec::new())
        } else {
            ("a labelled break", format!("break {name};"), Vec::new())
        };
        self.wrote(form);
        Stmt::Line { text, step: Step::Effect { units } }
    }

    fn block(&mut self, open: String, length: usize, value: bool, close: &str) -> Arm {
        self.block_with(open, length, close, |this, arm| {
            arm.tail = value.then(|| this.last_value());
        })
    }

    /// A block, with what is written at its end, where its own names are seen.
    fn block_with(
        &mut self,
        open: String,
        length: usize,
        close: &str,
        last: impl FnOnce(&mut Self, &mut Arm),
    ) -> Arm {
        let depth = self.vars.depth();
        let mark = self.vars.mark();
        let body = self.body(length);
        let mut arm = Arm { uses: Vec::new(), open, body, tail: None, close: close.to_owned() };
        last(self, &mut arm);
        arm.uses = self.vars.since(mark);
        self.vars.leave(depth);
        arm
    }

    fn last_value(&mut self) -> Tail {
        let way = self.way(Handed::is_number);
        if self.dice.chance(40) {
            let num = self.awaited("num");
            return Tail { text: num.text, step: Step::Rest { units: num.units } };
        }
        way.iter().for_each(|way| self.vars.note(&way.uses));
        let text = way.map_or("k".to_owned(), |way| way.text);
        Tail { text, step: Step::Rest { units: Vec::new() } }
    }

    /// A `let` with blocks is a call or an effect only with an await in it.
    fn awaiting(&mut self, stmt: &mut Stmt) {
        if !stmt.is_still() {
            return;
        }
        // Without arguments: what the `let` binds is no name yet.
        let first = if self.dice.chance(40) { self.bare_effect() } else { self.bare_call() };
        if let Stmt::Scope { arms, .. } = stmt {
            arms[0].body.insert(0, first);
        }
    }

    /// A call without arguments.
    fn bare_call(&mut self) -> Stmt {
        let units = vec![Unit { sites: vec![self.site()], ..Unit::default() }];
        let call = format!("get(cx, {}, ()).await", units[0].sites[0]);
        let text = format!("let unused = {call};");
        let step = Step::Call { units, uses: Vec::new(), loud: false, binds: Vec::new() };
        Stmt::Line { text, step }
    }
}

fn scope(open: String, early: Vec<Unit>, arms: Vec<Arm>) -> Stmt {
    Stmt::Scope { open, early, block: None, arms, close: String::new() }
}

/// What a head has bound may borrow from what its await is given.
fn lent(units: &[Unit], bound: u32) -> Stmt {
    let uses = units.iter().flat_map(Unit::all_uses).collect();
    Stmt::Line { text: String::new(), step: Step::Lent { uses, binds: vec![bound] } }
}
