//! Where the prefix of an iteration lies, while it is polled and until its suffix has run: a box,
//! which iteration after iteration uses.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use super::values::{Iteration, Values};
use crate::context;
use crate::expansion::state::caught;
use crate::in_flight::Origin;
use crate::trace::{self, Span};

pub(super) struct Bed<F: Future, T> {
    prefix: Pin<Box<Option<F>>>,
    /// What it has ended with, which it does by what leaves the loop: a prefix that has yielded is
    /// pending.
    exit: Option<thread::Result<F::Output>>,
    values: Arc<Values<T>>,
    /// Until it has yielded or ended.
    span: Span,
    /// The span that it has had then.
    had: trace::Id,
}

// The prefix stays where its box put it.
impl<F: Future, T> Unpin for Bed<F, T> {}

impl<F: Future, T> Default for Bed<F, T> {
    fn default() -> Self {
        let (prefix, values) = (Box::pin(None), Arc::default());
        Bed { prefix, exit: None, values, span: Span::none(), had: trace::Id::default() }
    }
}

impl<F: Future, T> Bed<F, T> {
    /// Where the next prefix yields.
    pub(super) fn iteration(&mut self) -> Iteration<T> {
        // The one before may have kept its own.
        if Arc::get_mut(&mut self.values).is_none() {
            self.values = Arc::default();
        }
        Iteration::of(&self.values)
    }

    pub(super) fn take(&mut self, prefix: F) {
        self.prefix.set(Some(prefix));
    }

    /// The span of the prefix begins.
    #[inline]
    pub(super) fn open(&mut self, origin: Origin) {
        self.span = Span::open(origin);
    }

    fn close(&mut self) {
        self.had = self.span.id();
        self.span.close();
    }

    /// The span that it has had, once it has yielded or ended.
    pub(super) fn span(&self) -> trace::Id {
        self.had
    }

    /// Polls the prefix; tells whether there is one. What it holds is dropped at its end.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(prefix) = self.prefix.as_mut().as_pin_mut() else { return false };
        let polled = caught(|| self.span.within(|| prefix.poll(cx)));
        match polled {
            Ok(Poll::Pending) if !self.span.is_open() || !self.has_yielded() => {}
            Ok(Poll::Pending) => self.close(),
            Ok(Poll::Ready(exit)) => self.end(Ok(exit)),
            Err(payload) => self.end(Err(payload)),
        }
        true
    }

    #[cold]
    fn end(&mut self, exit: thread::Result<F::Output>) {
        let dropped = caught(|| self.prefix.set(None));
        self.close();
        self.exit = Some(exit.and_then(|exit| dropped.map(|()| exit)));
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
        drop(self.exit.take());
        drop(self.values.take());
    }

    #[inline]
    pub(super) fn exit(&mut self) -> Option<thread::Result<F::Output>> {
        self.exit.take()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.exit.is_some()
    }

    /// What it has yielded.
    #[inline]
    pub(super) fn values(&self) -> Option<Option<T>> {
        self.values.take()
    }

    pub(super) fn has_yielded(&self) -> bool {
        self.values.are_there()
    }
}

/// Cancelled before its suffix has run.
impl<F: Future, T> Drop for Bed<F, T> {
    fn drop(&mut self) {
        self.leave();
    }
}
