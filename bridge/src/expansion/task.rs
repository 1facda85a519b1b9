//! The task of an `async fn`, which polls its calls.

use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::call::{Call, Starts};
use super::siblings::Siblings;
use super::state::{State, Work};
use crate::budget;
use crate::flag::Starter;
use crate::quiescence::{self, Kept};
use crate::trace::Wait;

/// The task of an `async fn`, or of a part of one that is polled by itself.
///
/// A wait is a loop in the function: `while task.polled().await.runs(&mut x, (&mut y, ())) {}`. It is no
/// future that holds what runs beside, as each list would then lie in the function's future, and
/// the compiler would go through all that is in it for each join.
#[inline]
pub fn task() -> Task {
    Task { waker: None, looks: true, wait: None, round: Kept::default() }
}

/// What [`task`] gives.
pub struct Task {
    /// That of the last poll.
    waker: Option<Waker>,
    /// It need not wait before it looks over its calls.
    looks: bool,
    /// For what it has looked before.
    wait: Option<Wait>,
    round: Kept,
}

impl Task {
    /// One that waits at this place of the code alone.
    pub(super) fn at(location: &'static Location<'static>) -> Self {
        Task { wait: Some(Wait::begin(location)), ..task() }
    }

    /// Waits until the task is polled, if it has to.
    #[inline]
    pub fn polled(&mut self) -> Polled<'_> {
        Polled(Some(self))
    }

    /// It waits before it looks again.
    #[inline]
    fn pause(&mut self, polled: bool, cx: &mut Context<'_>) {
        self.round.pause(polled, cx);
        self.looks = false;
    }

    /// One look over a call and what runs beside it; tells whether the call still runs.
    fn has_to_wait(
        &mut self,
        state: &mut State,
        work: &mut dyn Work,
        siblings: &mut dyn Siblings,
    ) -> bool {
        let Some(waker) = self.waker.take() else { return true };
        let cx = &mut Context::from_waker(&waker);
        let scan =
            scan(budget::times_spent(), cx, |cx| state.advance(work, cx) | siblings.advance(cx));
        // What woke itself meanwhile has woken this task too.
        let waits = scan.spent || !state.has_ended();
        if waits {
            self.pause(scan.polled, cx);
        }
        self.waker = Some(waker);
        waits
    }
}

/// What [`Task::polled`] gives.
#[must_use = "it waits when it is awaited"]
pub struct Polled<'a>(Option<&'a mut Task>);

impl<'a> Future for Polled<'a> {
    type Output = Look<'a>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Look<'a>> {
        let looks = |task: &mut &mut Task| mem::replace(&mut task.looks, true);
        let Some(task) = self.0.take_if(looks) else { return Poll::Pending };
        task.round.resume();
        match &mut task.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Ready(Look(task))
    }
}

/// A look of a task over its calls.
#[must_use = "the task looks over its calls"]
pub struct Look<'a>(&'a mut Task);

impl Look<'_> {
    /// Starts calls, in their order: polls each once, so that its arguments are evaluated and its
    /// first request is on the wire.
    ///
    /// If the budget was not enough for them, the task gives way to others before it looks again: calls
    /// that are always ready are never waited for.
    #[inline]
    pub fn start(self, mut calls: impl Starts) {
        self.start_all(&mut calls);
    }

    fn start_all(self, calls: &mut dyn Starts) {
        let Look(task) = self;
        let Some(waker) = task.waker.take() else { return };
        let cx = &mut Context::from_waker(&waker);
        let scan = scan(budget::times_spent(), cx, |cx| {
            quiescence::starts();
            calls.start(&mut Starter::of_task(cx.waker()));
            true
        });
        if scan.spent {
            task.pause(scan.polled, cx);
        }
        task.waker = Some(waker);
    }

    /// Polls what was woken of a call and of what runs beside it, unless the call has ended; tells
    /// whether it still runs.
    #[inline]
    #[track_caller]
    pub fn runs<F: Future>(self, call: &mut Call<'_, F>, siblings: impl Siblings) -> bool {
        let (Look(task), here) = (self, Location::caller());
        let wait = task.wait.take().unwrap_or_else(|| Wait::begin(here));
        // Many calls have ended before they are waited for. Then nothing is made of the siblings: what
        // is pointed at is made behind the branch.
        if !call.is_done() {
            let mut beside = siblings;
            let (state, work) = call.parts();
            wait.resumes();
            if task.has_to_wait(state, work, &mut beside) {
                wait.pauses();
                task.wait = Some(wait);
                return true;
            }
        }
        wait.end(call.span());
        false
    }
}

/// What a look over several has come to.
#[derive(Clone, Copy)]
pub(super) struct Scan {
    pub(super) polled: bool,
    /// The budget was not enough for all.
    pub(super) spent: bool,
}

impl Scan {
    /// With the budget spent so often before.
    #[inline]
    pub(super) fn since(before: u32, polled: bool) -> Self {
        Scan { polled, spent: budget::times_spent() != before }
    }
}

/// Polls several under the budget of the enclosing task, which had been spent so often before. It is
/// filled for each that would find it spent: then the task gives way to others before it goes on, as
/// it would have.
#[inline]
pub(super) fn scan(
    before: u32,
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> bool,
) -> Scan {
    let look = quiescence::look();
    let polled = poll(cx);
    drop(look);
    let scan = Scan::since(before, polled);
    if scan.spent {
        cx.waker().wake_by_ref();
    }
    scan
}
