//! The one event loop of the process.

use std::cell::Cell;
use std::env;
use std::io::{self, Write};
use std::process;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::in_flight;

/// What every foreground of the process uses, made once.
pub(crate) struct Process {
    pub(crate) handle: Handle,
    /// The runtime, if it is ours: kept until the process ends.
    own: Option<Runtime>,
    /// How many threads it has for blocking code, if that is known.
    pub(crate) blocking_threads: Option<usize>,
    /// The process of its threads: another one, in a child that was forked.
    id: u32,
    pub(crate) limits: Limits,
}

/// How long a foreground waits before it says something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Without a wake, where it blocks a scheduler: then it panics.
    pub(crate) stall: Duration,
    /// Idle, while what is in flight further up the stack was woken.
    pub(crate) warning: Duration,
    /// At all: then it says what it waits for.
    pub(crate) report: Option<Duration>,
}

impl Limits {
    /// Where nothing else was configured.
    pub(crate) const DEFAULT: Self =
        Limits { stall: Duration::from_secs(4), warning: Duration::from_secs(4), report: None };
}

/// The seconds after which a foreground says what it waits for.
const REPORT: &str = "BRIDGE_REPORT_AFTER";

impl Limits {
    /// With what whoever runs the program has set.
    fn with_environment(mut self) -> Self {
        if let Ok(text) = env::var(REPORT) {
            let seconds = text.trim().parse().ok();
            let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            if limit.is_none() {
                let error = format!("bridge: {REPORT} is no number of seconds: `{text}`\n");
                let _ = io::stderr().write_all(error.as_bytes());
            }
            self.report = limit.or(self.report);
        }
        if self.report.is_some() {
            in_flight::note_times();
        }
        self
    }
}

static PROCESS: OnceLock<Process> = OnceLock::new();

thread_local! {
    /// Set on the threads of a runtime of our own.
    static OWN_THREAD: Cell<bool> = const { Cell::new(false) };
}

impl Process {
    /// What tokio has if nothing else is set.
    const BLOCKING_THREADS: usize = 512;

    /// With a runtime of our own: so many workers, or one for each core, and so many threads for
    /// blocking code, or as many as tokio has.
    pub(crate) fn with_workers(
        workers: Option<usize>,
        blocking: Option<usize>,
        limits: Limits,
    ) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        if let Some(workers) = workers {
            builder.worker_threads(workers);
        }
        let blocking = blocking.unwrap_or(Self::BLOCKING_THREADS);
        builder.max_blocking_threads(blocking);
        builder.on_thread_start(|| OWN_THREAD.set(true));
        let own = builder.thread_name("bridge").enable_all().build()?;
        Ok(Process {
            handle: own.handle().clone(),
            own: Some(own),
            blocking_threads: Some(blocking),
            id: process::id(),
            limits: limits.with_environment(),
        })
    }

    /// With a runtime of the user's.
    pub(crate) fn with_handle(handle: Handle, limits: Limits) -> Self {
        Process {
            handle,
            own: None,
            blocking_threads: None,
            id: process::id(),
            limits: limits.with_environment(),
        }
    }

    pub(crate) fn get() -> &'static Process {
        PROCESS.get_or_init(|| {
            Process::with_workers(None, None, Limits::DEFAULT)
                .expect("the operating system gives an event queue and threads")
        })
    }

    /// Whether the calling thread is one of the runtime's, as far as is known:
    /// nothing is known of a runtime that was given.
    pub(crate) fn runs_this_thread(&self) -> bool {
        self.own.is_none() || OWN_THREAD.try_with(Cell::get).unwrap_or(false)
    }

    /// Whether the threads of the runtime are those of a parent of this process.
    pub(crate) fn was_forked(&self) -> bool {
        self.id != process::id()
    }

    pub(crate) fn is_made() -> bool {
        PROCESS.get().is_some()
    }

    /// Makes this the one of the process; tells whether it has become it.
    pub(crate) fn install(self) -> bool {
        let Err(late) = PROCESS.set(self) else { return true };
        if let Some(own) = late.own {
            // Dropping it could block, which a thread of a runtime must not.
            own.shutdown_background();
        }
        false
    }
}

/// The handle of the process-wide tokio runtime that every background call and
/// every foreground uses: a multi-thread runtime, made at first use, or what was
/// configured before by [`Config`](crate::Config).
///
/// A future given to [`run_in_background`](crate::run_in_background) belongs to
/// the calling thread and freezes while that thread is not in the foreground.
/// For a task that advances on the worker threads instead, spawn it here:
///
/// ```
/// use bridge::{run_in_foreground, runtime};
///
/// let task = runtime().spawn(async { 6 * 7 });
/// assert_eq!(run_in_foreground(task).unwrap(), 42);
/// ```
///
/// # Panics
///
/// At first use, if the operating system refuses the runtime its threads or its
/// event queue.
pub fn runtime() -> &'static Handle {
    &Process::get().handle
}
