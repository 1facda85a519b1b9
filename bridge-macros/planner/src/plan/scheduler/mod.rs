//! Puts the events of a scope in order.
//!
//! The scheduler walks the statements in source order and makes their events happen. The
//! invariant is that nothing happens before what it comes after, and that what has happened
//! is never undone. To make an event happen means to make happen first what it comes after,
//! and a wait on the way starts whatever can run meanwhile: so each step that is taken for an
//! event looks first whether the event has happened by then.

mod chaining;
mod out_of_order;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;

use super::forwarding::{self, Forwarding};
use super::progress::Progress;
use crate::ir::access::{Access, VarId};
use crate::ir::dependences::{Dependences, Event, starts};
use crate::ir::plan::{Forward, Plan, Step};
use crate::ir::tree::{Call, Statement, Tree};

/// How values pass.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    /// By the function's frame alone.
    pub(super) strict: bool,
    /// In the background whenever they can.
    pub(super) eager: bool,
    /// Those of these calls by the frame.
    pub(super) in_frame: &'a BTreeSet<usize>,
}

/// A plan.
pub(super) fn schedule(
    tree: &Tree,
    statements: &[Statement],
    dependences: &Dependences,
    how: How<'_>,
) -> Plan {
    let variables: Vec<_> = statements.iter().map(Statement::forwardable).collect();
    let givers =
        variables.iter().enumerate().filter_map(|(at, given)| Some((given.as_ref()?.0, at)));
    let named: BTreeMap<_, _> = statements.iter().enumerate().flat_map(named).collect();
    let mut users: BTreeMap<VarId, BTreeSet<usize>> = BTreeMap::new();
    for (event, vars) in &named {
        for var in vars {
            users.entry(*var).or_default().insert(event.statement());
        }
    }
    let mut scheduler = Scheduler {
        tree,
        statements,
        dependences,
        how,
        givers: givers.collect(),
        variables,
        named,
        users,
        forwardings: BTreeMap::new(),
        plan: Plan::default(),
        progress: Progress::new(statements, dependences),
        placed: BTreeMap::new(),
    };
    scheduler.walk();
    scheduler.plan
}

struct Scheduler<'a> {
    tree: &'a Tree,
    statements: &'a [Statement],
    dependences: &'a Dependences,
    how: How<'a>,
    /// The variables of the calls whose value could be forwarded.
    variables: Vec<Option<(VarId, Ident)>>,
    /// The variables that each event uses by their names.
    named: BTreeMap<Event, BTreeSet<VarId>>,
    /// The calls whose value could be forwarded, by their variables.
    givers: BTreeMap<VarId, usize>,
    /// The statements that use each variable by its name.
    users: BTreeMap<VarId, BTreeSet<usize>>,
    /// How the value of a call could be forwarded, once it was asked for.
    forwardings: BTreeMap<usize, Option<Forwarding>>,
    plan: Plan,
    progress: Progress,
    /// Where in the plan an event is, but for joins out of order.
    placed: BTreeMap<Event, usize>,
}

impl Scheduler<'_> {
    fn walk(&mut self) {
        for (at, statement) in self.statements.iter().enumerate() {
            if statement.call().is_none() {
                self.require(Event::Finish(at));
            }
            for (start, awaited) in starts(at, statement) {
                match awaited.pure {
                    true => self.start_if_ready(start),
                    false => self.require(start),
                }
            }
        }
        (0..self.statements.len()).for_each(|at| self.require(Event::Finish(at)));
    }

    /// Makes an event happen now, after all that has to be before it.
    fn require(&mut self, event: Event) {
        if self.progress.is_done(event) {
            return;
        }
        let dependences = self.dependences;
        dependences.before(event).for_each(|(before, _)| self.require(before));
        self.bind_used(event);
        match event {
            Event::Finish(at) if self.call(at).is_some() => {
                self.start_meanwhile(at);
                self.join_in_order(at);
                // Its value makes others ready, ahead of the code below.
                self.start_ready();
            }
            event => self.happen(event),
        }
    }

    /// Joins a call. What has started above it has to be joined as well, at the
    /// latest if this one fails, as it may fail first.
    fn join_in_order(&mut self, at: usize) {
        if self.progress.is_done(Event::Finish(at)) {
            return;
        }
        if self.progress.unfinished_above(at).next().is_some() && !self.may_join_out_of_order(at) {
            let above: Vec<usize> = self.progress.unfinished_above(at).collect();
            above.into_iter().for_each(|above| self.require(Event::Finish(above)));
        }
        self.join(at);
    }

    /// The thread is about to wait for a call: all that can run meanwhile
    /// starts, or is chained to what it waits for.
    fn start_meanwhile(&mut self, awaited: usize) {
        loop {
            self.start_ready();
            if !self.chain_one(awaited) && !self.join_one_out_of_order(awaited) {
                return;
            }
        }
    }

    fn start_ready(&mut self) {
        let mut last = None;
        while let Some(start) = self.progress.next_unblocked(last) {
            self.start_if_ready(start);
            last = Some(start);
        }
    }

    fn start_if_ready(&mut self, start: Event) {
        if !self.progress.is_done(start) && self.progress.pending(start).next().is_none() {
            self.bind_used(start);
            self.happen(start);
            // A derivation that has all that it needs has run: its value is there.
            let at = start.statement();
            if self.statements[at].is_derivation() && self.may_join_out_of_order(at) {
                self.join(at);
            }
        }
    }

    /// Whether the variables of a statement may be declared ahead of it: if its names have stood for
    /// others before, all that is past which binds or uses those.
    fn hides_nothing(&self, at: usize, is_past: impl Fn(usize) -> bool) -> bool {
        let hidden = &self.statements[at].shadows;
        let is_hidden = |user: &Statement| {
            hidden.iter().any(|var| user.names(*var) || user.binds.contains(var))
        };
        hidden.is_empty()
            || (0..=at)
                .all(|user| !is_hidden(&self.statements[user]) || user != at && is_past(user))
    }

    /// Whether it is a call, and all of it has started.
    fn runs(&self, at: usize) -> bool {
        self.progress.runs(Event::Finish(at))
    }

    /// Whether an event still has to wait for the end of a call, however indirectly, of what
    /// has happened so far. (What it needs in any plan is in `needs`.) A call that runs gives its
    /// value when it is done, whatever its join still waits for.
    fn depends(&self, event: Event, awaited: usize, known: &mut BTreeMap<Event, bool>) -> bool {
        if let Some(depends) = known.get(&event) {
            return *depends;
        }
        let depends = self.progress.pending(event).any(|before| match before {
            Event::Finish(at) if at == awaited => true,
            Event::Finish(at) if self.call(at).is_some() => {
                let mut starts = starts(at, &self.statements[at]);
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
        let named = self.named.get(&event).into_iter().flatten();
        let used: BTreeSet<usize> = named.filter_map(|var| self.givers.get(var).copied()).collect();
        let forward = |from| Some((from, *self.plan.forwards.get(&from)?));
        for (from, forward) in used.into_iter().filter_map(forward).collect::<Vec<_>>() {
            let by_slot = matches!(forward, Forward::Moved | Forward::Lent(_) | Forward::Shared);
            if by_slot || self.borrows(event, from) || self.plan.steps.contains(&Step::Bind(from)) {
                continue;
            }
            if forward == Forward::SharedThenMoved {
                self.finish_borrowers(from);
            }
            self.require(Event::Finish(from));
            self.plan.steps.push(Step::Bind(from));
        }
    }

    /// Joins the calls that borrow the value of one.
    fn finish_borrowers(&mut self, from: usize) {
        for (at, statement) in self.statements.iter().enumerate() {
            if starts(at, statement).any(|(start, _)| self.borrows(start, from)) {
                self.require(Event::Finish(at));
            }
        }
    }

    /// Whether an event uses a variable by its name.
    fn uses(&self, event: Event, var: VarId) -> bool {
        self.named.get(&event).is_some_and(|named| named.contains(&var))
    }

    /// Whether an event is the start of a call that borrows a call's value.
    fn borrows(&self, event: Event, from: usize) -> bool {
        let (Event::Start(at, number), Some((var, name))) = (event, &self.variables[from]) else {
            return false;
        };
        let statement = &self.statements[at];
        self.uses(event, *var)
            && forwarding::borrows(statement, &statement.awaited()[number], *var, name)
    }

    fn call(&self, at: usize) -> Option<&Call> {
        self.statements[at].call()
    }

    /// Writes an event down, unless it has happened.
    fn happen(&mut self, event: Event) {
        if self.progress.is_done(event) {
            return;
        }
        self.progress.happened(event);
        self.placed.insert(event, self.plan.steps.len());
        self.plan.steps.push(match event {
            Event::Start(at, number) => Step::Start(at, number),
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
    let starts = starts(at, statement).map(|(start, awaited)| (start, by_name(&awaited.uses)));
    starts.chain([(Event::Finish(at), by_name(&statement.uses))]).collect()
}
