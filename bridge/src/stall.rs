//! When a foreground gives up: nothing has woken it for the stall limit, on a thread that
//! blocks what could.

use std::time::{Duration, Instant};

use crate::local_loop;
use crate::parking;
use crate::runtime::Process;

/// The time in which nothing has woken the thread.
pub(crate) struct Silence {
    since: Instant,
    /// How often it was woken by then.
    wakes: usize,
}

impl Silence {
    pub(crate) fn since(now: Instant) -> Self {
        Silence { since: now, wakes: parking::wakes() }
    }

    /// How much is left of the stall limit.
    pub(crate) fn left(&mut self, now: Instant) -> Duration {
        let wakes = parking::wakes();
        // What the thread has handed to the blocking pool is known to end.
        if wakes != self.wakes || local_loop::callables_run() {
            *self = Silence { since: now, wakes };
        }
        Process::get().limits.stall.saturating_sub(now.duration_since(self.since))
    }
}

/// Why a foreground does not wait on.
pub(crate) enum Stalled {
    /// It has waited this long without a wake, on a thread that blocks what could wake it.
    Silent { time: Duration, blocked: Blocked },
    /// Its process was forked: the threads that could wake it are the parent's.
    Forked,
}

impl Stalled {
    pub(crate) fn on(blocked: Blocked) -> Self {
        Stalled::Silent { time: Process::get().limits.stall, blocked }
    }
}

/// What the thread of a foreground would have to go on with.
#[derive(Clone, Copy)]
pub(crate) enum Blocked {
    Scheduler,
    LocalSet,
}

/// What a foreground was driven to.
///
/// # Panics
///
/// If it has stalled: the message says what to do instead.
#[track_caller]
pub(crate) fn unwrap_or_panic<T>(output: Result<T, Stalled>) -> T {
    let (time, blocked) = match output {
        Ok(output) => return output,
        Err(Stalled::Silent { time, blocked }) => (time, blocked),
        Err(Stalled::Forked) => panic!(
            "this process was made by `fork` after its parent had begun to use the runtime of \
             `bridge`: the threads of the runtime are not here, and this call would wait for \
             them for ever. Fork before the first use, or start a new program (`exec`)"
        ),
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
