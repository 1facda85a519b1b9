//! Loops with a limit: of so many iterations the prefix overlaps, and the suffix runs
//! iteration by iteration, in order, or as their prefixes end.
//!
//! The prefix of an iteration is one future. It yields what the suffix uses, and stays as it
//! is until that has run, so that whatever else it holds is dropped at the end of the
//! iteration, as written.

mod bed;
mod source;
mod upcoming;
mod values;

use std::panic::Location;
use std::task::Context;
use std::thread;

use super::ready_set::ReadySet;
use super::siblings::{Ahead, Member, Sibling};
use crate::budget;
use crate::in_flight::Origin;
use crate::readiness::PollAll;
use crate::trace;

use bed::{Bed, Outcome, Polled};
use source::Next;
use upcoming::Upcoming;
use values::Place;

pub use source::{Asked, Items, Iterated, Source, asked, bounded};
pub use values::{Anywhere, Asks, Here, Iteration};

/// The iterations of a loop that are in flight.
///
/// Each lies at a place of its own, its index, which is that of its waker too. There are as many as
/// the limit, and nothing moves from one to another.
pub struct Iterations<S: Source, P, F: Future, Y: Place> {
    items: Items<S>,
    prefix: P,
    /// The source has come to its end, or has failed.
    exhausted: bool,
    /// What it has failed with, until that has its turn.
    failure: Option<thread::Result<F::Output>>,
    /// Where the one that is polled lays what it yields.
    place: Y,
    /// By index, as far as they were taken.
    beds: Vec<Bed<F, Y::Value>>,
    upcoming: Upcoming,
    /// Which were woken.
    ready: ReadySet,
    /// The one whose suffix runs.
    current: Option<usize>,
    /// How many turns were taken since the last scan.
    hasty: u32,
}

/// What an iteration comes to when it is its turn.
pub(super) enum Turn<T, Exit> {
    /// The values, `None` after the last, or what its `?` leaves with.
    Next(thread::Result<Result<Option<T>, Exit>>),
    /// Its rest is not to run.
    Skipped,
}

impl<S: Source, P, F: Future<Output = S::Exit>, Y: Place> Iterations<S, P, F, Y>
where
    P: FnMut(S::Item, Iteration<Y>) -> F,
{
    /// They start when the first of them is waited for.
    pub(super) fn new(items: Items<S>, prefix: P) -> Self {
        let origin = Origin::iterations::<F>(items.location);
        Iterations {
            upcoming: Upcoming::new(items.turns, items.limit),
            items,
            prefix,
            exhausted: false,
            failure: None,
            place: Y::default(),
            beds: Vec::new(),
            ready: ReadySet::new(origin),
            current: None,
            hasty: 0,
        }
    }

    /// The span that the iteration has had whose suffix runs.
    pub(super) fn span(&self) -> trace::Id {
        self.current.map(|index| self.beds[index].span()).unwrap_or_default()
    }

    /// Where the loop is.
    pub(super) fn location(&self) -> &'static Location<'static> {
        self.items.location
    }

    /// The foreground that waits for the next one.
    pub(super) fn foreground(&self) -> Origin {
        Origin::foreground_at::<F>(self.items.location)
    }

    /// The suffix of the current iteration has run: drops what its prefix still holds.
    #[inline]
    pub(super) fn end_current(&mut self) {
        if let Some(index) = self.current.take() {
            self.beds[index].leave();
            self.upcoming.give_back(index);
        }
    }

    /// Begins one more iteration, if one may begin; gives its index, at which it is to be
    /// [started](Self::start).
    #[inline]
    pub(super) fn begin(&mut self) -> Option<usize> {
        if !self.has_place() {
            return None;
        }
        let next = self.items.source.next();
        self.begin_with(next)
    }

    /// Whether the source is to be polled before the next turn.
    pub(super) fn asks(&self) -> bool {
        self.has_place() && self.items.source.is_woken()
    }

    /// Whether one more may begin.
    #[inline]
    pub(super) fn has_place(&self) -> bool {
        let running = self.upcoming.len() + usize::from(self.current.is_some());
        !self.exhausted && running < self.items.limit
    }

    #[inline]
    fn begin_with(&mut self, next: Next<S::Item, F::Output>) -> Option<usize> {
        match next {
            Next::Item(item) => {
                let index = self.upcoming.take(self.current);
                if index == self.beds.len() {
                    self.beds.push(Bed::default());
                }
                let prefix = (self.prefix)(item, Iteration::of(&self.place));
                self.beds[index].take(prefix);
                return Some(index);
            }
            Next::Later => {}
            Next::End => self.exhausted = true,
            Next::Failed(failure) => {
                self.exhausted = true;
                self.failure = Some(failure);
            }
        }
        None
    }

    /// Polls the one at this index for the first time.
    #[inline]
    pub(super) fn start(&mut self, index: usize, cx: &Context<'_>) {
        let Iterations { ready, beds, place, upcoming, .. } = self;
        ready.scanned_in(cx);
        let origin = ready.origin();
        if let (Some(waker), Some(bed)) = (ready.take(index), beds.get_mut(index)) {
            bed.open(origin);
            if bed.poll(place, &mut Context::from_waker(waker)) == Polled::Settled {
                upcoming.has_settled(index, bed);
            }
        }
    }

    /// Polls the source as long as it gives items and there is place for them, and starts those.
    fn ask(&mut self, cx: &Context<'_>) -> bool {
        let mut polled = false;
        while self.has_place() {
            let Some(next) = self.items.source.poll_next(cx) else { break };
            polled = true;
            let Some(index) = self.begin_with(next) else { break };
            budget::fill_if_spent();
            self.start(index, cx);
        }
        polled
    }

    /// Whether the turn of what the source has failed with has come. In order it comes after the
    /// iterations. Otherwise it cannot wait for them, as the source is not asked again.
    #[inline]
    fn fails(&self) -> bool {
        self.failure.is_some() && (self.upcoming.len() == 0 || !self.upcoming.are_in_order())
    }

    /// Whether the turn of the next iteration has come, or the end.
    #[inline]
    pub(super) fn has_turn(&self) -> bool {
        if self.fails() {
            return true;
        }
        if self.upcoming.len() == 0 {
            return self.exhausted;
        }
        self.upcoming.next().is_some_and(|index| self.beds[index].is_settled())
    }

    /// Whether the turn of the next one has come, without a scan before. Only so often: what else was
    /// woken goes on beside a loop that is always ready. And otherwise than in order only if nothing
    /// in flight was woken: it may have its turn first, and a failure comes ahead of all others.
    #[inline]
    pub(super) fn has_turn_in_haste(&mut self) -> bool {
        const OFTEN: u32 = 16;
        let may_be = self.hasty < OFTEN
            && !self.asks()
            && self.has_turn()
            && (self.upcoming.are_in_order() || !self.ready.is_woken());
        if may_be {
            self.hasty += 1;
        }
        may_be
    }

    /// The next iteration, if its turn has come.
    #[inline]
    pub(super) fn turn(&mut self) -> Option<Turn<Y::Value, F::Output>> {
        if self.fails() {
            return self.failure.take().map(|failure| Turn::Next(failure.map(Err)));
        }
        if self.upcoming.len() == 0 {
            return self.exhausted.then_some(Turn::Next(Ok(Ok(None))));
        }
        let index = self.upcoming.next()?;
        let values = match self.beds[index].outcome() {
            Outcome::Open => return None,
            Outcome::Ended(exit) => return Some(Turn::Next(exit.map(Err))),
            Outcome::Yielded(values) => values,
        };
        self.upcoming.leave(index);
        self.ready.leave(index);
        self.current = Some(index);
        Some(values.map_or(Turn::Skipped, |values| Turn::Next(Ok(Ok(Some(values))))))
    }
}

impl<S: Source, P, F: Future, Y: Place> Iterations<S, P, F, Y> {
    /// Polls the prefixes that were woken.
    fn advance_prefixes(&mut self, cx: &Context<'_>) -> bool {
        let Iterations { ready, beds, place, upcoming, current, hasty, .. } = self;
        *hasty = 0;
        ready.scanned_in(cx);
        if PollAll::is_set() {
            ready.raise_all();
        }
        let mut polled = false;
        // In order: from the index of the first one to the last, then those before.
        ready.lower_each(upcoming.first(), |index, waker| {
            // A waker that was kept may wake one whose suffix runs, or nobody.
            if *current == Some(index) {
                return;
            }
            let Some(bed) = beds.get_mut(index) else { return };
            budget::fill_if_spent();
            let outcome = bed.poll(place, &mut Context::from_waker(waker));
            polled |= outcome != Polled::Nothing;
            if outcome == Polled::Settled {
                upcoming.has_settled(index, bed);
            }
        });
        polled
    }
}

impl<S: Source, P, F: Future<Output = S::Exit>, Y: Place> Sibling for Iterations<S, P, F, Y>
where
    P: FnMut(S::Item, Iteration<Y>) -> F,
{
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        self.advance_prefixes(cx) | self.ask(cx)
    }

    fn member(&mut self) -> Member<'_> {
        Member::Iterations(self)
    }
}

impl<S: Source, P, F: Future, Y: Place> Ahead for Iterations<S, P, F, Y> {
    fn settle(&mut self, cx: &Context<'_>) -> bool {
        self.advance_prefixes(cx)
    }

    /// Each prefix in flight has yielded, or has ended with what leaves the loop in its turn.
    fn have_ended(&self) -> bool {
        self.upcoming.indices().into_iter().all(|index| self.beds[index].is_settled())
    }
}

/// What is in flight is cancelled in reverse order of start.
impl<S: Source, P, F: Future, Y: Place> Drop for Iterations<S, P, F, Y> {
    fn drop(&mut self) {
        self.items.source.cancel();
        drop(self.failure.take());
        for index in self.upcoming.indices().into_iter().rev() {
            self.beds[index].cancel();
        }
        if let Some(index) = self.current {
            self.beds[index].cancel();
        }
    }
}
