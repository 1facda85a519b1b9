//! The streams and consumers of a fleet, at the server.

use std::fmt::{Debug, Display};
use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy};
use async_nats::jetstream::context::{ConsumerInfoErrorKind, CreateStreamErrorKind};
use async_nats::jetstream::stream::{
    self, ConsumerErrorKind, DiscardPolicy, RetentionPolicy, StorageType, Stream,
};
use async_nats::jetstream::{self, Context, ErrorCode};
use tokio::time::{Instant, sleep};

use crate::error::FleetError;
use crate::settings::Settings;
use crate::wire::Names;

/// How often it is looked whether the client is connected.
const LOOKS: Duration = Duration::from_millis(20);

/// How long the server may take to answer one request.
const ANSWER: Duration = Duration::from_secs(2);

/// How long it is asked again, while a cluster has no leader.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it is asked again, while nobody at the server hears of JetStream: servers of a cluster
/// tell each other what they hear when they have met.
const UNHEARD: Duration = Duration::from_secs(3);

const NO_JETSTREAM: &str = "it has no JetStream: start it as `nats-server --jetstream`, or with `jetstream {}` in its file";

const AGAIN: Duration = Duration::from_millis(100);

/// What leads to the server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) client: async_nats::Client,
    pub(crate) context: Context,
    pub(crate) jobs: Stream,
    pub(crate) results: Stream,
    pub(crate) names: Names,
    pub(crate) settings: Settings,
}

impl Server {
    /// Makes the streams, if they are not there.
    pub(crate) async fn of(
        client: async_nats::Client,
        settings: Settings,
    ) -> Result<Self, FleetError> {
        let names = Names::new(&settings.name);
        // The server may come later.
        while client.connection_state() != async_nats::connection::State::Connected {
            sleep(LOOKS).await;
        }
        // It spawns, so that it needs to be here, where a runtime is.
        let context =
            jetstream::context::ContextBuilder::new().timeout(ANSWER).build(client.clone());
        let jobs = stream::Config {
            name: names.jobs(),
            subjects: vec![names.all_jobs()],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            num_replicas: settings.replicas,
            max_messages: i64::try_from(settings.queue).unwrap_or(i64::MAX),
            // Who comes too late is told.
            discard: DiscardPolicy::New,
            // A retried publish is known by its id.
            duplicate_window: Duration::from_secs(120),
            ..Default::default()
        };
        let results = stream::Config {
            name: names.results(),
            subjects: vec![names.all_results()],
            storage: StorageType::File,
            num_replicas: settings.replicas,
            // As the server writes that there is no limit.
            max_messages: -1,
            max_age: settings.kept,
            max_messages_per_subject: 1,
            ..Default::default()
        };
        let jobs = patiently(|| stream(&context, &jobs)).await?;
        let results = patiently(|| stream(&context, &results)).await?;
        Ok(Server { client, context, jobs, results, names, settings })
    }

    /// Whether a message may have so many bytes beside its headers; else how many it may have with them.
    pub(crate) fn takes(&self, size: usize) -> Result<(), usize> {
        /// What headers need at most.
        const HEADERS: usize = 1024;
        let limit = self.client.max_payload();
        if size + HEADERS > limit { Err(limit) } else { Ok(()) }
    }

    /// Makes the consumer that all workers of a job share, if it is not there; gives how long it waits for a word
    /// of a worker.
    pub(crate) async fn make_consumer(&self, job: &str) -> Result<Duration, FleetError> {
        let name = self.names.consumer(job);
        let config = consumer::pull::Config {
            durable_name: Some(name.clone()),
            filter_subject: self.names.job(job),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.settings.acknowledgement,
            // A job that was not done is given to another one, always: how often it may fail is up to the
            // worker, who can tell the caller.
            max_deliver: -1,
            max_ack_pending: -1,
            max_waiting: 16_384,
            ..Default::default()
        };
        patiently(|| queue(&self.jobs, &name, &config)).await
    }

    /// Whether a worker has ever served a job.
    pub(crate) async fn is_known(&self, job: &str) -> Result<bool, FleetError> {
        let name = self.names.consumer(job);
        patiently(|| is_there(&self.jobs, &name)).await
    }
}

/// A name that no other caller or worker has.
pub(crate) fn unique(client: &async_nats::Client) -> String {
    let inbox = client.new_inbox();
    inbox.rsplit('.').next().unwrap_or(&inbox).to_owned()
}

/// What has come of a request.
type Asked<T> = Result<T, Refused>;

/// An error, and for how long it is worth to ask again.
struct Refused {
    patience: Duration,
    error: FleetError,
}

impl Refused {
    fn new(is_final: bool, error: impl Display) -> Self {
        let patience = if is_final { Duration::ZERO } else { PATIENCE };
        Refused { patience, error: FleetError::server(error) }
    }
}

async fn queue(jobs: &Stream, name: &str, config: &consumer::pull::Config) -> Asked<Duration> {
    let made = jobs.get_or_create_consumer(name, config.clone()).await.map_err(|error| {
        let is_final = match error.kind() {
            ConsumerErrorKind::JetStream(error) => is_final(&error),
            ConsumerErrorKind::InvalidConsumerType | ConsumerErrorKind::InvalidName => true,
            _ => false,
        };
        Refused::new(is_final, error)
    })?;
    let missed = made.cached_info().config.ack_wait;
    warn_of("acknowledgement", name, config.ack_wait, missed);
    Ok(missed)
}

async fn is_there(jobs: &Stream, consumer: &str) -> Asked<bool> {
    match jobs.consumer_info(consumer).await {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            ConsumerInfoErrorKind::NotFound => Ok(false),
            ConsumerInfoErrorKind::InvalidName => Err(Refused::new(true, error)),
            _ => Err(Refused::new(false, error)),
        },
    }
}

async fn stream(context: &Context, config: &stream::Config) -> Asked<Stream> {
    let made = context.get_or_create_stream(config.clone()).await;
    let error = match made {
        Ok(stream) => return Ok(as_told(stream, config)),
        Err(error) => error,
    };
    let is_final = match error.kind() {
        // Another one makes it just now, or had it already for something else.
        CreateStreamErrorKind::JetStream(error) if BEING_MADE.contains(&error.error_code()) => {
            sleep(AGAIN).await;
            match context.get_stream(&config.name).await {
                Ok(stream) => return Ok(as_told(stream, config)),
                Err(_) => true,
            }
        }
        CreateStreamErrorKind::JetStream(error) => is_final(&error),
        CreateStreamErrorKind::EmptyStreamName | CreateStreamErrorKind::InvalidStreamName => true,
        CreateStreamErrorKind::JetStreamUnavailable => {
            return Err(Refused { patience: UNHEARD, error: FleetError::server(NO_JETSTREAM) });
        }
        _ => false,
    };
    Err(Refused::new(is_final, error))
}

/// The stream, which may have been made by another one with other settings.
fn as_told(stream: Stream, wanted: &stream::Config) -> Stream {
    let there = &stream.cached_info().config;
    warn_of("replicas", &there.name, wanted.num_replicas, there.num_replicas);
    warn_of("queue", &there.name, wanted.max_messages, there.max_messages);
    warn_of("kept", &there.name, wanted.max_age, there.max_age);
    stream
}

/// What is at the server counts, as it may have been changed there, and as those who run already go by it. But
/// it is not left unsaid.
fn warn_of<T: PartialEq + Debug>(setting: &str, name: &str, wanted: T, there: T) {
    if wanted != there {
        tracing::warn!(
            target: "bridge_fleet",
            setting,
            ?wanted,
            ?there,
            "`{name}` was made with another setting, which holds: change it there, or remove it",
        );
    }
}

/// Its name, or its subjects, are in use.
const BEING_MADE: [ErrorCode; 2] =
    [ErrorCode::STREAM_NAME_EXIST, ErrorCode::STREAM_SUBJECT_OVERLAP];

/// What the server says of a request that it will say again. A cluster without a leader does not.
fn is_final(error: &jetstream::Error) -> bool {
    error.code() < 500
}

/// Asks until there is an answer, or for so long that there will be none.
async fn patiently<T, R: Future<Output = Asked<T>>>(ask: impl Fn() -> R) -> Result<T, FleetError> {
    let begin = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(Refused { patience, error }) if begin.elapsed() >= patience => return Err(error),
            Err(_) => sleep(AGAIN).await,
        }
    }
}
