//! Joins ahead of their turn: of calls whose value has to be in the function's frame, below others that
//! still run.

use std::collections::BTreeMap;

use super::Scheduler;
use crate::effects::purity;
use crate::ir::access::{self, Access};
use crate::ir::dependences::{Event, Reason, starts};
use crate::ir::plan::Step;
use crate::ir::tree::{Call, Turn};
use crate::plan::declarations;
use crate::syntax::evaluation;

impl Scheduler<'_> {
    /// Joins a call, out of order if something above it has not been joined.
    pub(super) fn join(&mut self, at: usize) {
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

    /// Joins, out of order, a call that others wait for, where whatever waits for the one whose turn
    /// it is waits for that call as well.
    pub(super) fn join_one_out_of_order(&mut self, awaited: usize) -> bool {
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
    pub(super) fn may_join_out_of_order(&self, at: usize) -> bool {
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
}
