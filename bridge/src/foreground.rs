//! The foreground, as it is called: the calling thread drives one future to its end.

use std::future::IntoFuture;

use crate::context;
use crate::drive::drive_one;
use crate::in_flight::Origin;
use crate::stall;
use crate::trace;

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
/// In a child that was made by `fork` after its parent had used the runtime, as soon as it would
/// have to wait: the threads that could wake it are the parent's. (A lock that one of them held at
/// that moment stays locked in the child for ever. `spawn` in the child, and what a signal handler
/// may not do, is beyond this crate.)
///
/// A future that waits for something further up the calling thread's own stack,
/// such as the task that it is called from, never ends. If that is what a call of an
/// annotated function holds, it [says so](crate::Config::stall_warning) after 4 seconds.
///
/// # Cancellation
///
/// The future runs to its end. If it panics it is dropped inside the runtime's
/// context, as any future is that this crate drives.
#[track_caller]
pub fn run_in_foreground<F: IntoFuture>(future: F) -> F::Output {
    let origin = Origin::foreground::<F::IntoFuture>();
    stall::unwrap_or_panic(context::enter(|place| {
        drive_one(place, origin, trace::traced(origin, future.into_future()))
    }))
}
