//! Keeps the order of drops, where a call is joined after something below it is bound.

use std::collections::BTreeSet;

use crate::ir::plan::{Plan, Step};
use crate::ir::tree::Statement;

/// Adds the declarations that keep the order of drops: before something is bound, what is
/// above it in the source and is bound later.
pub(super) fn add(plan: Plan, statements: &[Statement]) -> Plan {
    let binds = |at: &usize| !statements[*at].binds.is_empty();
    let makes = |step: &Step| match step {
        Step::Start(at, _) => plan.forwards.contains_key(at).then_some(*at),
        Step::Join(at) | Step::JoinOutOfOrder(at, _) if plan.forwards.contains_key(at) => None,
        Step::Join(at) | Step::JoinOutOfOrder(at, _) | Step::Run(at) => Some(*at),
        Step::Declare(_) | Step::Bind(_) => None,
    };
    let mut steps = Vec::new();
    let mut declared = BTreeSet::new();
    for (position, step) in plan.steps.iter().enumerate() {
        if let Some(at) = makes(step).filter(binds) {
            let mut later: Vec<usize> = plan.steps[position + 1..]
                .iter()
                .filter_map(makes)
                .filter(|above| *above < at && binds(above))
                .filter(|&above| declared.insert(above))
                .collect();
            later.sort_unstable();
            // A derivation that runs at once stays one.
            let own_start = steps.pop_if(|last| *last == Step::Start(at, 0));
            steps.extend(later.into_iter().map(Step::Declare).chain(own_start));
        }
        steps.push(step.clone());
    }
    Plan { steps, ..plan }
}
