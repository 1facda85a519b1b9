//! The joins of a synchronous function: they block the calling thread.

use std::future::IntoFuture;
use std::panic::{Location, resume_unwind};
use std::task::Context;

use super::bounded_loop::{Here, Items, Iteration, Iterations, Source, Turn};
use super::call::{Call, Starts};
use super::fallible::{Exit, Fallible};
use super::guard::{self, Unguarded};
use super::out_of_order::{self, Failure, FailureOf};
use super::siblings::{self, Sibling, Siblings};
use super::state::{State, Work};
use crate::budget;
use crate::context::{self, Place};
use crate::drive::{Driven, Scan, drive, drive_one};
use crate::enter::Entered;
use crate::flag::Starter;
use crate::foreground::run_in_foreground;
use crate::in_flight::Origin;
use crate::quiescence;
use crate::stall;
use crate::trace::{self, Wait};

pub use super::bounded_loop::{asked, bounded};
pub use super::call::background;
pub use super::fallible::wrap;
pub use super::guard::passed;
pub use super::out_of_order::{derive, derive_as};
pub use super::slot::{Lent, Linked, Moved, Shared};
pub use super::together::{background_beside, together};
pub use crate::background::run_in_background;
pub use core::option::Option::Some;
pub use core::result::Result::{Err, Ok};

/// Begins a function: the runtime is the current one of the thread until this is dropped. The
/// closure stands in the function, of which its type has the name.
#[inline]
#[track_caller]
pub fn enter<Name: FnOnce()>(_: Name) -> Function {
    let context = crate::enter::enter();
    Function { _span: trace::Entered::begin::<Name>(Location::caller()), _context: context }
}

/// What a function holds until its end.
#[must_use = "the function's end is where this is dropped"]
pub struct Function {
    // Left before the context.
    _span: trace::Entered,
    _context: Entered,
}

/// An await that stays where it is.
pub fn run<F>(future: F) -> InPlace<F> {
    InPlace(future)
}

/// What [`run`] runs.
#[must_use = "it runs in the foreground"]
pub struct InPlace<F>(F);

impl<F> InPlace<F> {
    /// Runs it, as [`run_in_foreground`](crate::run_in_foreground) does.
    ///
    /// The bound is on the method, and the output a parameter of its own, so
    /// that awaiting what is no future is one error, at the `.await`.
    #[track_caller]
    pub fn in_foreground<T>(self) -> T
    where
        F: IntoFuture<Output = T>,
    {
        // Here, where the caller is the `.await`.
        let future = self.0.into_future();
        let origin = Origin::foreground::<F::IntoFuture>();
        let future = trace::in_place(origin.location, future);
        stall::unwrap_or_panic(context::inside(|place| drive_one(place, origin, future)))
    }

    /// Runs it in the suffix of an iteration, beside the prefixes in flight.
    #[track_caller]
    pub fn beside<T>(self, siblings: impl Siblings) -> T
    where
        F: IntoFuture<Output = T>,
    {
        let mut call = background(self.0.into_future());
        start((&mut call, ()));
        wait(call, siblings).into_value()
    }
}

/// The body of a function as it is written, for editors and beside errors: it has the
/// function's type, and never runs.
pub fn as_written<T>(body: impl Future<Output = T>) -> T {
    run_in_foreground(body)
}

/// Starts calls, in their order: polls each once, so that its arguments are evaluated and its
/// first request is on the wire.
///
/// # Panics
///
/// Where nothing may wait, so that their joins could not.
#[inline]
#[track_caller]
pub fn start(mut calls: impl Starts) {
    start_all(&mut calls);
}

#[track_caller]
fn start_all(calls: &mut dyn Starts) {
    context::inside(|place| {
        let mut starter = Starter::of_this_thread();
        first(place, &mut |_| calls.start(&mut starter));
    });
}

/// Polls something for the first time, with a budget of its own.
#[inline]
fn first(place: Place, poll: &mut dyn FnMut(&mut Context<'_>)) {
    let _look = quiescence::first_look();
    match place {
        Place::Scheduler => budget::poll_budgeted(&mut |cx| {
            poll(cx);
            budget::fill_if_spent();
        }),
        _ => budget::poll_budgeted(poll),
    }
}

/// Joins a call: drives it and its siblings until it is done.
///
/// # Panics
///
/// With the call's own payload, if it has panicked.
#[inline]
#[track_caller]
pub fn foreground<F: Future<Output = T>, T: Unguarded<Kind>, Kind>(
    call: Call<'_, F>,
    siblings: impl Siblings,
    _: [Kind; 1],
) -> F::Output {
    join(call, siblings).into_value()
}

/// Joins a call before those above it.
#[inline]
#[track_caller]
pub fn out_of_order<F: Future<Output = T>, T: Unguarded<Kind>, Kind>(
    call: Call<'_, F>,
    siblings: impl Siblings,
    _: [Kind; 1],
) -> Result<T, Failure> {
    out_of_order::value(join(call, siblings).into_result())
}

/// Joins a call with a `?`, in a function that returns `R`, before those above
/// it.
#[inline]
#[track_caller]
pub fn out_of_order_as<R: Fallible, T: Unguarded<Kind>, F: Future<Output = R::Rewrap<T>>, Kind>(
    call: Call<'_, F>,
    siblings: impl Siblings,
    _: [Kind; 1],
) -> Result<T, FailureOf<R>> {
    out_of_order::checked::<R, T>(join(call, siblings).into_result())
}

/// Says of a prefix that it takes the items of this loop.
pub fn prefix<S: Source, T, P>(_: &Items<S>, prefix: P) -> P
where
    P: AsyncFn(S::Item, Iteration<Here<T>>) -> S::Exit,
{
    prefix
}

/// The iterations of a loop: they start when the first of them is waited for.
pub fn overlap<S: Source, P, F: Future<Output = S::Exit>, T>(
    items: Items<S>,
    prefix: P,
) -> Iterations<S, P, F, Here<T>>
where
    P: FnMut(S::Item, Iteration<Here<T>>) -> F,
{
    Iterations::new(items, prefix)
}

/// Waits for the turn of the next iteration; gives what its prefix has yielded,
/// or `None` after the last.
///
/// # Panics
///
/// With the payload of its prefix or of the source, if one has panicked.
#[track_caller]
pub fn next<S, P, F, T>(
    iterations: &mut Iterations<S, P, F, Here<T>>,
    mut siblings: impl Siblings,
) -> <F::Output as Exit>::Next<Option<T>>
where
    S: Source<Exit = F::Output>,
    P: FnMut(S::Item, Iteration<Here<T>>) -> F,
    F: Future<Output: Exit>,
{
    loop {
        iterations.end_current();
        let wait = Wait::begin(iterations.location());
        let begun = loop {
            let begun = iterations.begin();
            if begun.is_none() || !iterations.has_place() {
                break begun;
            }
            wait_in(&mut Next { iterations, siblings: &mut siblings, begun, waits: false });
        };
        // What is to be asked for starts beside the suffix whose turn it is.
        if begun.is_some() || !iterations.has_turn_in_haste() {
            wait_in(&mut Next { iterations, siblings: &mut siblings, begun, waits: true });
        }
        let turn = iterations.turn().expect("it has come");
        wait.end(iterations.span());
        if let Turn::Next(next) = turn {
            return Exit::next(next.unwrap_or_else(|payload| resume_unwind(payload)));
        }
    }
}

/// The foreground that starts an iteration, and waits for the turn of the next one.
///
/// Each starts in one of its own, as an item is taken in none: its iterator may be anything. The
/// last one starts in the one that waits, as most iterations do.
struct Next<'a, S: Source, P, F: Future, T, B> {
    iterations: &'a mut Iterations<S, P, F, Here<T>>,
    siblings: &'a mut B,
    /// The one that has begun and has not started.
    begun: Option<usize>,
    waits: bool,
}

#[inline]
#[track_caller]
fn wait_in<S: Source, P, F: Future<Output = S::Exit>, T, B: Siblings>(
    next: &mut Next<'_, S, P, F, T, B>,
) where
    P: FnMut(S::Item, Iteration<Here<T>>) -> F,
{
    let origin = next.iterations.foreground();
    stall::unwrap_or_panic(context::inside(|place| drive(place, origin, next)));
}

impl<S: Source, P, F: Future<Output = S::Exit>, T, B: Siblings> Driven for Next<'_, S, P, F, T, B>
where
    P: FnMut(S::Item, Iteration<Here<T>>) -> F,
{
    fn begins(&mut self, cx: &Context<'_>) -> bool {
        let Some(begun) = self.begun else { return false };
        quiescence::starts();
        self.iterations.start(begun, cx);
        !self.waits || self.iterations.has_turn_in_haste()
    }

    fn scan(&mut self, cx: &Context<'_>) -> Scan {
        let polled = self.iterations.advance(cx) | self.siblings.advance(cx);
        Scan::of(polled, self.iterations.has_turn())
    }
}

/// What [`settle`] waits for, as a message names it.
struct IterationsAhead;

/// Waits until no prefix of these iterations runs, ahead of a function that waits by itself: it
/// drives none of them, and may need what they hold. None begins before the next
/// [turn](next). What they have come to is kept for their turns.
#[track_caller]
pub fn settle(mut iterations: impl Siblings) {
    if siblings::have_ended(&mut iterations) {
        return;
    }
    let origin = Origin::foreground::<IterationsAhead>();
    stall::unwrap_or_panic(context::inside(|place| {
        drive(place, origin, &mut |cx: &Context<'_>| {
            let polled = siblings::settle(&mut iterations, cx);
            Scan::of(polled, siblings::have_ended(&mut iterations))
        })
    }));
}

#[inline]
#[track_caller]
fn join<F: Future>(call: Call<'_, F>, siblings: impl Siblings) -> Call<'_, F> {
    let call = wait(call, siblings);
    guard::refuse::<F::Output>();
    call
}

/// Many calls have ended before they are waited for. Then nothing is made of the siblings, and
/// nothing is moved: what is pointed at is made behind the branch.
#[inline]
#[track_caller]
fn wait<F: Future>(call: Call<'_, F>, siblings: impl Siblings) -> Call<'_, F> {
    let wait = Wait::begin(Location::caller());
    let call = if call.has_ended() {
        call
    } else {
        let (mut waited, mut beside) = (call, siblings);
        let (state, work) = waited.parts();
        drive_beside(state, work, &mut beside, Origin::foreground::<F>());
        waited
    };
    wait.end(call.span());
    call
}

fn drive_beside(
    state: &mut State,
    work: &mut dyn Work,
    siblings: &mut dyn Siblings,
    origin: Origin,
) {
    stall::unwrap_or_panic(context::inside(|place| {
        drive(place, origin, &mut |cx: &Context<'_>| {
            let polled = state.advance(work, cx) | siblings.advance(cx);
            Scan::of(polled, state.has_ended())
        })
    }));
}
