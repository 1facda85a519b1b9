//! What is done for each job, whoever asks for it.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::job::{self, Job, Running};
use crate::wire::Format;

/// Why a run has given nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It may be run once more.
    Failed(String),
    /// No run will do: what it is given is not of its type.
    Format(String),
}

type Run = Pin<Box<dyn Future<Output = Result<Bytes, Failure>> + Send>>;
type Handler = Arc<dyn Fn(Bytes, Format, Running) -> Run + Send + Sync>;

#[derive(Clone)]
struct Entry {
    handler: Handler,
    /// It cannot be stopped.
    is_blocking: bool,
}

/// What is done for each job: for a [`Worker`](crate::Worker), or for a
/// [local fleet](crate::Fleet::local).
///
/// ```
/// use std::convert::Infallible;
/// use bridge_fleet::{Handlers, Job};
///
/// pub const LENGTH: Job<String, usize> = Job::new("length");
///
/// pub fn handlers() -> Handlers {
///     Handlers::new().serve(LENGTH, |text| Ok::<_, Infallible>(text.len()))
/// }
/// ```
#[derive(Clone, Default)]
pub struct Handlers(BTreeMap<&'static str, Entry>);

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Handlers {
    /// None.
    pub fn new() -> Self {
        Handlers::default()
    }

    /// Does a job by blocking code, on a thread of its own. An error is a failure, and so is a panic: the job
    /// is run again, as often as the fleet's [`attempts`](crate::Settings::attempts) say, and then the caller
    /// has the error. Whatever it does may be done twice, also if it does not fail: see [`running`](crate::running).
    #[must_use]
    pub fn serve<I, O, E, F>(mut self, job: Job<I, O>, handler: F) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
        E: Display,
        F: Fn(I) -> Result<O, E> + Send + Sync + 'static,
    {
        let handler = Arc::new(handler);
        let run = move |input: Bytes, format: Format, running: Running| -> Run {
            let handler = Arc::clone(&handler);
            let body = move || {
                let input = format.read(&input).map_err(Failure::Format)?;
                let run = || job::within(running, || handler(input));
                written(catch_unwind(AssertUnwindSafe(run)), format)
            };
            Box::pin(async move {
                let run = tokio::task::spawn_blocking(body).await;
                run.unwrap_or_else(|error| Err(Failure::Failed(error.to_string())))
            })
        };
        self.0.insert(job.name(), Entry { handler: Arc::new(run), is_blocking: true });
        self
    }

    /// Does a job by a future. It is dropped if nobody waits for it any more.
    #[must_use]
    pub fn serve_async<I, O, E, F, R>(mut self, job: Job<I, O>, handler: F) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
        E: Display + Send + 'static,
        F: Fn(I) -> R + Send + Sync + 'static,
        R: Future<Output = Result<O, E>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let run = move |input: Bytes, format: Format, running: Running| -> Run {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let input = format.read(&input).map_err(Failure::Format)?;
                let run = job::scope(running, async move { handler(input).await });
                written(AssertUnwindSafe(run).catch_unwind().await, format)
            })
        };
        self.0.insert(job.name(), Entry { handler: Arc::new(run), is_blocking: false });
        self
    }

    /// These and others; of two for one job the later one counts.
    pub(crate) fn and(mut self, other: Handlers) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    pub(crate) fn is_blocking(&self, job: &str) -> bool {
        self.0.get(job).is_some_and(|entry| entry.is_blocking)
    }

    /// Begins a run, if the job is known.
    pub(crate) fn run(
        &self,
        job: &str,
        input: Bytes,
        format: Format,
        running: Running,
    ) -> Option<Run> {
        self.0.get(job).map(|entry| (entry.handler)(input, format, running))
    }
}

/// A result as it is sent. A panic is a failure.
fn written<O: Serialize, E: Display>(
    result: Result<Result<O, E>, Box<dyn Any + Send>>,
    format: Format,
) -> Result<Bytes, Failure> {
    match result {
        Ok(Ok(value)) => format.write(&value).map(Bytes::from).map_err(Failure::Format),
        Ok(Err(error)) => Err(Failure::Failed(error.to_string())),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            let text = text.unwrap_or_else(|| "a value that is no text".to_owned());
            Err(Failure::Failed(format!("it has panicked: {text}")))
        }
    }
}
