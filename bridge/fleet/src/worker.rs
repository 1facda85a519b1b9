//! The worker's side.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_nats::jetstream::AckKind;
use async_nats::jetstream::Message;
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};

use crate::error::FleetError;
use crate::handlers::{Failure, Handlers};
use crate::job::{Job, Running};
use crate::questions::Questions;
use crate::server::Server;
use crate::settings::Settings;
use crate::wire::{Outcome, Reply, Request};

/// How long a worker waits after an error of the server.
const AGAIN: Duration = Duration::from_millis(200);

/// How long a caller may take to say that it has a result.
const CONFIRMED: Duration = Duration::from_secs(2);

/// How many calls that nobody waits for are remembered.
const REMEMBERED: usize = 4096;

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
        let inbox = client.new_inbox();
        let name = inbox.rsplit('.').next().unwrap_or(&inbox).to_owned();
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
        let server = Server::of(self.client.clone(), self.settings.clone()).await?;
        let cancelled = server.client.subscribe(server.names.cancelled()).await;
        let mut cancelled = cancelled.map_err(FleetError::server)?;
        let calls = Arc::new(Calls::default());
        let hears = Arc::clone(&calls);
        let hearing = tokio::spawn(async move {
            while let Some(message) = cancelled.next().await {
                hears.cancel(&String::from_utf8_lossy(&message.payload));
            }
        });
        let (stopping, is_stopping) = watch::channel(false);
        let mut seats = JoinSet::new();
        let places = Arc::new(Semaphore::new(self.limit));
        for job in self.handlers.names() {
            let missed = server.make_consumer(job).await?;
            for _ in 0..self.limit {
                let seat = Seat {
                    job,
                    server: server.clone(),
                    handlers: self.handlers.clone(),
                    places: Arc::clone(&places),
                    calls: Arc::clone(&calls),
                    name: self.name.clone(),
                    missed,
                };
                let names = (server.names.jobs(), server.names.consumer(job));
                let questions = Questions::new(&server.context, &names.0, &names.1).await?;
                seats.spawn(seat.work(questions, is_stopping.clone()));
            }
        }
        tracing::info!(target: "bridge_fleet", worker = self.name, limit = self.limit, "works");
        stop.await;
        stopping.send_replace(true);
        while seats.join_next().await.is_some() {}
        hearing.abort();
        // What it has acknowledged is on its way.
        let _ = server.client.flush().await;
        tracing::info!(target: "bridge_fleet", worker = self.name, "has ended");
        Ok(())
    }
}

/// Ready when it is.
async fn is_true(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|is| *is).await.is_err() {
        // Nobody can say so any more.
        std::future::pending::<()>().await;
    }
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

/// The calls that run here, and those that nobody waits for.
#[derive(Debug, Default)]
struct Calls(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: HashMap<String, watch::Sender<bool>>,
    cancelled: HashSet<String>,
    /// The oldest first.
    remembered: VecDeque<String>,
}

impl Calls {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cancel(&self, id: &str) {
        let mut state = self.state();
        if let Some(running) = state.running.get(id) {
            running.send_replace(true);
        } else if state.cancelled.insert(id.to_owned()) {
            // It may be on its way to here.
            state.remembered.push_back(id.to_owned());
            if state.remembered.len() > REMEMBERED
                && let Some(oldest) = state.remembered.pop_front()
            {
                state.cancelled.remove(&oldest);
            }
        }
    }

    /// A call is to begin.
    fn begin(&self, id: &str) -> Begun {
        let mut state = self.state();
        if state.cancelled.contains(id) {
            return Begun::Cancelled;
        }
        if let Some(running) = state.running.get(id) {
            return Begun::Before(running.subscribe());
        }
        let (sender, receiver) = watch::channel(false);
        state.running.insert(id.to_owned(), sender);
        Begun::Now(receiver)
    }

    fn end(&self, id: &str) {
        self.state().running.remove(id);
    }
}

/// How a call stands that is to begin.
enum Begun {
    /// It tells whether the call is cancelled.
    Now(watch::Receiver<bool>),
    /// It runs here already, until this is closed: the server has missed a beat, and gave it out again.
    Before(watch::Receiver<bool>),
    /// Nobody waits for it.
    Cancelled,
}

/// One of the places of a worker: it asks for a job, does it, and asks again.
struct Seat {
    job: &'static str,
    server: Server,
    handlers: Handlers,
    /// Of all jobs together.
    places: Arc<Semaphore>,
    calls: Arc<Calls>,
    name: String,
    /// How long the server waits for a word, as its consumer was made.
    missed: Duration,
}

impl Seat {
    async fn work(self, mut questions: Questions, mut stopping: watch::Receiver<bool>) {
        loop {
            let message = tokio::select! {
                biased;
                () = is_true(&mut stopping) => return,
                message = questions.next() => message,
            };
            let Some(message) = message else { continue };
            let Some((kind, id)) = self.take(&message).await else { continue };
            let said = match kind {
                AckKind::Ack if !*stopping.borrow() => questions.done_and_next(&message).await,
                kind => message.ack_with(kind).await,
            };
            if let Err(error) = said {
                tracing::warn!(target: "bridge_fleet", job = self.job, %error, "not acknowledged");
            }
            // Not before: whoever waits for its end would be given it again.
            if let Some(id) = id {
                self.calls.end(&id);
            }
        }
    }

    /// Does what a message asks for; gives what is to be said of it, if another one does not, and which call
    /// ends then.
    async fn take(&self, message: &Message) -> Option<(AckKind, Option<String>)> {
        let request = message.headers.as_ref().and_then(Request::of);
        let Some(request) = request else {
            tracing::warn!(target: "bridge_fleet", job = self.job, "a message that is no job");
            return Some((AckKind::Term, None));
        };
        let cancelled = match self.calls.begin(&request.id) {
            Begun::Now(cancelled) => cancelled,
            Begun::Cancelled => return Some((AckKind::Term, None)),
            Begun::Before(mut running) => {
                let mut beats = self.beats();
                while running.has_changed().is_ok() {
                    tokio::select! {
                        _ = running.changed() => {}
                        _ = beats.tick() => self.beat(message).await,
                    }
                }
                return None;
            }
        };
        let attempt = message.info().map_or(1, |info| u32::try_from(info.delivered).unwrap_or(1));
        let begin = Instant::now();
        let done = self.run(message, &request, attempt, cancelled).await;
        let took = begin.elapsed();
        tracing::debug!(target: "bridge_fleet", job = self.job, id = request.id, attempt, ?took, "has run");
        let kind = match done {
            Done::Outcome(outcome) => {
                match self.deliver(message, &request, (outcome, took)).await {
                    true => AckKind::Ack,
                    false => AckKind::Nak(None),
                }
            }
            Done::Again => {
                let delay = Duration::from_millis(50).saturating_mul(1 << attempt.min(8));
                AckKind::Nak(Some(delay))
            }
            Done::Cancelled => AckKind::Term,
        };
        Some((kind, Some(request.id)))
    }

    /// Three times in the time in which a worker is missed.
    fn beats(&self) -> Interval {
        let beat = self.missed / 3;
        let mut beats = interval_at(Instant::now() + beat, beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats
    }

    /// It is being done.
    async fn beat(&self, message: &Message) {
        if let Err(error) = message.ack_with(AckKind::Progress).await {
            tracing::warn!(target: "bridge_fleet", job = self.job, %error, "not acknowledged");
        }
    }

    /// Runs a job once, and keeps saying that it does.
    async fn run(
        &self,
        message: &Message,
        request: &Request,
        attempt: u32,
        mut cancelled: watch::Receiver<bool>,
    ) -> Done {
        let attempts = self.server.settings.attempts;
        if attempt > attempts {
            // The last one has not said why.
            let cause = "each worker that had it has died".to_owned();
            return Done::Outcome(Outcome::Failed { attempts, cause });
        }
        let left = |deadline: SystemTime| deadline.duration_since(SystemTime::now());
        let left = request.deadline.map(|deadline| left(deadline).unwrap_or_default());
        if left == Some(Duration::ZERO) {
            return Done::Outcome(Outcome::Deadline);
        }
        let running = Running {
            id: request.id.clone(),
            attempt,
            deadline: request.deadline,
            cancelled: Some(cancelled.clone()),
        };
        let run = async {
            let _place = self.places.acquire().await.expect("it is not closed");
            let input = message.payload.clone();
            let run = self.handlers.run(self.job, input, request.format, running);
            run.expect("it asks for what it knows").await
        };
        tokio::pin!(run);
        let mut beats = self.beats();
        let is_blocking = self.handlers.is_blocking(self.job);
        let deadline = async {
            match left {
                Some(left) => sleep(left).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(deadline);
        let mut given_up = None;
        let result = loop {
            tokio::select! {
                biased;
                result = &mut run => break result,
                () = is_true(&mut cancelled), if given_up.is_none() => {
                    given_up = Some(Done::Cancelled);
                }
                () = &mut deadline, if given_up.is_none() => {
                    self.calls.cancel(&request.id);
                    given_up = Some(Done::Outcome(Outcome::Deadline));
                }
                _ = beats.tick() => self.beat(message).await,
            }
            // A future is dropped. Blocking code has to end by itself, and keeps its place until then.
            match given_up {
                Some(done) if !is_blocking => return done,
                _ => {}
            }
        };
        if let Some(done) = given_up {
            return done;
        }
        match result {
            Ok(bytes) => Done::Outcome(Outcome::Done(bytes)),
            Err(Failure::Format(cause)) => Done::Outcome(Outcome::Format(cause)),
            Err(Failure::Failed(cause)) if attempt >= attempts => {
                Done::Outcome(Outcome::Failed { attempts: attempt, cause })
            }
            Err(Failure::Failed(cause)) => {
                tracing::debug!(target: "bridge_fleet", job = self.job, attempt, cause, "runs again");
                Done::Again
            }
        }
    }

    /// Gives an outcome to the caller, or has it kept for it; tells whether either was done.
    async fn deliver(
        &self,
        message: &Message,
        request: &Request,
        (outcome, took): (Outcome, Duration),
    ) -> bool {
        let Server { client, context, names, .. } = &self.server;
        let mut reply = Reply {
            id: request.id.clone(),
            format: request.format,
            worker: self.name.clone(),
            took,
            outcome,
        };
        let limit = client.server_info().max_payload;
        let size = reply.payload().len();
        if size + 1024 > limit {
            let cause = format!("its result has {size} bytes, and the server takes {limit}");
            reply.outcome = Outcome::Failed { attempts: 1, cause };
        }
        let (headers, payload) = (reply.headers(), reply.payload());
        let asked = async_nats::Request::new()
            .headers(headers.clone())
            .payload(payload.clone())
            .timeout(Some(CONFIRMED));
        if client.send_request(names.caller(&request.caller), asked).await.is_ok() {
            return true;
        }
        // The caller is not there: it may come again.
        for _ in 0..10 {
            let kept: Bytes = payload.clone();
            let kept =
                context.publish_with_headers(names.result(&request.id), headers.clone(), kept);
            if let Ok(acknowledged) = kept.await
                && acknowledged.await.is_ok()
            {
                return true;
            }
            self.beat(message).await;
            sleep(AGAIN).await;
        }
        false
    }
}

/// What a run has come to.
enum Done {
    Outcome(Outcome),
    /// It has failed, and may be run once more.
    Again,
    /// Nobody waits for it.
    Cancelled,
}
