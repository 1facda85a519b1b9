//! A call that is joined before those above it: its failure waits until they
//! have been joined, as they may fail first.

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use super::fallible::Fallible;

/// How a call failed that was joined before others.
pub struct Failure(Box<dyn Any + Send>);

impl Failure {
    /// Panics as the call did.
    pub fn raise(self) -> ! {
        resume_unwind(self.0)
    }
}

/// How a call with a `?` failed that was joined before others.
pub enum FailureOf<R: Fallible> {
    /// By a panic.
    Panic(Failure),
    /// By its `?`.
    Exit(R::Rewrap<Infallible>),
}

impl<R: Fallible> FailureOf<R> {
    /// Panics as the call did, or gives what its `?` leaves the function with.
    pub fn raise(self) -> R::Rewrap<Infallible> {
        match self {
            FailureOf::Panic(failure) => failure.raise(),
            FailureOf::Exit(exit) => exit,
        }
    }
}

/// Runs code that awaits nothing ahead of its turn.
pub fn derive<T>(code: impl FnOnce() -> T) -> Result<T, Failure> {
    value(catch_unwind(AssertUnwindSafe(code)))
}

/// The same with a `?`, in a function that returns `R`.
pub fn derive_as<R: Fallible, T>(code: impl FnOnce() -> R::Rewrap<T>) -> Result<T, FailureOf<R>> {
    checked::<R, T>(catch_unwind(AssertUnwindSafe(code)))
}

pub(super) fn value<T>(result: thread::Result<T>) -> Result<T, Failure> {
    result.map_err(Failure)
}

pub(super) fn checked<R: Fallible, T>(
    result: thread::Result<R::Rewrap<T>>,
) -> Result<T, FailureOf<R>> {
    match result {
        Ok(wrapped) => R::check(wrapped).map_err(FailureOf::Exit),
        Err(payload) => Err(FailureOf::Panic(Failure(payload))),
    }
}
