//! Which calls have to end before what, in any plan, and whose values calls need.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::ir::access::{Access, VarId};
use crate::ir::dependences::{Dependences, Event, starts};
use crate::ir::tree::Statement;

/// The calls that have to end before each event of a scope, found out once they are asked
/// for.
pub(super) struct Needs<'a> {
    statements: &'a [Statement],
    dependences: &'a Dependences,
    needed: OnceCell<BTreeMap<Event, Calls>>,
}

impl<'a> Needs<'a> {
    pub(super) fn new(statements: &'a [Statement], dependences: &'a Dependences) -> Self {
        Needs { statements, dependences, needed: OnceCell::new() }
    }

    /// Whether a call has to end before an event, however indirectly.
    pub(super) fn includes(&self, event: Event, call: usize) -> bool {
        self.of(event).contains(call)
    }

    pub(super) fn of(&self, event: Event) -> &Calls {
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

/// Which statements bind what a call below uses when it starts, or what another such `let`
/// does.
pub(super) fn needed_by_calls(statements: &[Statement]) -> Vec<bool> {
    let mut needed = vec![false; statements.len()];
    let mut vars: BTreeSet<VarId> = BTreeSet::new();
    for (at, statement) in statements.iter().enumerate().rev() {
        needed[at] = statement.binds.iter().any(|var| vars.contains(var));
        let roots =
            |uses: &[Access]| -> Vec<VarId> { uses.iter().map(|used| used.place.root).collect() };
        for awaited in statement.awaited() {
            vars.extend(roots(&awaited.uses));
        }
        // By way of an effect nothing is needed sooner than that runs.
        if needed[at] && statement.plain().is_some() {
            vars.extend(roots(&statement.uses));
        }
    }
    needed
}

/// A set of calls, a bit each.
pub(super) struct Calls(Vec<u64>);

impl Calls {
    pub(super) fn none(of: &[Statement]) -> Self {
        Calls(vec![0; of.len().div_ceil(64)])
    }

    pub(super) fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn add_all(&mut self, other: &Calls) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    fn contains(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    pub(super) fn any(&self) -> bool {
        self.0.iter().any(|bits| *bits != 0)
    }

    /// How many are not among the others.
    pub(super) fn without(&self, other: &Calls) -> usize {
        let left = self.0.iter().zip(&other.0).map(|(own, other)| own & !other);
        left.map(|bits| bits.count_ones() as usize).sum()
    }
}
