//! What can be configured before the first use.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::runtime::{Limits, Process};

/// How the process-wide runtime is made.
///
/// Nothing needs to be configured. What is, has to be before the first use of
/// this crate, at best at the start of `main`:
///
/// ```
/// use bridge::{Config, ConfigError};
///
/// # fn main() -> Result<(), ConfigError> {
/// Config::new().worker_threads(2).init()?;
///
/// let late = Config::new().worker_threads(4).init();
/// assert!(matches!(late, Err(ConfigError::AlreadyInUse)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is configured before `init`"]
pub struct Config {
    source: Source,
    blocking_threads: Option<usize>,
    limits: Limits,
}

#[derive(Debug)]
enum Source {
    /// A runtime of our own, with so many workers, or one for each core.
    Own(Option<usize>),
    /// The user's.
    Given(Handle),
}

impl Config {
    /// What is used if nothing is configured: a runtime of its own with as many
    /// worker threads as the machine has cores, a stall limit of 4 seconds, and a stall
    /// warning after as long.
    pub fn new() -> Self {
        Config { source: Source::Own(None), blocking_threads: None, limits: Limits::DEFAULT }
    }

    /// A runtime of its own with `count` worker threads. They drive sockets,
    /// timers and spawned tasks; calls run on the thread that makes them, so
    /// that one is enough for most programs.
    ///
    /// Replaces a [`handle`](Self::handle).
    pub fn worker_threads(mut self, count: usize) -> Self {
        self.source = Source::Own(Some(count));
        self
    }

    /// How many threads a runtime of its own has at the most for blocking code
    /// (`run_in_background(|| …)`, `tokio::fs`, `spawn_blocking`), beside its workers: 512 if
    /// nothing else is set. They are made when they are needed, and end when they have been idle
    /// for ten seconds.
    ///
    /// What finds none waits for one, or is run by the foreground that joins it.
    pub fn max_blocking_threads(mut self, count: usize) -> Self {
        self.blocking_threads = Some(count);
        self
    }

    /// A multi-thread runtime that the program has already, with its timers and
    /// sockets enabled. It has to live as long as calls are made.
    ///
    /// ```
    /// use bridge::{Config, run_in_foreground, runtime};
    ///
    /// let own = tokio::runtime::Runtime::new().unwrap();
    /// Config::new().handle(own.handle().clone()).init().unwrap();
    ///
    /// assert_eq!(runtime().id(), own.handle().id());
    /// assert_eq!(run_in_foreground(async { 42 }), 42);
    /// ```
    ///
    /// Replaces [`worker_threads`](Self::worker_threads).
    pub fn handle(mut self, handle: Handle) -> Self {
        self.source = Source::Given(handle);
        self
    }

    /// How long a foreground may wait without being woken on a thread that runs
    /// the scheduler of a current-thread runtime, as in a `#[tokio::test]`, or a
    /// `LocalSet`.
    ///
    /// It blocks that one, so what it waits for never comes if it is a timer, a
    /// socket or a task of that very runtime, or a task of that `LocalSet`. After
    /// this time the foreground panics and says so. Everywhere else it waits as
    /// long as it takes. [`Duration::MAX`] turns the limit off.
    ///
    /// In a current-thread runtime a call that only yields (`yield_now`), thousands
    /// of times, is not woken either: tokio hands those wakes to the blocked
    /// scheduler.
    pub fn stall_limit(mut self, limit: Duration) -> Self {
        self.limits.stall = limit;
        self
    }

    /// How long a foreground may be idle, while calls in flight further up its thread's
    /// stack have been woken and wait for it, before it says so on standard error. 4 seconds
    /// if nothing else is set. [`Duration::MAX`] turns the warning off.
    ///
    /// A foreground drives its own calls and the thread's background tasks, and nothing else.
    /// A synchronous function that waits in a foreground of its own, called while an annotated
    /// function has calls in flight, may wait for what one of those holds: a connection of a
    /// pool in a `static`, a permit, a lock. Then neither ever ends, and nothing in the code
    /// tells. The warning says where the foreground stands, which calls stand still, in which
    /// function, and which statement is to be marked `#[foreground]`. With `RUST_BACKTRACE=1`
    /// it shows how the foreground was reached.
    ///
    /// Nothing else happens: the foreground waits on, as it may only be slow. Each says it once,
    /// of calls that were woken for half of the time at least.
    pub fn stall_warning(mut self, after: Duration) -> Self {
        self.limits.warning = after;
        self
    }

    /// How long a foreground may wait before it says on standard error what it waits for: each call,
    /// iteration and background task that is pending on its thread, with its place and its age. It
    /// says so once. Off, if nothing else is set.
    ///
    /// Whoever runs the program may set it without a new build, in seconds, and that counts:
    ///
    /// ```sh
    /// BRIDGE_REPORT_AFTER=5 ./app
    /// ```
    ///
    /// ```text
    /// bridge: the foreground at src/page.rs:12:9 (`app::page`) has waited for 5.0s. Pending on its thread:
    ///   the call at src/page.rs:9:17, in `app::page`, for 5.0s
    ///   the call at src/page.rs:10:17, in `app::page`, for 5.0s
    ///   the background task that was started at src/main.rs:30:5: `app::ticker`, for 61.3s
    /// ```
    ///
    /// It tells where a program hangs that waits for itself, which nobody can solve for it: a chain
    /// whose first link holds what a later one needs (a response whose body is unread, on a client
    /// with one connection), a lock of std that is held over a call. While it is on, each call looks
    /// at the clock.
    pub fn report_after(mut self, limit: Duration) -> Self {
        self.limits.report = Some(limit);
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// [`ConfigError::AlreadyInUse`] after the first use of this crate or an
    /// earlier `init`, of which nothing changes; the others say what they are.
    pub fn init(self) -> Result<(), ConfigError> {
        if Process::is_made() {
            return Err(ConfigError::AlreadyInUse);
        }
        let process = match self.source {
            Source::Own(Some(0)) => return Err(ConfigError::NoWorkers),
            Source::Own(_) if self.blocking_threads == Some(0) => {
                return Err(ConfigError::NoBlockingThreads);
            }
            Source::Own(workers) => {
                let made = Process::with_workers(workers, self.blocking_threads, self.limits);
                made.map_err(ConfigError::Refused)?
            }
            Source::Given(handle) if handle.runtime_flavor() != RuntimeFlavor::MultiThread => {
                return Err(ConfigError::NotMultiThread);
            }
            Source::Given(handle) => Process::with_handle(handle, self.limits),
        };
        // Somebody may have been faster.
        if process.install() { Ok(()) } else { Err(ConfigError::AlreadyInUse) }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config::new()
    }
}

/// Why a [`Config`] was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The runtime has been made, by an earlier `init` or by the first use of
    /// this crate.
    AlreadyInUse,
    /// A runtime without worker threads was asked for.
    NoWorkers,
    /// A runtime without threads for blocking code was asked for.
    NoBlockingThreads,
    /// The handle is that of a current-thread runtime, which advances only
    /// while somebody is in its `block_on`.
    NotMultiThread,
    /// The operating system refused the runtime its threads or its event queue.
    Refused(io::Error),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConfigError::AlreadyInUse => {
                "the runtime is in use already: configure it once, before the first call"
            }
            ConfigError::NoWorkers => "the runtime needs at least one worker thread",
            ConfigError::NoBlockingThreads => {
                "the runtime needs at least one thread for blocking code"
            }
            ConfigError::NotMultiThread => {
                "the handle is that of a current-thread runtime: give one of a multi-thread runtime"
            }
            ConfigError::Refused(_) => "the operating system refused the runtime",
        })
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConfigError::Refused(error) => Some(error),
            _ => None,
        }
    }
}
