//! The order in which the events of a scope are written down.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;

use crate::ir::dependences::Dependences;
use crate::ir::tree::{Scope, ScopeId, Tree};

/// One thing that happens in a scope. Statements go by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Declare the variable of a call that is joined after a later binding, or of a `let` that
    /// runs after one, so that the two are dropped as in serial code.
    Declare(usize),
    /// Start one await of a call, by its number in the statement; with the call's slot if it
    /// has one.
    Start(usize, usize),
    /// Join a call and bind its value.
    Join(usize),
    /// Join a call before those above it, which are joined first if it fails; with them runs what
    /// stands between them.
    JoinOutOfOrder(usize, Vec<usize>),
    /// Bind the value of a call out of its slot.
    Bind(usize),
    /// Run a statement.
    Run(usize),
}

/// How the value of a call is passed on to others in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// To the one call that moves it.
    Moved,
    /// To so many calls that borrow it, and then to the one that moves it.
    Lent(usize),
    /// To calls that borrow it, and to nothing else.
    Shared,
    /// To calls that borrow it, and then to code that borrows it.
    SharedThenBorrowed,
    /// To calls that borrow it, and then to code that moves it.
    SharedThenMoved,
}

/// How a start takes a value out of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Borrow,
    Move,
}

#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Calls whose value passes to others in the background.
    pub(crate) forwards: BTreeMap<usize, Forward>,
    /// What each start takes out of the slots of which calls, by statement and await.
    pub(crate) inputs: BTreeMap<(usize, usize), Vec<(usize, Input)>>,
    /// Calls whose residual runs in the background, `?` and all.
    pub(crate) inlined: BTreeSet<usize>,
    /// What runs inside of each call, in its future, as the last link of a chain.
    pub(crate) inside: BTreeMap<usize, usize>,
}

impl Plan {
    /// A call, and all that runs inside of it, from the last to the first.
    pub(crate) fn links(&self, at: usize) -> impl Iterator<Item = usize> {
        successors(Some(at), |at| self.inside.get(at).copied())
    }

    /// Whether a call runs inside of another.
    pub(crate) fn is_inside(&self, at: usize) -> bool {
        self.inside.values().any(|inside| *inside == at)
    }

    /// Whether a call gives its value away inside of another, so that it needs no slot.
    pub(crate) fn hands_over(&self, at: usize) -> bool {
        self.forwards.get(&at) == Some(&Forward::Moved) && self.is_inside(at)
    }

    /// Whether a value that stays in the function's frame is known to one future alone, until that has
    /// ended.
    pub(crate) fn is_linked(&self, at: usize) -> bool {
        let kept =
            matches!(self.forwards.get(&at), Some(Forward::Shared | Forward::SharedThenMoved));
        kept && self.is_inside(at)
    }

    /// The steps by futures: the last call of a chain starts where the first does, and is joined
    /// for all.
    pub(crate) fn by_futures(&self) -> Vec<Step> {
        let outside: BTreeMap<usize, usize> =
            self.inside.iter().map(|(outside, inside)| (*inside, *outside)).collect();
        let whole = |at| successors(Some(at), |at| outside.get(at).copied()).last().unwrap_or(at);
        let steps = self.steps.iter().filter_map(|step| match *step {
            Step::Start(at, _) if self.inside.contains_key(&at) => None,
            Step::Start(at, 0) => Some(Step::Start(whole(at), 0)),
            Step::Join(at) if outside.contains_key(&at) => None,
            Step::Declare(at) if self.hands_over(at) => None,
            _ => Some(step.clone()),
        });
        steps.collect()
    }
}

/// A scope's edges and the order that they allow.
pub(crate) struct Schedule {
    pub(crate) dependences: Dependences,
    pub(crate) plan: Plan,
}

/// A function with the schedule of each of its scopes.
pub(crate) struct PlannedTree {
    pub(crate) tree: Tree,
    /// By scope.
    pub(crate) schedules: Vec<Schedule>,
}

impl PlannedTree {
    pub(crate) fn scope(&self, id: ScopeId) -> (&Scope, &Schedule) {
        (self.tree.scope(id), &self.schedules[id.0])
    }
}
