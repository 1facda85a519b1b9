//! Where the prefix of an iteration lies, while it is polled and until its suffix has run: a box,
//! which iteration after iteration uses.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use super::values::Place;
use crate::context;
use crate::expansion::state::caught;
use crate::in_flight::Origin;
use crate::trace::{self, Span};

pub(super) struct Bed<F: Future, T> {
    prefix: Pin<Box<Option<F>>>,
    outcome: Outcome<T, F::Output>,
    /// Until it has yielded or ended.
    span: Span,
    /// The span that it has had then.
    had: trace::Id,
}

/// What a prefix has come to, until its turn.
pub(super) enum Outcome<T, Exit> {
    /// It runs, or its turn has been.
    Open,
    /// It has yielded these values, or nothing if its suffix is not to run. It is pending.
    Yielded(Option<T>),
    /// It has ended, which it does by what leaves the loop.
    Ended(thread::Result<Exit>),
}

/// What a poll has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polled {
    /// There is no prefix.
    Nothing,
    /// It goes on, or has had an outcome before.
    Pending,
    /// It has come to its outcome.
    Settled,
}

// The prefix stays where its box put it.
impl<F: Future, T> Unpin for Bed<F, T> {}

impl<F: Future, T> Default for Bed<F, T> {
    fn default() -> Self {
        Bed {
            prefix: Box::pin(None),
            outcome: Outcome::Open,
            span: Span::none(),
            had: trace::Id::default(),
        }
    }
}

impl<F: Future, T> Bed<F, T> {
    #[inline]
    pub(super) fn take(&mut self, prefix: F) {
        self.prefix.set(Some(prefix));
    }

    /// The span of the prefix begins.
    #[inline]
    pub(super) fn open(&mut self, origin: Origin) {
        self.span = Span::open(origin);
    }

    #[inline]
    fn close(&mut self) {
        self.had = self.span.id();
        self.span.close();
    }

    /// The span that it has had, once it has yielded or ended.
    pub(super) fn span(&self) -> trace::Id {
        self.had
    }

    /// Polls the prefix, if there is one. What it holds is dropped at its end. What it yields it
    /// lays here.
    #[inline]
    pub(super) fn poll(&mut self, place: &impl Place<Value = T>, cx: &mut Context<'_>) -> Polled {
        let Some(prefix) = self.prefix.as_mut().as_pin_mut() else { return Polled::Nothing };
        match caught(|| self.span.within(|| prefix.poll(cx))) {
            Ok(Poll::Pending) => match place.take() {
                None => return Polled::Pending,
                Some(values) => self.come_to(Outcome::Yielded(values)),
            },
            Ok(Poll::Ready(exit)) => self.end(Ok(exit)),
            Err(payload) => self.end(Err(payload)),
        }
        Polled::Settled
    }

    /// There was nothing: the compiler does not see that nothing is to be dropped.
    #[inline]
    fn come_to(&mut self, outcome: Outcome<T, F::Output>) {
        self.close();
        debug_assert!(matches!(self.outcome, Outcome::Open));
        mem::forget(mem::replace(&mut self.outcome, outcome));
    }

    #[cold]
    fn end(&mut self, exit: thread::Result<F::Output>) {
        let dropped = caught(|| self.prefix.set(None));
        self.come_to(Outcome::Ended(exit.and_then(|exit| dropped.map(|()| exit))));
    }

    /// The suffix has run: drops what the prefix still holds, inside the runtime's context.
    #[inline]
    pub(super) fn leave(&mut self) {
        self.span.close();
        if self.prefix.is_some() {
            context::drop_there(|| self.prefix.set(None));
        }
    }

    /// It never comes to its turn: what it has come to is dropped after what it still holds.
    pub(super) fn cancel(&mut self) {
        self.leave();
        self.outcome = Outcome::Open;
    }

    /// What it has come to, for its turn.
    #[inline]
    pub(super) fn outcome(&mut self) -> Outcome<T, F::Output> {
        mem::replace(&mut self.outcome, Outcome::Open)
    }

    /// Whether its turn may come.
    #[inline]
    pub(super) fn is_settled(&self) -> bool {
        !matches!(self.outcome, Outcome::Open)
    }

    /// Whether it has ended by what leaves the loop.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.outcome, Outcome::Ended(_))
    }
}

/// Cancelled before its suffix has run.
impl<F: Future, T> Drop for Bed<F, T> {
    fn drop(&mut self) {
        self.leave();
    }
}
