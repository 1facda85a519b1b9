//! What a future hands to who polls it, and stays as it is: the prefix of an iteration what the
//! suffix uses, and a source its next item.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

pub(super) struct Values<T> {
    /// Looked at first, as there is nothing yet most of the time.
    given: AtomicBool,
    /// Nothing if the suffix is not to run, or no item comes any more.
    values: Mutex<Option<T>>,
}

impl<T> Values<T> {
    fn put(&self, values: Option<T>) {
        *self.lock() = values;
        self.given.store(true, Ordering::Release);
    }

    pub(super) fn take(&self) -> Option<Option<T>> {
        if !self.are_there() {
            return None;
        }
        self.given.store(false, Ordering::Relaxed);
        Some(self.lock().take())
    }

    pub(super) fn are_there(&self) -> bool {
        self.given.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Values { given: AtomicBool::new(false), values: Mutex::new(None) }
    }
}

/// Where the prefix of an iteration yields what the suffix uses.
pub struct Iteration<T>(Arc<Values<T>>);

impl<T> Iteration<T> {
    pub(super) fn of(values: &Arc<Values<T>>) -> Self {
        Iteration(Arc::clone(values))
    }

    /// Gives the values, and waits for the end of the iteration, with which it is dropped.
    pub async fn yields(self, values: T) -> Infallible {
        self.0.put(Some(values));
        pending().await
    }

    /// Says that the rest of the iteration is not to run.
    pub async fn skips(self) -> Infallible {
        self.0.put(None);
        pending().await
    }
}

/// Where a source gives what was asked for.
pub struct Asks<T>(Arc<Values<T>>);

impl<T> Asks<T> {
    pub(super) fn of(values: &Arc<Values<T>>) -> Self {
        Asks(Arc::clone(values))
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
