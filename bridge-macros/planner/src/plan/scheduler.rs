//! Puts the events of a scope in order.
//!
//! The scheduler walks the statements in source order and makes their events happen. The
//! invariant is that nothing happens before what it comes after, and that what has happened
//! is never undone. To make an event happen means to make happen first what it comes after,
//! and a wait on the way starts whatever can run meanwhile: so each step that is taken for an
//! event looks first whether the event has happened by then.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;

use super::forwarding::{self, Forwarding};
use super::progress::Progress;
use super::{conflicts, declarations};
use crate::effects::purity;
use crate::ir::access::{self, Access, VarId};
use crate::ir::dependences::{Dependences, Event, Reason, starts};
use crate::ir::plan::{Forward, Plan, Step};
use crate::ir::tree::{Awaited, Call, Statement, Tree, Turn};
use crate::syntax::evaluation;

/// A plan; one that is `eager` passes values in the background whenever they can.
pub(super) fn schedule(
    tree: &Tree,
    statements: &[Statement],
    dependences: &Dependences,
    strict: bool,
    eager: bool,
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
        strict,
        eager,
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
    strict: bool,
    eager: bool,
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

/// Why a waiting start is not chained to calls that run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotChained {
    /// Under `strict` values pass by the function's frame alone.
    Strict,
    /// A chained call holds what it takes before it has started: beside others of its
    /// statement that would be dropped out of turn, should one above fail.
    Several,
    /// What its arguments do can be seen, so that it keeps its turn.
    Visible,
    /// It needs the call for which the thread waits anyway.
    InVain,
    /// It waits for more than values and places.
    Ordered,
    /// A value that it uses cannot be forwarded to it, or not in the way that was agreed.
    NotForwarded,
    /// Something above the slot in the source would be dropped out of turn.
    Drops,
    /// It disturbs a call above by a place that is not lent.
    Disturbs,
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

    /// Joins a call, out of order if something above it has not been joined.
    fn join(&mut self, at: usize) {
        let above = self.joined_first(at);
        if above.is_empty() {
            self.happen(Event::Finish(at));
        } else if !self.progress.is_done(Event::Finish(at)) {
            let hands_on = |at: &usize| self.call(*at).is_some_and(|call| call.inlinable);
            let inlined: Vec<usize> = above.iter().copied().chain([at]).filter(hands_on).collect();
            self.plan.inlined.extend(inlined);
            self.progress.happened(Event::Finish(at));
            self.plan.steps.push(Step::JoinOutOfOrder(at, above));
        }
    }

    /// What is joined, or runs, should a call fail that is joined ahead of it: all but code as a value,
    /// of which nobody can tell whether it was made.
    fn joined_first(&self, at: usize) -> Vec<usize> {
        self.progress.unfinished_above(at).filter(|above| !self.makes_code(*above)).collect()
    }

    /// Whether it is a plain `let` that makes a closure or an `async` block.
    fn makes_code(&self, at: usize) -> bool {
        self.statements[at]
            .plain()
            .is_some_and(|made| evaluation::any_part_of_stmt(&made.code, &evaluation::makes_code))
    }

    /// Whether it is a log line of which the code can be written a second time.
    fn is_log_line(&self, at: usize) -> bool {
        let statement = &self.statements[at];
        let is_once = |above: usize| {
            let shown = &self.statements[above].binds;
            access::uses_any(&statement.uses, shown) && self.makes_code(above)
        };
        statement.turn == Turn::LogLine
            && statement.nested().is_empty()
            && !self.progress.unfinished_above(at).any(is_once)
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

    /// Chains the first await that waits only for values of calls that run.
    fn chain_one(&mut self, awaited: usize) -> bool {
        let unblocked = self.progress.unblocked();
        let chained = unblocked
            .into_iter()
            .find_map(|start| self.chain(start, awaited).ok().map(|forwards| (start, forwards)));
        let Some((start, forwards)) = chained else { return false };
        for (from, forward) in forwards {
            self.plan.forwards.insert(from, forward);
            self.plan.inlined.insert(from);
        }
        self.happen(start);
        true
    }

    /// The values by which a start could be chained now that waits only for calls that run.
    fn chain(&mut self, start: Event, awaited: usize) -> Result<Vec<(usize, Forward)>, NotChained> {
        let at = start.statement();
        let [chained] = self.statements[at].awaited() else { return Err(NotChained::Several) };
        if !chained.pure {
            return Err(NotChained::Visible);
        }
        if self.strict {
            return Err(NotChained::Strict);
        }
        if !self.eager && self.depends(start, awaited, &mut BTreeMap::new()) {
            return Err(NotChained::InVain);
        }
        let pending: Vec<usize> = self.progress.pending(start).map(Event::statement).collect();
        let mut forwards = Vec::new();
        for &from in &pending {
            let reasons = self.dependences.reasons(Event::Finish(from), start);
            if !reasons.iter().all(|why| matches!(why, Reason::Value | Reason::Place)) {
                return Err(NotChained::Ordered);
            }
            // What only comes by way of another value is there when that is.
            let named = chained.names_any(&self.statements[from].binds);
            if reasons.contains(&Reason::Value) && named {
                forwards.push((from, self.forward(from, at)?));
            }
        }
        self.disturbs_only_lent(start, chained, &pending, &forwards)?;
        Ok(forwards)
    }

    /// How the value of a call is forwarded to the one await of a statement.
    fn forward(&mut self, from: usize, to: usize) -> Result<Forward, NotChained> {
        let forwarding = self.forwarding(from);
        let forward = forwarding.and_then(|forwarding| forwarding.to(to, 0));
        let agreed = |forward: &Forward| {
            self.plan.forwards.get(&from).is_none_or(|agreed| agreed == forward)
        };
        let forward = forward.filter(agreed).ok_or(NotChained::NotForwarded)?;
        match self.slot_keeps_drops(from) {
            true => Ok(forward),
            false => Err(NotChained::Drops),
        }
    }

    fn forwarding(&mut self, from: usize) -> Option<&Forwarding> {
        if !self.forwardings.contains_key(&from) {
            let var = self.variables[from].as_ref().map(|(var, _)| *var);
            let users = var.and_then(|var| self.users.get(&var)).into_iter().flatten();
            let users: Vec<usize> = users.copied().collect();
            let found = forwarding::forwarding(self.tree, self.statements, from, &users);
            self.forwardings.insert(from, found);
        }
        self.forwardings[&from].as_ref()
    }

    /// The calls above that use a place of the chained one use it by what is lent to them.
    fn disturbs_only_lent(
        &self,
        start: Event,
        chained: &Awaited,
        pending: &[usize],
        forwards: &[(usize, Forward)],
    ) -> Result<(), NotChained> {
        let lent = forwards.iter().filter(|(_, forward)| matches!(forward, Forward::Lent(_)));
        let lent = lent.filter_map(|(from, _)| self.variables[*from].as_ref());
        let lent: Vec<VarId> = lent.map(|(var, _)| *var).collect();
        let shares_a_place = |before: &&usize| {
            self.dependences.reasons(Event::Finish(**before), start).contains(&Reason::Place)
        };
        let at = start.statement();
        let by_others_than = |before: usize, lent: &[VarId]| {
            !conflicts::only_lent(self.statements, before, at, chained, lent)
        };
        // A derivation waits for a call that looks at what it looks at, too. What is lent and then
        // taken makes it do so, and what is lent to both does not.
        let waits =
            |before: usize| !self.statements[at].is_derivation() || by_others_than(before, &[]);
        let only_lent = |before: &usize| !by_others_than(*before, &lent) && waits(*before);
        match pending.iter().filter(shares_a_place).all(only_lent) {
            true => Ok(()),
            false => Err(NotChained::Disturbs),
        }
    }

    /// A slot is where its value is dropped: what is bound above it in the
    /// source has to be declared above it.
    fn slot_keeps_drops(&self, from: usize) -> bool {
        let start = self.placed.get(&Event::Start(from, 0)).copied().unwrap_or_default();
        let declared_above = |at: usize, call: &Call| {
            let mut starts = starts(at, &self.statements[at]).map(|(start, _)| start);
            let mut placed = |event| self.placed.get(&event).is_some_and(|at| *at < start);
            call.deferrable() && (!call.is_named_as_function() || starts.all(&mut placed))
        };
        let is_past = |at: usize| {
            self.placed.get(&Event::Finish(at)).is_some_and(|finished| *finished < start)
        };
        self.statements[..from].iter().enumerate().all(|(at, statement)| {
            let declared = match statement.call() {
                Some(call) => declared_above(at, call),
                None => declarations::declarable(statement),
            };
            statement.binds.is_empty() || declared && self.hides_nothing(at, is_past) || is_past(at)
        })
    }

    /// Joins, out of order, a call that others wait for, where whatever waits for the one whose turn
    /// it is waits for that call as well.
    fn join_one_out_of_order(&mut self, awaited: usize) -> bool {
        let waiting = self.progress.waiting();
        let waits_for = |call: usize| -> Vec<bool> {
            let mut known = BTreeMap::new();
            waiting.iter().map(|&start| self.depends(start, call, &mut known)).collect()
        };
        let in_turn = waits_for(awaited);
        let free = waiting.iter().zip(&in_turn).filter(|(_, in_turn)| !**in_turn);
        let found = free.into_iter().find_map(|(&start, _)| {
            let first = self.progress.pending(start).map(|before| match before {
                Event::Finish(from) => self.first_out_of_order(from),
                Event::Start(..) => None,
            });
            let first = first.collect::<Option<Vec<usize>>>()?.first().copied()?;
            let is_no_loss = || in_turn.iter().zip(waits_for(first)).all(|(by, too)| !by || too);
            (!in_turn.contains(&true) || is_no_loss()).then_some(first)
        });
        let Some(at) = found else { return false };
        self.join(at);
        true
    }

    /// The call runs, and so does all above it, and only their turn is between.
    fn may_join_out_of_order(&self, at: usize) -> bool {
        self.first_out_of_order(at) == Some(at)
    }

    /// What is to be joined first, for this call to be joined out of order: those that it is
    /// chained to. Should one of them fail, it would not end.
    fn first_out_of_order(&self, at: usize) -> Option<usize> {
        if !(self.runs(at) && self.call(at).is_some_and(Call::is_joined_early)) {
            return None;
        }
        let mut starts = starts(at, &self.statements[at]);
        if let Some(before) = starts.find_map(|(start, _)| self.progress.pending(start).next()) {
            return self.first_out_of_order(before.statement());
        }
        let finish = Event::Finish(at);
        let only_its_turn = self.progress.pending(finish).all(|before| {
            let reasons = self.dependences.reasons(before, finish);
            reasons == [Reason::Gate]
                || self.may_run_later(before.statement())
                    && reasons.iter().all(|why| matches!(why, Reason::Gate | Reason::Order))
        });
        // Should it fail, they are joined where it is.
        let may_be_joined = |above: usize| match self.call(above) {
            Some(call) => self.runs(above) && call.is_joined_anywhere(),
            None => self.may_run_later(above),
        };
        (only_its_turn && self.progress.unfinished_above(at).all(may_be_joined)).then_some(at)
    }

    /// Whether it may run after a call that stands below it: a plain `let` that only computes, of which
    /// nobody can tell when it has run, or a log line, which holds back nothing. Code as a value, whose
    /// type has no name, takes nothing: it is made in one place.
    fn may_run_later(&self, at: usize) -> bool {
        let statement = &self.statements[at];
        let is_pure_let = statement.plain().is_some_and(|made| {
            let takes = || statement.uses.iter().any(Access::moves);
            let is_once = || purity::is_code(&made.code) && !takes();
            purity::is_pure_let(&made.code)
                && (!self.makes_code(at) || is_once())
                && !statement.leaves
                && self.hides_nothing(at, |above| self.progress.is_done(Event::Finish(above)))
                && declarations::declarable(statement)
        });
        is_pure_let || self.is_log_line(at)
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
    /// has happened so far. (What it needs in any plan is in `needs`.) A call that runs gives its value when it is done, whatever its join still
    /// waits for.
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
