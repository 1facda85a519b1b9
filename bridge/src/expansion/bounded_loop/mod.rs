//! Loops with a limit: of so many iterations the prefix overlaps, and the suffix runs
//! iteration by iteration, in order, or as their prefixes end.
//!
//! The prefix of an iteration is one future. It yields what the suffix uses, and stays as it
//! is until that has run, so that whatever else it holds is dropped at the end of the
//! iteration, as written.

mod source;
mod values;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Context;
use std::thread;

use super::call::Started;
use super::ready_set::ReadySet;
use super::siblings::Sibling;
use crate::budget;
use crate::in_flight::Origin;
use crate::readiness::PollAll;

use source::{Next, Turns};
use values::Values;

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
pub struct Iterations<S: Source, P, F: Future, T> {
    items: Items<S>,
    prefix: P,
    /// The source has come to its end, or has failed.
    exhausted: bool,
    /// In order; the first one's turn is next, if they come in order.
    upcoming: VecDeque<Upcoming<F, T>>,
    /// Of turns that come as prefixes end.
    ended: Ended,
    /// Which were woken. There are as many indices as the limit, and they are taken in turn.
    ready: ReadySet,
    /// The index of the first one.
    first: usize,
    /// The one whose suffix runs.
    current: Option<Running<F, T>>,
    /// Of the last iteration, for the next one.
    spare: Option<Arc<Values<T>>>,
}

/// Which of the upcoming iterations have ended, where their turns come in that order.
#[derive(Default)]
struct Ended {
    /// The index of each that is upcoming.
    taken: VecDeque<usize>,
    /// Those that no iteration has any more.
    free: Vec<usize>,
    /// The indices of those that have failed, which come first, and of those that have yielded.
    failed: VecDeque<usize>,
    yielded: VecDeque<usize>,
}

impl Ended {
    /// An index for one more.
    fn take(&mut self) {
        let index = self.free.pop().unwrap_or(self.taken.len());
        self.taken.push_back(index);
    }

    fn order_of(&self, index: usize) -> usize {
        self.taken.iter().position(|taken| *taken == index).unwrap_or_default()
    }

    /// The next one whose turn it is: where it is in the order, and its index.
    fn next(&mut self) -> Option<(usize, usize)> {
        let index = self.failed.pop_front().or_else(|| self.yielded.pop_front())?;
        let at = self.order_of(index);
        self.taken.remove(at);
        self.free.push(index);
        Some((at, index))
    }
}

/// An iteration whose turn has not come.
enum Upcoming<F: Future, T> {
    Running(Running<F, T>),
    /// The source has failed in its place.
    Failed(thread::Result<F::Output>),
}

struct Running<F: Future, T> {
    prefix: Started<F, ()>,
    values: Arc<Values<T>>,
}

/// What an iteration comes to when it is its turn.
pub(super) enum Turn<T, Exit> {
    /// The values, `None` after the last, or what its `?` leaves with.
    Next(thread::Result<Result<Option<T>, Exit>>),
    /// Its rest is not to run.
    Skipped,
}

impl<T, Exit> Turn<T, Exit> {
    /// That of an iteration whose prefix has said what its rest begins with, if it is to run.
    fn of(values: Option<T>) -> Self {
        values.map_or(Turn::Skipped, |values| Turn::Next(Ok(Ok(Some(values)))))
    }
}

impl<S: Source, P, F: Future<Output = S::Exit>, T> Iterations<S, P, F, T>
where
    P: FnMut(S::Item, Iteration<T>) -> F,
{
    fn new(items: Items<S>, prefix: P) -> Self {
        let origin = Origin::iterations::<F>(items.location);
        Iterations {
            items,
            prefix,
            exhausted: false,
            upcoming: VecDeque::new(),
            ended: Ended::default(),
            ready: ReadySet::new(origin),
            first: 0,
            current: None,
            spare: None,
        }
    }

    /// The foreground that waits for the next one.
    pub(super) fn foreground(&self) -> Origin {
        Origin::foreground_at::<F>(self.items.location)
    }

    /// The suffix of the current iteration has run: drops what its prefix still holds.
    pub(super) fn end_current(&mut self) {
        if let Some(Running { prefix, values }) = self.current.take() {
            drop(prefix);
            self.spare = Some(values).filter(|values| Arc::strong_count(values) == 1);
        }
    }

    /// Begins one more iteration, if one may begin; tells whether it is to be
    /// [started](Self::start).
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

    fn has_place(&self) -> bool {
        let running = self.upcoming.len() + usize::from(self.current.is_some());
        !self.exhausted && running < self.items.limit
    }

    fn begin_with(&mut self, next: Next<S::Item, F::Output>) -> bool {
        match next {
            Next::Item(item) => {
                let values = self.spare.take().unwrap_or_default();
                let prefix = (self.prefix)(item, Iteration::of(&values));
                let prefix = Started::new(prefix, ());
                self.upcoming.push_back(Upcoming::Running(Running { prefix, values }));
                return true;
            }
            Next::Later => {}
            Next::End => self.exhausted = true,
            Next::Failed(failure) => {
                self.exhausted = true;
                self.upcoming.push_back(Upcoming::Failed(failure));
            }
        }
        false
    }

    /// Polls the one that has begun last for the first time.
    pub(super) fn start(&mut self, cx: &Context<'_>) {
        let at = self.upcoming.len() - 1;
        if self.items.turns == Turns::AsEnded {
            self.ended.take();
        }
        let index = self.index_of(at);
        self.ready.scanned_in(cx);
        self.ready.take(index);
        self.poll(at, index);
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
    pub(super) fn turn(&mut self) -> Option<Turn<T, F::Output>> {
        match self.items.turns {
            Turns::InOrder => self.turn_in_order(),
            Turns::AsEnded => self.turn_as_ended(),
        }
    }

    fn turn_as_ended(&mut self) -> Option<Turn<T, F::Output>> {
        // The source is not asked again, and what it has come to cannot wait for the others.
        if let Some(Upcoming::Failed(_)) = self.upcoming.back() {
            let Some(Upcoming::Failed(failure)) = self.upcoming.pop_back() else { return None };
            return Some(Turn::Next(failure.map(Err)));
        }
        if self.upcoming.is_empty() {
            return self.end();
        }
        let (at, index) = self.ended.next()?;
        let Some(Upcoming::Running(mut ended)) = self.upcoming.remove(at) else { return None };
        self.ready.leave(index);
        if let Some(exit) = ended.prefix.take() {
            return Some(Turn::Next(exit.map(Err)));
        }
        let values = ended.values.take()?;
        self.current = Some(ended);
        Some(Turn::of(values))
    }

    fn turn_in_order(&mut self) -> Option<Turn<T, F::Output>> {
        let Some(Upcoming::Running(first)) = self.upcoming.front_mut() else {
            return match self.upcoming.pop_front() {
                Some(Upcoming::Failed(failure)) => Some(Turn::Next(failure.map(Err))),
                _ => self.end(),
            };
        };
        if let Some(exit) = first.prefix.take() {
            return Some(Turn::Next(exit.map(Err)));
        }
        let values = first.values.take()?;
        if let Some(Upcoming::Running(first)) = self.upcoming.pop_front() {
            self.current = Some(first);
            self.ready.leave(self.first);
            self.first = (self.first + 1) % self.items.limit;
        }
        Some(Turn::of(values))
    }

    /// The end of the loop, if none is to come.
    fn end(&self) -> Option<Turn<T, F::Output>> {
        self.exhausted.then_some(Turn::Next(Ok(Ok(None))))
    }

    /// Polls the prefixes that were woken.
    fn advance_prefixes(&mut self, cx: &Context<'_>) -> bool {
        self.ready.scanned_in(cx);
        if PollAll::is_set() {
            self.ready.raise_all();
        }
        let mut polled = false;
        // In order: from the index of the first one to the last, then those before.
        for mut indices in [self.first..usize::MAX, 0..self.first] {
            while let Some(index) = self.ready.lower_first(indices.clone()) {
                polled |= self.poll(self.order_of(index), index);
                indices.start = index + 1;
            }
        }
        polled
    }
}

impl<S: Source, P, F: Future, T> Iterations<S, P, F, T> {
    /// Polls the one that is there in the order, and has this index; tells whether it was
    /// polled.
    fn poll(&mut self, at: usize, index: usize) -> bool {
        let (Some(Upcoming::Running(running)), Some(waker)) =
            (self.upcoming.get_mut(at), self.ready.waker(index))
        else {
            return false;
        };
        budget::fill_if_spent();
        let mut cx = Context::from_waker(waker);
        let polled = running.prefix.poll(|(), prefix| Some(prefix.poll(&mut cx))).0;
        if self.items.turns == Turns::AsEnded && polled {
            if running.prefix.has_ended() {
                self.ended.failed.push_back(index);
            } else if running.values.are_there() && !self.ended.yielded.contains(&index) {
                self.ended.yielded.push_back(index);
            }
        }
        polled
    }

    fn index_of(&self, at: usize) -> usize {
        if self.items.turns == Turns::AsEnded {
            return self.ended.taken[at];
        }
        let to_the_end = self.items.limit - self.first;
        if at < to_the_end { self.first + at } else { at - to_the_end }
    }

    fn order_of(&self, index: usize) -> usize {
        if self.items.turns == Turns::AsEnded {
            return self.ended.order_of(index);
        }
        let to_the_end = self.items.limit - self.first;
        if index < self.first { index + to_the_end } else { index - self.first }
    }
}

impl<S: Source, P, F: Future<Output = S::Exit>, T> Sibling for Iterations<S, P, F, T>
where
    P: FnMut(S::Item, Iteration<T>) -> F,
{
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        self.advance_prefixes(cx) | self.ask(cx)
    }

    fn settle(&mut self, cx: &Context<'_>) -> bool {
        self.advance_prefixes(cx)
    }

    /// They have started before a call of the iteration whose turn it is, and end
    /// with the loop.
    fn cancel(&mut self) {}

    /// Each prefix in flight has yielded, or has ended with what leaves the loop in its turn.
    fn has_ended(&self) -> bool {
        self.upcoming.iter().all(|upcoming| match upcoming {
            Upcoming::Running(running) => running.values.are_there() || running.prefix.has_ended(),
            Upcoming::Failed(_) => true,
        })
    }
}

/// What is in flight is cancelled in reverse order of start.
impl<S: Source, P, F: Future, T> Drop for Iterations<S, P, F, T> {
    fn drop(&mut self) {
        self.items.source.cancel();
        while self.upcoming.pop_back().is_some() {}
    }
}
