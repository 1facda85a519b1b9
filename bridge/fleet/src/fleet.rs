//! The caller's side.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, ErrorCode};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;

use crate::error::FleetError;
use crate::handlers::{Failure, Handlers};
use crate::job::{Job, Running};
use crate::server::{Server, unique};
use crate::settings::Settings;
use crate::wire::{Format, Reply, Request};

/// How often a caller that has no result looks whether one was kept for it.
const LOOKS: Duration = Duration::from_secs(2);

/// How long a caller waits until it publishes once more what was not acknowledged.
const AGAIN: Duration = Duration::from_millis(100);

/// The machines that do jobs; or, without any server, this process.
///
/// Cheap to clone: clones share one connection.
#[derive(Clone, Debug)]
pub struct Fleet {
    place: Place,
    deadline: Option<Duration>,
}

#[derive(Clone, Debug)]
enum Place {
    Local(Arc<Local>),
    Remote(Arc<Remote>),
}

#[derive(Debug)]
struct Local {
    handlers: Handlers,
    attempts: u32,
    next: AtomicU64,
}

/// One caller, as its workers know it.
#[derive(Debug)]
struct Remote {
    server: Server,
    caller: String,
    next: AtomicU64,
    waiting: Arc<Waiting>,
    /// Jobs that a worker has served.
    known: Mutex<BTreeSet<&'static str>>,
    runtime: Handle,
    listener: AbortHandle,
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Calls that have no result yet, by their ids.
#[derive(Debug, Default)]
struct Waiting(Mutex<HashMap<String, oneshot::Sender<Reply>>>);

impl Waiting {
    fn calls(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Reply>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fleet {
    /// The workers of the fleet with the default [`Settings`], by a client of NATS.
    ///
    /// Waits until the client is connected.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn connect(client: async_nats::Client) -> Result<Self, FleetError> {
        Fleet::with_settings(client, Settings::default()).await
    }

    /// The same with other settings.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn with_settings(
        client: async_nats::Client,
        settings: Settings,
    ) -> Result<Self, FleetError> {
        let server = Server::of(client, settings).await?;
        let caller = unique(&server.client);
        let subject = server.names.caller(&caller);
        let mut replies = server.client.subscribe(subject).await.map_err(FleetError::server)?;
        // Workers know of it from now on.
        server.client.flush().await.map_err(FleetError::server)?;
        let waiting = Arc::new(Waiting::default());
        let (calls, client) = (Arc::clone(&waiting), server.client.clone());
        let listener = tokio::spawn(async move {
            while let Some(message) = replies.next().await {
                // Whoever has sent it may forget it, also if nobody waits for it any more.
                if let Some(reply) = message.reply {
                    let _ = client.publish(reply, Bytes::new()).await;
                }
                let reply =
                    message.headers.and_then(|headers| Reply::of(&headers, message.payload));
                let call = reply.as_ref().and_then(|reply| calls.calls().remove(&reply.id));
                if let (Some(call), Some(reply)) = (call, reply) {
                    let _ = call.send(reply);
                }
            }
        });
        Ok(Fleet {
            place: Place::Remote(Arc::new(Remote {
                server,
                caller,
                next: AtomicU64::new(0),
                waiting,
                known: Mutex::default(),
                runtime: Handle::current(),
                listener: listener.abort_handle(),
            })),
            deadline: None,
        })
    }

    /// This process: blocking handlers run on its pool of threads for blocking code. It is for development,
    /// tests and small work, as it needs no server.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use bridge::background;
    /// use bridge_fleet::{Fleet, FleetError, Handlers, Job};
    ///
    /// pub const LENGTH: Job<String, usize> = Job::new("length");
    ///
    /// #[background]
    /// fn report(fleet: &Fleet, a: String, b: String) -> Result<usize, FleetError> {
    ///     let a = fleet.call(LENGTH, &a).await?;
    ///     let b = fleet.call(LENGTH, &b).await?; // beside it
    ///     Ok(a + b)
    /// }
    ///
    /// let handlers = Handlers::new().serve(LENGTH, |text| Ok::<_, Infallible>(text.len()));
    /// let fleet = Fleet::local(handlers);
    /// assert_eq!(report(&fleet, "one".into(), "three".into()), Ok(8));
    /// ```
    pub fn local(handlers: Handlers) -> Self {
        let attempts = Settings::default().attempts;
        let local = Local { handlers, attempts, next: AtomicU64::new(0) };
        Fleet { place: Place::Local(Arc::new(local)), deadline: None }
    }

    /// The same fleet, each call of which has to end within this time. The deadline goes with the job: a
    /// worker that gets it later does not begin. (The clocks of the machines have to agree.)
    #[must_use]
    pub fn within(&self, deadline: Duration) -> Self {
        Fleet { deadline: Some(deadline), ..self.clone() }
    }

    /// Has a job done by some worker, and gives its value.
    ///
    /// The job is kept by the server until a worker has done it and the result has arrived. A worker that
    /// dies gives it to another one: it may be run **more than once**.
    ///
    /// # Errors
    ///
    /// [`FleetError`]: the job has failed as often as it may, no worker knows it, or the server does not take it.
    ///
    /// # Cancellation
    ///
    /// A job that has not begun is taken back, and the worker that has begun it is told.
    pub async fn call<I: Serialize, O: DeserializeOwned>(
        &self,
        job: Job<I, O>,
        input: &I,
    ) -> Result<O, FleetError> {
        let name = job.name();
        let call = async {
            match &self.place {
                Place::Local(local) => local.call(name, input, self.deadline).await,
                Place::Remote(remote) => {
                    let format = remote.server.settings.format;
                    let failed = |cause| FleetError::Format { job: name.to_owned(), cause };
                    let input = format.write(input).map_err(failed)?;
                    remote.call(name, input.into(), self.deadline).await?.value(name)
                }
            }
        };
        match self.deadline {
            Some(deadline) => match tokio::time::timeout(deadline, call).await {
                Ok(result) => result,
                Err(_) => Err(FleetError::Deadline { job: name.to_owned() }),
            },
            None => call.await,
        }
    }
}

impl Local {
    async fn call<I: Serialize, O: DeserializeOwned>(
        &self,
        job: &str,
        input: &I,
        deadline: Option<Duration>,
    ) -> Result<O, FleetError> {
        let format = Format::Json;
        let failed = |cause| FleetError::Format { job: job.to_owned(), cause };
        let input = Bytes::from(format.write(input).map_err(failed)?);
        let id = format!("local-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let deadline = deadline.map(|left| SystemTime::now() + left);
        let mut attempt = 1;
        // Blocking code goes on when the call is dropped, and is told.
        let (cancel, cancelled) = watch::channel(false);
        let _cancel = Cancel(cancel);
        loop {
            let cancelled = cancelled.clone();
            let running = Running { id: id.clone(), attempt, deadline, cancelled };
            let begin = Instant::now();
            let run = self.handlers.run(job, input.clone(), format, running);
            let run = run.ok_or_else(|| FleetError::UnknownJob { job: job.to_owned() })?;
            match run.await {
                Ok(bytes) => {
                    done(job, &id, "this process", begin.elapsed());
                    return format.read(&bytes).map_err(failed);
                }
                Err(Failure::Format(cause)) => return Err(failed(cause)),
                Err(Failure::Failed(cause)) if attempt >= self.attempts => {
                    return Err(FleetError::Failed {
                        job: job.to_owned(),
                        attempts: attempt,
                        cause,
                    });
                }
                Err(Failure::Failed(_)) => attempt += 1,
            }
        }
    }
}

/// Says at its end that nobody waits any more.
struct Cancel(watch::Sender<bool>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

/// Tells that a call has its result: who has done it, and how long that took there.
fn done(job: &str, id: &str, worker: &str, took: Duration) {
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(target: "bridge_fleet", job, id, worker, took_us, "done");
}

/// A call that has no result yet. Dropped before, it takes the job back.
struct Call<'r> {
    remote: &'r Remote,
    id: String,
    /// Where the job stands in its stream.
    sequence: Option<u64>,
    is_over: bool,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.remote.waiting.calls().remove(&self.id);
        if self.is_over {
            return;
        }
        let (server, id, sequence) = (self.remote.server.clone(), self.id.clone(), self.sequence);
        self.remote.runtime.spawn(async move {
            let _ = server.client.publish(server.names.cancelled(), id.into()).await;
            if let Some(sequence) = sequence {
                let _ = server.jobs.delete_message(sequence).await;
            }
        });
    }
}

impl Remote {
    async fn call(
        &self,
        job: &'static str,
        input: Bytes,
        deadline: Option<Duration>,
    ) -> Result<Reply, FleetError> {
        let too_large =
            |limit| FleetError::TooLarge { job: job.to_owned(), size: input.len(), limit };
        self.server.takes(input.len()).map_err(too_large)?;
        self.know(job).await?;
        let id = format!("{}-{}", self.caller, self.next.fetch_add(1, Ordering::Relaxed));
        let request = Request {
            id: id.clone(),
            caller: self.caller.clone(),
            format: self.server.settings.format,
            deadline: deadline.map(|left| SystemTime::now() + left),
        };
        let (sender, mut reply) = oneshot::channel();
        self.waiting.calls().insert(id.clone(), sender);
        let mut call = Call { remote: self, id, sequence: None, is_over: false };

        let publish = self.publish(job, &request, &input);
        tokio::pin!(publish);
        let mut is_published = false;
        let mut looks = tokio::time::interval(LOOKS);
        looks.reset();
        let reply = loop {
            tokio::select! {
                biased;
                reply = &mut reply => {
                    break reply.map_err(|_| FleetError::Server("the caller has ended".to_owned()))?;
                }
                // The result may come before it is known that the job was kept.
                published = &mut publish, if !is_published => {
                    call.sequence = Some(published?);
                    is_published = true;
                }
                _ = looks.tick(), if is_published => {
                    if let Some(reply) = self.kept(&call.id).await {
                        break reply;
                    }
                }
            }
        };
        call.is_over = true;
        done(job, &call.id, &reply.worker, reply.took);
        Ok(reply)
    }

    /// Whether a worker has served the job: that is asked once.
    async fn know(&self, job: &'static str) -> Result<(), FleetError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(job) {
            return Ok(());
        }
        if !self.server.is_known(job).await? {
            return Err(FleetError::UnknownJob { job: job.to_owned() });
        }
        known().insert(job);
        Ok(())
    }

    /// Has the server keep the job; gives where it stands. What was not acknowledged is published again, with
    /// the same id, so that the server keeps one.
    async fn publish(
        &self,
        job: &str,
        request: &Request,
        input: &Bytes,
    ) -> Result<u64, FleetError> {
        loop {
            let message = PublishMessage::build()
                .payload(input.clone())
                .headers(request.headers())
                .message_id(&request.id);
            let published = self.server.context.send_publish(self.server.names.job(job), message);
            let error = match published.await {
                Ok(acknowledged) => match acknowledged.await {
                    Ok(acknowledged) => return Ok(acknowledged.sequence),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            match error.kind() {
                // A cluster that elects a leader does not answer.
                PublishErrorKind::TimedOut
                | PublishErrorKind::BrokenPipe
                | PublishErrorKind::StreamNotFound
                | PublishErrorKind::MaxAckPending => tokio::time::sleep(AGAIN).await,
                _ if is_full(&error) => return Err(FleetError::Full { job: job.to_owned() }),
                _ if is_for_a_moment(&error) => tokio::time::sleep(AGAIN).await,
                _ => return Err(FleetError::server(error)),
            }
        }
    }

    /// A result that was kept while this caller could not be reached.
    async fn kept(&self, id: &str) -> Option<Reply> {
        let subject = self.server.names.result(id);
        let found = self.server.results.get_last_raw_message_by_subject(&subject).await.ok()?;
        let reply = Reply::of(&found.headers, found.payload)?;
        let _ = self.server.results.delete_message(found.sequence).await;
        Some(reply)
    }
}

/// What the server has said.
fn said(error: &PublishError) -> Option<&jetstream::Error> {
    error.source()?.downcast_ref()
}

/// The stream has as many jobs as it may. (The same code stands for other reasons, of which only the text tells.)
fn is_full(error: &PublishError) -> bool {
    said(error).is_some_and(|said| {
        said.error_code() == ErrorCode::STREAM_STORE_FAILED
            && said.to_string().contains("maximum messages exceeded")
    })
}

/// A cluster without a leader, or one that has just lost a part.
fn is_for_a_moment(error: &PublishError) -> bool {
    const SOON: [ErrorCode; 4] = [
        ErrorCode::CLUSTER_NOT_AVAILABLE,
        ErrorCode::CLUSTER_NOT_LEADER,
        ErrorCode::INSUFFICIENT_RESOURCES,
        ErrorCode::STREAM_OFFLINE,
    ];
    said(error).is_some_and(|said| SOON.contains(&said.error_code()))
}
