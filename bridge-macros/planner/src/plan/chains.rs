//! Chains as one future: calls of which each takes what the one before it gives, and nothing
//! comes between.
//!
//! A future costs a box and a flag, and a slot costs a lock and a waker. So a call whose value
//! goes to one other call alone runs inside of that, if the two are joined one right after the
//! other: then nobody can tell.

use quote::ToTokens;

use crate::ir::plan::{Forward, Plan, Step};
use crate::ir::tree::{Runs, Statement};
use crate::syntax::deref_uses;

/// Brings the starts of each chain together: until the first call has ended the others only wait,
/// so that nobody can tell.
pub(super) fn bring_together(mut plan: Plan, statements: &[Statement]) -> Plan {
    for (first, then) in pairs(&plan, statements) {
        plan.steps.retain(|step| *step != Step::Start(then, 0));
        if let Some(start) = plan.steps.iter().position(|step| *step == Step::Start(first, 0)) {
            plan.steps.insert(start + 1, Step::Start(then, 0));
        }
    }
    plan
}

/// Finds which calls run inside of which.
pub(super) fn add(mut plan: Plan, statements: &[Statement]) -> Plan {
    for (first, then) in pairs(&plan, statements) {
        if names_stay(&plan, statements, first, then) {
            plan.inside.insert(then, first);
        }
    }
    plan
}

/// The calls that may be one, as far as it is for two of them.
fn pairs(plan: &Plan, statements: &[Statement]) -> Vec<(usize, usize)> {
    let joined = plan.steps.windows(2).filter_map(|steps| match *steps {
        [Step::Join(first), Step::Join(then)] => Some((first, then)),
        _ => None,
    });
    joined
        .filter(|&(first, then)| {
            is_only_way(plan, statements, first, then)
                && starts_with(plan, first, then)
                && fails_with(plan, first, then)
        })
        .collect()
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

/// Whether what a call names is hidden by no link before it.
fn names_stay(plan: &Plan, statements: &[Statement], first: usize, then: usize) -> bool {
    let Some(call) = statements[then].call() else { return false };
    let awaited = call.hoisted.awaited.iter().map(|awaited| awaited.call.base.to_token_stream());
    let code: Vec<_> = awaited.chain([call.hoisted.residual.to_token_stream()]).collect();
    let mut hidden = plan.links(first).skip(1).filter_map(|link| statements[link].forwardable());
    hidden.all(|(_, name)| code.iter().all(|code| deref_uses::is_unused(code.clone(), &name)))
}
