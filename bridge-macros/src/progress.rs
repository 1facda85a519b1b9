//! What has happened of a scope's events while it is planned, and what each of the
//! others still waits for.

use std::collections::{BTreeMap, BTreeSet};

use crate::dependences::{self, Dependences, Event};
use crate::lower::Statement;

pub(crate) struct Progress {
    done: BTreeSet<Event>,
    /// What each event waits for, without what is done.
    pending: BTreeMap<Event, BTreeSet<Event>>,
    /// Which events wait for one.
    after: BTreeMap<Event, Vec<Event>>,
    /// The starts that may be ahead and have not been.
    waiting: BTreeSet<Event>,
}

impl Progress {
    pub(crate) fn new(statements: &[Statement], dependences: &Dependences) -> Self {
        let mut progress = Progress {
            done: BTreeSet::new(),
            pending: BTreeMap::new(),
            after: BTreeMap::new(),
            waiting: BTreeSet::new(),
        };
        for (at, statement) in statements.iter().enumerate() {
            for (start, unit) in dependences::starts(at, statement) {
                progress.waits(start, dependences);
                if unit.quiet {
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

    pub(crate) fn happened(&mut self, event: Event) {
        self.done.insert(event);
        self.waiting.remove(&event);
        for after in self.after.remove(&event).unwrap_or_default() {
            if let Some(pending) = self.pending.get_mut(&after) {
                pending.remove(&event);
            }
        }
    }

    pub(crate) fn is_done(&self, event: Event) -> bool {
        self.done.contains(&event)
    }

    /// What an event still waits for, in source order.
    pub(crate) fn pending(&self, event: Event) -> impl Iterator<Item = Event> {
        self.pending.get(&event).into_iter().flatten().copied()
    }

    /// The starts that may be ahead and have not been, in source order.
    pub(crate) fn waiting(&self) -> Vec<Event> {
        self.waiting.iter().copied().collect()
    }
}
