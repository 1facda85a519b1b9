//! Chains: calls that start in the background and wait there for the values of running ones.

use std::collections::BTreeMap;

use super::Scheduler;
use crate::ir::access::VarId;
use crate::ir::dependences::{Event, Reason, starts};
use crate::ir::plan::Forward;
use crate::ir::tree::{Awaited, Call};
use crate::plan::forwarding::{self, Forwarding};
use crate::plan::{conflicts, declarations};

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
    /// Chains the first await that waits only for values of calls that run.
    pub(super) fn chain_one(&mut self, awaited: usize) -> bool {
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
        if self.how.strict {
            return Err(NotChained::Strict);
        }
        if !self.how.eager && self.depends(start, awaited, &mut BTreeMap::new()) {
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
        if self.how.in_frame.contains(&from) {
            return Err(NotChained::NotForwarded);
        }
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
}
