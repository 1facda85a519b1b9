//! What a plan loses, whatever the durations turn out to be: *false waits*, a start after a
//! wait for a call that it does not need.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::ir::dependences::{Dependences, Event, starts};
use crate::ir::plan::{Plan, Step};
use crate::ir::tree::Statement;

/// The calls that have to end before each event of a scope, found out once they are asked
/// for.
pub(crate) struct Needs<'a> {
    statements: &'a [Statement],
    dependences: &'a Dependences,
    needed: OnceCell<BTreeMap<Event, Calls>>,
}

impl<'a> Needs<'a> {
    pub(crate) fn new(statements: &'a [Statement], dependences: &'a Dependences) -> Self {
        Needs { statements, dependences, needed: OnceCell::new() }
    }

    /// Whether a call has to end before an event, however indirectly.
    pub(crate) fn includes(&self, event: Event, call: usize) -> bool {
        self.of(event).contains(call)
    }

    /// How often a start comes after a wait for a call that it does not need.
    pub(super) fn false_waits(&self, plan: &Plan) -> usize {
        let mut awaited = Calls::none(self.statements);
        let mut waits = 0;
        for step in &plan.steps {
            match *step {
                Step::Join(at) | Step::JoinOutOfOrder(at, _) => awaited.add(at),
                Step::Start(at, number)
                    if self.statements[at].awaited()[number].pure && awaited.any() =>
                {
                    waits += awaited.without(self.of(Event::Start(at, number)));
                }
                _ => {}
            }
        }
        waits
    }

    fn of(&self, event: Event) -> &Calls {
        &self.needed.get_or_init(|| needs(self.statements, self.dependences))[&event]
    }
}

/// All that an event comes after is above it, so that it is known when the event is looked at.
fn needs(statements: &[Statement], dependences: &Dependences) -> BTreeMap<Event, Calls> {
    let mut needs: BTreeMap<Event, Calls> = BTreeMap::new();
    for (at, statement) in statements.iter().enumerate() {
        let starts_of = |at: usize| starts(at, &statements[at]).map(|(start, _)| start);
        let events = starts(at, statement).map(|(start, _)| start).chain([Event::Finish(at)]);
        for event in events {
            let mut needed = Calls::none(statements);
            for (before, _) in dependences.before(event) {
                match before {
                    // It gives its value when it is done, whatever its join waits for.
                    Event::Finish(call) if statements[call].call().is_some() => {
                        needed.add(call);
                        starts_of(call).for_each(|start| needed.add_all(&needs[&start]));
                    }
                    before => needed.add_all(&needs[&before]),
                }
            }
            needs.insert(event, needed);
        }
    }
    needs
}

/// A set of calls, a bit each.
struct Calls(Vec<u64>);

impl Calls {
    fn none(of: &[Statement]) -> Self {
        Calls(vec![0; of.len().div_ceil(64)])
    }

    fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn add_all(&mut self, other: &Calls) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    fn contains(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    fn any(&self) -> bool {
        self.0.iter().any(|bits| *bits != 0)
    }

    /// How many are not among the others.
    fn without(&self, other: &Calls) -> usize {
        let left = self.0.iter().zip(&other.0).map(|(own, other)| own & !other);
        left.map(|bits| bits.count_ones() as usize).sum()
    }
}
