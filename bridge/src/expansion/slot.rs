//! Where the value of a call waits for the calls that are chained to it.

use std::future::poll_fn;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
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

/// A value that is lent to calls, and then taken by one.
pub struct Lent<T>(Mutex<Lending<T>>);

struct Lending<T> {
    value: Option<Arc<T>>,
    /// The calls that have not yet given it back.
    out: usize,
    waiting: Vec<Waker>,
}

impl<T> Lent<T> {
    /// An empty slot, to be lent so many times.
    pub fn new(times: usize) -> Self {
        Lent(Mutex::new(Lending { value: None, out: times, waiting: Vec::new() }))
    }

    /// Puts the value there, once.
    pub fn set(&self, value: T) {
        self.change(|lending| lending.value = Some(Arc::new(value)));
    }

    /// Waits for the value and borrows it, until the loan is dropped.
    pub async fn lend(&self) -> Loan<'_, T> {
        let value = self.wait(|lending| lending.value.clone()).await;
        Loan { value: Some(value), slot: self }
    }

    /// Waits until all have given the value back, and takes it.
    pub async fn take(&self) -> T {
        self.wait(|lending| match lending.out {
            0 => lending.value.take().and_then(Arc::into_inner),
            _ => None,
        })
        .await
    }

    fn change(&self, change: impl FnOnce(&mut Lending<T>)) {
        let waiting = {
            let mut lending = lock(&self.0);
            change(&mut lending);
            std::mem::take(&mut lending.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn wait<R>(&self, mut look: impl FnMut(&mut Lending<T>) -> Option<R>) -> R {
        poll_fn(|cx| {
            let mut lending = lock(&self.0);
            look(&mut lending).map_or_else(
                || {
                    remember(&mut lending.waiting, cx.waker());
                    Poll::Pending
                },
                Poll::Ready,
            )
        })
        .await
    }
}

/// A value that is lent to a call.
pub struct Loan<'a, T> {
    /// `None` once it is given back.
    value: Option<Arc<T>>,
    slot: &'a Lent<T>,
}

impl<T> Deref for Loan<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("it is given back when this is dropped")
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        // Before the count, so that whoever takes it holds the only one.
        self.value = None;
        self.slot.change(|lending| lending.out -= 1);
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
