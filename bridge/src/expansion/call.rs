//! A call in the background: one started future, owned by the function that
//! started it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use crate::context;
use crate::flag::Flag;

/// A started call. It is polled in place through `&mut` while others are waited
/// for, and consumed by its own join, where its borrows end.
///
/// Dropped before its end, it is cancelled: its future is dropped inside the
/// runtime's context.
pub struct Call<F: Future> {
    state: State<F>,
    flag: Option<Flag>,
}

enum State<F: Future> {
    Running(Pin<Box<F>>),
    /// The value or the panic, kept for the join.
    Done(thread::Result<F::Output>),
    Taken,
}

// The future stays where its box put it.
impl<F: Future> Unpin for Call<F> {}

impl<F: Future> Call<F> {
    pub(super) fn new(future: F) -> Self {
        Call { state: State::Running(Box::pin(future)), flag: Some(Flag::new()) }
    }

    /// Polls the call if it was woken; tells whether it was polled.
    pub(super) fn advance(&mut self, cx: &Context<'_>) -> bool {
        let (State::Running(future), Some(flag)) = (&mut self.state, &self.flag) else {
            return false;
        };
        let polled = flag.poll_if_raised(cx, |cx| {
            match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
                Err(payload) => Poll::Ready(Err(payload)),
            }
        });
        match polled {
            None => false,
            Some(Poll::Pending) => true,
            Some(Poll::Ready(result)) => {
                let future = std::mem::replace(&mut self.state, State::Taken);
                // What the future holds is dropped at its end, as an await would.
                let dropped = catch_unwind(AssertUnwindSafe(|| drop(future)));
                self.state = State::Done(result.and_then(|value| dropped.map(|()| value)));
                if let Some(flag) = self.flag.take() {
                    flag.recycle();
                }
                true
            }
        }
    }

    /// The value or the panic, if the call has ended.
    pub(super) fn take(&mut self) -> Option<thread::Result<F::Output>> {
        if !matches!(self.state, State::Done(_)) {
            return None;
        }
        match std::mem::replace(&mut self.state, State::Taken) {
            State::Done(result) => Some(result),
            State::Running(_) | State::Taken => None,
        }
    }
}

impl<F: Future> Sibling for Call<F> {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        Call::advance(self, cx)
    }

    fn cancel(&mut self) {
        if let State::Running(future) = std::mem::replace(&mut self.state, State::Taken) {
            context::drop_inside(future);
            if let Some(flag) = self.flag.take() {
                flag.recycle();
            }
        }
    }
}

impl<F: Future> Drop for Call<F> {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// What runs beside the call that is waited for.
pub trait Sibling {
    /// Polls what was woken; tells whether anything was polled.
    fn advance(&mut self, cx: &Context<'_>) -> bool;

    /// Drops what still runs and has started after the call.
    fn cancel(&mut self);
}

/// All that runs beside the call that is waited for: a list of `&mut` handles,
/// `(&mut a, (&mut b, ()))`, or a list of lists.
pub trait Siblings {
    /// Polls those that were woken; tells whether any was polled.
    fn advance(&mut self, cx: &Context<'_>) -> bool;

    /// Drops those that still run, the last first.
    fn cancel(&mut self);
}

impl Siblings for () {
    fn advance(&mut self, _: &Context<'_>) -> bool {
        false
    }

    fn cancel(&mut self) {}
}

impl<One: Sibling> Siblings for &mut One {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        One::advance(self, cx)
    }

    fn cancel(&mut self) {
        One::cancel(self);
    }
}

impl<First: Siblings, Rest: Siblings> Siblings for (First, Rest) {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        // Each is polled, whether or not one before it was.
        self.0.advance(cx) | self.1.advance(cx)
    }

    fn cancel(&mut self) {
        self.1.cancel();
        self.0.cancel();
    }
}
