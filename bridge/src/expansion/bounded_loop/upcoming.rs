//! The iterations whose turn has not come: at which index each lies, and which is next.

use std::collections::VecDeque;

use super::bed::Bed;
use super::source::Turns;

/// Turns come in the order of the items: so do indices, and begin again after the last. Or they come
/// as prefixes end.
pub(super) struct Upcoming {
    limit: usize,
    /// How many there are.
    len: usize,
    /// In order, the index of the first one, whose turn is next. Otherwise 0.
    first: usize,
    as_ended: Option<Ended>,
}

/// Turns come as prefixes end.
#[derive(Default)]
struct Ended {
    /// By index, the number of the iteration that has it until its turn, from 1 on, or 0.
    begun: Vec<u64>,
    /// How many have begun so far.
    count: u64,
    /// Indices that no iteration has any more.
    free: Vec<usize>,
    /// Those that have failed, which come first, and those that have yielded.
    failed: VecDeque<usize>,
    yielded: VecDeque<usize>,
}

impl Ended {
    #[inline]
    fn take(&mut self) -> usize {
        self.count += 1;
        let index = self.free.pop().unwrap_or(self.begun.len());
        match self.begun.get_mut(index) {
            Some(free) => *free = self.count,
            None => self.begun.push(self.count),
        }
        index
    }

    #[inline]
    fn next(&self) -> Option<usize> {
        self.failed.front().or(self.yielded.front()).copied()
    }

    #[inline]
    fn leave(&mut self, index: usize) {
        self.yielded.pop_front();
        self.begun[index] = 0;
    }

    fn indices(&self) -> Vec<usize> {
        let begun = self.begun.iter().enumerate().filter(|(_, number)| **number > 0);
        let mut begun: Vec<(u64, usize)> = begun.map(|(index, number)| (*number, index)).collect();
        begun.sort_unstable();
        begun.into_iter().map(|(_, index)| index).collect()
    }
}

impl Upcoming {
    pub(super) fn new(turns: Turns, limit: usize) -> Self {
        let as_ended = (turns == Turns::AsEnded).then(Ended::default);
        Upcoming { limit, len: 0, first: 0, as_ended }
    }

    #[inline]
    pub(super) fn are_in_order(&self) -> bool {
        self.as_ended.is_none()
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The index of one in the order.
    #[inline]
    fn index(&self, at: usize) -> usize {
        let to_the_end = self.limit - self.first;
        if at < to_the_end { self.first + at } else { at - to_the_end }
    }

    /// The index of one more, while the suffix of this one runs.
    #[inline]
    pub(super) fn take(&mut self, current: Option<usize>) -> usize {
        let index = match &mut self.as_ended {
            None => {
                // After a moment with none, from the beginning: a loop that goes on for long under a
                // large limit does not use all indices that there are.
                if self.len == 0 && current.is_none() {
                    self.first = 0;
                }
                self.index(self.len)
            }
            Some(ended) => ended.take(),
        };
        self.len += 1;
        index
    }

    /// Where a scan begins.
    #[inline]
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Its prefix has come to an outcome.
    #[inline]
    pub(super) fn has_settled<F: Future, T>(&mut self, index: usize, bed: &Bed<F, T>) {
        if let Some(ended) = &mut self.as_ended {
            let ended = if bed.has_ended() { &mut ended.failed } else { &mut ended.yielded };
            ended.push_back(index);
        }
    }

    /// The index of the one whose turn is next, if that is known. There is one.
    #[inline]
    pub(super) fn next(&self) -> Option<usize> {
        match &self.as_ended {
            None => Some(self.first),
            Some(ended) => ended.next(),
        }
    }

    /// It was its turn.
    #[inline]
    pub(super) fn leave(&mut self, index: usize) {
        match &mut self.as_ended {
            None => self.first = self.index(1),
            Some(ended) => ended.leave(index),
        }
        self.len -= 1;
    }

    /// Its suffix has run.
    #[inline]
    pub(super) fn give_back(&mut self, index: usize) {
        if let Some(ended) = &mut self.as_ended {
            ended.free.push(index);
        }
    }

    /// All of them, in the order in which they began.
    pub(super) fn indices(&self) -> Vec<usize> {
        match &self.as_ended {
            None => (0..self.len).map(|at| self.index(at)).collect(),
            Some(ended) => ended.indices(),
        }
    }
}

#[cfg(all(test, not(bridge_loom)))]
mod tests {
    use super::{Turns, Upcoming};

    #[test]
    fn indices_begin_again_after_a_moment_with_none() {
        for turns in [Turns::InOrder, Turns::AsEnded] {
            let mut upcoming = Upcoming::new(turns, usize::MAX);
            for _ in 0..3 {
                let first = upcoming.take(None);
                leave(&mut upcoming, first);
                let beside = upcoming.take(Some(first));
                upcoming.give_back(first);
                leave(&mut upcoming, beside);
                upcoming.give_back(beside);
                assert_eq!([first.min(beside), first.max(beside)], [0, 1]);
            }
        }
    }

    fn leave(upcoming: &mut Upcoming, index: usize) {
        if let Some(ended) = &mut upcoming.as_ended {
            ended.yielded.push_back(index);
        }
        assert_eq!(upcoming.next(), Some(index));
        upcoming.leave(index);
    }

    #[test]
    fn indices_begin_again_at_the_limit() {
        let mut upcoming = Upcoming::new(Turns::InOrder, 3);
        let two = [upcoming.take(None), upcoming.take(None)];
        upcoming.leave(0);
        let more = upcoming.take(Some(0));
        upcoming.leave(1);
        assert_eq!((two, more, upcoming.take(Some(1))), ([0, 1], 2, 0));
        assert_eq!(upcoming.indices(), [2, 0]);
    }
}
