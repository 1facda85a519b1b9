//! What a future hands to who polls it, and stays as it is: the prefix of an iteration what the
//! suffix uses, and a source its next item.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Pending, pending, poll_fn};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// Where a future lays what it gives. One place serves all iterations of a loop: one of them is
/// polled at a time, and what it has laid there is taken after the poll.
pub trait Place: Clone + Default {
    /// What is given.
    type Value;

    /// Nothing if the suffix is not to run, or no item comes any more.
    fn put(&self, value: Option<Self::Value>);

    /// What was put since the last time.
    fn take(&self) -> Option<Option<Self::Value>>;
}

/// Of futures that stay on their thread, as those of a synchronous function.
pub struct Here<T>(Rc<Cell<Option<Option<T>>>>);

impl<T> Clone for Here<T> {
    #[inline]
    fn clone(&self) -> Self {
        Here(Rc::clone(&self.0))
    }
}

impl<T> Default for Here<T> {
    fn default() -> Self {
        Here(Rc::new(Cell::new(None)))
    }
}

impl<T> Place for Here<T> {
    type Value = T;

    #[inline]
    fn put(&self, value: Option<T>) {
        self.0.set(Some(value));
    }

    #[inline]
    fn take(&self) -> Option<Option<T>> {
        self.0.take()
    }
}

/// Of futures that may move to other threads between polls, as those of an `async fn`.
pub struct Anywhere<T>(Arc<Shared<T>>);

struct Shared<T> {
    /// Looked at first, as there is nothing yet most of the time.
    given: AtomicBool,
    value: Mutex<Option<T>>,
}

impl<T> Shared<T> {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Anywhere<T> {
    #[inline]
    fn clone(&self) -> Self {
        Anywhere(Arc::clone(&self.0))
    }
}

impl<T> Default for Anywhere<T> {
    fn default() -> Self {
        Anywhere(Arc::new(Shared { given: AtomicBool::new(false), value: Mutex::new(None) }))
    }
}

impl<T> Place for Anywhere<T> {
    type Value = T;

    #[inline]
    fn put(&self, value: Option<T>) {
        *self.0.lock() = value;
        self.0.given.store(true, Ordering::Release);
    }

    #[inline]
    fn take(&self) -> Option<Option<T>> {
        if !self.0.given.load(Ordering::Acquire) {
            return None;
        }
        self.0.given.store(false, Ordering::Relaxed);
        Some(self.0.lock().take())
    }
}

/// Where the prefix of an iteration yields what the suffix uses.
pub struct Iteration<P>(P);

impl<P: Place> Iteration<P> {
    #[inline]
    pub(super) fn of(place: &P) -> Self {
        Iteration(place.clone())
    }

    /// Gives the values. What is awaited then is the end of the iteration, with which it is dropped.
    #[inline]
    pub fn yields(self, values: P::Value) -> Pending<Infallible> {
        self.0.put(Some(values));
        pending()
    }

    /// Says that the rest of the iteration is not to run.
    #[inline]
    pub fn skips(self) -> Pending<Infallible> {
        self.0.put(None);
        pending()
    }
}

/// Where a source gives what was asked for.
pub struct Asks<T>(Anywhere<T>);

impl<T> Asks<T> {
    pub(super) fn of(place: &Anywhere<T>) -> Self {
        Asks(place.clone())
    }

    /// Gives an item, and waits until the next one is asked for: until it is polled again.
    pub async fn gives(&self, item: T) {
        self.0.put(Some(item));
        let mut asked_again = false;
        poll_fn(|_| match std::mem::replace(&mut asked_again, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// Says that there are no more.
    pub async fn ends(self) -> Infallible {
        self.0.put(None);
        pending().await
    }
}
