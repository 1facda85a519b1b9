//! What a loop with a limit goes over: an iterator, or a source that is asked for each item, and
//! awaited.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::task::Context;
use std::thread;

use super::values::{Anywhere, Asks, Place};
use crate::expansion::call::Call;
use crate::expansion::siblings::Sibling;
use crate::flag::Flag;
use crate::in_flight::Origin;

/// What a loop goes over, and how many iterations of it may be in flight.
pub struct Items<S> {
    pub(super) limit: usize,
    pub(super) turns: Turns,
    pub(super) location: &'static Location<'static>,
    pub(super) source: S,
}

/// In which order the suffixes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turns {
    /// In that of the items.
    InOrder,
    /// In that in which the prefixes end. One that fails comes ahead of those that have yielded.
    AsEnded,
}

impl<S> Items<S> {
    #[track_caller]
    fn new(limit: usize, source: S) -> Self {
        assert!(
            limit > 0,
            "`#[background(limit = …)]` was 0, with which no iteration could begin: 1 is one at a \
             time"
        );
        Items { limit, turns: Turns::InOrder, location: Location::caller(), source }
    }

    /// Whichever iteration is ready has its turn.
    pub fn unordered(self) -> Self {
        Items { turns: Turns::AsEnded, ..self }
    }
}

/// Begins a loop over an iterator, which is left with an `Exit`.
///
/// # Panics
///
/// If the limit is 0.
#[track_caller]
pub fn bounded<I: IntoIterator, Exit>(
    limit: usize,
    iterator: I,
) -> Items<Iterated<I::IntoIter, Exit>> {
    Items::new(limit, Iterated { iterator: iterator.into_iter(), exit: PhantomData })
}

/// Begins a loop over what a source gives. It is polled when there is place for an iteration, and
/// only then.
///
/// # Panics
///
/// If the limit is 0.
#[track_caller]
pub fn asked<'a, A, F, T>(limit: usize, source: A) -> Items<Asked<'a, F, T>>
where
    A: FnOnce(Asks<T>) -> F,
    F: Future + 'a,
{
    let values = Anywhere::default();
    let asks = source(Asks::of(&values));
    Items::new(limit, Asked::new(asks, values, Location::caller()))
}

/// Where the items come from.
pub trait Source {
    /// One of them.
    type Item;
    /// What leaves the loop, besides a panic.
    type Exit;

    /// The next one, outside of a scan. An iterator may wait in a foreground of its own.
    fn next(&mut self) -> Next<Self::Item, Self::Exit>;

    /// The next one, in a scan; `None` if there was nothing to poll.
    fn poll_next(&mut self, cx: &Context<'_>) -> Option<Next<Self::Item, Self::Exit>>;

    /// Whether a scan would poll it.
    fn is_woken(&self) -> bool;

    /// Drops what it is asked for, ahead of the iterations in flight, which have started before.
    fn cancel(&mut self);
}

/// What a source comes to.
pub enum Next<Item, Exit> {
    /// An item.
    Item(Item),
    /// It comes later.
    Later,
    /// There are no more.
    End,
    /// What leaves the loop in its turn.
    Failed(thread::Result<Exit>),
}

/// The items of an iterator.
pub struct Iterated<I, Exit> {
    iterator: I,
    exit: PhantomData<fn() -> Exit>,
}

impl<I: Iterator, Exit> Source for Iterated<I, Exit> {
    type Item = I::Item;
    type Exit = Exit;

    #[inline]
    fn next(&mut self) -> Next<I::Item, Exit> {
        match catch_unwind(AssertUnwindSafe(|| self.iterator.next())) {
            Ok(Some(item)) => Next::Item(item),
            Ok(None) => Next::End,
            Err(payload) => Next::Failed(Err(payload)),
        }
    }

    #[inline]
    fn poll_next(&mut self, _: &Context<'_>) -> Option<Next<I::Item, Exit>> {
        None
    }

    #[inline]
    fn is_woken(&self) -> bool {
        false
    }

    fn cancel(&mut self) {}
}

/// The items of a source that is awaited.
pub struct Asked<'a, A: Future, T> {
    asks: Call<'a, A>,
    values: Anywhere<T>,
}

impl<A: Future, T> Asked<'_, A, T> {
    fn new(asks: A, values: Anywhere<T>, location: &'static Location<'static>) -> Self {
        let origin = Origin::source::<A>(location);
        Asked { asks: Call::with(origin, asks, Flag::of_this_thread(origin)), values }
    }
}

impl<A: Future, T> Source for Asked<'_, A, T> {
    type Item = T;
    type Exit = A::Output;

    fn next(&mut self) -> Next<T, A::Output> {
        Next::Later
    }

    fn poll_next(&mut self, cx: &Context<'_>) -> Option<Next<T, A::Output>> {
        if !self.asks.advance(cx) {
            return None;
        }
        if self.asks.is_done() {
            return Some(Next::Failed(self.asks.take()));
        }
        Some(match self.values.take() {
            Some(Some(item)) => {
                // Nothing wakes it when there is place for one more.
                self.asks.flag().into_iter().for_each(Flag::renew);
                Next::Item(item)
            }
            Some(None) => Next::End,
            None => Next::Later,
        })
    }

    fn is_woken(&self) -> bool {
        self.asks.flag().is_some_and(Flag::is_raised)
    }

    fn cancel(&mut self) {
        self.asks.cancel();
    }
}
