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
    /// By index.
    seats: Vec<Seat>,
    /// Those that no iteration has any more.
    free: Vec<usize>,
    /// How many have begun so far, and the index of the last one.
    begun: u64,
    last: usize,
    /// How many have not had their turn.
    len: usize,
    /// Those that have failed, which come first, and those that have yielded.
    failed: VecDeque<usize>,
    yielded: VecDeque<usize>,
}

#[derive(Clone, Copy, Default)]
struct Seat {
    /// The number of the iteration that has it, until its turn.
    begun: Option<u64>,
    /// It is among those whose turn has come.
    ended: bool,
}

impl Ended {
    fn take(&mut self) -> usize {
        let index = self.free.pop().unwrap_or(self.seats.len());
        let seat = Seat { begun: Some(self.begun), ended: false };
        match self.seats.get_mut(index) {
            Some(free) => *free = seat,
            None => self.seats.push(seat),
        }
        self.begun += 1;
        self.last = index;
        self.len += 1;
        index
    }

    fn was_polled<F: Future, T>(&mut self, index: usize, bed: &Bed<F, T>) {
        let Some(seat) = self.seats.get_mut(index).filter(|seat| !seat.ended) else { return };
        let ended = match (bed.has_ended(), bed.has_yielded()) {
            (true, _) => &mut self.failed,
            (_, true) => &mut self.yielded,
            _ => return,
        };
        seat.ended = true;
        ended.push_back(index);
    }

    fn leave(&mut self, index: usize) {
        self.yielded.pop_front();
        self.seats[index].begun = None;
        self.len -= 1;
    }

    fn indices(&self) -> Vec<usize> {
        let seats = self.seats.iter().enumerate();
        let mut begun: Vec<(u64, usize)> =
            seats.filter_map(|(index, seat)| Some((seat.begun?, index))).collect();
        begun.sort_unstable();
        begun.into_iter().map(|(_, index)| index).collect()
    }
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
            Upcoming::AsEnded(ended) => ended.len,
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
            Upcoming::AsEnded(ended) => ended.take(),
        }
    }

    /// The index of the one that has begun last.
    #[inline]
    pub(super) fn last(&self) -> Option<usize> {
        match self {
            Upcoming::InOrder(ring) => ring.len.checked_sub(1).map(|last| ring.index(last)),
            Upcoming::AsEnded(ended) => (ended.len > 0).then_some(ended.last),
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
        if let Upcoming::AsEnded(ended) = self {
            ended.was_polled(index, bed);
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
            Upcoming::AsEnded(ended) => ended.leave(index),
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
    pub(super) fn indices(&self) -> Vec<usize> {
        match self {
            Upcoming::InOrder(ring) => (0..ring.len).map(|at| ring.index(at)).collect(),
            Upcoming::AsEnded(ended) => ended.indices(),
        }
    }
}
