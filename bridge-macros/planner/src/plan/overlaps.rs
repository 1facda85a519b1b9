//! Which statements run at the same time.

use std::collections::BTreeSet;

use super::needs::Needs;
use crate::ir::dependences::Event;
use crate::ir::plan::{Schedule, Step};
use crate::ir::tree::Statement;

/// The pairs of statements of which each may run before the other has ended, by their
/// numbers, the smaller first. A call that is chained to another one starts when that ends.
pub(crate) fn of(statements: &[Statement], schedule: &Schedule) -> BTreeSet<(usize, usize)> {
    let needs = Needs::new(statements, &schedule.dependences);
    let mut found = BTreeSet::new();
    let mut running: BTreeSet<usize> = BTreeSet::new();
    let mut pair = |one: usize, other: usize| found.insert((one.min(other), one.max(other)));
    for step in &schedule.plan.steps {
        match *step {
            Step::Start(at, number) => {
                for &other in running.iter().filter(|other| **other != at) {
                    if !needs.includes(Event::Start(at, number), other) {
                        pair(at, other);
                    }
                }
                running.insert(at);
            }
            Step::Run(at) => running.iter().for_each(|other| {
                pair(at, *other);
            }),
            Step::Join(at) | Step::JoinOutOfOrder(at, _) => {
                running.remove(&at);
            }
            Step::Declare(_) | Step::Bind(_) => {}
        }
    }
    found
}
