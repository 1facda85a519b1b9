//! What has happened of a scope's events while it is planned, and what each of the
//! others still waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::ir::dependences::{Dependences, Event, starts};
use crate::ir::tree::Statement;

pub(super) struct Progress {
    started: BTreeSet<Event>,
    /// How many starts of each call have not happened.
    unstarted: Vec<Option<usize>>,
    /// The statements that have not finished.
    unfinished: BTreeSet<usize>,
    /// What each event waits for, without what is done.
    pending: BTreeMap<Event, BTreeSet<Event>>,
    /// Which events wait for one.
    after: BTreeMap<Event, Vec<Event>>,
    /// The starts that may be early and have not been, each with how many events it waits for that
    /// are no ends of calls that run.
    waiting: BTreeMap<Event, usize>,
    /// Those that wait for no other events.
    unblocked: BTreeSet<Event>,
}

impl Progress {
    pub(super) fn new(statements: &[Statement], dependences: &Dependences) -> Self {
        let mut progress = Progress {
            started: BTreeSet::new(),
            unstarted: statements.iter().map(unstarted).collect(),
            unfinished: (0..statements.len()).collect(),
            pending: BTreeMap::new(),
            after: BTreeMap::new(),
            waiting: BTreeMap::new(),
            unblocked: BTreeSet::new(),
        };
        for (at, statement) in statements.iter().enumerate() {
            for (start, _) in starts(at, statement) {
                progress.waits(start, dependences);
                let blocks = |before: &Event| !progress.runs(*before);
                let by = progress.pending(start).filter(blocks).count();
                progress.block(start, by);
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
        let has_run = self.runs(event);
        for after in self.after.remove(&event).unwrap_or_default() {
            if let Some(pending) = self.pending.get_mut(&after) {
                pending.remove(&event);
            }
            if !has_run {
                self.unblock(after);
            }
        }
        match event {
            Event::Start(at, _) => {
                self.started.insert(event);
                self.waiting.remove(&event);
                self.unblocked.remove(&event);
                self.unstarted[at] = self.unstarted[at].map(|left| left - 1);
                let finish = Event::Finish(at);
                if self.runs(finish) {
                    let after = self.after.get(&finish).cloned().unwrap_or_default();
                    after.into_iter().for_each(|after| self.unblock(after));
                }
            }
            Event::Finish(at) => {
                self.unfinished.remove(&at);
            }
        }
    }

    /// Whether it is the end of a call, all of which has started.
    pub(super) fn runs(&self, event: Event) -> bool {
        matches!(event, Event::Finish(at) if self.unstarted[at] == Some(0))
    }

    /// A start waits for so many events that are no ends of calls that run.
    fn block(&mut self, start: Event, by: usize) {
        self.waiting.insert(start, by);
        if by == 0 {
            self.unblocked.insert(start);
        }
    }

    fn unblock(&mut self, event: Event) {
        if let Some(by) = self.waiting.get(&event) {
            self.block(event, by - 1);
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
        self.waiting.keys().copied().collect()
    }

    /// Those that wait for nothing but ends of calls that run, or for nothing.
    pub(super) fn unblocked(&self) -> Vec<Event> {
        self.unblocked.iter().copied().collect()
    }

    /// The next of those, in source order.
    pub(super) fn next_unblocked(&self, last: Option<Event>) -> Option<Event> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.unblocked.range((from, Bound::Unbounded)).next().copied()
    }
}

fn unstarted(statement: &Statement) -> Option<usize> {
    statement.call().map(|_| statement.awaited().len())
}
