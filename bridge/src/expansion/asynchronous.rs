//! The joins of an `async fn`: they await, under any executor.

use std::future::{IntoFuture, poll_fn};
use std::task::Poll;

use super::{Call, Siblings};

pub use super::pass;

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
pub async fn foreground<F: Future>(mut call: Call<F>, mut siblings: impl Siblings) -> F::Output {
    poll_fn(|cx| {
        call.advance(cx);
        siblings.advance(cx);
        // What woke itself meanwhile has woken this task too.
        call.take().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}
