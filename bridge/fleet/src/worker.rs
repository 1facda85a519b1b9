//! The worker's side.

use std::fmt::Display;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::calls::Calls;
use crate::error::FleetError;
use crate::handlers::Handlers;
use crate::job::Job;
use crate::leftovers;
use crate::questions::Questions;
use crate::seat::Seat;
use crate::server::{Server, unique};
use crate::settings::Settings;

/// How long the last words of a worker may take.
const FLUSHED: Duration = Duration::from_secs(2);

/// Does the jobs of a fleet, in a process of its own on any machine.
///
/// ```no_run
/// use std::convert::Infallible;
/// use bridge_fleet::{Job, Worker};
///
/// pub const LENGTH: Job<String, usize> = Job::new("length");
///
/// # async fn connect() -> Result<async_nats::Client, async_nats::ConnectError> {
/// # async_nats::connect("localhost").await
/// # }
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let client = bridge::run_in_foreground(async_nats::connect("nats://localhost"))?;
///     Worker::new(client).limit(8).serve(LENGTH, |text| Ok::<_, Infallible>(text.len())).run()?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Worker {
    client: async_nats::Client,
    settings: Settings,
    handlers: Handlers,
    limit: usize,
    name: String,
}

impl Worker {
    /// A worker of the fleet with the default [`Settings`], which does one job at a time.
    pub fn new(client: async_nats::Client) -> Self {
        let name = unique(&client);
        Worker { client, settings: Settings::default(), handlers: Handlers::new(), limit: 1, name }
    }

    /// With other settings: those of its callers.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Under a name that callers see in their log.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// So many jobs at a time.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        assert!(limit > 0, "a worker does at least one job at a time");
        self.limit = limit;
        self
    }

    /// With handlers that are there already; of two for one job the later one counts.
    #[must_use]
    pub fn handlers(mut self, handlers: Handlers) -> Self {
        self.handlers = self.handlers.and(handlers);
        self
    }

    /// Does a job by blocking code: [`Handlers::serve`].
    #[must_use]
    pub fn serve<I, O, E, F>(mut self, job: Job<I, O>, handler: F) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
        E: Display,
        F: Fn(I) -> Result<O, E> + Send + Sync + 'static,
    {
        self.handlers = self.handlers.serve(job, handler);
        self
    }

    /// Does a job by a future: [`Handlers::serve_async`].
    #[must_use]
    pub fn serve_async<I, O, E, F, R>(mut self, job: Job<I, O>, handler: F) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
        E: Display + Send + 'static,
        F: Fn(I) -> R + Send + Sync + 'static,
        R: Future<Output = Result<O, E>> + Send + 'static,
    {
        self.handlers = self.handlers.serve_async(job, handler);
        self
    }

    /// Works until the process is told to end (SIGTERM, or Ctrl-C): then it takes no more jobs, ends those that
    /// it has, and returns.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub fn run(self) -> Result<(), FleetError> {
        bridge::run_in_foreground(bridge::run_in_background(self.run_until(told_to_end())))
    }

    /// The same until this future is ready.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), FleetError> {
        let mut stop = pin!(stop);
        let places = tokio::select! {
            places = self.places() => places?,
            // The server has not come yet.
            () = &mut stop => return Ok(()),
        };
        let (stopping, is_stopping) = watch::channel(false);
        let mut seats = JoinSet::new();
        for (seat, questions) in places.free {
            seats.spawn(seat.work(questions, is_stopping.clone()));
        }
        tracing::info!(target: "bridge_fleet", worker = self.name, limit = self.limit, "works");
        stop.await;
        stopping.send_replace(true);
        while seats.join_next().await.is_some() {}
        // What it has acknowledged is on its way. A server that is gone gives those jobs to others.
        let _ = timeout(FLUSHED, self.client.flush()).await;
        tracing::info!(target: "bridge_fleet", worker = self.name, "has ended");
        Ok(())
    }

    /// Its places, before any of them has asked for a job.
    async fn places(&self) -> Result<Places, FleetError> {
        let server = Server::of(self.client.clone(), self.settings.clone()).await?;
        let cancelled = server.client.subscribe(server.names.cancelled()).await;
        let mut cancelled = cancelled.map_err(FleetError::server)?;
        let calls = Arc::new(Calls::default());
        let (mut free, mut beside) = (Vec::new(), JoinSet::new());
        let heard = Arc::clone(&calls);
        beside.spawn(async move {
            while let Some(message) = cancelled.next().await {
                heard.cancel(&String::from_utf8_lossy(&message.payload));
            }
        });
        let places = Arc::new(Semaphore::new(self.limit));
        for job in self.handlers.names() {
            let seat = Arc::new(Seat {
                job,
                missed: server.make_consumer(job).await?,
                server: server.clone(),
                handlers: self.handlers.clone(),
                places: Arc::clone(&places),
                calls: Arc::clone(&calls),
                name: self.name.clone(),
            });
            let (stream, consumer) = (server.names.jobs(), server.names.consumer(job));
            for _ in 0..self.limit {
                let questions = Questions::new(&server.context, &stream, &consumer).await?;
                free.push((Arc::clone(&seat), questions));
            }
        }
        beside.spawn(leftovers::remove(server, self.handlers.names().collect()));
        Ok(Places { free, _beside: beside })
    }
}

/// The places of a worker.
struct Places {
    free: Vec<(Arc<Seat>, Questions)>,
    /// Tasks that end when this is dropped: one hears which calls nobody waits for, one removes leftovers.
    _beside: JoinSet<()>,
}

/// Ready when the process is told to end.
async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
