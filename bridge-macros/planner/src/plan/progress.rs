//! What has happened of a scope's events while it is planned, and what each of the
//! others still waits for.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::dependences::{Dependences, Event, starts};
use crate::ir::tree::Statement;

pub(super) struct Progress {
    started: BTreeSet<Event>,
    /// The statements that have not finished.
    unfinished: BTreeSet<usize>,
    /// What each event waits for, without what is done.
    pending: BTreeMap<Event, BTreeSet<Event>>,
    /// Which events wait for one.
    after: BTreeMap<Event, Vec<Event>>,
    /// The starts that may be early and have not been.
    waiting: BTreeSet<Event>,
}

impl Progress {
    pub(super) fn new(statements: &[Statement], dependences: &Dependences) -> Self {
        let mut progress = Progress {
            started: BTreeSet::new(),
            unfinished: (0..statements.len()).collect(),
            pending: BTreeMap::new(),
            after: BTreeMap::new(),
            waiting: BTreeSet::new(),
        };
        for (at, statement) in statements.iter().enumerate() {
            for (start, awaited) in starts(at, statement) {
                progress.waits(start, dependences);
                if awaited.pure {
                    progress.waiting.insert(start);
                }
            }
            progress.waits(Event::Finish(at), dependences);
        }
        progress
    }

    fn waits(&mut self, event: Event, dependences: &Dependences) {
        let before: BTreeSet<Event> = dependences.before(event).map(|(before, _)| before).collect();
        for first in &before {
            self.after.entry(*first).or_default().push(event);
        }
        self.pending.insert(event, before);
    }

    pub(super) fn happened(&mut self, event: Event) {
        match event {
            Event::Start(..) => {
                self.started.insert(event);
                self.waiting.remove(&event);
            }
            Event::Finish(at) => {
                self.unfinished.remove(&at);
            }
        }
        for after in self.after.remove(&event).unwrap_or_default() {
            if let Some(pending) = self.pending.get_mut(&after) {
                pending.remove(&event);
            }
        }
    }

    pub(super) fn is_done(&self, event: Event) -> bool {
        match event {
            Event::Start(..) => self.started.contains(&event),
            Event::Finish(at) => !self.unfinished.contains(&at),
        }
    }

    /// The statements above one that have not finished.
    pub(super) fn unfinished_above(&self, at: usize) -> impl Iterator<Item = usize> {
        self.unfinished.range(..at).copied()
    }

    /// What an event still waits for, in source order.
    pub(super) fn pending(&self, event: Event) -> impl Iterator<Item = Event> {
        self.pending.get(&event).into_iter().flatten().copied()
    }

    /// The starts that may be early and have not been, in source order.
    pub(super) fn waiting(&self) -> Vec<Event> {
        self.waiting.iter().copied().collect()
    }
}
