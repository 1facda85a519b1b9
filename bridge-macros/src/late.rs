//! What a plan loses, whatever the durations turn out to be.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::dependences::{self, Dependences, Event};
use crate::lower::Statement;
use crate::plan::{Plan, Step};

/// What the starts of a scope need, found out once a plan asks.
pub(crate) struct Late<'a> {
    statements: &'a [Statement],
    dependences: &'a Dependences,
    needed: OnceCell<BTreeMap<Event, Calls>>,
}

impl<'a> Late<'a> {
    pub(crate) fn new(statements: &'a [Statement], dependences: &'a Dependences) -> Self {
        Late { statements, dependences, needed: OnceCell::new() }
    }

    /// How often a start comes after a wait for a call that it does not need.
    pub(crate) fn waits(&self, plan: &Plan) -> usize {
        let Late { statements, dependences, needed } = self;
        let mut awaited = Calls::none(statements);
        let mut late = 0;
        for step in &plan.steps {
            match *step {
                Step::Join(at) | Step::JoinAhead(at, _) => awaited.add(at),
                Step::Start(at, unit) if statements[at].units()[unit].quiet && awaited.any() => {
                    let needed = needed.get_or_init(|| needs(statements, dependences));
                    late += awaited.without(&needed[&Event::Start(at, unit)]);
                }
                _ => {}
            }
        }
        late
    }
}

/// The calls that have to end before each event. All that an event comes after is above it.
fn needs(statements: &[Statement], dependences: &Dependences) -> BTreeMap<Event, Calls> {
    let mut needs: BTreeMap<Event, Calls> = BTreeMap::new();
    for (at, statement) in statements.iter().enumerate() {
        let starts = dependences::starts(at, statement).map(|(start, _)| start);
        for event in starts.chain([Event::Finish(at)]) {
            let mut needed = Calls::none(statements);
            for (before, _) in dependences.before(event) {
                match before {
                    // It gives its value when it is done, whatever its join waits for.
                    Event::Finish(call) if statements[call].call().is_some() => {
                        needed.add(call);
                        let starts = dependences::starts(call, &statements[call]);
                        starts.for_each(|(start, _)| needed.add_all(&needs[&start]));
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

    fn any(&self) -> bool {
        self.0.iter().any(|bits| *bits != 0)
    }

    /// How many are not among the others.
    fn without(&self, other: &Calls) -> usize {
        let left = self.0.iter().zip(&other.0).map(|(own, other)| own & !other);
        left.map(|bits| bits.count_ones() as usize).sum()
    }
}
