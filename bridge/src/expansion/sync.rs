//! The joins of a synchronous function: they block the calling thread.

use std::future::IntoFuture;
use std::task::Context;

use tokio::task::coop::{Unconstrained, unconstrained};

use super::{Call, Siblings};

use crate::context;
use crate::foreground::{Scan, drive};
use crate::local_loop::with_thread_waker;

pub use super::pass;

/// Runs an await that stays where it is.
///
/// The public function with its output as a parameter of its own, so that
/// awaiting what is no future is one error and not two.
#[track_caller]
pub fn run_in_foreground<F: IntoFuture<Output = T>, T>(future: F) -> T {
    crate::run_in_foreground(future)
}

/// Starts a call: polls it once, so that its arguments are evaluated and its
/// first request is on the wire.
pub fn background<F: IntoFuture>(future: F) -> Call<Unconstrained<F::IntoFuture>> {
    context::enter(|_| {
        let mut call = Call::new(unconstrained(future.into_future()));
        with_thread_waker(|waker| call.advance(&Context::from_waker(waker)));
        call
    })
}

/// Joins a call: drives it and its siblings until it is done.
#[track_caller]
pub fn foreground<F: Future>(mut call: Call<F>, mut siblings: impl Siblings) -> F::Output {
    if let Some(output) = call.take() {
        return output;
    }
    context::enter(|place| {
        drive(place, |cx, raise| {
            if raise {
                call.raise();
                siblings.raise();
            }
            let polled = call.advance(cx) | siblings.advance(cx);
            match call.take() {
                Some(output) => Scan::Done(output),
                None if polled => Scan::Polled,
                None => Scan::Idle,
            }
        })
    })
}
