//! A written function as a tree of statements.

use std::collections::BTreeSet;

use bridge_tests::{dimension, setting};

use crate::scope::Vars;
use crate::signature::Signature;
use crate::worlds;

/// How a variable, or a field of it, is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Move,
    Write,
    /// By value, of a type that is not written down. If it is used by value again it is a copy.
    Value,
    /// By value, by an operator, which is given no `&mut`.
    Operand,
    /// By value, and known to be a copy.
    Copied,
    /// By value, and used again: a copy, unless it is a `&mut` that is lent on.
    Again,
    /// As the receiver of a method, which may take it if it is not used again.
    Receiver,
    /// It looks, and may change the place for all that can be seen.
    Doubted,
    /// By value, from behind a `&mut`, which may be lent on so.
    LentOn,
}

impl Mode {
    /// Whether two such uses may stand in one expression.
    pub(crate) fn looks(self) -> bool {
        !matches!(self, Mode::Move | Mode::Write)
    }
}

/// A use of a variable, by its number, or of a field of it.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) var: u32,
    pub(crate) field: &'static str,
    pub(crate) mode: Mode,
    /// How many uses are written before it.
    pub(crate) at: u32,
}

/// A call, as the model is told of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unit {
    pub(crate) operands: Vec<Unit>,
    pub(crate) sites: Vec<u32>,
    pub(crate) uses: Vec<Use>,
    /// That its arguments are evaluated can be seen.
    pub(crate) loud: bool,
    /// A `?` follows it.
    pub(crate) gate: bool,
    /// It does not name the context that all others are given.
    pub(crate) without_context: bool,
}

/// What a `let` without an await runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// No code that could look at what a call changes.
    Nothing,
    /// Code that is known, and may panic or fail.
    Known,
    /// A function that the macro does not know.
    Unknown,
}

/// What the model is told of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Call {
        units: Vec<Unit>,
        uses: Vec<Use>,
        loud: bool,
        binds: Vec<u32>,
    },
    /// A `let` that acts on the world, or looks at it, which the model is not told of.
    Plain,
    /// A `let` that only computes, and may run ahead of its turn.
    Derive {
        uses: Vec<Use>,
        runs: Runs,
        binds: Vec<u32>,
    },
    Log {
        uses: Vec<Use>,
    },
    /// No statement: what has been bound, and may borrow.
    Lent {
        uses: Vec<Use>,
        binds: Vec<u32>,
    },
    /// What it awaits first starts early; the rest runs in its turn, as an effect does.
    Rest {
        units: Vec<Unit>,
    },
    /// The same; it changes a local, and holds back no more than what uses that.
    Local {
        units: Vec<Unit>,
        uses: Vec<Use>,
    },
    Effect {
        units: Vec<Unit>,
    },
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
    /// A statement with blocks in it. What is awaited in place in `open`, or where
    /// an arm opens or closes, is in `⟦ ⟧`; what starts early, unless all of it is a call, in
    /// `⟨ ⟩`.
    Scope {
        open: String,
        early: Vec<Unit>,
        /// The `let` of a block, which may be a call as a whole.
        block: Option<Block>,
        arms: Vec<Arm>,
        close: String,
    },
}

/// What a block binds, and what it uses of the variables around it.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) bound: u32,
    pub(crate) uses: Vec<Use>,
}

#[derive(Clone, Debug)]
pub(crate) struct Arm {
    /// What it uses of the variables around it.
    pub(crate) uses: Vec<Use>,
    pub(crate) open: String,
    pub(crate) body: Vec<Stmt>,
    pub(crate) tail: Option<Tail>,
    pub(crate) close: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) index: u32,
    pub(crate) signature: Signature,
    pub(crate) body: Vec<Stmt>,
    pub(crate) tail: Tail,
    /// The forms of the grammar that it has.
    pub(crate) forms: BTreeSet<&'static str>,
    /// The variables that may borrow from what they were made of, as far as one sees without
    /// types, and how many uses are written up to the last of each.
    pub(crate) borrowers: Vec<(u32, u32)>,
}

dimension! {
    /// The forms in which a function is written.
    #[derive(PartialOrd, Ord)]
    Form {
        Serial => "serial",
        Model => "model",
        Background => "background",
        Asynchronous => "asynchronous",
        Strict => "strict",
    }
}

/// Whether only what is timed is run.
pub(crate) fn only_timed() -> bool {
    setting("DIFFERENTIAL_TIMED", 0) > 0
}

impl Function {
    /// Settles what each use by value is, by all that are written: a copy, or a move. A field that is
    /// changed is all of what may be a guard.
    pub(crate) fn settle(&mut self, vars: &Vars) {
        let settled = |used: &mut Use| {
            if used.mode == Mode::Value && !is_last(used, vars.noted()) {
                used.mode = Mode::Again;
            }
            if used.mode == Mode::Operand {
                let again = !is_last(used, vars.noted());
                used.mode = if again { Mode::Copied } else { Mode::Operand };
            }
            if used.mode == Mode::Receiver {
                let later = &vars.noted()[used.at as usize + 1..];
                let again = later.iter().any(|later| later.var == used.var && later.at > used.at);
                used.mode = if again { Mode::Read } else { Mode::Value };
            }
            if used.mode == Mode::Write && vars.may_be_guard(used.var) {
                used.field = "";
            }
        };
        for_uses(&mut self.body, &settled);
        self.tail.step.for_uses(&settled);
    }

    /// Whether there is a block in it that is a call.
    pub(crate) fn has_block_call(&self) -> bool {
        let mut found = false;
        for_scopes(&self.body, &mut |stmt, _| found |= stmt.block_call().is_some());
        found
    }

    /// The forms in which it is worth writing.
    pub(crate) fn forms(&self) -> Vec<Form> {
        let Signature { strict, world, .. } = self.signature;
        let worth = |form: &Form| match form {
            // A marker says of one statement that it may start before the checks above have passed.
            Form::Strict => strict && !only_timed() && !marks(&self.body),
            // It is not told what happens in a world.
            Form::Model => world.is_none(),
            Form::Asynchronous => !only_timed(),
            _ => true,
        };
        Form::ALL.into_iter().filter(worth).collect()
    }

    fn for_steps(&self, visit: &mut impl FnMut(&str, &Step)) {
        for_steps(&self.body, Some(&self.tail), visit);
    }

    fn for_units(&self, visit: &mut impl FnMut(&Unit)) {
        self.for_steps(&mut |_, step| step.units().iter().for_each(&mut *visit));
    }

    /// For each number of a call, that of the first in its chain.
    pub(crate) fn firsts(&self) -> Vec<u32> {
        let mut firsts: Vec<u32> = (0..self.places().len() as u32).collect();
        self.for_units(&mut |unit| {
            let sites = unit.all_sites();
            for &site in &sites {
                if let Some(first) = firsts.get_mut(site as usize) {
                    *first = sites[0];
                }
            }
        });
        firsts
    }

    /// The numbers of the calls that use what another one has given, or what was made of it.
    pub(crate) fn fed(&self) -> Vec<u32> {
        let mut given = Vec::new();
        let mut fed = Vec::new();
        self.for_steps(&mut |_, step| {
            let is_given = |uses: &[Use]| uses.iter().any(|used| given.contains(&used.var));
            let sites = step.units().iter().filter(|unit| is_given(&unit.uses));
            fed.extend(sites.flat_map(Unit::all_sites));
            match step {
                Step::Call { binds, .. } => given.extend(binds),
                Step::Derive { uses, binds, .. } if is_given(uses) => given.extend(binds),
                _ => {}
            }
        });
        fed
    }

    /// The same, those of blocks that are calls, and those that wait for a permit before they
    /// are seen to start.
    pub(crate) fn cancelled_apart(&self) -> Vec<u32> {
        let mut apart = self.fed();
        self.for_steps(&mut |text, step| {
            if worlds::WAITING.iter().any(|name| text.contains(name)) {
                apart.extend(step.units().iter().flat_map(Unit::all_sites));
            }
        });
        apart.extend(self.in_blocks());
        apart
    }

    /// The numbers of the calls within blocks that are calls.
    fn in_blocks(&self) -> Vec<u32> {
        let mut found = Vec::new();
        for_scopes(&self.body, &mut |stmt, arms| {
            if stmt.block_call().is_some() {
                let mut sites = |_: &str, step: &Step| {
                    found.extend(step.units().iter().flat_map(Unit::all_sites));
                };
                arms.iter().for_each(|arm| for_steps(&arm.body, arm.tail.as_ref(), &mut sites));
            }
        });
        found
    }

    /// Whether one of those that use what another one has given takes a value: it owns it while
    /// it waits for the other one.
    pub(crate) fn takes_while_it_waits(&self) -> bool {
        let fed = self.fed();
        let mut takes = false;
        self.for_units(&mut |unit| {
            let moved = unit.uses.iter().any(|used| used.mode == Mode::Move);
            takes |= moved && unit.all_sites().iter().any(|site| fed.contains(site));
        });
        takes
    }

    /// The numbers of the calls that start early and whose value nothing binds, or the local of a
    /// block that starts early as a whole.
    pub(crate) fn unbound(&self) -> Vec<u32> {
        let mut unbound = self.in_blocks();
        self.for_steps(&mut |_, step| {
            if let Step::Call { units, binds, .. } = step
                && binds.is_empty()
            {
                unbound.extend(units.iter().flat_map(Unit::all_sites));
            }
        });
        unbound
    }

    /// The numbers of the calls that a `?` follows.
    pub(crate) fn gates(&self) -> Vec<u32> {
        let mut gates = Vec::new();
        self.for_units(&mut |unit| {
            gates.extend(unit.sites.last().filter(|_| unit.gate).copied());
        });
        gates
    }
}

impl Stmt {
    /// A `let` with blocks, and without an await: it is no effect.
    pub(crate) fn is_still(&self) -> bool {
        let Stmt::Scope { arms, .. } = self else { return false };
        let binds = arms.last().is_some_and(|arm| arm.close == "};");
        binds && !self.awaits()
    }

    pub(crate) fn awaits(&self) -> bool {
        let of = |text: &str| text.contains(".await");
        match self {
            Stmt::Line { text, .. } => of(text),
            Stmt::Scope { open, arms, .. } => {
                let arm = |arm: &Arm| {
                    of(&arm.open)
                        || of(&arm.close)
                        || arm.body.iter().any(Stmt::awaits)
                        || arm.tail.as_ref().is_some_and(|tail| of(&tail.text))
                };
                of(open) || arms.iter().any(arm)
            }
        }
    }

    /// What it binds and uses, if it is a `let` with blocks that is a call as a whole: "if they
    /// hold no effect (a log line is one here), no command, no change of a place outside, no jump
    /// but `?` … One that takes a local in some of its arms only is an effect" (promise 11).
    pub(crate) fn block_call(&self) -> Option<&Block> {
        let Stmt::Scope { block, arms, .. } = self else { return None };
        let changes = |block: &Block| {
            block.uses.iter().any(|used| matches!(used.mode, Mode::Write | Mode::Doubted))
        };
        let takes = |uses: &[Use], var| {
            let by_value =
                |used: &&Use| matches!(used.mode, Mode::Move | Mode::Value | Mode::Operand);
            uses.iter().filter(by_value).any(|used| used.var == var)
        };
        let all_take = |var: u32| {
            let some = arms.iter().any(|arm| takes(&arm.uses, var));
            !some || arms.iter().all(|arm| takes(&arm.uses, var))
        };
        block
            .as_ref()
            .filter(|_| arms.iter().flat_map(|arm| &arm.body).all(Stmt::only_computes))
            .filter(|block| !changes(block) && block.uses.iter().all(|used| all_take(used.var)))
    }

    /// Whether it does nothing that can be told from outside.
    fn only_computes(&self) -> bool {
        match self {
            Stmt::Line {
                step: Step::Log { .. } | Step::Rest { .. } | Step::Effect { .. }, ..
            } => false,
            Stmt::Line { .. } => true,
            Stmt::Scope { .. } => self.block_call().is_some(),
        }
    }
}

/// The context, as a variable.
pub(crate) const CONTEXT: Use = Use { var: 0, field: "", mode: Mode::Read, at: 0 };

impl Step {
    /// A `let` with a function that the macro does not know, which is given the context too.
    pub(crate) fn unknown(mut uses: Vec<Use>, binds: Vec<u32>) -> Self {
        uses.push(CONTEXT);
        Step::Derive { uses, runs: Runs::Unknown, binds }
    }

    fn for_uses(&mut self, visit: &impl Fn(&mut Use)) {
        match self {
            Step::Call { units, uses, .. } | Step::Local { units, uses } => {
                units.iter_mut().for_each(|unit| unit.for_uses(visit));
                uses.iter_mut().for_each(visit);
            }
            Step::Derive { uses, .. } | Step::Log { uses } | Step::Lent { uses, .. } => {
                uses.iter_mut().for_each(visit);
            }
            Step::Rest { units } | Step::Effect { units } => {
                units.iter_mut().for_each(|unit| unit.for_uses(visit));
            }
            Step::Plain => {}
        }
    }

    pub(crate) fn units(&self) -> &[Unit] {
        match self {
            Step::Call { units, .. }
            | Step::Rest { units }
            | Step::Local { units, .. }
            | Step::Effect { units } => units,
            Step::Plain | Step::Derive { .. } | Step::Log { .. } | Step::Lent { .. } => &[],
        }
    }
}

impl Unit {
    /// In the order in which they run.
    pub(crate) fn all_sites(&self) -> Vec<u32> {
        let operands = self.operands.iter().flat_map(Unit::all_sites);
        operands.chain(self.sites.iter().copied()).collect()
    }

    /// What it uses when it starts.
    pub(crate) fn all_uses(&self) -> Vec<Use> {
        let operands = self.operands.iter().flat_map(Unit::all_uses);
        operands.chain(self.uses.iter().cloned()).collect()
    }

    fn for_uses(&mut self, visit: &impl Fn(&mut Use)) {
        self.operands.iter_mut().for_each(|unit| unit.for_uses(visit));
        self.uses.iter_mut().for_each(visit);
    }

    /// The variables that it uses when it starts.
    fn all_vars(&self) -> Vec<u32> {
        let operands = self.operands.iter().flat_map(Unit::all_vars);
        operands.chain(self.uses.iter().map(|used| used.var)).collect()
    }
}

/// Of each statement of a body, whether it is a derivation that a call below needs.
pub(crate) fn needed(body: &[Stmt], tail: Option<&Tail>) -> Vec<bool> {
    let mut wanted = BTreeSet::new();
    let of = |units: &[Unit]| units.iter().flat_map(Unit::all_vars).collect::<Vec<u32>>();
    tail.iter().for_each(|tail| wanted.extend(of(tail.step.units())));
    let mut needed = vec![false; body.len()];
    for (at, stmt) in body.iter().enumerate().rev() {
        match stmt {
            // What an effect awaits is no call.
            Stmt::Line { step: Step::Effect { .. }, .. } => {}
            Stmt::Line { step: Step::Derive { uses, binds, .. }, .. } => {
                needed[at] = binds.iter().any(|bound| wanted.contains(bound));
                if needed[at] {
                    wanted.extend(uses.iter().map(|used| used.var));
                }
            }
            Stmt::Line { step, .. } => {
                wanted.extend(of(step.units()));
            }
            Stmt::Scope { early, .. } if stmt.block_call().is_none() => {
                wanted.extend(of(early));
            }
            Stmt::Scope { arms, .. } => {
                let mut found = |_: &str, step: &Step| wanted.extend(of(step.units()));
                arms.iter().for_each(|arm| for_steps(&arm.body, arm.tail.as_ref(), &mut found));
            }
        }
    }
    needed
}

/// Whether a place is used by value in one place only, and not after that.
fn is_last(value: &Use, noted: &[Use]) -> bool {
    let overlaps = |used: &&Use| {
        let whole = used.field.is_empty() || value.field.is_empty();
        used.var == value.var && (whole || used.field == value.field)
    };
    let mut uses = noted.iter().filter(overlaps).rev();
    let last = uses.next();
    let by_value = |used: &Use| matches!(used.mode, Mode::Value | Mode::Operand);
    last.is_some_and(by_value) && !uses.any(by_value)
}

fn for_uses(body: &mut [Stmt], visit: &impl Fn(&mut Use)) {
    for stmt in body {
        match stmt {
            Stmt::Line { step, .. } => step.for_uses(visit),
            Stmt::Scope { early, block, arms, .. } => {
                early.iter_mut().for_each(|unit| unit.for_uses(visit));
                let uses = block.iter_mut().flat_map(|block| &mut block.uses);
                uses.for_each(visit);
                for arm in arms {
                    arm.uses.iter_mut().for_each(visit);
                    for_uses(&mut arm.body, visit);
                    arm.tail.iter_mut().for_each(|tail| tail.step.for_uses(visit));
                }
            }
        }
    }
}

/// Visits what the model is told of each line, with its text, in the order of the source.
fn for_steps(body: &[Stmt], tail: Option<&Tail>, visit: &mut impl FnMut(&str, &Step)) {
    for stmt in body {
        match stmt {
            Stmt::Line { text, step } => visit(text, step),
            Stmt::Scope { open, early, arms, .. } => {
                visit(open, &Step::Rest { units: early.clone() });
                arms.iter().for_each(|arm| for_steps(&arm.body, arm.tail.as_ref(), visit));
            }
        }
    }
    tail.iter().for_each(|tail| visit(&tail.text, &tail.step));
}

/// Whether a marker starts a statement.
fn marks(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        Stmt::Line { text, .. } => text.starts_with("#[background]"),
        Stmt::Scope { arms, .. } => arms.iter().any(|arm| marks(&arm.body)),
    })
}

fn for_scopes(body: &[Stmt], visit: &mut impl FnMut(&Stmt, &[Arm])) {
    for stmt in body {
        if let Stmt::Scope { arms, .. } = stmt {
            visit(stmt, arms);
            arms.iter().for_each(|arm| for_scopes(&arm.body, visit));
        }
    }
}
