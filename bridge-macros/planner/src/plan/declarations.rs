//! Keeps the order of drops, where a call is joined after something below it is bound.

use std::collections::BTreeMap;
use std::mem;

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
    // The statements of which something is still to be made and nothing is declared, by how many steps.
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    for at in plan.steps.iter().filter_map(makes).filter(binds) {
        *left.entry(at).or_default() += 1;
    }
    let mut steps = Vec::new();
    for step in &plan.steps {
        if let Some(at) = makes(step).filter(binds) {
            if let Some(steps) = left.get_mut(&at) {
                *steps -= 1;
                if *steps == 0 {
                    left.remove(&at);
                }
            }
            let below = left.split_off(&at);
            let above = mem::replace(&mut left, below).into_keys();
            // A derivation that runs at once stays one.
            let own_start = steps.pop_if(|last| *last == Step::Start(at, 0));
            steps.extend(above.map(Step::Declare).chain(own_start));
        }
        steps.push(step.clone());
    }
    Plan { steps, ..plan }
}
