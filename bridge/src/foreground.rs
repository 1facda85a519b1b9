//! The foreground: the calling thread drives futures until one of them is done.

use std::future::IntoFuture;
use std::pin::pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::coop::unconstrained;

use crate::context::{self, Place};
use crate::flag::Flag;
use crate::local_loop;
use crate::runtime::runtime;

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
/// A future that waits for something further up the calling thread's own stack,
/// such as the task that it is called from, never ends.
///
/// # Cancellation
///
/// The future runs to its end. If it panics it is dropped inside the runtime's
/// context, as any future is that this crate drives.
#[track_caller]
pub fn run_in_foreground<F: IntoFuture>(future: F) -> F::Output {
    context::enter(|place| {
        let mut future = pin!(unconstrained(future.into_future()));
        let flag = Flag::new();
        let output = drive(place, |cx, raise| {
            if raise {
                flag.raise();
            }
            match flag.poll_if_raised(cx, |cx| future.as_mut().poll(cx)) {
                Some(Poll::Ready(output)) => Scan::Done(output),
                Some(Poll::Pending) => Scan::Polled,
                None => Scan::Idle,
            }
        });
        flag.recycle();
        output
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
/// `scan` is told whether to raise all its flags first, for places where wakes
/// get lost.
pub(crate) fn drive<T>(place: Place, mut scan: impl FnMut(&Context<'_>, bool) -> Scan<T>) -> T {
    local_loop::with_thread_waker(|waker| {
        let cx = Context::from_waker(waker);
        let mut wait = Wait::new(place);
        loop {
            let raise = wait.wakes_may_be_lost();
            if raise {
                local_loop::wake_all();
            }
            let ran = local_loop::run_ready();
            match scan(&cx, raise) {
                Scan::Done(output) => return output,
                Scan::Polled => wait.restart(),
                Scan::Idle if ran => wait.restart(),
                Scan::Idle => wait.park(),
            }
        }
    })
}

/// The waits of one foreground between two polls.
struct Wait {
    place: Place,
    next: Duration,
    /// When all were polled unasked.
    raised: Option<Instant>,
}

impl Wait {
    /// A thread that blocks a scheduler looks again this soon.
    const NAP: Duration = Duration::from_millis(1);
    /// Blocking code in a task can hold tokio's driver with all timers and
    /// sockets; any spawn moves the driver to a free worker. A foreground that
    /// has waited this long without a wake does so.
    const KICK: Duration = Duration::from_millis(5);
    const LONGEST: Duration = Duration::from_secs(1);

    fn new(place: Place) -> Self {
        let mut wait = Wait { place, next: Duration::ZERO, raised: None };
        wait.restart();
        wait
    }

    fn restart(&mut self) {
        self.next = match self.place {
            Place::Free => Self::KICK,
            Place::Scheduler => Self::NAP,
        };
    }

    /// Whether all are to be polled unasked: on a scheduler's thread, once a
    /// nap, however busy the thread is with those that were woken.
    fn wakes_may_be_lost(&mut self) -> bool {
        if self.place == Place::Free {
            return false;
        }
        let now = Instant::now();
        let raised = *self.raised.get_or_insert(now);
        let due = now.duration_since(raised) >= Self::NAP;
        if due {
            self.raised = Some(now);
        }
        due
    }

    fn park(&mut self) {
        thread::park_timeout(self.next);
        if self.place == Place::Free {
            if self.next >= Self::KICK {
                runtime().spawn(async {});
            }
            self.next = (self.next * 2).min(Self::LONGEST);
        }
    }
}
