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

/// What a foreground drives to its end.
pub(crate) trait Driven {
    /// Polls what has begun, ahead of the first scan; tells whether it is done already.
    #[inline]
    fn begins(&mut self, _: &Context<'_>) -> bool {
        false
    }

    /// Polls what was woken.
    fn scan(&mut self, cx: &Context<'_>) -> Scan;
}

impl<S: FnMut(&Context<'_>) -> Scan> Driven for S {
    #[inline]
    fn scan(&mut self, cx: &Context<'_>) -> Scan {
        self(cx)
    }
}

/// What one look over the futures of a foreground came to.
#[derive(Clone, Copy)]
pub(crate) enum Scan {
    /// The one that is waited for is done.
    Done,
    /// Something was polled.
    Polled,
    /// Nothing had been woken.
    Idle,
}

impl Scan {
    /// After a look that has polled something or not, and has this to wait for or not.
    #[inline]
    pub(crate) fn of(polled: bool, done: bool) -> Self {
        match (done, polled) {
            (true, _) => Scan::Done,
            (_, true) => Scan::Polled,
            _ => Scan::Idle,
        }
    }
}

/// Scans until done, and parks after a scan that found nothing to poll.
///
/// The thread's background tasks go first, as they were scheduled first.
///
/// Without a type parameter, so that it is compiled once, and not for each join of each function.
pub(crate) fn drive(place: Place, origin: Origin, driven: &mut dyn Driven) -> Result<(), Stalled> {
    let _look = quiescence::look();
    let driven_here = parking::try_with_waker(|waker| {
        let mut result = Ok(());
        // Once for all polls, as it costs as much as one.
        budget::budgeted(&mut Context::from_waker(waker), &mut |cx| {
            if !begins(place, cx, driven) && !is_done_at_once(place, cx, driven) {
                result = scan_until_done(place, origin, cx, driven);
            }
        });
        result
    });
    driven_here.unwrap_or_else(|| drive_at_the_end(place, origin, driven))
}

/// In a destructor of the thread's own. (Apart, so that the code above has one caller, and is inlined.)
#[cold]
fn drive_at_the_end(place: Place, origin: Origin, driven: &mut dyn Driven) -> Result<(), Stalled> {
    let mut result = Ok(());
    parking::with_waker(|waker| {
        budget::poll_budgeted(&mut |_| {
            let cx = &Context::from_waker(waker);
            if !begins(place, cx, driven) {
                result = scan_until_done(place, origin, cx, driven);
            }
        });
    });
    result
}

#[inline]
fn begins(place: Place, cx: &Context<'_>, driven: &mut dyn Driven) -> bool {
    let done = driven.begins(cx);
    if place == Place::Scheduler {
        budget::fill_if_spent();
    }
    done
}

/// Many a future is done when it is polled first: then nothing is made to wait with.
fn is_done_at_once(place: Place, cx: &Context<'_>, driven: &mut dyn Driven) -> bool {
    let is_alone = place != Place::Scheduler && !local_loop::has_tasks();
    is_alone && matches!(driven.scan(cx), Scan::Done)
}

fn scan_until_done(
    place: Place,
    origin: Origin,
    cx: &Context<'_>,
    driven: &mut dyn Driven,
) -> Result<(), Stalled> {
    let mut wait = Wait::new(place, origin);
    loop {
        let all = wait.is_to_poll_all()?;
        let (ran, scan) = {
            let _poll_all = PollAll::set(all);
            if all {
                local_loop::wake_all();
            }
            let polled = (local_loop::run_ready(), driven.scan(cx));
            if place == Place::Scheduler {
                budget::fill_if_spent();
            }
            polled
        };
        match scan {
            Scan::Done => return Ok(()),
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
    let mut output = None;
    let mut scan = |cx: &Context<'_>| match flag.poll_if_raised(cx, |cx| future.as_mut().poll(cx)) {
        Some(Poll::Ready(value)) => {
            output = Some(value);
            Scan::Done
        }
        Some(Poll::Pending) => Scan::Polled,
        None => Scan::Idle,
    };
    drive(place, origin, &mut scan)?;
    Ok(output.expect("it is done"))
}
