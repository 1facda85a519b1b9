//! Where the value of a call waits for the calls that are chained to it.

use std::future::poll_fn;
use std::ops::Deref;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Waker};

use super::guard::Unguarded;
use crate::trace::{self, Cause};

/// A value in the function's frame, of which one chain of calls knows, until it has ended. What the
/// chain gives may borrow from it.
///
/// Nobody waits for it, so that it takes no lock.
pub struct Linked<T>(Option<T>);

impl<T> Linked<T> {
    /// An empty slot.
    #[expect(clippy::new_without_default, reason = "only expansions make one")]
    pub fn new() -> Self {
        Linked(None)
    }

    /// Puts the value there, once, and borrows it.
    #[track_caller]
    pub fn keep<Kind>(&mut self, value: T, _: [Kind; 1]) -> &T
    where
        T: Unguarded<Kind>,
    {
        trace::passed(Location::caller());
        debug_assert!(self.0.is_none(), "one call fills one slot");
        self.0.insert(value)
    }

    /// Moves the value out, once its call is joined.
    ///
    /// # Panics
    ///
    /// If the call has not ended.
    pub fn into_inner(self) -> T {
        self.0.expect("the call was joined")
    }
}

/// A value that calls borrow where it is, in the function's frame. What they
/// give may borrow from it.
pub struct Shared<T> {
    value: OnceLock<T>,
    filled: Watched<()>,
}

impl<T> Shared<T> {
    /// An empty slot.
    #[expect(clippy::new_without_default, reason = "only expansions make one")]
    pub fn new() -> Self {
        Shared { value: OnceLock::new(), filled: Watched::new(()) }
    }

    /// Puts the value there, once, and borrows it.
    #[track_caller]
    pub fn keep<Kind>(&self, value: T, witness: [Kind; 1]) -> &T
    where
        T: Unguarded<Kind>,
    {
        trace::passed(Location::caller());
        self.set(value, witness);
        self.borrowed()
    }

    /// Puts the value there, once.
    pub fn set<Kind>(&self, value: T, _: [Kind; 1])
    where
        T: Unguarded<Kind>,
    {
        let first = self.value.set(value).is_ok();
        debug_assert!(first, "one call fills one slot");
        self.filled.change(|()| ());
    }

    /// Waits for the value.
    pub async fn get(&self) -> &T {
        self.filled.wait(|()| self.value.get()).await
    }

    /// The value, once its call is joined.
    ///
    /// # Panics
    ///
    /// If the call has not ended.
    pub fn borrowed(&self) -> &T {
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
}

/// A value on its way to the one call that moves it.
pub struct Moved<T>(Watched<Option<T>>);

impl<T> Moved<T> {
    /// An empty slot.
    #[expect(clippy::new_without_default, reason = "only expansions make one")]
    pub fn new() -> Self {
        Moved(Watched::new(None))
    }

    /// Puts the value there, once.
    pub fn set<Kind>(&self, value: T, _: [Kind; 1])
    where
        T: Unguarded<Kind>,
    {
        self.0.change(|passing| *passing = Some(value));
    }

    /// Waits for the value and takes it.
    pub async fn take(&self) -> T {
        self.0.wait(Option::take).await
    }
}

/// A value that is lent to calls, and then taken by one.
pub struct Lent<T>(Watched<Lending<T>>);

struct Lending<T> {
    value: Option<Arc<T>>,
    /// The calls that have not yet given it back.
    out: usize,
}

impl<T> Lent<T> {
    /// An empty slot, to be lent so many times.
    pub fn new(times: usize) -> Self {
        Lent(Watched::new(Lending { value: None, out: times }))
    }

    /// Puts the value there, once.
    pub fn set<Kind>(&self, value: T, _: [Kind; 1])
    where
        T: Unguarded<Kind>,
    {
        self.0.change(|lending| lending.value = Some(Arc::new(value)));
    }

    /// Waits for the value and borrows it, until the loan is dropped.
    pub async fn lend(&self) -> Loan<'_, T> {
        let value = self.0.wait(|lending| lending.value.clone()).await;
        Loan { value: Some(value), slot: self }
    }

    /// Waits until all have given the value back, and takes it.
    pub async fn take(&self) -> T {
        self.0
            .wait(|lending| match lending.out {
                0 => lending.value.take().and_then(Arc::into_inner),
                _ => None,
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
        self.slot.0.change(|lending| lending.out -= 1);
    }
}

/// A state, and those who wait for it to change.
struct Watched<S>(Mutex<Watch<S>>);

struct Watch<S> {
    state: S,
    /// By number, each with the waker that it was polled with last.
    waiting: Vec<(usize, Waker)>,
    /// How many have waited so far.
    waiters: usize,
    /// Who has changed it last.
    cause: Cause,
}

impl<S> Watched<S> {
    fn new(state: S) -> Self {
        Watched(Mutex::new(Watch {
            state,
            waiting: Vec::new(),
            waiters: 0,
            cause: Cause::default(),
        }))
    }

    fn change(&self, change: impl FnOnce(&mut S)) {
        let waiting = {
            let watch = &mut *self.lock();
            change(&mut watch.state);
            watch.cause = Cause::here();
            std::mem::take(&mut watch.waiting)
        };
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Waits until `look` finds what it looks for.
    async fn wait<R>(&self, mut look: impl FnMut(&mut S) -> Option<R>) -> R {
        let mut number = None;
        poll_fn(|cx| {
            let Watch { state, waiting, waiters, cause } = &mut *self.lock();
            if let Some(found) = look(state) {
                cause.is_followed();
                return Poll::Ready(found);
            }
            let own = *number.get_or_insert_with(|| {
                *waiters += 1;
                *waiters
            });
            match waiting.iter_mut().find(|(number, _)| *number == own) {
                Some((_, waker)) => waker.clone_from(cx.waker()),
                None => waiting.push((own, cx.waker().clone())),
            }
            Poll::Pending
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Watch<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
