//! What a plan loses, whatever the durations turn out to be.

use super::needs::{Calls, Needs};
use crate::ir::dependences::Event;
use crate::ir::plan::{Plan, Step};
use crate::ir::tree::Statement;

/// How many *false waits* there are: how often a start comes after a wait for a call that it
/// does not need.
pub(super) fn false_waits(plan: &Plan, statements: &[Statement], needs: &Needs<'_>) -> usize {
    let mut awaited = Calls::none(statements);
    let mut waits = 0;
    for step in &plan.steps {
        match *step {
            Step::Join(at) | Step::JoinOutOfOrder(at, _) => awaited.add(at),
            Step::Start(at, number) if statements[at].awaited()[number].pure && awaited.any() => {
                waits += awaited.without(needs.of(Event::Start(at, number)));
            }
            _ => {}
        }
    }
    waits
}

/// How many futures there are beside those that are awaited where they start.
pub(super) fn futures(plan: &Plan, statements: &[Statement]) -> usize {
    let steps = plan.by_futures();
    let (mut running, mut futures) = (0_usize, 0);
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Start(call, _) => {
                let ends = matches!(steps.get(at + 1), Some(Step::Join(ended) | Step::JoinOutOfOrder(ended, _)) if ended == call);
                let alone = running == 0 || statements[*call].is_derivation();
                futures += usize::from(!(ends && alone));
                running += 1;
            }
            Step::Join(at) | Step::JoinOutOfOrder(at, _) => {
                running -= statements[*at].awaited().len();
            }
            Step::Declare(_) | Step::Bind(_) | Step::Run(_) => {}
        }
    }
    futures
}
