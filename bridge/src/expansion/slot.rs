//! Where the value of a call waits for the calls that are chained to it.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

/// A value that calls look at where it is, in the function's frame. What they
/// give may borrow from it.
pub struct Shared<T> {
    value: OnceLock<T>,
    waiting: Mutex<Vec<Waker>>,
}

impl<T> Shared<T> {
    /// An empty slot.
    #[expect(clippy::new_without_default, reason = "only expansions make one")]
    pub fn new() -> Self {
        Shared { value: OnceLock::new(), waiting: Mutex::default() }
    }

    /// Puts the value there, once.
    pub fn set(&self, value: T) {
        let first = self.value.set(value).is_ok();
        debug_assert!(first, "one call fills one slot");
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits for the value.
    pub async fn get(&self) -> &T {
        poll_fn(|cx| self.value.get().map_or_else(|| self.wait(cx), Poll::Ready)).await
    }

    /// The value, once its call is joined.
    ///
    /// # Panics
    ///
    /// If the call has not ended.
    pub fn seen(&self) -> &T {
        self.value.get().expect("the call was joined")
    }

    /// Moves the value out, once its call is joined.
    ///
    /// # Panics
    ///
    /// If the call has not ended.
    pub fn into_inner(self) -> T {
        self.value.into_inner().expect("the call was joined")
    }

    fn wait<R>(&self, cx: &Context<'_>) -> Poll<R> {
        remember(&mut lock(&self.waiting), cx.waker());
        Poll::Pending
    }
}

/// A value on its way to the one call that takes it.
pub struct Passed<T>(Mutex<Passing<T>>);

struct Passing<T> {
    value: Option<T>,
    waiting: Vec<Waker>,
}

impl<T> Passed<T> {
    /// An empty slot.
    #[expect(clippy::new_without_default, reason = "only expansions make one")]
    pub fn new() -> Self {
        Passed(Mutex::new(Passing { value: None, waiting: Vec::new() }))
    }

    /// Puts the value there, once.
    pub fn set(&self, value: T) {
        let waiting = {
            let mut passing = lock(&self.0);
            passing.value = Some(value);
            std::mem::take(&mut passing.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits for the value and takes it.
    pub async fn take(&self) -> T {
        poll_fn(|cx| {
            let mut passing = lock(&self.0);
            match passing.value.take() {
                Some(value) => Poll::Ready(value),
                None => {
                    remember(&mut passing.waiting, cx.waker());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

fn remember(waiting: &mut Vec<Waker>, waker: &Waker) {
    if !waiting.iter().any(|known| known.will_wake(waker)) {
        waiting.push(waker.clone());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
