//! The foreground: the calling thread drives futures until one of them is done.

use std::future::IntoFuture;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::task::coop::unconstrained;

use crate::context::{self, Place};
use crate::flag::Flag;
use crate::local_loop;
use crate::parking;
use crate::primitives::{RUNTIME, park_timeout};
use crate::readiness::PollAll;
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
/// Inside a current-thread runtime or a `LocalSet`, which it blocks, if it has not
/// been woken for the [stall limit](crate::Config::stall_limit) (4 seconds): what it
/// waits for is then most likely a timer, a socket or a task of that very runtime, or
/// a task of that `LocalSet`, which would never come.
///
/// At once, if a multi-thread runtime other than [`runtime`](crate::runtime())'s is
/// entered on a thread that runs a current-thread runtime: tokio lets nothing wait there.
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
    settled(context::enter(|place| drive_one(place, future.into_future())))
}

/// Drives a single future.
pub(crate) fn drive_one<F: Future>(place: Place, future: F) -> Result<F::Output, Stalled> {
    let mut flag = Flag::of_this_thread();
    let output = drive_with(place, &mut flag, future);
    flag.recycle();
    output
}

/// Drives a single future, which has this flag.
pub(crate) fn drive_with<F: Future>(
    place: Place,
    flag: &mut Flag,
    future: F,
) -> Result<F::Output, Stalled> {
    let mut future = pin!(future);
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

/// Polls futures without a budget: where one was spent before, tokio's own would be
/// pending for ever.
#[inline]
pub(crate) fn unbudgeted<R>(poll: impl FnOnce() -> R) -> R {
    match pin!(unconstrained(Once(Some(poll)))).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it is polled once"),
    }
}

/// What runs when it is polled. (A type of its own, as a `poll_fn` has three more frames in
/// each backtrace.)
struct Once<F>(Option<F>);

impl<F> Unpin for Once<F> {}

impl<R, F: FnOnce() -> R> Future for Once<F> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<R> {
        match self.0.take() {
            Some(run) => Poll::Ready(run()),
            None => Poll::Pending,
        }
    }
}

/// Scans until done, and parks after a scan that found nothing to poll.
///
/// The thread's background tasks go first, as they were scheduled first.
pub(crate) fn drive<T>(
    place: Place,
    mut scan: impl FnMut(&Context<'_>) -> Scan<T>,
) -> Result<T, Stalled> {
    parking::with_waker(|waker| {
        let cx = Context::from_waker(waker);
        let mut wait = Wait::new(place);
        loop {
            let all = wait.wakes_may_be_lost()?;
            let (ran, scan) = {
                let _poll_all = PollAll::set(all);
                if all {
                    local_loop::wake_all();
                }
                (local_loop::run_ready(), unbudgeted(|| scan(&cx)))
            };
            match scan {
                Scan::Done(output) => return Ok(output),
                Scan::Polled => wait.restart(),
                Scan::Idle if ran => wait.restart(),
                Scan::Idle => wait.park()?,
            }
        }
    })
}

/// A foreground has waited this long without a wake, on a thread that blocks what
/// could wake it.
pub(crate) struct Stalled {
    time: Duration,
    blocked: Blocked,
}

impl Stalled {
    fn on(blocked: Blocked) -> Self {
        Stalled { time: Process::get().stall_limit, blocked }
    }
}

/// What the thread of a foreground would have to go on with.
#[derive(Clone, Copy)]
enum Blocked {
    Scheduler,
    LocalSet,
}

/// What a foreground was driven to; a stalled one panics and says what to do
/// instead.
#[track_caller]
pub(crate) fn settled<T>(output: Result<T, Stalled>) -> T {
    let Stalled { time, blocked } = match output {
        Ok(output) => return output,
        Err(stalled) => stalled,
    };
    let (whole, part, elsewhere) = match blocked {
        Blocked::Scheduler => (
            "current-thread tokio runtime",
            "timer, socket or task of that runtime",
            "a multi-thread runtime (`flavor = \"multi_thread\"`)",
        ),
        Blocked::LocalSet => {
            ("tokio `LocalSet`", "task of that `LocalSet`", "a task outside of it (`tokio::spawn`)")
        }
    };
    panic!(
        "this call has waited {time:?} without being woken, on a thread that runs a {whole} and \
         cannot run it meanwhile: a {part} can never wake it. Make such things inside the call, \
         or call from `spawn_blocking` or {elsewhere}. If the call is only slow, raise \
         `bridge::Config::stall_limit`"
    )
}

/// The waits of one foreground between two polls.
struct Wait {
    /// How long the next park lasts at the most.
    next: Duration,
    /// Scans in a row that found something to poll.
    busy: u32,
    /// When the runtime was kicked last, or the foreground has begun to wait.
    kicked: Option<Instant>,
    /// For a foreground that blocks a scheduler: when all were polled unasked.
    raised: Option<Instant>,
    /// For one that may block what could wake it.
    silence: Option<Silence>,
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
        let now = matches!(place, Place::Beside | Place::Scheduler).then(Instant::now);
        let mut wait = Wait {
            next: Duration::ZERO,
            busy: 0,
            kicked: None,
            raised: now.filter(|_| place == Place::Scheduler),
            silence: now.map(Silence::since),
        };
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
        self.next = if self.raised.is_none() { Self::KICK } else { Self::NAP };
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
        let Some(raised) = &mut self.raised else { return Ok(false) };
        let now = Instant::now();
        if now.duration_since(*raised) < Self::NAP {
            return Ok(false);
        }
        *raised = now;
        if self.silence_left(now) == Some(Duration::ZERO) {
            return Err(Stalled::on(Blocked::Scheduler));
        }
        self.kick_if_due(now);
        Ok(true)
    }

    fn park(&mut self) -> Result<(), Stalled> {
        self.busy = 0;
        if self.raised.is_some() {
            park_timeout(self.next);
            return Ok(());
        }
        let begun = Instant::now();
        self.kicked.get_or_insert(begun);
        // Once nothing is left, it has been asked what the thread blocks.
        let left = self.silence_left(begun).filter(|left| !left.is_zero());
        park_timeout(left.map_or(self.next, |left| left.min(self.next)));
        let woken = Instant::now();
        self.kick_if_due(woken);
        // A wake that was for another foreground puts no kick off.
        if woken.duration_since(begun) >= self.next {
            self.next = (self.next * 2).min(Self::LONGEST);
        }
        let is_over = left.is_some() && self.silence_left(Instant::now()) == Some(Duration::ZERO);
        if is_over && context::blocks_a_local_set() {
            return Err(Stalled::on(Blocked::LocalSet));
        }
        Ok(())
    }

    fn silence_left(&mut self, now: Instant) -> Option<Duration> {
        self.silence.as_mut().map(|silence| silence.left(now))
    }
}

/// The time in which nothing has woken the thread.
struct Silence {
    since: Instant,
    /// How often it was woken by then.
    wakes: usize,
}

impl Silence {
    fn since(now: Instant) -> Self {
        Silence { since: now, wakes: parking::wakes() }
    }

    /// How much is left of the stall limit.
    fn left(&mut self, now: Instant) -> Duration {
        let wakes = parking::wakes();
        // What the thread has handed to the blocking pool is known to end.
        if wakes != self.wakes || local_loop::callables_run() {
            *self = Silence { since: now, wakes };
        }
        Process::get().stall_limit.saturating_sub(now.duration_since(self.since))
    }
}

/// Moves the runtime's driver off a worker that runs blocking code.
fn kick() {
    if RUNTIME {
        runtime().spawn(async {});
    }
}

#[cfg(all(test, not(bridge_loom)))]
mod tests {
    use super::{Place, Wait};

    #[test]
    fn wakes_for_others_put_off_no_kick() {
        let mut wait = Wait::new(Place::Free);
        for _ in 0..16 {
            std::thread::current().unpark();
            assert!(wait.park().is_ok());
        }
        assert!(wait.next < Wait::LONGEST, "as if it had slept all along");
    }
}
