//! The foreground: the calling thread drives futures until one of them is done.

use std::future::IntoFuture;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::task::coop::unconstrained;

use crate::context::{self, Place};
use crate::flag::{Flag, Unasked};
use crate::local_loop;
use crate::primitives::{RUNTIME, park_timeout};
use crate::runtime::{Process, runtime};

/// Runs the event loop in the calling thread until `future` is done, and
/// returns its value: the shell's `fg`.
///
/// The future may borrow and need not be [`Send`]. All tasks that this thread
/// has started with [`run_in_background`](crate::run_in_background) advance
/// meanwhile, whatever the foreground waits for. Time limits and waiting for
/// several things are written with what tokio has, in an `async` block, as
/// tokio's timers have to be made inside its context:
///
/// ```
/// use std::time::Duration;
/// use bridge::run_in_foreground;
/// use tokio::time::timeout;
///
/// let slow = std::future::pending::<()>();
/// assert!(run_in_foreground(async { timeout(Duration::from_millis(1), slow).await }).is_err());
/// ```
///
/// It may be called from any thread, from inside a future that another
/// foreground drives, and from inside other runtimes.
///
/// # Panics
///
/// With the panic of the future, if it panics.
///
/// Inside a current-thread runtime, which it blocks, if it has not been woken for
/// the [stall limit](crate::Config::stall_limit) (4 seconds): what it waits for is
/// then most likely a timer, a socket or a task of that runtime, which would never
/// come.
///
/// A future that waits for something further up the calling thread's own stack,
/// such as the task that it is called from, never ends.
///
/// # Cancellation
///
/// The future runs to its end. If it panics it is dropped inside the runtime's
/// context, as any future is that this crate drives.
#[track_caller]
pub fn run_in_foreground<F: IntoFuture>(future: F) -> F::Output {
    settled(context::enter(|place| {
        let flag = Flag::new();
        let output = drive_one(place, &flag, future.into_future());
        flag.recycle();
        output
    }))
}

/// Drives a single future, which has this flag.
pub(crate) fn drive_one<F: Future>(
    place: Place,
    flag: &Flag,
    future: F,
) -> Result<F::Output, Stalled> {
    let mut future = pin!(unconstrained(future));
    drive(place, |cx| match flag.poll_if_raised(cx, |cx| future.as_mut().poll(cx)) {
        Some(Poll::Ready(output)) => Scan::Done(output),
        Some(Poll::Pending) => Scan::Polled,
        None => Scan::Idle,
    })
}

/// What one look over the futures of a foreground came to.
pub(crate) enum Scan<T> {
    /// The one that is waited for is done.
    Done(T),
    /// Something was polled.
    Polled,
    /// Nothing had been woken.
    Idle,
}

/// Scans until done, and parks after a scan that found nothing to poll.
///
/// The thread's background tasks go first, as they were scheduled first.
pub(crate) fn drive<T>(
    place: Place,
    mut scan: impl FnMut(&Context<'_>) -> Scan<T>,
) -> Result<T, Stalled> {
    local_loop::with_thread_waker(|waker| {
        let cx = Context::from_waker(waker);
        let mut wait = Wait::new(place);
        loop {
            let all = wait.wakes_may_be_lost()?;
            let (ran, scan) = {
                let _unasked = Unasked::set(all);
                if all {
                    local_loop::wake_all();
                }
                (local_loop::run_ready(), scan(&cx))
            };
            match scan {
                Scan::Done(output) => return Ok(output),
                Scan::Polled => wait.restart(),
                Scan::Idle if ran => wait.restart(),
                Scan::Idle => wait.park(),
            }
        }
    })
}

/// A foreground that blocks a scheduler has waited this long without a wake.
pub(crate) struct Stalled(Duration);

/// What a foreground was driven to; a stalled one panics and says what to do
/// instead.
#[track_caller]
pub(crate) fn settled<T>(output: Result<T, Stalled>) -> T {
    match output {
        Ok(output) => output,
        Err(Stalled(time)) => panic!(
            "this call has waited {time:?} without being woken, on a thread that runs a \
             current-thread tokio runtime and cannot run it meanwhile: a timer, socket or task \
             of that runtime can never wake it. Make such things inside the call, or call from \
             `spawn_blocking` or a multi-thread runtime (`flavor = \"multi_thread\"`). If the \
             call is only slow, raise `bridge::Config::stall_limit`"
        ),
    }
}

/// The waits of one foreground between two polls.
struct Wait {
    /// How long the next park lasts at the most.
    next: Duration,
    /// Scans in a row that found something to poll.
    busy: u32,
    /// When the runtime was kicked last by a thread that does not park for long.
    kicked: Option<Instant>,
    /// For a foreground that blocks a scheduler.
    blocking: Option<Blocking>,
}

/// What a foreground keeps in mind that blocks a scheduler.
struct Blocking {
    /// When all were polled unasked.
    raised: Instant,
    /// When the thread was found to have been woken, and how often by then.
    woken: Instant,
    wakes: u64,
}

impl Wait {
    /// A thread that blocks a scheduler looks again this soon.
    const NAP: Duration = Duration::from_millis(1);
    /// Blocking code in a task can hold tokio's driver with all timers and
    /// sockets; any spawn moves the driver to a free worker. A foreground that
    /// has waited this long without a wake does so.
    const KICK: Duration = Duration::from_millis(5);
    const LONGEST: Duration = Duration::from_secs(1);
    /// A busy foreground looks at the clock after so many scans.
    const BUSY: u32 = 256;

    fn new(place: Place) -> Self {
        let blocking = (place == Place::Scheduler).then(|| {
            let now = Instant::now();
            Blocking { raised: now, woken: now, wakes: local_loop::wakes() }
        });
        let mut wait = Wait { next: Duration::ZERO, busy: 0, kicked: None, blocking };
        wait.shorten();
        wait
    }

    /// Something was polled.
    fn restart(&mut self) {
        self.shorten();
        self.busy += 1;
        // Beside a task that is always busy nobody parks.
        if self.busy.is_multiple_of(Self::BUSY) {
            self.kick_if_due(Instant::now());
        }
    }

    fn shorten(&mut self) {
        self.next = if self.blocking.is_none() { Self::KICK } else { Self::NAP };
    }

    fn kick_if_due(&mut self, now: Instant) {
        if now.duration_since(*self.kicked.get_or_insert(now)) >= Self::KICK {
            self.kicked = Some(now);
            kick();
        }
    }

    /// Whether all are to be polled unasked: on a scheduler's thread, once a
    /// nap, however busy the thread is with those that were woken.
    fn wakes_may_be_lost(&mut self) -> Result<bool, Stalled> {
        let Some(blocking) = &mut self.blocking else { return Ok(false) };
        let now = Instant::now();
        if now.duration_since(blocking.raised) < Self::NAP {
            return Ok(false);
        }
        blocking.raised = now;
        let wakes = local_loop::wakes();
        let limit = Process::get().stall_limit;
        if wakes != blocking.wakes || local_loop::callables_run() {
            (blocking.woken, blocking.wakes) = (now, wakes);
        } else if now.duration_since(blocking.woken) >= limit {
            return Err(Stalled(limit));
        }
        self.kick_if_due(now);
        Ok(true)
    }

    fn park(&mut self) {
        self.busy = 0;
        park_timeout(self.next);
        if self.blocking.is_none() {
            kick();
            self.next = (self.next * 2).min(Self::LONGEST);
        }
    }
}

/// Moves the runtime's driver off a worker that runs blocking code.
fn kick() {
    if RUNTIME {
        runtime().spawn(async {});
    }
}
