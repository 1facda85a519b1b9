//! Puts the events of a scope in the order in which they are written down.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;

use crate::chain::{self, Slot};
use crate::dependences::{self, Dependences, Event, Reason};
use crate::env::VarId;
use crate::lower::{Call, Statement};
use crate::operands::Unit;

/// One thing to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Declare the variable of a call that is joined after a later binding, so
    /// that the two are dropped as in serial code.
    Declare(usize),
    /// Start one unit of a call, with the call's slot if it has one.
    Start(usize, usize),
    /// Join a call and bind its value.
    Join(usize),
    /// Join a call before those above it, which are joined first if it fails.
    JoinAhead(usize, Vec<usize>),
    /// Bind the value of a call out of its slot.
    Bind(usize),
    /// Run a statement.
    Run(usize),
}

#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Calls whose value passes to others in the background.
    pub(crate) slots: BTreeMap<usize, Slot>,
    /// Calls whose rest runs in the background, `?` and all.
    pub(crate) ahead: BTreeSet<usize>,
}

/// Synchronous code in source order, each call as early and each join as late
/// as the edges allow.
///
/// Values pass in the background where the thread would else wait for the wrong
/// thing. Where it still would, because a value has come to the function's frame and
/// only the thread can take it from there, they pass whenever they can, if that helps.
pub(crate) fn schedule(statements: &[Statement], dependences: &Dependences, strict: bool) -> Plan {
    let plan = |eager| Scheduler::new(statements, dependences, strict, eager).schedule();
    let lazy = plan(false);
    let late = |plan: &Plan| late(plan, statements, dependences);
    let plan = match late(&lazy) {
        0 => lazy,
        _ if strict => lazy,
        waits => Some(plan(true)).filter(|eager| late(eager) < waits).unwrap_or(lazy),
    };
    declare(plan, statements)
}

/// How often a start comes after a wait for a call that it does not need.
fn late(plan: &Plan, statements: &[Statement], dependences: &Dependences) -> usize {
    let mut awaited = BTreeSet::new();
    let mut late = 0;
    for step in &plan.steps {
        match *step {
            Step::Join(at) | Step::JoinAhead(at, _) => drop(awaited.insert(at)),
            Step::Start(at, unit) if statements[at].units()[unit].quiet && !awaited.is_empty() => {
                let needed = needed(Event::Start(at, unit), statements, dependences);
                late += awaited.difference(&needed).count();
            }
            _ => {}
        }
    }
    late
}

/// The calls that have to end before a start.
fn needed(start: Event, statements: &[Statement], dependences: &Dependences) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    let mut seen = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(event) = open.pop() {
        for (before, _) in dependences.before(event) {
            match before {
                before if !seen.insert(before) => {}
                // It gives its value when it is done, whatever its join waits for.
                Event::Finish(at) if statements[at].call().is_some() => {
                    needed.insert(at);
                    open.extend(dependences::starts(at, &statements[at]).map(|(start, _)| start));
                }
                before => open.push(before),
            }
        }
    }
    needed
}

struct Scheduler<'a> {
    statements: &'a [Statement],
    dependences: &'a Dependences,
    strict: bool,
    /// Values pass in the background whenever they can.
    eager: bool,
    plan: Plan,
    done: BTreeSet<Event>,
}

impl<'a> Scheduler<'a> {
    fn new(
        statements: &'a [Statement],
        dependences: &'a Dependences,
        strict: bool,
        eager: bool,
    ) -> Self {
        let (plan, done) = (Plan::default(), BTreeSet::new());
        Scheduler { statements, dependences, strict, eager, plan, done }
    }

    fn schedule(mut self) -> Plan {
        for (at, statement) in self.statements.iter().enumerate() {
            if statement.call().is_none() {
                self.require(Event::Finish(at));
            }
            for (start, unit) in dependences::starts(at, statement) {
                match unit.quiet {
                    true => self.start_if_ready(start),
                    false => self.require(start),
                }
            }
        }
        (0..self.statements.len()).for_each(|at| self.require(Event::Finish(at)));
        self.plan
    }

    /// Makes an event happen now, after all that has to be before it.
    fn require(&mut self, event: Event) {
        if self.done.contains(&event) {
            return;
        }
        let dependences = self.dependences;
        dependences.before(event).for_each(|(before, _)| self.require(before));
        self.bind_used(event);
        let joined = match event {
            Event::Finish(at) if self.call(at).is_some() => Some(at),
            Event::Start(..) | Event::Finish(_) => None,
        };
        if let Some(at) = joined {
            self.before_wait(at);
            if !self.done.contains(&event) {
                self.join(at);
            }
            // Its value makes others ready, ahead of the code below.
            self.start_ready();
        } else if !self.done.contains(&event) {
            // A wait on the way may have started or chained it.
            self.happen(event);
        }
    }

    /// Joins a call. What has started above it has to be joined as well, at the
    /// latest if this one fails, as it may fail first.
    fn join(&mut self, at: usize) {
        if self.unfinished_above(at).next().is_some() && !self.may_join_ahead(at) {
            let above: Vec<usize> = self.unfinished_above(at).collect();
            above.into_iter().for_each(|above| self.require(Event::Finish(above)));
        }
        // A wait for those may have joined it ahead.
        if !self.done.contains(&Event::Finish(at)) {
            self.join_ahead(at);
        }
    }

    fn join_ahead(&mut self, at: usize) {
        let above: Vec<usize> = self.unfinished_above(at).collect();
        if above.is_empty() {
            self.happen(Event::Finish(at));
        } else {
            self.plan.ahead.extend(above.iter().copied().chain([at]));
            self.done.insert(Event::Finish(at));
            self.plan.steps.push(Step::JoinAhead(at, above));
        }
    }

    /// The thread is about to wait for a call: all that can run meanwhile
    /// starts, or is chained to what it waits for.
    fn before_wait(&mut self, awaited: usize) {
        loop {
            self.start_ready();
            if !self.chain_one(awaited) && !self.join_one_ahead(awaited) {
                return;
            }
        }
    }

    fn start_ready(&mut self) {
        self.waiting().into_iter().for_each(|start| self.start_if_ready(start));
    }

    fn start_if_ready(&mut self, start: Event) {
        if !self.done.contains(&start) && self.pending(start).is_empty() {
            self.bind_used(start);
            self.happen(start);
        }
    }

    /// Chains the first unit that waits only for values of calls that run.
    fn chain_one(&mut self, awaited: usize) -> bool {
        let chained = self
            .waiting()
            .into_iter()
            .find_map(|start| self.chain(start, awaited).map(|slots| (start, slots)));
        let Some((start, slots)) = chained else { return false };
        for (from, slot) in slots {
            self.plan.slots.insert(from, slot);
            self.plan.ahead.insert(from);
        }
        self.happen(start);
        true
    }

    /// The slots through which a waiting unit could be chained now.
    fn chain(&self, start: Event, awaited: usize) -> Option<Vec<(usize, Slot)>> {
        let Event::Start(at, unit) = start else { return None };
        let started = &self.statements[at].units()[unit];
        // A chained unit holds what it takes before it has started: beside others of
        // its statement that would be dropped out of turn, should one above fail.
        let single = self.statements[at].units().len() == 1;
        let in_vain = !self.eager && self.depends(start, awaited);
        if !single || self.strict || in_vain {
            return None;
        }
        let mut slots = Vec::new();
        let mut lenders = Vec::new();
        for before in self.pending(start) {
            let Event::Finish(from) = before else { return None };
            let reasons = self.dependences.reasons(before, start);
            let known = reasons.iter().all(|why| matches!(why, Reason::Value | Reason::Place));
            if !known || !self.runs(from) {
                return None;
            }
            if reasons.contains(&Reason::Place) {
                lenders.push(from);
            }
            // What only comes by way of another value is there when that is.
            let named = chain::is_named(&self.statements[from], started);
            if reasons.contains(&Reason::Value) && named {
                let slot = chain::slot(self.statements, from, at, unit)?;
                let agreed = self.plan.slots.get(&from).is_none_or(|agreed| *agreed == slot);
                if !agreed || !self.slot_keeps_drops(from) {
                    return None;
                }
                slots.push((from, slot));
            }
        }
        let lent = slots.iter().filter(|(_, slot)| matches!(slot, Slot::Lent(_)));
        let lent = lent.filter_map(|(from, _)| chain::variable(&self.statements[*from]));
        let lent: Vec<VarId> = lent.map(|(var, _)| var).collect();
        let lent = |before: usize| chain::only_lent(self.statements, before, at, started, &lent);
        lenders.into_iter().all(lent).then_some(slots)
    }

    /// A slot is where its value is dropped: what is bound above it in the
    /// source has to be declared above it.
    fn slot_keeps_drops(&self, from: usize) -> bool {
        let start = self.plan.steps.iter().position(|step| *step == Step::Start(from, 0));
        let before = &self.plan.steps[..start.unwrap_or_default()];
        self.statements[..from].iter().enumerate().all(|(at, statement)| {
            statement.binds.is_empty()
                || statement.call().is_some_and(Call::deferrable) && statement.shadows.is_empty()
                || before
                    .iter()
                    .any(|step| matches!(step, Step::Run(done) | Step::Join(done) if *done == at))
        })
    }

    /// Joins, out of turn, a call that others wait for, where nothing waits for
    /// the one whose turn it is.
    fn join_one_ahead(&mut self, awaited: usize) -> bool {
        let waiting = self.waiting();
        if waiting.iter().any(|&start| self.depends(start, awaited)) {
            return false;
        }
        let found = waiting.into_iter().find_map(|start| {
            let mut ahead = self.pending(start).into_iter().map(|before| match before {
                Event::Finish(from) if self.may_join_ahead(from) => Some(from),
                _ => None,
            });
            ahead.clone().all(|from| from.is_some()).then(|| ahead.next().flatten()).flatten()
        });
        let Some(at) = found else { return false };
        self.join_ahead(at);
        true
    }

    /// The call runs, and so does all above it, and only their turn is between.
    fn may_join_ahead(&self, at: usize) -> bool {
        let runs =
            |at: usize| self.runs(at) && self.call(at).is_some_and(|call| call.may_run_ahead);
        let turn = self.pending(Event::Finish(at)).into_iter().all(|before| {
            let reasons = self.dependences.reasons(before, Event::Finish(at));
            reasons.iter().all(|why| match why {
                Reason::Gate => true,
                // It has ended by then.
                Reason::Value => self.passes(before.statement(), at),
                _ => false,
            })
        });
        runs(at) && turn && self.unfinished_above(at).all(runs)
    }

    /// Whether a running call has its value from another one in the background.
    fn passes(&self, from: usize, to: usize) -> bool {
        let named = |unit| chain::is_named(&self.statements[from], unit);
        self.plan.slots.contains_key(&from) && self.statements[to].units().iter().any(named)
    }

    fn unfinished_above(&self, at: usize) -> impl Iterator<Item = usize> {
        (0..at).filter(|&above| !self.done.contains(&Event::Finish(above)))
    }

    /// Whether all of a call has started.
    fn runs(&self, at: usize) -> bool {
        let mut starts = dependences::starts(at, &self.statements[at]);
        starts.all(|(start, _)| self.done.contains(&start))
    }

    /// The starts that may be ahead and have not been, in source order.
    fn waiting(&self) -> Vec<Event> {
        let statements = self.statements.iter().enumerate();
        let starts = statements.flat_map(|(at, statement)| dependences::starts(at, statement));
        let waits = |(start, unit): (Event, &Unit)| {
            (unit.quiet && !self.done.contains(&start)).then_some(start)
        };
        starts.filter_map(waits).collect()
    }

    fn pending(&self, event: Event) -> Vec<Event> {
        self.dependences
            .before(event)
            .map(|(before, _)| before)
            .filter(|before| !self.done.contains(before))
            .collect()
    }

    /// Whether an event has to wait for the end of a call, however indirectly.
    /// A call that runs gives its value when it is done, whatever its join still
    /// waits for.
    fn depends(&self, event: Event, awaited: usize) -> bool {
        self.pending(event).into_iter().any(|before| match before {
            Event::Finish(at) if at == awaited => true,
            Event::Finish(at) if self.call(at).is_some() => {
                let mut starts = dependences::starts(at, &self.statements[at]);
                starts.any(|(start, _)| !self.done.contains(&start) && self.depends(start, awaited))
            }
            before => self.depends(before, awaited),
        })
    }

    /// Binds what an event uses out of its slot, if it does not use the slot.
    fn bind_used(&mut self, event: Event) {
        for (from, slot) in self.plan.slots.clone() {
            let Some((var, name)) = chain::variable(&self.statements[from]) else { continue };
            let (used, looks) = self.use_of(event, var, &name);
            let by_slot = looks || matches!(slot, Slot::Passed | Slot::Lent(_) | Slot::Shared);
            if !used || by_slot || self.plan.steps.contains(&Step::Bind(from)) {
                continue;
            }
            if slot == Slot::SharedThenTaken {
                for (at, statement) in self.statements.iter().enumerate() {
                    let mut units = statement.units().iter();
                    if units.any(|unit| chain::looks(statement, unit, var, &name)) {
                        self.require(Event::Finish(at));
                    }
                }
            }
            self.require(Event::Finish(from));
            self.plan.steps.push(Step::Bind(from));
        }
    }

    /// Whether an event uses a variable, and whether it is a call that looks at it.
    fn use_of(&self, event: Event, var: VarId, name: &Ident) -> (bool, bool) {
        match event {
            Event::Start(at, unit) => {
                let statement = &self.statements[at];
                let unit = &statement.units()[unit];
                (chain::unit_uses(unit, var), chain::looks(statement, unit, var, name))
            }
            Event::Finish(at) => (chain::finish_uses(&self.statements[at], var), false),
        }
    }

    fn call(&self, at: usize) -> Option<&Call> {
        self.statements[at].call()
    }

    fn happen(&mut self, event: Event) {
        self.done.insert(event);
        self.plan.steps.push(match event {
            Event::Start(at, unit) => Step::Start(at, unit),
            Event::Finish(at) if self.call(at).is_some() => Step::Join(at),
            Event::Finish(at) => Step::Run(at),
        });
    }
}

/// Adds the declarations that keep the order of drops.
fn declare(plan: Plan, statements: &[Statement]) -> Plan {
    let makes = |step: &Step| match step {
        Step::Start(at, _) => plan.slots.contains_key(at).then_some(*at),
        Step::Join(at) | Step::JoinAhead(at, _) if plan.slots.contains_key(at) => None,
        Step::Join(at) | Step::JoinAhead(at, _) | Step::Run(at) => Some(*at),
        Step::Declare(_) | Step::Bind(_) => None,
    };
    let mut steps = Vec::new();
    let mut declared = BTreeSet::new();
    for (position, step) in plan.steps.iter().enumerate() {
        if let Some(at) = makes(step).filter(|at| !statements[*at].binds.is_empty()) {
            let mut late: Vec<usize> = plan.steps[position + 1..]
                .iter()
                .filter_map(makes)
                .filter(|&above| above < at && !statements[above].binds.is_empty())
                .filter(|&above| declared.insert(above))
                .collect();
            late.sort_unstable();
            steps.extend(late.into_iter().map(Step::Declare));
        }
        steps.push(step.clone());
    }
    Plan { steps, ..plan }
}
