//! Puts the events of a scope in the order in which they are written down.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;

use crate::access::Access;
use crate::chain::{self, Passing, Slot};
use crate::dependences::{self, Dependences, Event, Reason};
use crate::env::VarId;
use crate::late::Late;
use crate::lower::{Call, Statement};
use crate::progress::Progress;

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
    let late = Late::new(statements, dependences);
    let plan = match late.waits(&lazy) {
        0 => lazy,
        _ if strict => lazy,
        waits => Some(plan(true)).filter(|eager| late.waits(eager) < waits).unwrap_or(lazy),
    };
    declare(plan, statements)
}

struct Scheduler<'a> {
    statements: &'a [Statement],
    dependences: &'a Dependences,
    strict: bool,
    /// Values pass in the background whenever they can.
    eager: bool,
    /// The variables of the calls whose value could go into a slot.
    variables: Vec<Option<(VarId, Ident)>>,
    /// The variables that each event uses by their names.
    named: BTreeMap<Event, BTreeSet<VarId>>,
    /// How the value of a call could pass on, once it was asked for.
    passings: BTreeMap<usize, Option<Passing>>,
    plan: Plan,
    progress: Progress,
    /// Where in the plan an event is, but for joins ahead.
    placed: BTreeMap<Event, usize>,
}

impl<'a> Scheduler<'a> {
    fn new(
        statements: &'a [Statement],
        dependences: &'a Dependences,
        strict: bool,
        eager: bool,
    ) -> Self {
        Scheduler {
            statements,
            dependences,
            strict,
            eager,
            variables: statements.iter().map(chain::variable).collect(),
            named: statements.iter().enumerate().flat_map(named).collect(),
            passings: BTreeMap::new(),
            plan: Plan::default(),
            progress: Progress::new(statements, dependences),
            placed: BTreeMap::new(),
        }
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
        if self.progress.is_done(event) {
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
            if !self.progress.is_done(event) {
                self.join(at);
            }
            // Its value makes others ready, ahead of the code below.
            self.start_ready();
        } else if !self.progress.is_done(event) {
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
        if !self.progress.is_done(Event::Finish(at)) {
            self.join_ahead(at);
        }
    }

    fn join_ahead(&mut self, at: usize) {
        let above: Vec<usize> = self.unfinished_above(at).collect();
        if above.is_empty() {
            self.happen(Event::Finish(at));
        } else {
            self.plan.ahead.extend(above.iter().copied().chain([at]));
            self.progress.happened(Event::Finish(at));
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
        self.progress.waiting().into_iter().for_each(|start| self.start_if_ready(start));
    }

    fn start_if_ready(&mut self, start: Event) {
        if !self.progress.is_done(start) && self.progress.pending(start).next().is_none() {
            self.bind_used(start);
            self.happen(start);
        }
    }

    /// Chains the first unit that waits only for values of calls that run.
    fn chain_one(&mut self, awaited: usize) -> bool {
        let waiting = self.progress.waiting();
        let chained = waiting
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
    fn chain(&mut self, start: Event, awaited: usize) -> Option<Vec<(usize, Slot)>> {
        let Event::Start(at, unit) = start else { return None };
        let started = &self.statements[at].units()[unit];
        // A chained unit holds what it takes before it has started: beside others of
        // its statement that would be dropped out of turn, should one above fail.
        let single = self.statements[at].units().len() == 1;
        if !single || self.strict {
            return None;
        }
        let run = |before| matches!(before, Event::Finish(from) if self.runs(from));
        let all_run = self.progress.pending(start).all(run);
        let in_vain = || !self.eager && self.depends(start, awaited, &mut BTreeMap::new());
        if !all_run || in_vain() {
            return None;
        }
        let pending: Vec<Event> = self.progress.pending(start).collect();
        let mut slots = Vec::new();
        let mut lenders = Vec::new();
        for before in pending {
            let from = before.statement();
            let reasons = self.dependences.reasons(before, start);
            let known = reasons.iter().all(|why| matches!(why, Reason::Value | Reason::Place));
            if !known {
                return None;
            }
            if reasons.contains(&Reason::Place) {
                lenders.push(from);
            }
            // What only comes by way of another value is there when that is.
            let named = chain::is_named(&self.statements[from], started);
            if reasons.contains(&Reason::Value) && named {
                let slot = self.passing(from)?.slot_for(at, unit)?;
                let agreed = self.plan.slots.get(&from).is_none_or(|agreed| *agreed == slot);
                if !agreed || !self.slot_keeps_drops(from) {
                    return None;
                }
                slots.push((from, slot));
            }
        }
        let lent = slots.iter().filter(|(_, slot)| matches!(slot, Slot::Lent(_)));
        let lent = lent.filter_map(|(from, _)| self.variables[*from].as_ref());
        let lent: Vec<VarId> = lent.map(|(var, _)| *var).collect();
        let lent = |before: usize| chain::only_lent(self.statements, before, at, started, &lent);
        lenders.into_iter().all(lent).then_some(slots)
    }

    fn passing(&mut self, from: usize) -> Option<&Passing> {
        if !self.passings.contains_key(&from) {
            let var = self.variables[from].as_ref().map(|(var, _)| *var);
            let users =
                self.named.iter().filter(|(_, named)| var.is_some_and(|var| named.contains(&var)));
            let users: BTreeSet<usize> = users.map(|(event, _)| event.statement()).collect();
            let users: Vec<usize> = users.into_iter().collect();
            self.passings.insert(from, chain::passing(self.statements, from, &users));
        }
        self.passings[&from].as_ref()
    }

    /// A slot is where its value is dropped: what is bound above it in the
    /// source has to be declared above it.
    fn slot_keeps_drops(&self, from: usize) -> bool {
        let start = self.placed.get(&Event::Start(from, 0)).copied().unwrap_or_default();
        self.statements[..from].iter().enumerate().all(|(at, statement)| {
            statement.binds.is_empty()
                || statement.call().is_some_and(Call::deferrable) && statement.shadows.is_empty()
                || self.placed.get(&Event::Finish(at)).is_some_and(|bound| *bound < start)
        })
    }

    /// Joins, out of turn, a call that others wait for, where nothing waits for
    /// the one whose turn it is.
    fn join_one_ahead(&mut self, awaited: usize) -> bool {
        let waiting = self.progress.waiting();
        let mut known = BTreeMap::new();
        if waiting.iter().any(|&start| self.depends(start, awaited, &mut known)) {
            return false;
        }
        let found = waiting.into_iter().find_map(|start| {
            let ahead = self.progress.pending(start).map(|before| match before {
                Event::Finish(from) => self.first_ahead(from),
                Event::Start(..) => None,
            });
            ahead.collect::<Option<Vec<usize>>>()?.first().copied()
        });
        let Some(at) = found else { return false };
        self.join_ahead(at);
        true
    }

    /// The call runs, and so does all above it, and only their turn is between.
    fn may_join_ahead(&self, at: usize) -> bool {
        self.first_ahead(at) == Some(at)
    }

    /// What is to be joined ahead, for this call to be: first those that it is chained to.
    /// Should one of them fail, it would not end.
    fn first_ahead(&self, at: usize) -> Option<usize> {
        let runs =
            |at: usize| self.runs(at) && self.call(at).is_some_and(|call| call.may_run_ahead);
        let mut starts = dependences::starts(at, &self.statements[at]);
        let chained = starts.find_map(|(start, _)| self.progress.pending(start).next());
        match chained {
            _ if !runs(at) => None,
            Some(before) => self.first_ahead(before.statement()),
            None => {
                let turn = self.progress.pending(Event::Finish(at)).all(|before| {
                    self.dependences.reasons(before, Event::Finish(at)) == [Reason::Gate]
                });
                (turn && self.unfinished_above(at).all(runs)).then_some(at)
            }
        }
    }

    fn unfinished_above(&self, at: usize) -> impl Iterator<Item = usize> {
        (0..at).filter(|&above| !self.progress.is_done(Event::Finish(above)))
    }

    /// Whether all of a call has started.
    fn runs(&self, at: usize) -> bool {
        let mut starts = dependences::starts(at, &self.statements[at]);
        starts.all(|(start, _)| self.progress.is_done(start))
    }

    /// Whether an event has to wait for the end of a call, however indirectly.
    /// A call that runs gives its value when it is done, whatever its join still
    /// waits for.
    fn depends(&self, event: Event, awaited: usize, known: &mut BTreeMap<Event, bool>) -> bool {
        if let Some(depends) = known.get(&event) {
            return *depends;
        }
        let depends = self.progress.pending(event).any(|before| match before {
            Event::Finish(at) if at == awaited => true,
            Event::Finish(at) if self.call(at).is_some() => {
                let mut starts = dependences::starts(at, &self.statements[at]);
                starts.any(|(start, _)| {
                    !self.progress.is_done(start) && self.depends(start, awaited, known)
                })
            }
            before => self.depends(before, awaited, known),
        });
        known.insert(event, depends);
        depends
    }

    /// Binds what an event uses out of its slot, if it does not use the slot.
    fn bind_used(&mut self, event: Event) {
        let slots = self.plan.slots.iter().map(|(&from, &slot)| (from, slot));
        let used = |&(from, _): &(usize, Slot)| {
            self.variables[from].as_ref().is_some_and(|(var, _)| self.uses(event, *var))
        };
        for (from, slot) in slots.filter(used).collect::<Vec<_>>() {
            let by_slot = matches!(slot, Slot::Passed | Slot::Lent(_) | Slot::Shared);
            if by_slot || self.looks(event, from) || self.plan.steps.contains(&Step::Bind(from)) {
                continue;
            }
            if slot == Slot::SharedThenTaken {
                for (at, statement) in self.statements.iter().enumerate() {
                    let mut starts = dependences::starts(at, statement);
                    if starts.any(|(start, _)| self.looks(start, from)) {
                        self.require(Event::Finish(at));
                    }
                }
            }
            self.require(Event::Finish(from));
            self.plan.steps.push(Step::Bind(from));
        }
    }

    /// Whether an event uses a variable by its name.
    fn uses(&self, event: Event, var: VarId) -> bool {
        self.named.get(&event).is_some_and(|named| named.contains(&var))
    }

    /// Whether an event is the start of a call that looks at a call's value.
    fn looks(&self, event: Event, from: usize) -> bool {
        let (Event::Start(at, unit), Some((var, name))) = (event, &self.variables[from]) else {
            return false;
        };
        let statement = &self.statements[at];
        self.uses(event, *var) && chain::looks(statement, &statement.units()[unit], *var, name)
    }

    fn call(&self, at: usize) -> Option<&Call> {
        self.statements[at].call()
    }

    fn happen(&mut self, event: Event) {
        self.progress.happened(event);
        self.placed.insert(event, self.plan.steps.len());
        self.plan.steps.push(match event {
            Event::Start(at, unit) => Step::Start(at, unit),
            Event::Finish(at) if self.call(at).is_some() => Step::Join(at),
            Event::Finish(at) => Step::Run(at),
        });
    }
}

/// The variables that the events of a statement use by their names.
fn named((at, statement): (usize, &Statement)) -> Vec<(Event, BTreeSet<VarId>)> {
    let by_name = |uses: &[Access]| {
        let named = uses.iter().filter(|access| access.via.is_none());
        named.map(|access| access.place.root).collect()
    };
    let starts =
        dependences::starts(at, statement).map(|(start, unit)| (start, by_name(&unit.uses)));
    starts.chain([(Event::Finish(at), by_name(&statement.uses))]).collect()
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
