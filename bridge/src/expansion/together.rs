//! Many calls that start together: their futures lie side by side in few large pieces of memory, in
//! place of a box each, which costs as much as all else that a call takes.
//!
//! The memory is there until the end of the scope in which the calls start. What a future holds is
//! dropped at its own end, or when its handle is dropped.

use bumpalo::Bump;
use bumpalo::boxed::Box;

use super::call::{Call, Pointer};
use super::state::State;
use crate::in_flight::Origin;
use crate::trace;

/// Where the futures of calls lie that start together. Their handles borrow it, so that it is dropped
/// after them.
#[derive(Default)]
pub struct Together(Bump);

/// Begins many calls.
#[inline]
pub fn together() -> Together {
    Together::default()
}

/// Makes a call of a future, beside others: it begins when it is started.
#[inline]
#[track_caller]
pub fn background_beside<F: Future>(together: &Together, future: F) -> Call<'_, F> {
    let origin = Origin::call::<F>();
    let future = Box::pin_in(trace::traced(origin, future), &together.0);
    Call::new(Pointer::Beside(future), State::New(origin))
}
