//! The loop of a foreground: the calling thread polls what was woken, and parks when nothing
//! was, until what it waits for is done.

use std::pin::pin;
use std::task::{Context, Poll};

use crate::budget;
use crate::context::Place;
use crate::flag::Flag;
use crate::in_flight::Origin;
use crate::local_loop;
use crate::parking;
use crate::quiescence;
use crate::readiness::PollAll;
use crate::stall::Stalled;
use crate::wait::Wait;

/// What one look over the futures of a foreground came to.
pub(crate) enum Scan<T> {
    /// The one that is waited for is done.
    Done(T),
    /// Something was polled.
    Polled,
    /// Nothing had been woken.
    Idle,
}

impl<T> Scan<T> {
    /// After a look that has polled something or not, and has this, if it is done.
    #[inline]
    pub(crate) fn of(polled: bool, done: Option<T>) -> Self {
        match done {
            Some(done) => Scan::Done(done),
            None if polled => Scan::Polled,
            None => Scan::Idle,
        }
    }
}

/// Scans until done, and parks after a scan that found nothing to poll.
///
/// The thread's background tasks go first, as they were scheduled first.
#[inline]
pub(crate) fn drive<T>(
    place: Place,
    origin: Origin,
    mut scan: impl FnMut(&Context<'_>) -> Scan<T>,
) -> Result<T, Stalled> {
    let mut output = None;
    drive_until_done(place, origin, &mut |cx| match scan(cx) {
        Scan::Done(value) => {
            output = Some(value);
            Scan::Done(())
        }
        Scan::Polled => Scan::Polled,
        Scan::Idle => Scan::Idle,
    })?;
    Ok(output.expect("it is done"))
}

/// The same without a type parameter, so that it is compiled once, and not for each join of
/// each function.
fn drive_until_done(
    place: Place,
    origin: Origin,
    scan: &mut dyn FnMut(&Context<'_>) -> Scan<()>,
) -> Result<(), Stalled> {
    let mut driven = Ok(());
    let _look = quiescence::look();
    parking::with_waker(|waker| {
        // Once for all scans, as it costs as much as one.
        budget::poll_budgeted(&mut || {
            let cx = Context::from_waker(waker);
            if !is_done_at_once(place, &cx, scan) {
                driven = scan_until_done(place, origin, &cx, scan);
            }
        });
    });
    driven
}

/// Many a future is done when it is polled first: then nothing is made to wait with.
fn is_done_at_once(
    place: Place,
    cx: &Context<'_>,
    scan: &mut dyn FnMut(&Context<'_>) -> Scan<()>,
) -> bool {
    let is_alone = place != Place::Scheduler && !local_loop::has_tasks();
    is_alone && matches!(scan(cx), Scan::Done(()))
}

fn scan_until_done(
    place: Place,
    origin: Origin,
    cx: &Context<'_>,
    scan: &mut dyn FnMut(&Context<'_>) -> Scan<()>,
) -> Result<(), Stalled> {
    let mut wait = Wait::new(place, origin);
    loop {
        let all = wait.is_to_poll_all()?;
        let (ran, scan) = {
            let _poll_all = PollAll::set(all);
            if all {
                local_loop::wake_all();
            }
            let polled = (local_loop::run_ready(), scan(cx));
            if place == Place::Scheduler {
                budget::fill_if_spent();
            }
            polled
        };
        match scan {
            Scan::Done(()) => return Ok(()),
            Scan::Polled => wait.restart(!all),
            Scan::Idle if ran => wait.restart(false),
            Scan::Idle if quiescence::reached() => wait.restart(false),
            Scan::Idle => wait.park()?,
        }
    }
}

/// Drives a single future.
pub(crate) fn drive_one<F: Future>(
    place: Place,
    origin: Origin,
    future: F,
) -> Result<F::Output, Stalled> {
    let mut flag = Flag::of_this_thread(origin);
    let output = drive_with(place, origin, &mut flag, future);
    flag.recycle();
    output
}

/// Drives a single future, which has this flag.
pub(crate) fn drive_with<F: Future>(
    place: Place,
    origin: Origin,
    flag: &mut Flag,
    future: F,
) -> Result<F::Output, Stalled> {
    let mut future = pin!(future);
    drive(place, origin, |cx| match flag.poll_if_raised(cx, |cx| future.as_mut().poll(cx)) {
        Some(Poll::Ready(output)) => Scan::Done(output),
        Some(Poll::Pending) => Scan::Polled,
        None => Scan::Idle,
    })
}
