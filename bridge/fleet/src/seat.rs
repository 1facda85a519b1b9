//! One place of a worker: it does one job at a time.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};

use crate::calls::{Begun, Calls};
use crate::handlers::{Failure, Handlers};
use crate::job::Running;
use crate::questions::Questions;
use crate::server::Server;
use crate::wire::{Outcome, Reply, Request};

/// How long a worker waits after an error of the server.
const AGAIN: Duration = Duration::from_millis(200);

/// How long a caller may take to say that it has a result.
const CONFIRMED: Duration = Duration::from_secs(2);

/// What the places of a worker that do one job have in common.
pub(crate) struct Seat {
    pub(crate) job: &'static str,
    pub(crate) server: Server,
    pub(crate) handlers: Handlers,
    /// Of all jobs together.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) calls: Arc<Calls>,
    /// Of the worker.
    pub(crate) name: String,
    /// How long the server waits for a word, as its consumer was made.
    pub(crate) missed: Duration,
}

impl Seat {
    /// One place asks for a job, does it, and asks again: meanwhile the result goes to the caller.
    pub(crate) async fn work(
        self: Arc<Self>,
        mut questions: Questions,
        mut stopping: watch::Receiver<bool>,
    ) {
        // At most one for each place, so that results cannot pile up that nobody takes.
        let mut last: Option<JoinHandle<()>> = None;
        loop {
            let message = tokio::select! {
                biased;
                () = is_true(&mut stopping) => break,
                message = questions.next() => message,
            };
            let Some(message) = message else { continue };
            let Some(ran) = self.take(message).await else { continue };
            if let Some(last) = last.take() {
                last.await.expect("it does not panic");
            }
            last = Some(tokio::spawn(Arc::clone(&self).finish(ran)));
        }
        if let Some(last) = last {
            last.await.expect("it does not panic");
        }
    }

    /// Does what a message asks for, if another one does not.
    async fn take(&self, message: Message) -> Option<Ran> {
        let request = message.headers.as_ref().and_then(Request::of);
        let Some(request) = request else {
            tracing::warn!(target: "bridge_fleet", job = self.job, "a message that is no job");
            self.say(&message, AckKind::Term).await;
            return None;
        };
        let cancelled = match self.calls.begin(&request.id) {
            Begun::Now(cancelled) => cancelled,
            Begun::Over => {
                self.say(&message, AckKind::Term).await;
                return None;
            }
            Begun::Before(mut running) => {
                let mut beats = self.beats();
                loop {
                    tokio::select! {
                        changed = running.changed() => if changed.is_err() { return None },
                        _ = beats.tick() => self.say(&message, AckKind::Progress).await,
                    }
                }
            }
        };
        let attempt = message.info().map_or(1, |info| u32::try_from(info.delivered).unwrap_or(1));
        let begin = Instant::now();
        let done = self.run(&message, &request, attempt, cancelled).await;
        let took = begin.elapsed();
        tracing::debug!(target: "bridge_fleet", job = self.job, id = request.id, attempt, ?took, "has run");
        Some(Ran { message, request, attempt, took, done })
    }

    /// Gives a result to its caller, and says what is to be said of the job.
    async fn finish(self: Arc<Self>, ran: Ran) {
        let Ran { message, request, attempt, took, done } = ran;
        let kind = match done {
            Done::Outcome(outcome) => {
                match self.deliver(&message, &request, (outcome, took)).await {
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
        self.say(&message, kind).await;
        // Not before: whoever waits for its end would be given it again.
        self.calls.end(request.id, matches!(kind, AckKind::Ack | AckKind::Term));
    }

    /// Three times in the time in which a worker is missed.
    fn beats(&self) -> Interval {
        let beat = self.missed / 3;
        let mut beats = interval_at(Instant::now() + beat, beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats
    }

    /// Tells the server how a job stands.
    async fn say(&self, message: &Message, kind: AckKind) {
        if let Err(error) = message.ack_with(kind).await {
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
        let running = Running {
            id: request.id.clone(),
            attempt,
            deadline: request.deadline,
            cancelled: cancelled.clone(),
        };
        let left = running.time_left();
        if left == Some(Duration::ZERO) {
            return Done::Outcome(Outcome::Deadline);
        }
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
                _ = beats.tick() => self.say(message, AckKind::Progress).await,
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
        let size = reply.payload().len();
        if let Err(limit) = self.server.takes(size) {
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
            self.say(message, AckKind::Progress).await;
            sleep(AGAIN).await;
        }
        false
    }
}

/// Ready when it is.
async fn is_true(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|is| *is).await.is_err() {
        // Nobody can say so any more.
        std::future::pending::<()>().await;
    }
}

/// A job that has run.
struct Ran {
    message: Message,
    request: Request,
    attempt: u32,
    took: Duration,
    done: Done,
}

/// What a run has come to.
enum Done {
    Outcome(Outcome),
    /// It has failed, and may be run once more.
    Again,
    /// Nobody waits for it.
    Cancelled,
}
