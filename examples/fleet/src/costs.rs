//! What a call costs beside what it is made of, and how many workers do how much.

use std::io;
use std::time::{Duration, Instant};

use async_nats::jetstream;
use bridge_fleet::{Fleet, Settings, Worker};
use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::oneshot;

use crate::cluster::Cluster;
use crate::jobs::{self, ECHO, WAIT};

/// How often each is measured, turn by turn: what else the machine does meets all of them.
const ROUNDS: usize = 25;

/// The times of one of many in each round.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// One after the other.
    pub each: Vec<Duration>,
    /// How many in a second, 16 at once.
    pub per_second: Vec<f64>,
}

/// A call beside a request that is answered, and a message that is kept, of the same server.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// A call of a job that gives back what it is given.
    pub call: Cost,
    /// A request with a reply.
    pub request: Cost,
    /// A message that JetStream keeps, with its acknowledgement.
    pub publish: Cost,
}

impl Costs {
    /// A call over the sum of the two that it is made of: the median of the rounds.
    pub fn overhead(&self) -> f64 {
        let parts = self.request.each.iter().zip(&self.publish.each);
        let ratios = self.call.each.iter().zip(parts).map(|(call, (request, publish))| {
            call.as_secs_f64() / (*request + *publish).as_secs_f64()
        });
        median(ratios.collect())
    }
}

impl Cost {
    /// The time of one, one after the other: the median of the rounds.
    pub fn each(&self) -> Duration {
        Duration::from_secs_f64(median(self.each.iter().map(Duration::as_secs_f64).collect()))
    }

    /// How many in a second, 16 at once: the median of the rounds.
    pub fn per_second(&self) -> f64 {
        median(self.per_second.clone())
    }

    async fn round<F: Future<Output = io::Result<()>>>(
        &mut self,
        count: usize,
        ask: impl Fn(usize) -> F,
    ) -> io::Result<()> {
        // The first one finds nothing warm.
        ask(0).await?;
        let begin = Instant::now();
        for n in 0..count {
            ask(n).await?;
        }
        self.each.push(begin.elapsed() / u32::try_from(count).unwrap_or(u32::MAX));
        let begin = Instant::now();
        let many = 4 * count;
        let mut asked = stream::iter(0..many).map(&ask).buffer_unordered(16);
        while let Some(answered) = asked.next().await {
            answered?;
        }
        self.per_second.push(many as f64 / begin.elapsed().as_secs_f64());
        Ok(())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Measures so many of each, turn by turn.
///
/// # Errors
///
/// The server does not answer.
pub async fn of(cluster: &Cluster, count: usize) -> io::Result<Costs> {
    let settings = Settings { replicas: cluster.servers(), ..Settings::named("costs") };
    let (_stop, stopped) = oneshot::channel::<()>();
    let worker = Worker::new(cluster.client().await?).settings(settings.clone()).limit(16);
    let worker = worker.handlers(jobs::handlers(None, Duration::ZERO)).run_until(async {
        let _ = stopped.await;
    });
    tokio::spawn(worker);
    let fleet = Fleet::with_settings(cluster.client().await?, settings).await;
    let fleet = fleet.map_err(io::Error::other)?;
    while fleet.call(ECHO, &0).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let client = cluster.client().await?;
    let context = jetstream::new(client.clone());
    let config = jetstream::stream::Config {
        name: "costs-bare".to_owned(),
        subjects: vec!["bare.kept".to_owned()],
        num_replicas: cluster.servers(),
        ..Default::default()
    };
    context.create_stream(config).await.map_err(io::Error::other)?;
    let answering = cluster.client().await?;
    let mut asked = answering.subscribe("bare.asked").await.map_err(io::Error::other)?;
    answering.flush().await.map_err(io::Error::other)?;
    tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            if let Some(reply) = message.reply {
                let _ = answering.publish(reply, message.payload).await;
            }
        }
    });

    let call =
        async |n: usize| fleet.call(ECHO, &(n as u64)).await.map(drop).map_err(io::Error::other);
    let request = async |_: usize| {
        client.request("bare.asked", "0".into()).await.map(drop).map_err(io::Error::other)
    };
    let publish = async |_: usize| {
        let published = context.publish("bare.kept", "0".into()).await.map_err(io::Error::other)?;
        published.await.map(drop).map_err(io::Error::other)
    };
    let mut costs = Costs::default();
    for _ in 0..ROUNDS {
        costs.call.round(count / ROUNDS, call).await?;
        costs.request.round(count / ROUNDS, request).await?;
        costs.publish.round(count / ROUNDS, publish).await?;
    }
    context.delete_stream("costs-bare").await.map_err(io::Error::other)?;
    Ok(costs)
}

/// So many workers, each of which does one job at a time that waits 5 ms: the jobs that they do in a second,
/// over as many as they could.
///
/// # Errors
///
/// The server does not answer.
pub async fn scale(cluster: &Cluster, workers: usize, count: usize) -> io::Result<f64> {
    const MS: u64 = 5;
    let settings =
        Settings { replicas: cluster.servers(), ..Settings::named(format!("scale{workers}")) };
    let mut stops = Vec::new();
    for _ in 0..workers {
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = Worker::new(cluster.client().await?).settings(settings.clone());
        let worker = worker.handlers(jobs::handlers(None, Duration::ZERO)).run_until(async {
            let _ = stopped.await;
        });
        tokio::spawn(worker);
        stops.push(stop);
    }
    let fleet = Fleet::with_settings(cluster.client().await?, settings).await;
    let fleet = fleet.map_err(io::Error::other)?;
    while fleet.call(WAIT, &0).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begin = Instant::now();
    let mut done =
        stream::iter(0..count).map(|_| fleet.call(WAIT, &MS)).buffer_unordered(4 * workers);
    while let Some(result) = done.next().await {
        result.map_err(io::Error::other)?;
    }
    let per_second = count as f64 / begin.elapsed().as_secs_f64();
    Ok(per_second / (workers as f64 * 1e3 / MS as f64))
}
