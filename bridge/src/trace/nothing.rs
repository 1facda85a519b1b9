//! Nothing is told of what runs.

#![expect(clippy::extra_unused_type_parameters, reason = "they are of use in the other one")]

use std::panic::Location;

use crate::in_flight::Origin;

/// A future that is not told of.
pub(crate) type Traced<F> = F;

#[inline]
pub(crate) fn traced<F>(_: Origin, future: F) -> Traced<F> {
    future
}

#[inline]
pub(crate) fn in_place<F>(_: &'static Location<'static>, future: F) -> F {
    future
}

/// Without a bound, so that what is wrong with a future is said of its `.await`.
pub(crate) type Told<F> = F;

#[inline]
pub(crate) fn told<F>(future: F) -> Told<F> {
    future
}

#[inline]
pub(crate) fn id<F>(_: &F) -> Id {
    Id(())
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Id(());

pub(crate) struct Span;

/// A synchronous function that runs.
pub(crate) struct Entered;

impl Entered {
    #[inline]
    pub(crate) fn begin<Name>(_: &'static Location<'static>) -> Self {
        Entered
    }
}

/// An `async fn` that runs.
pub(crate) struct Body;

impl Body {
    #[inline]
    pub(crate) fn begin<Name>(_: &'static Location<'static>) -> Self {
        Body
    }
}

impl Span {
    #[inline]
    pub(crate) const fn none() -> Self {
        Span
    }

    #[inline]
    pub(crate) fn open(_: Origin) -> Self {
        Span
    }

    #[inline]
    pub(crate) fn of_blocking<C>(_: &'static Location<'static>) -> Self {
        Span
    }

    #[inline]
    pub(crate) fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        body()
    }

    #[inline]
    pub(crate) fn id(&self) -> Id {
        Id(())
    }

    #[inline]
    pub(crate) fn close(&mut self) {}
}

pub(crate) struct Wait;

impl Wait {
    #[inline]
    pub(crate) fn begin(_: &'static Location<'static>) -> Self {
        Wait
    }

    #[inline]
    pub(crate) fn resumes(&self) {}

    #[inline]
    pub(crate) fn pauses(&self) {}

    #[inline]
    pub(crate) fn end(&self, _: Id) {}
}

#[derive(Default)]
pub(crate) struct Cause(());

impl Cause {
    #[inline]
    pub(crate) fn here() -> Self {
        Cause(())
    }

    #[inline]
    pub(crate) fn is_followed(&self) {}
}

#[inline]
pub(crate) fn passed(_: &'static Location<'static>) {}
