//! The iterations whose turn has not come: at which index each lies, and which is next.

use std::collections::VecDeque;

use super::bed::Bed;
use super::source::Turns;

pub(super) enum Upcoming {
    InOrder(Ring),
    AsEnded(Ended),
}

/// Turns come in the order of the items: so do indices, and begin again after the last.
pub(super) struct Ring {
    limit: usize,
    /// The index of the first one, whose turn is next.
    first: usize,
    len: usize,
}

/// Turns come as prefixes end.
#[derive(Default)]
pub(super) struct Ended {
    /// The indices of all, in the order in which they began.
    taken: VecDeque<usize>,
    /// Those that no iteration has any more.
    free: Vec<usize>,
    /// How many were taken so far.
    known: usize,
    /// Those that have failed, which come first, and those that have yielded.
    failed: VecDeque<usize>,
    yielded: VecDeque<usize>,
}

impl Ring {
    /// The index of one in the order.
    #[inline]
    fn index(&self, at: usize) -> usize {
        let to_the_end = self.limit - self.first;
        if at < to_the_end { self.first + at } else { at - to_the_end }
    }
}

impl Upcoming {
    pub(super) fn new(turns: Turns, limit: usize) -> Self {
        match turns {
            Turns::InOrder => Upcoming::InOrder(Ring { limit, first: 0, len: 0 }),
            Turns::AsEnded => Upcoming::AsEnded(Ended::default()),
        }
    }

    #[inline]
    pub(super) fn are_in_order(&self) -> bool {
        matches!(self, Upcoming::InOrder(_))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Upcoming::InOrder(ring) => ring.len,
            Upcoming::AsEnded(ended) => ended.taken.len(),
        }
    }

    /// The index of one more.
    #[inline]
    pub(super) fn take(&mut self) -> usize {
        match self {
            Upcoming::InOrder(ring) => {
                ring.len += 1;
                ring.index(ring.len - 1)
            }
            Upcoming::AsEnded(ended) => {
                let index = ended.free.pop().unwrap_or(ended.known);
                ended.known = ended.known.max(index + 1);
                ended.taken.push_back(index);
                index
            }
        }
    }

    /// The index of the one that has begun last.
    #[inline]
    pub(super) fn last(&self) -> Option<usize> {
        match self {
            Upcoming::InOrder(ring) => ring.len.checked_sub(1).map(|last| ring.index(last)),
            Upcoming::AsEnded(ended) => ended.taken.back().copied(),
        }
    }

    /// Where a scan begins.
    pub(super) fn first(&self) -> usize {
        match self {
            Upcoming::InOrder(ring) => ring.first,
            Upcoming::AsEnded(_) => 0,
        }
    }

    /// Its prefix was polled.
    pub(super) fn was_polled<F: Future, T>(&mut self, index: usize, bed: &Bed<F, T>) {
        let Upcoming::AsEnded(ended) = self else { return };
        if bed.has_ended() {
            ended.failed.push_back(index);
        } else if bed.has_yielded() && !ended.yielded.contains(&index) {
            ended.yielded.push_back(index);
        }
    }

    /// The index of the one whose turn is next, if that is known.
    #[inline]
    pub(super) fn next(&self) -> Option<usize> {
        match self {
            Upcoming::InOrder(ring) => Some(ring.first),
            Upcoming::AsEnded(ended) => ended.failed.front().or(ended.yielded.front()).copied(),
        }
    }

    /// It was its turn.
    #[inline]
    pub(super) fn leave(&mut self, index: usize) {
        match self {
            Upcoming::InOrder(ring) => {
                ring.first = ring.index(1);
                ring.len -= 1;
            }
            Upcoming::AsEnded(ended) => {
                ended.yielded.pop_front();
                ended.taken.retain(|taken| *taken != index);
            }
        }
    }

    /// Its suffix has run.
    #[inline]
    pub(super) fn give_back(&mut self, index: usize) {
        if let Upcoming::AsEnded(ended) = self {
            ended.free.push(index);
        }
    }

    /// All of them, in the order in which they began.
    pub(super) fn indices(&self) -> impl DoubleEndedIterator<Item = usize> {
        let at = |at| match self {
            Upcoming::InOrder(ring) => ring.index(at),
            Upcoming::AsEnded(ended) => ended.taken[at],
        };
        (0..self.len()).map(at)
    }
}
