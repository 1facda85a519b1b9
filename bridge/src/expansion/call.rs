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
use crate::flag::{Flag, Starter};
use crate::in_flight::Origin;

/// A future that is polled in place through `&mut`, with what tells that it was woken, and
/// then what it has ended with.
///
/// Dropped before its end, it is cancelled. Nothing of this has a destructor but what runs, so
/// that a call that has ended is taken apart where it is joined.
pub(super) struct Started<F: Future, W>(State<F, W>);

enum State<F: Future, W> {
    /// It has not been polled.
    New(Running<F>, Origin),
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

impl<F> Running<F> {
    #[inline]
    fn new(future: F) -> Self {
        Running(Some(Box::pin(future)))
    }
}

impl<F> Drop for Running<F> {
    #[inline]
    fn drop(&mut self) {
        if let Some(future) = self.0.take() {
            context::drop_inside(future);
        }
    }
}

impl<F: Future, W> Started<F, W> {
    /// One that is polled with what tells that it was woken.
    pub(super) fn new(future: F, woken: W) -> Self {
        Started(State::Running(Running::new(future), woken))
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
        if !matches!(self.0, State::Done(_) | State::Panicked(_)) {
            return None;
        }
        mem::replace(&mut self.0, State::Taken).into_result().ok()
    }

    /// Whether it has ended, or was cancelled.
    #[inline]
    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.0, State::New(..) | State::Running(..))
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
            State::New(..) | State::Running(..) | State::Taken => Err(self),
        }
    }
}

#[inline]
fn caught<R>(body: impl FnOnce() -> R) -> thread::Result<R> {
    catch_unwind(AssertUnwindSafe(body))
}

/// A call in the background. It is [started](Starts), is polled in place through `&mut` while
/// others are waited for, and is consumed by its own join, where its borrows end.
pub struct Call<F: Future>(Started<F, Flag>);

/// Calls that are started together: a list of `&mut` handles, `(&mut a, (&mut b, ()))`, or a
/// list of lists.
pub trait Starts {
    /// Polls each for the first time, in their order.
    fn start(&mut self, starter: &mut Starter<'_>);
}

impl Starts for () {
    #[inline]
    fn start(&mut self, _: &mut Starter<'_>) {}
}

impl<First: Starts, Rest: Starts> Starts for (First, Rest) {
    #[inline]
    fn start(&mut self, starter: &mut Starter<'_>) {
        self.0.start(starter);
        self.1.start(starter);
    }
}

impl<F: Future> Starts for &mut Call<F> {
    /// Out of line, as a function may have many.
    #[inline(never)]
    fn start(&mut self, starter: &mut Starter<'_>) {
        let state = &mut self.0.0;
        let (mut running, origin) = match mem::replace(state, State::Taken) {
            State::New(running, origin) => (running, origin),
            started => return *state = started,
        };
        let Some(future) = &mut running.0 else { return };
        let polled = caught(|| starter.poll(origin, |cx| future.as_mut().poll(cx)));
        let next = match polled {
            Ok(Poll::Pending) => State::Running(running, starter.flag()),
            Ok(Poll::Ready(value)) => State::ended(running.0.take(), Ok(value)),
            Err(payload) => State::ended(running.0.take(), Err(payload)),
        };
        // What was taken has nothing to drop: the compiler does not see that.
        mem::forget(mem::replace(state, next));
    }
}

/// Makes a call of a future: it begins when it is started.
#[inline]
#[track_caller]
pub fn background<F: Future>(future: F) -> Call<F> {
    Call(Started(State::New(Running::new(future), Origin::call::<F>())))
}

impl<F: Future> Call<F> {
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
