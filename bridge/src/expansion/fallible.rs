//! The `?` inside a call in the background.

use std::convert::Infallible;
use std::ops::ControlFlow;

/// A type that `?` leaves a function with. A call with a `?` inside is an
/// `async` block whose output is the function's own return type with another
/// payload, so that the `?` converts the error as it would in the function.
#[diagnostic::on_unimplemented(
    message = "a background call with `?` inside needs a function that returns `Result`, `Option` or \
               `ControlFlow`",
    label = "the function returns `{Self}`",
    note = "mark the statement `#[foreground]`, so that its `?` is checked where it stands"
)]
pub trait Fallible {
    /// The same type with another payload.
    type Rewrap<U>;

    /// A success with this payload.
    fn wrap<U>(payload: U) -> Self::Rewrap<U>;

    /// The payload, or what `?` leaves with.
    fn check<U>(wrapped: Self::Rewrap<U>) -> Result<U, Self::Rewrap<Infallible>>;
}

impl<T, E> Fallible for Result<T, E> {
    type Rewrap<U> = Result<U, E>;

    fn wrap<U>(payload: U) -> Result<U, E> {
        Ok(payload)
    }

    fn check<U>(wrapped: Result<U, E>) -> Result<U, Result<Infallible, E>> {
        wrapped.map_err(Err)
    }
}

impl<T> Fallible for Option<T> {
    type Rewrap<U> = Option<U>;

    fn wrap<U>(payload: U) -> Option<U> {
        Some(payload)
    }

    fn check<U>(wrapped: Option<U>) -> Result<U, Option<Infallible>> {
        wrapped.ok_or(None)
    }
}

impl<B, C> Fallible for ControlFlow<B, C> {
    type Rewrap<U> = ControlFlow<B, U>;

    fn wrap<U>(payload: U) -> ControlFlow<B, U> {
        ControlFlow::Continue(payload)
    }

    fn check<U>(wrapped: ControlFlow<B, U>) -> Result<U, ControlFlow<B, Infallible>> {
        match wrapped {
            ControlFlow::Continue(payload) => Ok(payload),
            ControlFlow::Break(exit) => Err(ControlFlow::Break(exit)),
        }
    }
}

/// Ends a chain in a function that returns `R`.
pub fn wrap<R: Fallible, T>(payload: T) -> R::Rewrap<T> {
    R::wrap(payload)
}

/// How the prefix of an iteration ends that never comes to yield: not at all, or by a `?`.
pub trait Exit: Sized {
    /// What the next iteration comes in.
    type Next<T>;

    /// The next iteration, or what the function exits with.
    fn next<T>(next: Result<T, Self>) -> Self::Next<T>;
}

impl Exit for Infallible {
    type Next<T> = T;

    fn next<T>(next: Result<T, Infallible>) -> T {
        match next {
            Ok(next) => next,
            Err(never) => match never {},
        }
    }
}

impl<E> Exit for Result<Infallible, E> {
    type Next<T> = Result<T, E>;

    fn next<T>(next: Result<T, Self>) -> Result<T, E> {
        next.or_else(|exit| exit.map(|never| match never {}))
    }
}

impl Exit for Option<Infallible> {
    type Next<T> = Option<T>;

    fn next<T>(next: Result<T, Self>) -> Option<T> {
        next.ok()
    }
}

impl<B> Exit for ControlFlow<B, Infallible> {
    type Next<T> = ControlFlow<B, T>;

    fn next<T>(next: Result<T, Self>) -> ControlFlow<B, T> {
        match next {
            Ok(next) => ControlFlow::Continue(next),
            Err(ControlFlow::Break(exit)) => ControlFlow::Break(exit),
            Err(ControlFlow::Continue(never)) => match never {},
        }
    }
}
