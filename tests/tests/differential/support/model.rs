//! The yardstick: when each call could start at the earliest.
//!
//! A third copy of each function runs in source order and tells this model, line
//! by line, what it is about to do: which calls, with which names and places. No
//! planner is asked. A call starts when
//!
//! - the names that it uses are ready,
//! - the calls above that use the same place in a way that excludes it have
//!   ended (two that look do not exclude each other), as far as one sees without
//!   types: what may be moved, changed or borrowed counts as that,
//! - the effect above it is done,
//! - and, if its arguments can be seen to be evaluated, the synchronous code
//!   above it has run, which keeps its order.
//!
//! An effect waits for all above, and the rest of a statement whose awaits start early is one; a
//! change of a local waits for all above, and what uses that local for it. A `let` without an await
//! runs when its inputs are there if a call needs it, and else where it stands. A block that is a
//! call is one call, and a function of its own inside. The time of the function is that of the last
//! end. No promise allows less, so less is a broken edge.
//!
//! Each rule is one of the contract, and says which.

use std::collections::{BTreeMap, BTreeSet};

use super::cx::{Cx, Key};

/// How a variable or a field of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Read,
    Move,
    Write,
    /// By value, and it is not known that this copies.
    Value,
    /// By value, by an operator, and it is not known that this copies.
    Operand,
    /// By value, and known to be a copy.
    Copied,
    /// By value, and used again: a copy, unless it is a `&mut` that is lent on.
    Again,
    /// It looks, and may change the place for all that can be seen.
    Doubted,
    /// By value, from behind a `&mut`, which may be lent on so.
    LentOn,
}

impl Mode {
    /// How what is given may hold the place, if it may borrow from it.
    fn lent(self) -> Option<Mode> {
        match self {
            Mode::Read => Some(Mode::Read),
            Mode::Write | Mode::Doubted | Mode::LentOn => Some(Mode::Write),
            Mode::Move | Mode::Value | Mode::Operand | Mode::Copied | Mode::Again => None,
        }
    }

    fn only_looks(self) -> bool {
        matches!(self, Mode::Read | Mode::Copied | Mode::Again)
    }
}

/// What a `let` without an await runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    Nothing,
    Known,
    Unknown,
}

/// A variable, the field of it (or nothing), how it is used, and how many uses are written before
/// it.
pub type Use = (u32, &'static str, Mode, u32);

/// A call: what is awaited first, the numbers of the awaits that follow each
/// other, what it uses, whether its arguments can be seen, and whether the function
/// may be left after it.
#[derive(Clone, Debug)]
pub struct Unit {
    operands: Vec<Unit>,
    sites: Vec<u32>,
    uses: Vec<Use>,
    loud: bool,
    leaves: bool,
}

pub fn unit(
    operands: &[Unit],
    sites: &[u32],
    uses: &[Use],
    loud: bool,
    leaves: bool,
) -> Unit {
    let (operands, sites, uses) = (operands.to_vec(), sites.to_vec(), uses.to_vec());
    Unit { operands, sites, uses, loud, leaves }
}

/// A use of a place.
#[derive(Clone, Debug)]
struct Used {
    field: &'static str,
    mode: Mode,
    /// When it is over.
    end: u64,
    /// A call is what uses it.
    call: bool,
    /// The variable that may borrow from it, if it is by way of one.
    via: Option<u32>,
}

impl Unit {
    fn all_uses(&self) -> Vec<Use> {
        let operands = self.operands.iter().flat_map(Unit::all_uses);
        operands.chain(self.uses.iter().copied()).collect()
    }
}

pub struct Model<'a> {
    cx: &'a Cx,
    /// The end of the last effect.
    base: u64,
    /// When the last synchronous code has run.
    sync: u64,
    /// The end of all that is above.
    all: u64,
    ready: BTreeMap<u32, u64>,
    /// The uses of each variable.
    uses: BTreeMap<u32, Vec<Used>>,
    borrowers: BTreeMap<u32, u32>,
    /// What each variable may borrow from.
    lent: BTreeMap<u32, Vec<(u32, &'static str, Mode)>>,
    /// The end of all calls that may leave the function.
    leaving: u64,
    /// The variables that calls and derivations have bound.
    given: BTreeSet<u32>,
    /// What calls wait for if they use the place.
    holds: Vec<(u32, &'static str, u64)>,
    /// The clock when the model was last told something.
    seen: u64,
    /// What is around the block that is a call: `base`, `sync` and `all`.
    outside: Vec<[u64; 3]>,
    /// When each call begins.
    begins: Vec<(Key, u64)>,
}

impl<'a> Model<'a> {
    pub fn new(cx: &'a Cx) -> Self {
        Model {
            cx,
            base: 0,
            sync: 0,
            all: 0,
            ready: BTreeMap::new(),
            uses: BTreeMap::new(),
            borrowers: BTreeMap::new(),
            lent: BTreeMap::new(),
            leaving: 0,
            given: BTreeSet::new(),
            holds: Vec::new(),
            seen: 0,
            outside: Vec::new(),
            begins: Vec::new(),
        }
    }

    /// When each call begins at the earliest, but for those that wait in place.
    pub fn begins(self) -> Vec<(Key, u64)> {
        self.begins
    }

    /// The end of all.
    pub fn end(&self) -> u64 {
        self.all.max(self.sync)
    }

    /// A `let` with calls.
    pub fn call(&mut self, units: &[Unit], uses: &[Use], loud: bool, binds: &[u32]) {
        let ends: Vec<u64> = units.iter().map(|unit| self.unit(unit)).collect();
        let mut end = self.possible(uses).max(ends.into_iter().max().unwrap_or_default());
        if loud {
            end = end.max(self.sync);
            self.sync = end;
        }
        self.over(uses, end, true);
        // What an operand gives may borrow from what it was lent, until the `let` has taken it: "what
        // compiles serially compiles in the background" (promise 9).
        let mut given: Vec<Use> = units.iter().flat_map(Unit::all_uses).collect();
        let lent = given.iter().copied().filter(|(_, _, mode, _)| mode.lent().is_some());
        self.over(&lent.collect::<Vec<_>>(), end, true);
        self.given.extend(binds);
        self.bind(binds, end);
        given.extend(uses);
        self.lend(binds, &given);
    }

    /// A `let` that only computes, and may leave the function.
    pub fn derive(&mut self, uses: &[Use], runs: Runs, needed: bool, leaves: bool, binds: &[u32]) {
        let mut at = self.possible(uses);
        if needed {
            // "It never runs ahead if it uses a place that a call above, still running, uses as
            // well (names, fields, borrows, … apart, which run nothing)" (Derivations).
            if runs != Runs::Nothing {
                at = at.max(self.beside(uses));
            }
            // "Locals are dropped in the order of the serial twin" (promise 7): one that it takes
            // is dropped in its turn if a call above leaves the function.
            let takes = |&(var, _, mode, _): &Use| {
                matches!(mode, Mode::Move | Mode::Value | Mode::Operand) && !self.given.contains(&var)
            };
            if uses.iter().any(takes) {
                at = at.max(self.leaving);
            }
            self.given.extend(binds);
        } else {
            // "Only if a call below needs its value … Otherwise it runs where it stands, after all
            // above" (Derivations). Synchronous code keeps its order (promise 1), but "derivations,
            // which only compute, run … in any order among each other", and arguments are such: what
            // runs nothing holds none back.
            at = at.max(self.end());
            if runs != Runs::Nothing {
                self.sync = at;
            }
            // "One that stands where it is, and calls a function that the macro does not know with
            // a place that a call below uses too, holds that call back until it has run"
            // (Derivations).
            if runs == Runs::Unknown {
                let holds = uses.iter().map(|&(var, field, ..)| (var, field, at));
                self.holds.extend(holds);
            }
        }
        if leaves {
            self.leaving = self.leaving.max(at);
        }
        self.over(uses, at, false);
        self.bind(binds, at);
        self.lend(binds, uses);
    }

    /// A log line. It does not hold back what is below, "unless [it shows] a place that something
    /// below may change" (promise 4).
    pub fn log(&mut self, uses: &[Use]) {
        self.sync = self.end();
        self.over(uses, self.sync, false);
        self.seen();
    }

    /// Calls, and a statement in its turn that uses what they give.
    pub fn rest(&mut self, units: &[Unit]) {
        for unit in units {
            self.unit(unit);
        }
        self.barrier();
    }

    /// The same for one that changes a local, for which only what uses that waits.
    pub fn local(&mut self, units: &[Unit], uses: &[Use]) {
        for unit in units {
            self.unit(unit);
        }
        let at = self.possible(uses).max(self.all);
        self.over(uses, at, false);
        self.seen();
    }

    /// A `let` begins that is a call as a whole: it is "one call, which runs in the background as
    /// a whole and is planned inside" (promise 11), and a call starts "once the names that it uses
    /// are ready" (promise 2). "Synchronous code keeps its order" (promise 1) in it, too.
    pub fn open(&mut self, uses: &[Use]) {
        self.outside.push([self.base, self.sync, self.all]);
        let start = self.possible(uses).max(self.held(uses));
        (self.base, self.sync, self.all) = (start, start.max(self.sync), start);
        self.seen();
    }

    /// It ends. Its places are used as long as it runs (promise 9).
    pub fn close(&mut self, bound: u32, uses: &[Use]) {
        let end = self.end();
        let [base, sync, all] = self.outside.pop().unwrap_or_default();
        (self.base, self.sync, self.all) = (base, sync, all);
        self.over(uses, end, true);
        self.bind(&[bound], end);
        self.lend(&[bound], uses);
    }

    /// A statement that waits for all, and for which all waits.
    pub fn effect(&mut self, units: &[Unit]) {
        self.barrier();
        for unit in units {
            self.unit(unit);
        }
        self.barrier();
    }

    /// What an effect has awaited one by one, since the model was last told
    /// something.
    pub fn waited(&mut self) {
        let waited = self.cx.clock.now() - self.seen;
        self.barrier();
        self.all += waited;
        self.barrier();
    }

    fn barrier(&mut self) {
        self.all = self.end();
        self.base = self.all;
        self.sync = self.all;
        self.seen();
    }

    /// What has been awaited until now, the model has been told of.
    pub fn seen(&mut self) {
        self.seen = self.cx.clock.now();
    }

    fn unit(&mut self, unit: &Unit) -> u64 {
        let operands = unit.operands.iter().map(|operand| self.unit(operand)).max();
        let mut start = self.possible(&unit.uses).max(operands.unwrap_or_default());
        start = start.max(self.held(&unit.uses));
        if unit.loud {
            start = start.max(self.sync);
            self.sync = start;
        }
        let first = unit.sites.first().map(|&site| (self.cx.next(site), start));
        self.begins.extend(first);
        let end = start + unit.sites.iter().map(|&site| self.cx.next_ticks(site)).sum::<u64>();
        self.over(&unit.uses, end, true);
        self.all = self.all.max(end);
        if unit.leaves {
            self.leaving = self.leaving.max(end);
        }
        end
    }

    /// When these uses are possible.
    fn possible(&self, uses: &[Use]) -> u64 {
        let mut at = self.base;
        for &(var, field, mode, written) in uses {
            let mode = self.as_seen(var, mode);
            at = at.max(self.ready.get(&var).copied().unwrap_or_default());
            for earlier in self.uses.get(&var).into_iter().flatten() {
                let overlap = overlap(field, earlier.field);
                let exclude = !mode.only_looks() || !earlier.mode.only_looks();
                if overlap && exclude && !self.is_free_of(earlier, mode, written) {
                    at = at.max(earlier.end);
                }
            }
        }
        at
    }

    /// When the calls have ended that use one of these places.
    fn beside(&self, uses: &[Use]) -> u64 {
        let of = |&(var, field, ..): &Use| {
            let calls = self.uses.get(&var).into_iter().flatten();
            calls.filter(move |used| used.call && used.via.is_none() && overlap(field, used.field))
        };
        uses.iter().flat_map(of).map(|used| used.end).max().unwrap_or_default()
    }

    /// When what holds back calls that use one of these places has run.
    fn held(&self, uses: &[Use]) -> u64 {
        let holds = |&&(var, field, _): &&(u32, &str, u64)| {
            uses.iter().any(|&(own, other, ..)| own == var && overlap(field, other))
        };
        self.holds.iter().filter(holds).map(|(_, _, at)| *at).max().unwrap_or_default()
    }

    /// What may hold a `&mut`, as far as one sees without types, may be changed where it is used by
    /// value: "calls that share a mutable place keep their order" (promise 9).
    fn as_seen(&self, var: u32, mode: Mode) -> Mode {
        let exclusive = |lent: &Vec<(u32, &str, Mode)>| lent.iter().any(|held| held.2 == Mode::Write);
        match mode {
            Mode::Value | Mode::Again if self.lent.get(&var).is_some_and(exclusive) => Mode::Write,
            mode => mode,
        }
    }

    fn over(&mut self, uses: &[Use], at: u64, call: bool) {
        for &(var, field, mode, _) in uses {
            let mode = self.as_seen(var, mode);
            self.uses.entry(var).or_default().push(Used { field, mode, end: at, call, via: None });
            for (root, field, mode) in self.lent.get(&var).cloned().unwrap_or_default() {
                let used = Used { field, mode, end: at, call, via: Some(var) };
                self.uses.entry(root).or_default().push(used);
            }
        }
        self.all = self.all.max(at);
    }

    /// Which variables may borrow, and how many uses are written up to the last of each.
    pub fn borrowers(&mut self, borrowers: &[(u32, u32)]) {
        self.borrowers = borrowers.iter().copied().collect();
    }

    /// What a call gives may borrow from what it was lent, unless a type says that it does not: to
    /// use it is to use that too, so that "what compiles serially compiles in the background"
    /// (promise 9).
    pub fn lend(&mut self, binds: &[u32], from: &[Use]) {
        let mut lent = Vec::new();
        for &(var, field, mode, _) in from {
            lent.extend(mode.lent().map(|held| (var, field, held)));
            // Out of a `&` to what holds a `&mut` comes a `&`.
            let of_var = self.lent.get(&var).into_iter().flatten();
            lent.extend(of_var.map(|&(root, field, held)| match mode {
                Mode::Read => (root, field, Mode::Read),
                _ => (root, field, held),
            }));
        }
        for bound in binds.iter().filter(|bound| self.borrowers.contains_key(bound)) {
            self.lent.insert(*bound, lent.clone());
        }
    }

    /// Serial code would not compile if the place was still borrowed: it is moved or changed, and
    /// what might borrow from it is used after that.
    fn is_free_of(&self, earlier: &Used, mode: Mode, written: u32) -> bool {
        let ends = matches!(mode, Mode::Move | Mode::Value | Mode::Operand | Mode::Write);
        let last = earlier.via.and_then(|via| self.borrowers.get(&via));
        ends && last.is_some_and(|last| *last > written)
    }

    fn bind(&mut self, binds: &[u32], at: u64) {
        for &var in binds {
            self.ready.insert(var, at);
            // In a loop, it is another variable now.
            self.uses.remove(&var);
            self.lent.remove(&var);
        }
        self.seen();
    }
}

/// Whether two fields of one variable are the same place, in part.
fn overlap(field: &str, other: &str) -> bool {
    field.is_empty() || other.is_empty() || field == other
}
