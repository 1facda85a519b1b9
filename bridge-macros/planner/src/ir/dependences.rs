//! What has to wait for what in one scope, and why.

use std::collections::BTreeMap;

use crate::ir::tree::{Awaited, Statement};

/// Something that happens at one place of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// One await of a call starts: by statement and await.
    Start(usize, usize),
    /// A call is joined; any other statement runs.
    Finish(usize),
}

impl Event {
    /// The statement that it is of.
    pub(crate) fn statement(self) -> usize {
        match self {
            Event::Start(at, _) | Event::Finish(at) => at,
        }
    }
}

/// The starts of a statement, with what they start.
pub(crate) fn starts(at: usize, statement: &Statement) -> impl Iterator<Item = (Event, &Awaited)> {
    let awaited = statement.awaited().iter().enumerate();
    awaited.map(move |(number, awaited)| (Event::Start(at, number), awaited))
}

/// Why one event comes after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A join comes after its start.
    Started,
    /// It uses a name that the other binds.
    Value,
    /// Both use a place, and one of them changes or moves it.
    Place,
    /// A name is bound anew after its last use.
    Shadow,
    /// One of them is an effect or a log line.
    Effect,
    /// Both are synchronous code that can be seen.
    Order,
    /// It asks what the other has asked, or takes from where the other takes.
    Again,
    /// A `?` is checked after all that is above it.
    Gate,
    /// The variables are dropped as in serial code.
    Drop,
}

/// The edges of a scope: each event with those before it. All lead from what is earlier in
/// source order to what is later, so that there is always a schedule: the source order.
#[derive(Default)]
pub(crate) struct Dependences(BTreeMap<Event, BTreeMap<Event, Vec<Reason>>>);

impl Dependences {
    /// What has to have happened before `event`, in source order.
    pub(crate) fn before(&self, event: Event) -> impl Iterator<Item = (Event, &[Reason])> {
        let edges = self.0.get(&event).into_iter().flatten();
        edges.map(|(before, reasons)| (*before, reasons.as_slice()))
    }

    /// Why the one comes before the other.
    pub(crate) fn reasons(&self, first: Event, then: Event) -> &[Reason] {
        self.0.get(&then).and_then(|before| before.get(&first)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn add(&mut self, first: Event, then: Event, reason: Reason) {
        let reasons = self.0.entry(then).or_default().entry(first).or_default();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
}
