//! The `?` inside a call that runs ahead.

use std::convert::Infallible;

/// A type that `?` leaves a function with. A call with a `?` inside is an
/// `async` block whose output is the function's own return type with another
/// payload, so that the `?` converts the error as it would in the function.
#[diagnostic::on_unimplemented(
    message = "a background call with `?` inside needs a function that returns `Result` or `Option`",
    label = "the function returns `{Self}`",
    note = "write the calls of the chain as one `let` each, or mark the statement `#[foreground]`"
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

/// Ends a chain in a function that returns `R`.
pub fn pass<R: Fallible, T>(payload: T) -> R::Rewrap<T> {
    R::wrap(payload)
}
