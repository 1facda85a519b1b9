//! Calls that nothing runs beside are joined where they start, so that they stay as written.

use std::collections::BTreeSet;

use crate::ir::plan::{Plan, Step};

/// Moves joins up to their starts, past synchronous code alone: it would run beside the call, and
/// start nothing. It stands below the call in the source, and comes below it again.
pub(super) fn join(mut plan: Plan) -> Plan {
    let mut running: BTreeSet<usize> = BTreeSet::new();
    let mut position = 0;
    while position < plan.steps.len() {
        if let Step::Start(at, _) = plan.steps[position] {
            let below = &plan.steps[position + 1..];
            let runs =
                below.iter().take_while(|step| matches!(step, Step::Run(below) if *below > at));
            let runs = runs.count();
            if running.is_empty() && runs > 0 && below.get(runs) == Some(&Step::Join(at)) {
                let join = plan.steps.remove(position + 1 + runs);
                plan.steps.insert(position + 1, join);
            }
            running.insert(at);
        }
        if let Step::Join(at) | Step::JoinOutOfOrder(at, _) = plan.steps[position] {
            running.remove(&at);
        }
        position += 1;
    }
    plan
}
