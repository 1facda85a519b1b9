//! The streams and consumers of a fleet, at the server.

use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy, PullConsumer};
use async_nats::jetstream::stream::{DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, Context};

use tokio::time::sleep;

use crate::error::FleetError;
use crate::settings::Settings;
use crate::wire::Names;

/// How often it is looked whether the client is connected.
const LOOKS: Duration = Duration::from_millis(20);

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
        let context = jetstream::new(client.clone());
        let jobs = jetstream::stream::Config {
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
        let results = jetstream::stream::Config {
            name: names.results(),
            subjects: vec![names.all_results()],
            storage: StorageType::File,
            num_replicas: settings.replicas,
            max_age: settings.kept,
            max_messages_per_subject: 1,
            ..Default::default()
        };
        let jobs = context.get_or_create_stream(jobs).await.map_err(FleetError::server)?;
        let results = context.get_or_create_stream(results).await.map_err(FleetError::server)?;
        Ok(Server { client, context, jobs, results, names, settings })
    }

    /// The consumer that all workers of a job share.
    pub(crate) async fn consumer(&self, job: &str) -> Result<PullConsumer, FleetError> {
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
        self.jobs.get_or_create_consumer(&name, config).await.map_err(FleetError::server)
    }

    /// Whether a worker has ever served a job.
    pub(crate) async fn is_known(&self, job: &str) -> Result<bool, FleetError> {
        use async_nats::jetstream::context::ConsumerInfoErrorKind;

        match self.jobs.consumer_info(self.names.consumer(job)).await {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ConsumerInfoErrorKind::NotFound => Ok(false),
                _ => Err(FleetError::server(error)),
            },
        }
    }
}
