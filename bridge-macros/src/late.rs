//! What a plan loses, whatever the durations turn out to be.

use std::collections::BTreeSet;

use crate::dependences::{self, Dependences, Event};
use crate::lower::Statement;
use crate::plan::{Plan, Step};

/// How often a start comes after a wait for a call that it does not need.
pub(crate) fn waits(plan: &Plan, statements: &[Statement], dependences: &Dependences) -> usize {
    let mut awaited = BTreeSet::new();
    let mut late = 0;
    for step in &plan.steps {
        match *step {
            Step::Join(at) | Step::JoinAhead(at, _) => drop(awaited.insert(at)),
            Step::Start(at, unit) if statements[at].units()[unit].quiet && !awaited.is_empty() => {
                let needed = needed(Event::Start(at, unit), statements, dependences);
                late += awaited.difference(&needed).count();
            }
            _ => {}
        }
    }
    late
}

/// The calls that have to end before a start.
fn needed(start: Event, statements: &[Statement], dependences: &Dependences) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    let mut seen = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(event) = open.pop() {
        for (before, _) in dependences.before(event) {
            match before {
                before if !seen.insert(before) => {}
                // It gives its value when it is done, whatever its join waits for.
                Event::Finish(at) if statements[at].call().is_some() => {
                    needed.insert(at);
                    open.extend(dependences::starts(at, &statements[at]).map(|(start, _)| start));
                }
                before => open.push(before),
            }
        }
    }
    needed
}
