//! The joins of an `async fn`: they await, under any executor.

use std::future::{IntoFuture, poll_fn};
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::bounded_loop::{Anywhere, Items, Iteration, Iterations, Source, Turn};
use super::call::Call;
use super::fallible::{Exit, Fallible};
use super::guard::{self, Unguarded};
use super::out_of_order::{self, Failure, FailureOf};
use super::siblings::{self, Siblings};
use super::task::{Scan, Task, scan};
use crate::budget;
use crate::quiescence::{self, Kept};
use crate::trace::{self, Body, Told, Wait};

pub use super::bounded_loop::{asked, bounded};
pub use super::call::background;
pub use super::fallible::wrap;
pub use super::guard::{passed, unguarded};
pub use super::out_of_order::{derive, derive_as};
pub use super::slot::{Lent, Linked, Moved, Shared};
pub use super::task::task;
pub use super::together::{background_beside, together};
pub use crate::background::run_in_background;
pub use core::option::Option::Some;
pub use core::result::Result::{Err, Ok};

/// Begins a function: it ends where this is dropped. The closure stands in the function, of which its
/// type has the name.
#[inline]
#[track_caller]
pub fn function<Name: FnOnce()>(_: Name) -> Function {
    Function { _body: Body::begin::<Name>(Location::caller()) }
}

/// An `async fn` that runs.
#[must_use = "the function's end is where this is dropped"]
pub struct Function {
    _body: Body,
}

/// An await that stays where it is: what is wrong with the future is said of its `.await`.
#[inline]
pub fn in_place<F>(future: F) -> Told<F> {
    trace::told(future)
}

/// An await that stays where it is, while iterations run ahead.
pub fn run<F>(future: F) -> InPlace<F> {
    InPlace(future)
}

/// What [`run`] runs.
#[must_use = "it runs when it is awaited"]
pub struct InPlace<F>(F);

impl<F> InPlace<F> {
    /// Runs it in the suffix of an iteration, beside the prefixes in flight.
    #[track_caller]
    pub fn beside<T, S>(self, mut siblings: S) -> impl Future<Output = T>
    where
        F: IntoFuture<Output = T>,
        for<'a> &'a mut S: Siblings,
    {
        // Here, where the caller is the `.await`.
        let (future, mut task) = (self.0.into_future(), Task::at(Location::caller()));
        async move {
            let mut call = background(future);
            task.polled().await.start((&mut call, ()));
            while task.polled().await.runs(&mut call, &mut siblings) {}
            call.into_value()
        }
    }
}

/// The value of a call that has ended.
///
/// # Panics
///
/// With the call's own payload, if it has panicked.
#[inline]
pub fn foreground<F: Future<Output = T>, T: Unguarded<Kind>, Kind>(
    call: Call<'_, F>,
    _: [Kind; 1],
) -> F::Output {
    guard::refuse::<T>();
    call.into_value()
}

/// The value of a call that has ended before those above it.
#[inline]
pub fn out_of_order<F: Future<Output = T>, T: Unguarded<Kind>, Kind>(
    call: Call<'_, F>,
    _: [Kind; 1],
) -> Result<T, Failure> {
    guard::refuse::<T>();
    out_of_order::value(call.into_result())
}

/// The value of a call with a `?`, in a function that returns `R`, that has ended before those above
/// it.
#[inline]
pub fn out_of_order_as<R: Fallible, T: Unguarded<Kind>, F: Future<Output = R::Rewrap<T>>, Kind>(
    call: Call<'_, F>,
    _: [Kind; 1],
) -> Result<T, FailureOf<R>> {
    guard::refuse::<F::Output>();
    out_of_order::checked::<R, T>(call.into_result())
}

/// Says of a prefix that it takes the items of this loop.
pub fn prefix<S: Source, T, P>(_: &Items<S>, prefix: P) -> P
where
    P: AsyncFn(S::Item, Iteration<Anywhere<T>>) -> S::Exit,
{
    prefix
}

/// The iterations of a loop: they start when the first of them is waited for.
pub fn overlap<S: Source, P, F: Future<Output = S::Exit>, T>(
    items: Items<S>,
    prefix: P,
) -> Iterations<S, P, F, Anywhere<T>>
where
    P: FnMut(S::Item, Iteration<Anywhere<T>>) -> F,
{
    Iterations::new(items, prefix)
}

/// Waits for the turn of the next iteration; gives what its prefix has yielded,
/// or `None` after the last.
///
/// # Panics
///
/// With the payload of its prefix or of the source, if one has panicked.
pub fn next<S, P, F, T>(
    iterations: &mut Iterations<S, P, F, Anywhere<T>>,
    siblings: impl Siblings,
) -> impl Future<Output = <F::Output as Exit>::Next<Option<T>>>
where
    S: Source<Exit = F::Output>,
    P: FnMut(S::Item, Iteration<Anywhere<T>>) -> F,
    F: Future<Output: Exit>,
{
    Next { iterations, siblings, wait: None, round: Kept::default() }
}

/// The wait for the turn of the next iteration.
///
/// A future by hand: an `async fn` has what it is given twice, and a function many loops.
struct Next<'a, S: Source, P, F: Future, T, B> {
    iterations: &'a mut Iterations<S, P, F, Anywhere<T>>,
    siblings: B,
    /// Once the iteration before has ended, and all that may begin have.
    wait: Option<Wait>,
    round: Kept,
}

// Prefixes stay where their boxes put them.
impl<S: Source, P, F: Future, T, B> Unpin for Next<'_, S, P, F, T, B> {}

impl<S, P, F, T, B: Siblings> Future for Next<'_, S, P, F, T, B>
where
    S: Source<Exit = F::Output>,
    P: FnMut(S::Item, Iteration<Anywhere<T>>) -> F,
    F: Future<Output: Exit>,
{
    type Output = <F::Output as Exit>::Next<Option<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let before = budget::times_spent();
            let Next { iterations, siblings, wait, round } = &mut *self;
            let (wait, has_begun) = match wait {
                Some(wait) => (wait, false),
                None => (wait.insert(begin(iterations, cx)), true),
            };
            wait.resumes();
            round.resume();
            let mut scan = Scan::since(before, false);
            if scan.spent || !has_begun || !iterations.has_turn_in_haste() {
                scan = self::scan(before, cx, |cx| iterations.advance(cx) | siblings.advance(cx));
            }
            let turn = if scan.spent { None } else { iterations.turn() };
            let Some(turn) = turn else {
                round.pause(scan.polled, cx);
                wait.pauses();
                return Poll::Pending;
            };
            wait.end(iterations.span());
            if let Turn::Next(next) = turn {
                return Poll::Ready(Exit::next(next.unwrap_or_else(|panic| resume_unwind(panic))));
            }
            self.wait = None;
        }
    }
}

/// Ends the iteration before, and starts all that may begin.
#[inline]
fn begin<S, P, F, T>(iterations: &mut Iterations<S, P, F, Anywhere<T>>, cx: &Context<'_>) -> Wait
where
    S: Source<Exit = F::Output>,
    P: FnMut(S::Item, Iteration<Anywhere<T>>) -> F,
    F: Future,
{
    iterations.end_current();
    let wait = Wait::begin(iterations.location());
    while let Some(begun) = iterations.begin() {
        let _look = quiescence::first_look();
        budget::fill_if_spent();
        iterations.start(begun, cx);
    }
    wait
}

/// Waits until no prefix of these iterations runs, ahead of a function that waits by itself: it
/// drives none of them, and may need what they hold. None begins before the next
/// [turn](next). What they have come to is kept for their turns.
#[track_caller]
pub fn settle(mut iterations: impl Siblings) -> impl Future<Output = ()> {
    let wait = Wait::begin(Location::caller());
    let mut round = Kept::default();
    poll_fn(move |cx| {
        if siblings::have_ended(&mut iterations) {
            return Poll::Ready(());
        }
        wait.resumes();
        round.resume();
        let scan = scan(budget::times_spent(), cx, |cx| siblings::settle(&mut iterations, cx));
        if !scan.spent && siblings::have_ended(&mut iterations) {
            return Poll::Ready(());
        }
        round.pause(scan.polled, cx);
        wait.pauses();
        Poll::Pending
    })
}
