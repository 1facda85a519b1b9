//! Chains as one future: calls of which each takes what the one before it gives, and nothing
//! comes between.
//!
//! A future costs a box and a flag, and a slot costs a lock and a waker. So a call whose value
//! goes to one other call alone runs inside of that, if the two are joined one right after the
//! other: then nobody can tell.

use std::collections::BTreeMap;

use quote::ToTokens;

use crate::ir::plan::{Forward, Plan, Step};
use crate::ir::tree::{Runs, Statement};
use crate::syntax::deref_uses;

/// The calls that run inside of others.
pub(super) struct Chains {
    /// What runs inside of each call.
    inside: BTreeMap<usize, usize>,
}

impl Chains {
    pub(super) fn of(plan: &Plan, statements: &[Statement]) -> Self {
        let mut chains = Chains { inside: BTreeMap::new() };
        for pair in plan.steps.windows(2) {
            if let [Step::Join(first), Step::Join(then)] = pair
                && is_only_way(plan, statements, *first, *then)
                && starts_with(plan, *first, *then)
                && fails_with(plan, *first, *then)
                && chains.names_stay(statements, *first, *then)
            {
                chains.inside.insert(*then, *first);
            }
        }
        chains
    }

    /// The steps that are left: the last call of a chain starts where the first would have.
    pub(super) fn steps(&self, plan: &Plan) -> Vec<Step> {
        let steps = plan.steps.iter().filter_map(|step| match step {
            Step::Start(at, _) if self.inside.contains_key(at) => None,
            Step::Start(at, 0) => Some(Step::Start(self.whole(*at), 0)),
            Step::Join(at) if self.is_inside(*at) => None,
            Step::Declare(at) if self.hands_over(plan, *at) => None,
            step => Some(step.clone()),
        });
        steps.collect()
    }

    /// What runs inside of a call.
    pub(super) fn inside(&self, at: usize) -> Option<usize> {
        self.inside.get(&at).copied()
    }

    /// Whether a call runs inside of another.
    pub(super) fn is_inside(&self, at: usize) -> bool {
        self.outside(at).is_some()
    }

    /// Whether a call gives its value away inside of another, so that it needs no slot.
    pub(super) fn hands_over(&self, plan: &Plan, at: usize) -> bool {
        self.is_inside(at) && plan.forwards.get(&at) == Some(&Forward::Moved)
    }

    /// A call, and all that runs inside of it.
    pub(super) fn links(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(at), |at| self.inside(*at))
    }

    fn outside(&self, at: usize) -> Option<usize> {
        self.inside.iter().find(|(_, inside)| **inside == at).map(|(outside, _)| *outside)
    }

    fn whole(&self, at: usize) -> usize {
        std::iter::successors(Some(at), |at| self.outside(*at)).last().unwrap_or(at)
    }

    /// What a call names, no link before it hides.
    fn names_stay(&self, statements: &[Statement], first: usize, then: usize) -> bool {
        let Some(call) = statements[then].call() else { return false };
        let code =
            || call.hoisted.awaited.iter().map(|awaited| awaited.call.base.to_token_stream());
        self.links(first).skip(1).filter_map(|link| statements[link].forwardable()).all(
            |(_, name)| {
                code()
                    .chain([call.hoisted.residual.to_token_stream()])
                    .all(|code| deref_uses::is_unused(code, &name))
            },
        )
    }
}

/// Whether the value of one call goes to the other, and nothing else waits for it or is waited
/// for.
fn is_only_way(plan: &Plan, statements: &[Statement], first: usize, then: usize) -> bool {
    let runs_itself = |at: usize| matches!(statements[at].awaited(), [awaited] if !matches!(awaited.runs, Runs::Blocking));
    let takes_only_first = matches!(plan.inputs.get(&(then, 0)).map(Vec::as_slice),
        Some([(from, _)]) if *from == first);
    let lent = matches!(plan.forwards.get(&first), Some(Forward::Lent(_)));
    let users = plan.inputs.values().flatten().filter(|(from, _)| *from == first).count();
    runs_itself(first) && runs_itself(then) && takes_only_first && !lent && users == 1
}

/// Whether what both use is there when the first starts, and nothing else begins between.
fn starts_with(plan: &Plan, first: usize, then: usize) -> bool {
    let start = |at: usize| plan.steps.iter().position(|step| *step == Step::Start(at, 0));
    let (Some(first), Some(then)) = (start(first), start(then)) else { return false };
    first < then && plan.steps[first..then].iter().all(|step| matches!(step, Step::Start(..)))
}

/// Whether a call that is joined ahead of them, and fails, joins both or none.
fn fails_with(plan: &Plan, first: usize, then: usize) -> bool {
    plan.steps.iter().all(|step| match step {
        Step::JoinOutOfOrder(_, above) => above.contains(&first) == above.contains(&then),
        _ => true,
    })
}
