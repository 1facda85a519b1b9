//! A call in the background: one started future, owned by the function that
//! started it.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use super::siblings::Sibling;
use crate::context;
use crate::flag::Flag;

/// A future that is polled in place through `&mut`, with what tells that it was woken, and
/// then what it has ended with.
///
/// Dropped before its end, it is cancelled. Nothing of this has a destructor but what runs, so
/// that a call that has ended is taken apart where it is joined.
pub(super) struct Started<F: Future, W>(State<F, W>);

enum State<F: Future, W> {
    Running(Running<F>, W),
    /// The value or the panic, kept for the join.
    Done(F::Output),
    Panicked(Box<dyn Any + Send>),
    Taken,
}

/// A future that has not ended: it is dropped inside the runtime's context.
struct Running<F>(Option<Pin<Box<F>>>);

// The future stays where its box put it.
impl<F: Future, W> Unpin for Started<F, W> {}

impl<F> Drop for Running<F> {
    #[inline]
    fn drop(&mut self) {
        if let Some(future) = self.0.take() {
            context::drop_inside(future);
        }
    }
}

impl<F: Future, W> Started<F, W> {
    /// One that has not been polled.
    pub(super) fn new(future: F, woken: W) -> Self {
        Started(State::Running(Running(Some(Box::pin(future))), woken))
    }

    /// Polls it, if it is to be; tells whether it was polled. At its end what tells that
    /// it was woken is given back.
    #[inline]
    pub(super) fn poll(
        &mut self,
        poll: impl FnOnce(&mut W, Pin<&mut F>) -> Option<Poll<F::Output>>,
    ) -> (bool, Option<W>) {
        let State::Running(Running(running), woken) = &mut self.0 else { return (false, None) };
        let Some(future) = running else { return (false, None) };
        let result = match caught(|| poll(woken, future.as_mut())) {
            Ok(None) => return (false, None),
            Ok(Some(Poll::Pending)) => return (true, None),
            Ok(Some(Poll::Ready(value))) => Ok(value),
            Err(payload) => Err(payload),
        };
        let ended = State::ended(running.take(), result);
        match mem::replace(&mut self.0, ended) {
            State::Running(_, woken) => (true, Some(woken)),
            _ => (true, None),
        }
    }

    /// The value or the panic, if it has ended.
    #[inline]
    pub(super) fn take(&mut self) -> Option<thread::Result<F::Output>> {
        if let State::Running(..) | State::Taken = self.0 {
            return None;
        }
        mem::replace(&mut self.0, State::Taken).into_result().ok()
    }

    /// Whether it has ended, or was cancelled.
    #[inline]
    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.0, State::Running(..))
    }

    /// Drops it before its end, if it runs, and gives back what tells that it was woken.
    pub(super) fn cancel(&mut self) -> Option<W> {
        if self.has_ended() {
            return None;
        }
        match mem::replace(&mut self.0, State::Taken) {
            State::Running(running, woken) => {
                drop(running);
                Some(woken)
            }
            _ => None,
        }
    }
}

impl<F: Future, W> State<F, W> {
    /// What the future holds is dropped at its end, as an await would.
    #[inline]
    fn ended(future: impl Sized, result: thread::Result<F::Output>) -> Self {
        match (result, caught(|| drop(future))) {
            (Ok(value), Ok(())) => State::Done(value),
            (Err(payload), _) | (Ok(_), Err(payload)) => State::Panicked(payload),
        }
    }

    /// The value or the panic, or what has neither.
    #[inline]
    fn into_result(self) -> Result<thread::Result<F::Output>, Self> {
        match self {
            State::Done(value) => Ok(Ok(value)),
            State::Panicked(payload) => Ok(Err(payload)),
            State::Running(..) | State::Taken => Err(self),
        }
    }
}

#[inline]
fn caught<R>(body: impl FnOnce() -> R) -> thread::Result<R> {
    catch_unwind(AssertUnwindSafe(body))
}

/// A started call. It is polled in place through `&mut` while others are waited for, and
/// consumed by its own join, where its borrows end.
pub struct Call<F: Future>(Started<F, Flag>);

impl<F: Future> Call<F> {
    /// Polls a future for the first time, in what is given.
    #[inline]
    pub(super) fn start(future: F, flag: Flag, within: impl FnOnce(&mut dyn FnMut())) -> Self {
        let mut future = Box::pin(future);
        let mut polled = Poll::Pending;
        let poll = &mut || polled = flag.poll(|cx| future.as_mut().poll(cx));
        let result = match (caught(|| within(poll)), polled) {
            (Ok(()), Poll::Pending) => {
                return Call(Started(State::Running(Running(Some(future)), flag)));
            }
            (Ok(()), Poll::Ready(value)) => Ok(value),
            (Err(payload), _) => Err(payload),
        };
        let ended = State::ended(future, result);
        flag.recycle();
        Call(Started(ended))
    }

    /// Polls the call if it was woken; tells whether it was polled.
    pub(super) fn advance(&mut self, cx: &Context<'_>) -> bool {
        let (polled, ended) =
            self.0.poll(|flag, future| flag.poll_if_raised(cx, |cx| future.poll(cx)));
        recycle(ended);
        polled
    }

    /// The value or the panic of a call that has ended, or else the call.
    #[inline]
    pub(super) fn into_result(self) -> Result<thread::Result<F::Output>, Self> {
        self.0.0.into_result().map_err(|running| Call(Started(running)))
    }

    /// The value or the panic, if the call has ended.
    #[inline]
    pub(super) fn take(&mut self) -> Option<thread::Result<F::Output>> {
        self.0.take()
    }
}

#[inline]
fn recycle(flag: Option<Flag>) {
    if let Some(flag) = flag {
        flag.recycle();
    }
}

impl<F: Future> Sibling for Call<F> {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        Call::advance(self, cx)
    }

    fn cancel(&mut self) {
        recycle(self.0.cancel());
    }

    fn has_ended(&self) -> bool {
        self.0.has_ended()
    }
}
