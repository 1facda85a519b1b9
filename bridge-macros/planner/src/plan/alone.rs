//! Calls that nothing runs beside are joined where they start, so that they stay as written.

use std::collections::BTreeSet;

use crate::ir::plan::{Plan, Step};

/// Joins each call at once beside which synchronous code alone would run: it starts nothing, and
/// so gains nothing. What of it stands above the call in the source comes above it again, and
/// the rest below.
pub(super) fn join(mut plan: Plan) -> Plan {
    let mut running: BTreeSet<usize> = BTreeSet::new();
    let mut position = 0;
    while position < plan.steps.len() {
        match plan.steps[position] {
            Step::Start(at, _) => {
                if running.is_empty()
                    && let Some(join) = join_past_runs(&plan.steps[position..], at)
                {
                    let above = stand_together(&mut plan.steps[position..=position + join], at);
                    // Past the call, which is not running any more.
                    position += above + 2;
                    continue;
                }
                running.insert(at);
            }
            Step::Join(at) | Step::JoinOutOfOrder(at, _) => {
                running.remove(&at);
            }
            Step::Declare(_) | Step::Bind(_) | Step::Run(_) => {}
        }
        position += 1;
    }
    plan
}

/// Where the call is joined that the first of these steps starts, if nothing but synchronous
/// code runs until then.
fn join_past_runs(steps: &[Step], at: usize) -> Option<usize> {
    let runs = steps[1..].iter().take_while(|step| matches!(step, Step::Run(_))).count();
    (runs > 0 && steps.get(runs + 1) == Some(&Step::Join(at))).then_some(runs + 1)
}

/// Brings the start and the join of a call, which are the first and the last of these, together
/// to where the call stands in the source; tells how many steps come above it.
fn stand_together(steps: &mut [Step], at: usize) -> usize {
    let is_above = |step: &Step| matches!(step, Step::Run(run) if *run < at);
    // They were in source order among each other, and stay so.
    let order = |step: &Step| match step {
        step if is_above(step) => 0,
        Step::Start(..) => 1,
        Step::Join(_) => 2,
        _ => 3,
    };
    steps.sort_by_key(order);
    steps.iter().filter(|step| is_above(step)).count()
}
