//! A call in the background: one started future, owned by the function that
//! started it.

use std::mem;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use super::siblings::{Member, Sibling};
use super::state::{State, Work};
use crate::flag::{Flag, Starter};
use crate::in_flight::Origin;
use crate::trace::{self, Traced};

/// A call in the background. It is [started](Starts), is polled in place through `&mut` while
/// others are waited for, and is consumed by its own join, where its borrows end.
///
/// Dropped before its end, it is cancelled.
pub struct Call<'a, F: Future> {
    state: State,
    future: Placed<'a, F>,
}

/// What leads to a call's future. (No type parameter of the call: the compiler would go through it at
/// each join.)
pub(super) enum Pointer<'a, F> {
    /// A box of its own.
    Own(Pin<Box<Traced<F>>>),
    /// A place among those of calls that [start together](super::together::Together).
    Beside(Pin<bumpalo::boxed::Box<'a, Traced<F>>>),
}

impl<F> Pointer<'_, F> {
    #[inline]
    fn as_mut(&mut self) -> Pin<&mut Traced<F>> {
        match self {
            Pointer::Own(future) => future.as_mut(),
            Pointer::Beside(future) => future.as_mut(),
        }
    }
}

/// A future, until it has ended, and then its value, until it is joined.
struct Placed<'a, F: Future> {
    future: Option<Pointer<'a, F>>,
    value: Option<F::Output>,
    /// The span that it has had.
    span: trace::Id,
}

impl<F: Future> Placed<'_, F> {
    #[inline]
    fn taken(&mut self) -> F::Output {
        match self.value.take() {
            Some(value) => value,
            None => no_value(),
        }
    }
}

#[cold]
fn no_value() -> ! {
    unreachable!("it has ended with a value")
}

impl<F: Future> Work for Placed<'_, F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let mut future = future.as_mut();
        let Poll::Ready(value) = future.as_mut().poll(cx) else { return Poll::Pending };
        self.span = trace::id(&future);
        // There was none: the compiler does not see that nothing is to be dropped.
        mem::forget(self.value.replace(value));
        self.future = None;
        Poll::Ready(())
    }

    fn clear(&mut self) {
        self.future = None;
        self.value = None;
    }
}

// The future stays where its box put it.
impl<F: Future> Unpin for Call<'_, F> {}

impl<F: Future> Drop for Call<'_, F> {
    fn drop(&mut self) {
        if !self.state.has_ended() {
            self.state.cancel(&mut self.future);
        }
    }
}

/// Makes a call of a future: it begins when it is started.
#[inline]
#[track_caller]
pub fn background<'a, F: Future + 'a>(future: F) -> Call<'a, F> {
    let origin = Origin::call::<F>();
    Call::new(Pointer::Own(Box::pin(trace::traced(origin, future))), State::New(origin))
}

impl<'a, F: Future> Call<'a, F> {
    #[inline]
    pub(super) fn new(future: Pointer<'a, F>, state: State) -> Self {
        let (future, value, span) = (Some(future), None, trace::Id::default());
        Call { state, future: Placed { future, value, span } }
    }

    /// One of this origin that is polled with this flag.
    pub(super) fn with(origin: Origin, future: F, flag: Flag) -> Self {
        let future = Pointer::Own(Box::pin(trace::traced(origin, future)));
        Call::new(future, State::Running(flag))
    }

    /// The span that it had, once it has ended.
    #[inline]
    pub(super) fn span(&self) -> trace::Id {
        self.future.span
    }

    /// Where it stands, and what it does, without the type of its future.
    #[inline]
    pub(super) fn parts(&mut self) -> (&mut State, &mut dyn Work) {
        (&mut self.state, &mut self.future)
    }

    /// Drops it before its end.
    pub(super) fn cancel(&mut self) {
        self.state.cancel(&mut self.future);
    }

    /// Its flag, while it runs.
    pub(super) fn flag(&self) -> Option<&Flag> {
        match &self.state {
            State::Running(flag) => Some(flag),
            _ => None,
        }
    }

    /// Whether it has ended, or was cancelled.
    #[inline]
    pub(super) fn has_ended(&self) -> bool {
        self.state.has_ended()
    }

    /// Whether there is something to take.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.state.is_done()
    }

    /// The value or the panic of a call that is done.
    #[inline]
    pub(super) fn take(&mut self) -> thread::Result<F::Output> {
        match self.state.take() {
            None => Ok(self.future.taken()),
            Some(panic) => Err(panic),
        }
    }

    /// The value of a call that is done.
    ///
    /// # Panics
    ///
    /// With its own payload, if it has panicked.
    #[inline]
    pub(super) fn value(&mut self) -> F::Output {
        self.take().unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// [What there is to take](Self::take) of one that nobody else has.
    #[inline]
    pub(super) fn into_result(mut self) -> thread::Result<F::Output> {
        self.take()
    }

    /// [The value](Self::value) of one that nobody else has.
    #[inline]
    pub(super) fn into_value(mut self) -> F::Output {
        let value = self.value();
        // Nothing is left to drop: the compiler does not see that, and would write it down for
        // each join.
        mem::forget(self);
        value
    }
}

impl<F: Future> Sibling for Call<'_, F> {
    #[inline]
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        self.state.advance(&mut self.future, cx)
    }

    #[inline]
    fn member(&mut self) -> Member<'_> {
        let (state, work) = self.parts();
        Member::Call(state, work)
    }
}

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

impl<F: Future> Starts for &mut Call<'_, F> {
    #[inline]
    fn start(&mut self, starter: &mut Starter<'_>) {
        self.state.start(&mut self.future, starter);
    }
}
