//! What both sides share of a job.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

/// The name of something that workers do, with what it is given and what it gives.
///
/// ```
/// use bridge_fleet::Job;
///
/// pub const LENGTH: Job<String, usize> = Job::new("length");
/// ```
pub struct Job<I, O> {
    name: &'static str,
    types: PhantomData<fn(I) -> O>,
}

impl<I, O> Job<I, O> {
    /// A job of this name, which is a part of a subject of NATS.
    ///
    /// # Panics
    ///
    /// The name is empty, or has something in it that is no letter, digit, `-` or `_`. In a constant the
    /// compiler says so.
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty(), "a job has a name");
        let mut at = 0;
        while at < bytes.len() {
            let is_plain = bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'-' | b'_');
            assert!(is_plain, "the name of a job is made of letters, digits, `-` and `_`");
            at += 1;
        }
        Job { name, types: PhantomData }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<I, O> Clone for Job<I, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, O> Copy for Job<I, O> {}

impl<I, O> fmt::Debug for Job<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Job").field(&self.name).finish()
    }
}

/// One run of a job, for the code that runs it: [`running`](crate::running) gives it.
#[derive(Clone, Debug)]
pub struct Running {
    pub(crate) id: String,
    pub(crate) attempt: u32,
    pub(crate) deadline: Option<SystemTime>,
    pub(crate) cancelled: watch::Receiver<bool>,
}

impl Running {
    /// The same for each run of the same call: what must not be done twice is noted by it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The first run is 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long the caller still waits.
    pub fn time_left(&self) -> Option<Duration> {
        let left = |deadline: SystemTime| deadline.duration_since(SystemTime::now());
        self.deadline.map(|deadline| left(deadline).unwrap_or_default())
    }

    /// Whether the caller waits no more. Blocking code looks at it now and then; what is `async` is dropped.
    pub fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }
}

tokio::task_local! {
    static RUNNING: Running;
}

/// The run that this code is in, if it is in a handler.
pub fn running() -> Option<Running> {
    RUNNING.try_with(Clone::clone).ok()
}

/// Runs code as this run.
pub(crate) fn within<R>(running: Running, body: impl FnOnce() -> R) -> R {
    RUNNING.sync_scope(running, body)
}

/// Runs a future as this run.
pub(crate) fn scope<F: Future>(running: Running, future: F) -> impl Future<Output = F::Output> {
    RUNNING.scope(running, future)
}
