//! The joins of an `async fn`: they await, under any executor.

use std::future::{IntoFuture, poll_fn};
use std::panic::resume_unwind;
use std::task::Poll;
use std::thread;

use super::{Call, Failure, FailureOf, Fallible, Siblings, ahead};

pub use super::{Lent, Passed, Shared, pass};

/// Starts a call: polls it once, so that its arguments are evaluated and its
/// first request is on the wire.
pub async fn background<F: IntoFuture>(future: F) -> Call<F::IntoFuture> {
    let mut call = Call::new(future.into_future());
    poll_fn(|cx| {
        call.advance(cx);
        Poll::Ready(())
    })
    .await;
    call
}

/// Joins a call: drives it and its siblings until it is done.
///
/// # Panics
///
/// With the call's own payload, if it has panicked.
pub async fn foreground<F: Future>(call: Call<F>, siblings: impl Siblings) -> F::Output {
    join(call, siblings).await.unwrap_or_else(|payload| resume_unwind(payload))
}

/// Joins a call before those above it.
pub async fn ahead<F: Future>(
    call: Call<F>,
    siblings: impl Siblings,
) -> Result<F::Output, Failure> {
    ahead::value(join(call, siblings).await)
}

/// Joins a call with a `?`, in a function that returns `R`, before those above
/// it.
pub async fn ahead_of<R: Fallible, T, F: Future<Output = R::Rewrap<T>>>(
    call: Call<F>,
    siblings: impl Siblings,
) -> Result<T, FailureOf<R>> {
    ahead::checked::<R, T>(join(call, siblings).await)
}

async fn join<F: Future>(mut call: Call<F>, siblings: impl Siblings) -> thread::Result<F::Output> {
    let mut siblings = CancelFirst(Some(siblings));
    let result = poll_fn(|cx| {
        call.advance(cx);
        if let Some(siblings) = &mut siblings.0 {
            siblings.advance(cx);
        }
        // What woke itself meanwhile has woken this task too.
        call.take().map_or(Poll::Pending, Poll::Ready)
    })
    .await;
    siblings.0 = None;
    result
}

/// Siblings of a join that is dropped half-way: they started after the joined
/// call, so they are cancelled before it.
struct CancelFirst<S: Siblings>(Option<S>);

impl<S: Siblings> Drop for CancelFirst<S> {
    fn drop(&mut self) {
        if let Some(siblings) = &mut self.0 {
            siblings.cancel();
        }
    }
}
