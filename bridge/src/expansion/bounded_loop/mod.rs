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

use bed::Bed;
use source::Next;
use upcoming::Upcoming;

pub use source::{Asked, Items, Iterated, Source, asked, bounded};
pub use values::{Asks, Iteration};

/// Says of a prefix that it takes the items of this loop.
pub fn prefix<S: Source, T, P>(_: &Items<S>, prefix: P) -> P
where
    P: AsyncFn(S::Item, Iteration<T>) -> S::Exit,
{
    prefix
}

/// The iterations of a loop: they start when the first of them is waited for.
pub fn overlap<S: Source, P, F: Future<Output = S::Exit>, T>(
    items: Items<S>,
    prefix: P,
) -> Iterations<S, P, F, T>
where
    P: FnMut(S::Item, Iteration<T>) -> F,
{
    Iterations::new(items, prefix)
}

/// The iterations of a loop that are in flight.
///
/// Each lies at a place of its own, its index, which is that of its waker too. There are as many as
/// the limit, and nothing moves from one to another.
pub struct Iterations<S: Source, P, F: Future, T> {
    items: Items<S>,
    prefix: P,
    /// The source has come to its end, or has failed.
    exhausted: bool,
    /// What it has failed with, until that has its turn.
    failure: Option<thread::Result<F::Output>>,
    /// By index, as far as they were taken.
    beds: Vec<Bed<F, T>>,
    upcoming: Upcoming,
    /// Which were woken.
    ready: ReadySet,
    /// The one whose suffix runs.
    current: Option<usize>,
}

/// What an iteration comes to when it is its turn.
pub(super) enum Turn<T, Exit> {
    /// The values, `None` after the last, or what its `?` leaves with.
    Next(thread::Result<Result<Option<T>, Exit>>),
    /// Its rest is not to run.
    Skipped,
}

impl<S: Source, P, F: Future<Output = S::Exit>, T> Iterations<S, P, F, T>
where
    P: FnMut(S::Item, Iteration<T>) -> F,
{
    fn new(items: Items<S>, prefix: P) -> Self {
        let origin = Origin::iterations::<F>(items.location);
        Iterations {
            upcoming: Upcoming::new(items.turns, items.limit),
            items,
            prefix,
            exhausted: false,
            failure: None,
            beds: Vec::new(),
            ready: ReadySet::new(origin),
            current: None,
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

    /// Begins one more iteration, if one may begin; tells whether it is to be
    /// [started](Self::start).
    #[inline]
    pub(super) fn begin(&mut self) -> bool {
        if !self.has_place() {
            return false;
        }
        let next = self.items.source.next();
        self.begin_with(next)
    }

    /// Whether the source is to be polled before the next turn.
    pub(super) fn asks(&self) -> bool {
        self.has_place() && self.items.source.is_woken()
    }

    #[inline]
    fn has_place(&self) -> bool {
        let running = self.upcoming.len() + usize::from(self.current.is_some());
        !self.exhausted && running < self.items.limit
    }

    #[inline]
    fn begin_with(&mut self, next: Next<S::Item, F::Output>) -> bool {
        match next {
            Next::Item(item) => {
                let index = self.upcoming.take();
                if index == self.beds.len() {
                    self.beds.push(Bed::default());
                }
                let bed = &mut self.beds[index];
                let prefix = (self.prefix)(item, bed.iteration());
                bed.take(prefix);
                return true;
            }
            Next::Later => {}
            Next::End => self.exhausted = true,
            Next::Failed(failure) => {
                self.exhausted = true;
                self.failure = Some(failure);
            }
        }
        false
    }

    /// Polls the one that has begun last for the first time.
    #[inline]
    pub(super) fn start(&mut self, cx: &Context<'_>) {
        if let Some(index) = self.upcoming.last() {
            self.ready.scanned_in(cx);
            self.ready.take(index);
            self.beds[index].open(self.ready.origin());
            self.poll(index);
        }
    }

    /// Polls the source as long as it gives items and there is place for them, and starts those.
    fn ask(&mut self, cx: &Context<'_>) -> bool {
        let mut polled = false;
        while self.has_place() {
            let Some(next) = self.items.source.poll_next(cx) else { break };
            polled = true;
            if !self.begin_with(next) {
                break;
            }
            self.start(cx);
        }
        polled
    }

    /// The next iteration, if its turn has come.
    #[inline]
    pub(super) fn turn(&mut self) -> Option<Turn<T, F::Output>> {
        // In order it comes after the others. Otherwise it cannot wait for them, as the source is
        // not asked again.
        if self.failure.is_some() && (self.upcoming.len() == 0 || !self.upcoming.are_in_order()) {
            return self.failure.take().map(|failure| Turn::Next(failure.map(Err)));
        }
        if self.upcoming.len() == 0 {
            return self.exhausted.then_some(Turn::Next(Ok(Ok(None))));
        }
        let index = self.upcoming.next()?;
        let bed = &mut self.beds[index];
        if let Some(exit) = bed.exit() {
            return Some(Turn::Next(exit.map(Err)));
        }
        let values = bed.values()?;
        self.upcoming.leave(index);
        self.ready.leave(index);
        self.current = Some(index);
        Some(values.map_or(Turn::Skipped, |values| Turn::Next(Ok(Ok(Some(values))))))
    }

    /// Polls the prefixes that were woken.
    fn advance_prefixes(&mut self, cx: &Context<'_>) -> bool {
        self.ready.scanned_in(cx);
        if PollAll::is_set() {
            self.ready.raise_all();
        }
        let mut polled = false;
        let first = self.upcoming.first();
        // In order: from the index of the first one to the last, then those before.
        for mut indices in [first..usize::MAX, 0..first] {
            while let Some(index) = self.ready.lower_first(indices.clone()) {
                polled |= self.poll(index);
                indices.start = index + 1;
            }
        }
        polled
    }
}

impl<S: Source, P, F: Future, T> Iterations<S, P, F, T> {
    /// Polls the one at this index; tells whether it was polled.
    #[inline]
    fn poll(&mut self, index: usize) -> bool {
        // A waker that was kept may wake one whose suffix runs, or nobody.
        if self.current == Some(index) {
            return false;
        }
        let (Some(bed), Some(waker)) = (self.beds.get_mut(index), self.ready.waker(index)) else {
            return false;
        };
        budget::fill_if_spent();
        let polled = bed.poll(&mut Context::from_waker(waker));
        if polled && !self.upcoming.are_in_order() {
            self.upcoming.was_polled(index, bed);
        }
        polled
    }
}

impl<S: Source, P, F: Future<Output = S::Exit>, T> Sibling for Iterations<S, P, F, T>
where
    P: FnMut(S::Item, Iteration<T>) -> F,
{
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        self.advance_prefixes(cx) | self.ask(cx)
    }

    fn member(&mut self) -> Member<'_> {
        Member::Iterations(self)
    }
}

impl<S: Source, P, F: Future<Output = S::Exit>, T> Ahead for Iterations<S, P, F, T>
where
    P: FnMut(S::Item, Iteration<T>) -> F,
{
    fn settle(&mut self, cx: &Context<'_>) -> bool {
        self.advance_prefixes(cx)
    }

    /// Each prefix in flight has yielded, or has ended with what leaves the loop in its turn.
    fn have_ended(&self) -> bool {
        let ended = |bed: &Bed<F, T>| bed.has_yielded() || bed.has_ended();
        self.upcoming.indices().into_iter().all(|index| ended(&self.beds[index]))
    }
}

/// What is in flight is cancelled in reverse order of start.
impl<S: Source, P, F: Future, T> Drop for Iterations<S, P, F, T> {
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
