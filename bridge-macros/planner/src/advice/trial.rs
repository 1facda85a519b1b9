//! A scope that is planned once more, as if something else had been written.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::ToTokens;

use super::texts::Barrier;
use crate::ir::access::Access;
use crate::ir::advice::{Advice, Rewrite};
use crate::ir::dependences::{Dependences, Event, Reason, starts};
use crate::ir::tree::{ScopeId, Statement, Tree};
use crate::plan::Planner;
use crate::syntax::tokens;

/// Pairs of calls that are in flight together.
pub(super) type Pairs = BTreeSet<(usize, usize)>;

pub(super) struct Trial<'a> {
    planner: &'a Planner,
    tree: &'a mut Tree,
    scope: ScopeId,
    /// As it is written.
    dependences: Dependences,
    in_flight: Pairs,
}

impl<'a> Trial<'a> {
    pub(super) fn new(planner: &'a Planner, tree: &'a mut Tree, scope: ScopeId) -> Self {
        let (dependences, in_flight) = planner.in_flight_together(tree, scope);
        Trial { planner, tree, scope, dependences, in_flight }
    }

    pub(super) fn statements(&self) -> &[Statement] {
        &self.tree.scope(self.scope).statements
    }

    /// What would be in flight together besides, with a change that is then taken back.
    pub(super) fn gained(
        &mut self,
        change: impl FnOnce(&mut [Statement]),
        change_back: impl FnOnce(&mut [Statement]),
    ) -> Pairs {
        change(self.tree.statements_mut(self.scope));
        let (_, then) = self.planner.in_flight_together(self.tree, self.scope);
        change_back(self.tree.statements_mut(self.scope));
        then.difference(&self.in_flight).copied().collect()
    }

    /// The same with `#[background]` on all of these.
    pub(super) fn gained_if_marked(&mut self, all: &[usize]) -> Pairs {
        let mark = |statements: &mut [Statement]| {
            all.iter().for_each(|at| statements[*at].swap_if_marked());
        };
        self.gained(mark, mark)
    }

    /// The uses of each statement, to [set](set_uses) them again.
    pub(super) fn uses(&mut self) -> Vec<Vec<Access>> {
        let statements = self.tree.statements_mut(self.scope).iter_mut();
        statements.flat_map(Statement::all_uses_mut).map(|uses| uses.clone()).collect()
    }

    /// What each start of a statement waits for, and why.
    pub(super) fn before_starts(&self, at: usize) -> Vec<(Event, usize, &[Reason])> {
        let starts = starts(at, &self.statements()[at]).map(|(start, _)| start);
        let waits = starts.flat_map(|start| {
            let before = self.dependences.before(start);
            before.map(move |(before, reasons)| (start, before.statement(), reasons))
        });
        waits.filter(|(_, before, _)| *before != at).collect()
    }

    /// Says what a statement costs: at the first one below that it holds back, or else at itself.
    pub(super) fn tell(&self, cause: usize, gained: &Pairs, why: &Barrier) -> Option<Advice> {
        let statement = &self.statements()[cause];
        let acts = !matches!(why, Barrier::Nameless) || !self.only_reads(cause);
        let rewrite = why.is_marked_away().then(|| self.mark(&[cause], acts));
        if let Some(then) = held_back(cause, gained) {
            return Some(Advice { rewrite, ..self.advice(then, why.of_another(statement)) });
        }
        let above = gained.iter().filter(|(_, then)| *then == cause).map(|(first, _)| *first).max();
        let text = why.of_itself(statement, &self.statements()[above?]);
        Some(Advice { rewrite, ..self.advice(cause, text) })
    }

    /// `#[background]` on these.
    pub(super) fn mark(&self, all: &[usize], acts: bool) -> Rewrite {
        Rewrite::Mark { all: all.iter().map(|at| self.statements()[*at].span()).collect(), acts }
    }

    /// Whether all that a statement would start only reads, by its names.
    fn only_reads(&self, at: usize) -> bool {
        let marked = self.statements()[at].if_marked.as_ref();
        let calls = marked.map_or(&[][..], |marked| marked.awaited());
        !calls.is_empty() && calls.iter().all(|awaited| awaited.reads)
    }

    /// A statement and the next one change places.
    pub(super) fn swap(&self, at: usize) -> Rewrite {
        Rewrite::Swap(self.statements()[at].span(), self.statements()[at + 1].span())
    }

    /// `let name = &name;` in front of a statement.
    pub(super) fn borrow(&self, name: &str, at: usize) -> Rewrite {
        Rewrite::Borrow { name: name.to_owned(), above: self.statements()[at].span() }
    }

    /// For a statement that waits.
    pub(super) fn advice(&self, at: usize, text: String) -> Advice {
        Advice { span: self.span(at), text, rewrite: None }
    }

    /// Where what a statement awaits begins.
    fn span(&self, at: usize) -> Span {
        let statement = &self.statements()[at];
        let awaited = statement.awaited().first().map(|awaited| awaited.call.to_token_stream());
        let marked = statement.if_marked.as_ref().and_then(|call| call.awaited().first());
        let awaited = awaited.or_else(|| Some(marked?.call.to_token_stream()));
        awaited.and_then(tokens::begin).unwrap_or_else(|| statement.span())
    }
}

/// The first statement below another one that is held back by it.
pub(super) fn held_back(cause: usize, gained: &Pairs) -> Option<usize> {
    let below = gained.iter().filter(|(first, then)| *first <= cause && cause < *then);
    below.map(|(_, then)| *then).min()
}

/// Gives statements the uses that they [had](Trial::uses).
pub(super) fn set_uses(statements: &mut [Statement], uses: Vec<Vec<Access>>) {
    let all = statements.iter_mut().flat_map(Statement::all_uses_mut);
    all.zip(uses).for_each(|(now, before)| *now = before);
}
