//! The joins of an `async fn`: they await, under any executor.

use std::future::{IntoFuture, poll_fn};
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::bounded_loop::{Anywhere, Items, Iteration, Iterations, Source, Turn};
use super::call::{Call, Starts};
use super::fallible::{Exit, Fallible};
use super::guard::{self, Unguarded};
use super::out_of_order::{self, Failure, FailureOf};
use super::siblings::{self, Siblings};
use super::state::{State, Work};
use crate::budget;
use crate::flag::Starter;
use crate::quiescence::{self, Kept};
use crate::trace::{self, Body, Told, Wait};

pub use super::bounded_loop::{asked, bounded};
pub use super::call::background;
pub use super::fallible::wrap;
pub use super::guard::{passed, unguarded};
pub use super::out_of_order::{derive, derive_as};
pub use super::slot::{Lent, Moved, Shared};
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
    pub fn beside<T>(self, siblings: impl Siblings) -> impl Future<Output = T>
    where
        F: IntoFuture<Output = T>,
    {
        // Here, where the caller is the `.await`.
        let (future, wait) = (self.0.into_future(), Wait::begin(Location::caller()));
        async move {
            let mut call = background(future);
            start((&mut call, ())).await;
            Join::new(wait, call, siblings, Call::value).await
        }
    }
}

/// Starts calls, in their order: polls each once, so that its arguments are evaluated and its
/// first request is on the wire.
///
/// If the budget was not enough for them, the task gives way to others before it goes on: calls that are
/// always ready are never waited for.
pub fn start(calls: impl Starts) -> impl Future<Output = ()> {
    Start { calls, have_started: false, round: Kept::default() }
}

/// A future by hand: an `async fn` has what it is given twice, and a function many lists of calls.
struct Start<S> {
    calls: S,
    have_started: bool,
    round: Kept,
}

// A list of `&mut`s.
impl<S> Unpin for Start<S> {}

impl<S: Starts> Future for Start<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.have_started {
            self.round.resume();
            return Poll::Ready(());
        }
        let before = budget::times_spent();
        first(|| self.calls.start(&mut Starter::of_task(cx.waker())));
        if budget::times_spent() == before {
            return Poll::Ready(());
        }
        self.have_started = true;
        self.round.pause(true, cx);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Joins a call: drives it and its siblings until it is done.
///
/// # Panics
///
/// With the call's own payload, if it has panicked.
#[track_caller]
pub fn foreground<F: Future<Output = T>, T: Unguarded<Kind>, Kind>(
    call: Call<'_, F>,
    siblings: impl Siblings,
    _: [Kind; 1],
) -> impl Future<Output = F::Output> {
    Join::new(Wait::begin(Location::caller()), call, siblings, |call| {
        guard::refuse::<T>();
        call.value()
    })
}

/// Joins a call before those above it.
#[track_caller]
pub fn out_of_order<F: Future<Output = T>, T: Unguarded<Kind>, Kind>(
    call: Call<'_, F>,
    siblings: impl Siblings,
    _: [Kind; 1],
) -> impl Future<Output = Result<T, Failure>> {
    Join::new(Wait::begin(Location::caller()), call, siblings, |call| {
        guard::refuse::<T>();
        out_of_order::value(call.take())
    })
}

/// Joins a call with a `?`, in a function that returns `R`, before those above
/// it.
#[track_caller]
pub fn out_of_order_as<R: Fallible, T: Unguarded<Kind>, F: Future<Output = R::Rewrap<T>>, Kind>(
    call: Call<'_, F>,
    siblings: impl Siblings,
    _: [Kind; 1],
) -> impl Future<Output = Result<T, FailureOf<R>>> {
    Join::new(Wait::begin(Location::caller()), call, siblings, |call| {
        guard::refuse::<F::Output>();
        out_of_order::checked::<R, T>(call.take())
    })
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
/// A future by hand, as [`Start`] is.
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
        first(|| {
            budget::fill_if_spent();
            iterations.start(begun, cx);
        });
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

/// Polls something for the first time.
fn first(poll: impl FnOnce()) {
    let _look = quiescence::first_look();
    poll();
}

/// What a look over several has come to.
#[derive(Clone, Copy)]
struct Scan {
    polled: bool,
    /// The budget was not enough for all.
    spent: bool,
}

impl Scan {
    /// With the budget spent so often before.
    #[inline]
    fn since(before: u32, polled: bool) -> Self {
        Scan { polled, spent: budget::times_spent() != before }
    }
}

/// Polls several under the budget of the enclosing task, which had been spent so often before. It is
/// filled for each that would find it spent: then the task gives way to others before it goes on, as
/// it would have.
#[inline]
fn scan(before: u32, cx: &mut Context<'_>, poll: impl FnOnce(&mut Context<'_>) -> bool) -> Scan {
    let look = quiescence::look();
    let polled = poll(cx);
    drop(look);
    let scan = Scan::since(before, polled);
    if scan.spent {
        cx.waker().wake_by_ref();
    }
    scan
}

/// Waits for a call, and ends with what is made of its value or its panic.
///
/// A future by hand, as [`Start`] is.
struct Join<'a, F: Future, S: Siblings, End> {
    call: Call<'a, F>,
    siblings: S,
    end: End,
    has_ended: bool,
    wait: Wait,
    round: Kept,
}

impl<'a, F: Future, S: Siblings, End> Join<'a, F, S, End> {
    fn new<T>(wait: Wait, call: Call<'a, F>, siblings: S, end: End) -> Self
    where
        End: Fn(&mut Call<'a, F>) -> T,
    {
        Join { call, siblings, end, has_ended: false, wait, round: Kept::default() }
    }
}

// Calls stay where their boxes put them.
impl<F: Future, S: Siblings, End> Unpin for Join<'_, F, S, End> {}

impl<'a, F: Future, S: Siblings, T, End> Future for Join<'a, F, S, End>
where
    End: Fn(&mut Call<'a, F>) -> T,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Join { call, siblings, end, has_ended, wait, round } = &mut *self;
        // Many calls have ended before they are waited for.
        if !call.is_done() {
            let (state, work) = call.parts();
            wait.resumes();
            if !advanced(state, work, siblings, round, cx) {
                wait.pauses();
                return Poll::Pending;
            }
        }
        *has_ended = true;
        wait.end(call.span());
        Poll::Ready(end(call))
    }
}

/// Whether the call has ended after one more scan.
fn advanced(
    state: &mut State,
    work: &mut dyn Work,
    siblings: &mut dyn Siblings,
    round: &mut Kept,
    cx: &mut Context<'_>,
) -> bool {
    round.resume();
    let scan = scan(budget::times_spent(), cx, |cx| state.advance(work, cx) | siblings.advance(cx));
    // What woke itself meanwhile has woken this task too.
    let ended = !scan.spent && state.has_ended();
    if !ended {
        round.pause(scan.polled, cx);
    }
    ended
}

/// Dropped half-way: the siblings have started after the call, so they are cancelled before it.
impl<F: Future, S: Siblings, End> Drop for Join<'_, F, S, End> {
    fn drop(&mut self) {
        if !self.has_ended {
            siblings::cancel(&mut self.siblings);
        }
    }
}
