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
