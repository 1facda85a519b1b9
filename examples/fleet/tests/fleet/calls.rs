//! Calls, and what they come to.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bridge_fleet::{Fleet, FleetError, Format, Handlers, Job, Settings, Worker, running};
use bridge_fleet_load::cluster::{self, Cluster};
use bridge_fleet_load::jobs::{self, ECHO, SUMMARISE};
use bridge_fleet_load::process::Process;
use bridge_fleet_load::report::report;
use bridge_fleet_load::timeline::Timeline;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;

use crate::with_server;

/// Settings under which a lost job comes back soon.
pub(crate) fn settings() -> Settings {
    Settings { acknowledgement: Duration::from_secs(1), attempts: 3, ..Settings::default() }
}

/// A worker on a task, which ends when the first part is dropped.
pub(crate) async fn worker(
    cluster: &Cluster,
    settings: Settings,
    limit: usize,
    handlers: Handlers,
) -> (oneshot::Sender<()>, JoinHandle<Result<(), FleetError>>) {
    let client = cluster.client().await.expect("it answers");
    let (stop, stopped) = oneshot::channel();
    let worker = Worker::new(client.clone()).settings(settings.clone()).limit(limit);
    let running = tokio::spawn(worker.handlers(handlers).run_until(async {
        let _ = stopped.await;
    }));
    (stop, running)
}

pub(crate) async fn fleet(cluster: &Cluster, settings: Settings) -> Fleet {
    let client = cluster.client().await.expect("it answers");
    Fleet::with_settings(client, settings).await.expect("it is there")
}

/// Calls a job until a worker has served it.
pub(crate) async fn call_when_known<I: Serialize, O: serde::de::DeserializeOwned>(
    fleet: &Fleet,
    job: Job<I, O>,
    input: &I,
) -> Result<O, FleetError> {
    loop {
        match fleet.call(job, input).await {
            Err(FleetError::UnknownJob { .. }) => {
                tokio::time::sleep(Duration::from_millis(10)).await
            }
            result => return result,
        }
    }
}

#[test]
fn a_call_gives_what_the_worker_gives() {
    with_server(async |cluster| {
        let fleet = fleet(&cluster, settings()).await;
        let unknown = fleet.call(ECHO, &1).await;
        assert_eq!(unknown, Err(FleetError::UnknownJob { job: "echo".to_owned() }));
        let (stop, ended) =
            worker(&cluster, settings(), 4, jobs::handlers(None, Duration::ZERO)).await;
        assert_eq!(call_when_known(&fleet, ECHO, &7).await, Ok(7));
        let chunk = &jobs::chunks(3)[2];
        let summary = call_when_known(&fleet, SUMMARISE, chunk).await.expect("it is done");
        assert_eq!(summary, jobs::summarise(chunk).expect("these are flights"));
        drop(stop);
        ended.await.expect("it ends").expect("it has worked");
    });
}

#[test]
fn a_function_gives_the_same_here_and_there() {
    with_server(async |cluster| {
        let (_stop, _) =
            worker(&cluster, settings(), 8, jobs::handlers(None, Duration::ZERO)).await;
        let remote = fleet(&cluster, settings()).await;
        call_when_known(&remote, SUMMARISE, &jobs::chunks(1)[0]).await.expect("there is a worker");
        let local = Fleet::local(jobs::handlers(None, Duration::ZERO));
        let there =
            bridge::run_in_background(move || report(&remote, &jobs::chunks(200), 16, &|_| {}));
        let here =
            bridge::run_in_background(move || report(&local, &jobs::chunks(200), 16, &|_| {}));
        let (there, here) = (there.await.expect("all is done"), here.await.expect("all is done"));
        assert_eq!(there, here);
        assert_eq!(there.parts, 200);
    });
}

const FLAKY: Job<u32, u32> = Job::new("flaky");

/// The id and the number of each run.
type Runs = Arc<Mutex<Vec<(String, u32)>>>;

/// Fails so often, and then gives how often it has run.
fn flaky(failures: usize) -> (Handlers, Runs) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (runs, log) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&seen));
    let handlers = Handlers::new().serve(FLAKY, move |n: u32| {
        let running = running().expect("it is a job");
        log.lock().expect("nobody panics").push((running.id().to_owned(), running.attempt()));
        let run = runs.fetch_add(1, Ordering::SeqCst);
        match run {
            run if run >= failures => Ok(n + 1),
            1 => panic!("the second run"),
            run => Err(format!("run {run} has failed")),
        }
    });
    (handlers, seen)
}

#[test]
fn a_job_that_fails_is_run_again() {
    with_server(async |cluster| {
        let (handlers, seen) = flaky(2);
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        let fleet = fleet(&cluster, settings()).await;
        assert_eq!(call_when_known(&fleet, FLAKY, &1).await, Ok(2));
        let seen = seen.lock().expect("nobody panics").clone();
        let attempts: Vec<u32> = seen.iter().map(|(_, attempt)| *attempt).collect();
        assert_eq!(attempts, [1, 2, 3]);
        assert!(seen.iter().all(|(id, _)| *id == seen[0].0), "{seen:?}");
    });
}

#[test]
fn a_job_that_always_fails_is_an_error_with_its_cause() {
    with_server(async |cluster| {
        let (handlers, _) = flaky(usize::MAX);
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        let fleet = fleet(&cluster, settings()).await;
        let failed = call_when_known(&fleet, FLAKY, &1).await;
        let cause = "run 2 has failed".to_owned();
        let expected = FleetError::Failed { job: "flaky".to_owned(), attempts: 3, cause };
        assert_eq!(failed, Err(expected));
        // The same here.
        let (handlers, _) = flaky(usize::MAX);
        let local = Fleet::local(handlers).call(FLAKY, &1).await;
        assert!(matches!(local, Err(FleetError::Failed { attempts: 5, .. })), "{local:?}");
    });
}

#[derive(Serialize, Deserialize)]
struct Old {
    name: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct New {
    name: String,
    #[serde(default)]
    city: String,
}

#[test]
fn a_field_more_is_no_error_and_another_type_is_one() {
    const GREET: Job<Old, String> = Job::new("greet");
    const GREET_NEW: Job<New, String> = Job::new("greet");
    const GREET_WRONG: Job<u32, String> = Job::new("greet");
    for format in [Format::Json, Format::Binary] {
        with_server(async move |cluster| {
            let settings = Settings { format, ..settings() };
            let greet = |who: New| Ok::<_, Infallible>(format!("{} of {:?}", who.name, who.city));
            let handlers = Handlers::new().serve(GREET_NEW, greet);
            let (_stop, _) = worker(&cluster, settings.clone(), 1, handlers).await;
            let fleet = fleet(&cluster, settings).await;
            let old = Old { name: "a".to_owned() };
            assert_eq!(call_when_known(&fleet, GREET, &old).await.as_deref(), Ok("a of \"\""));
            let new = New { name: "b".to_owned(), city: "c".to_owned() };
            assert_eq!(fleet.call(GREET_NEW, &new).await.as_deref(), Ok("b of \"c\""));
            let wrong = fleet.call(GREET_WRONG, &1).await;
            assert!(matches!(wrong, Err(FleetError::Format { .. })), "{wrong:?}");
        });
    }
}

#[test]
fn what_is_too_large_is_refused() {
    const LENGTH: Job<String, usize> = Job::new("length");
    const LONG: Job<usize, String> = Job::new("long");
    with_server(async |cluster| {
        let handlers = Handlers::new()
            .serve(LENGTH, |text| Ok::<_, Infallible>(text.len()))
            .serve(LONG, |length| Ok::<_, Infallible>("a".repeat(length)));
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        let fleet = fleet(&cluster, settings()).await;
        let long = "a".repeat(500_000);
        assert_eq!(call_when_known(&fleet, LENGTH, &long).await, Ok(500_000));
        let failed = fleet.call(LENGTH, &"a".repeat(2_000_000)).await;
        assert!(matches!(failed, Err(FleetError::TooLarge { size: 2_000_002, .. })), "{failed:?}");
        let failed = fleet.call(LONG, &2_000_000).await;
        assert!(matches!(failed, Err(FleetError::Failed { .. })), "{failed:?}");
    });
}

#[test]
fn a_full_queue_refuses() {
    with_server(async |cluster| {
        let few = Settings { queue: 2, ..settings() };
        // A worker that knows the job, and has ended.
        let (stop, ended) =
            worker(&cluster, few.clone(), 1, jobs::handlers(None, Duration::ZERO)).await;
        let fleet = fleet(&cluster, few).await;
        call_when_known(&fleet, ECHO, &0).await.expect("it is done");
        drop(stop);
        ended.await.expect("it ends").expect("it has worked");
        until_left(&cluster, "fleet", 0).await;
        let two = [1, 2].map(|n| {
            let fleet = fleet.clone();
            tokio::spawn(async move { fleet.call(ECHO, &n).await })
        });
        until_left(&cluster, "fleet", 2).await;
        let full = fleet.call(ECHO, &3).await;
        assert_eq!(full, Err(FleetError::Full { job: "echo".to_owned() }));
        two.iter().for_each(JoinHandle::abort);
    });
}

#[test]
fn a_deadline_goes_with_the_job() {
    with_server(async |cluster| {
        const SLOW: Job<u64, u64> = Job::new("slow");
        let (sender, mut left) = tokio::sync::mpsc::unbounded_channel();
        let handlers = Handlers::new().serve_async(SLOW, move |ms: u64| {
            let sender = sender.clone();
            async move {
                let _ = sender.send(running().and_then(|running| running.time_left()));
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok::<_, Infallible>(ms)
            }
        });
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        let fleet = fleet(&cluster, settings()).await;
        assert_eq!(call_when_known(&fleet, SLOW, &1).await, Ok(1));
        assert_eq!(left.recv().await.expect("it has run"), None);
        let failed = fleet.within(Duration::from_millis(300)).call(SLOW, &60_000).await;
        assert_eq!(failed, Err(FleetError::Deadline { job: "slow".to_owned() }));
        assert!(
            left.recv()
                .await
                .expect("it has begun")
                .is_some_and(|left| left < Duration::from_millis(301))
        );
        // The worker is free again.
        assert_eq!(fleet.call(SLOW, &2).await, Ok(2));
    });
}

/// How many jobs are in the stream.
pub(crate) async fn left(cluster: &Cluster, fleet: &str) -> u64 {
    let client = cluster.client().await.expect("it answers");
    let context = async_nats::jetstream::new(client);
    match context.get_stream(format!("{fleet}-jobs")).await {
        Ok(stream) => stream.cached_info().state.messages,
        Err(_) => 0,
    }
}

/// Waits until the stream has so many.
pub(crate) async fn until_left(cluster: &Cluster, fleet: &str, jobs: u64) {
    while left(cluster, fleet).await != jobs {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn a_dropped_call_takes_its_job_back() {
    with_server(async |cluster| {
        const STUCK: Job<(), ()> = Job::new("stuck");
        struct Dropped(tokio::sync::mpsc::UnboundedSender<&'static str>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                let _ = self.0.send("dropped");
            }
        }
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let handlers = Handlers::new().serve_async(STUCK, move |()| {
            let dropped = Dropped(sender.clone());
            async move {
                let _ = dropped.0.send("begun");
                std::future::pending::<()>().await;
                drop(dropped);
                Ok::<_, Infallible>(())
            }
        });
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        let fleet = fleet(&cluster, settings()).await;
        let call = || {
            let fleet = fleet.clone();
            tokio::spawn(async move { call_when_known(&fleet, STUCK, &()).await })
        };
        let first = call();
        assert_eq!(events.recv().await, Some("begun"));
        // It has no worker: it waits.
        let second = call();
        until_left(&cluster, "fleet", 2).await;
        second.abort();
        until_left(&cluster, "fleet", 1).await;
        // The worker is told.
        first.abort();
        assert_eq!(events.recv().await, Some("dropped"));
        until_left(&cluster, "fleet", 0).await;
    });
}

#[test]
fn many_may_be_the_first() {
    with_server(async |cluster| {
        let all = (0..16).map(|_| fleet(&cluster, settings()));
        assert_eq!(futures_util::future::join_all(all).await.len(), 16);
    });
}

#[test]
fn a_drawing_says_who_has_done_what() {
    with_server(async |cluster| {
        let (_stop, _) =
            worker(&cluster, settings(), 2, jobs::handlers(None, Duration::ZERO)).await;
        let fleet = fleet(&cluster, settings()).await;
        call_when_known(&fleet, ECHO, &0).await.expect("there is a worker");
        let timeline = Timeline::default();
        let _told = tracing_subscriber::registry().with(timeline.clone()).set_default();
        for n in 0..3 {
            assert_eq!(fleet.call(ECHO, &n).await, Ok(n));
        }
        let local = Fleet::local(jobs::handlers(None, Duration::ZERO));
        assert_eq!(local.call(ECHO, &4).await, Ok(4));
        let text = timeline.text(20);
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(rows.len(), 3, "{text}");
        assert!(
            rows.iter().any(|row| row.starts_with("this process") && row.ends_with("  1")),
            "{text}"
        );
        assert!(rows.iter().any(|row| !row.starts_with("this") && row.ends_with("  3")), "{text}");
    });
}

/// What the fleet tells.
#[derive(Clone, Default)]
struct Told {
    /// The settings of which a warning was told.
    differ: Arc<Mutex<Vec<String>>>,
    /// Once for each worker that works.
    works: Arc<Notify>,
}

impl Visit for &Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "setting" {
            self.differ.lock().expect("no panic").push(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" && format!("{value:?}") == "works" {
            self.works.notify_one();
        }
    }
}

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut &*self);
    }
}

#[test]
fn settings_that_differ_at_the_server_are_told() {
    with_server(async |cluster| {
        let told = Told::default();
        let differ = || std::mem::take(&mut *told.differ.lock().expect("no panic"));
        let _told = tracing_subscriber::registry().with(told.clone()).set_default();
        let serve = async |settings| {
            let client = cluster.client().await.expect("it answers");
            let handlers = jobs::handlers(None, Duration::ZERO);
            let worker = Worker::new(client).settings(settings).handlers(handlers);
            worker.run_until(told.works.notified()).await.expect("it has worked");
        };
        serve(settings()).await;
        serve(settings()).await;
        assert_eq!(differ(), [""; 0]);
        let other = Settings { queue: 7, kept: Duration::from_secs(5), ..settings() };
        fleet(&cluster, other).await;
        assert_eq!(differ(), ["queue", "kept"]);
        serve(Settings { acknowledgement: Duration::from_secs(9), ..settings() }).await;
        // One for each job.
        assert_eq!(differ(), ["acknowledgement"; 3]);
    });
}

#[test]
fn a_server_without_jetstream_is_said_soon() {
    with_server(async |cluster| {
        let config = cluster.folder().join("plain.conf");
        let ports = cluster.folder().join("ports");
        std::fs::create_dir(&ports).expect("the folder is there");
        // A port that is free, which it writes into a file.
        let text = format!("listen: 127.0.0.1:-1\nports_file_dir: {:?}\n", ports.display());
        std::fs::write(&config, text).expect("the folder is there");
        let arguments = [OsStr::new("--config"), config.as_os_str()];
        let _server = Process::start("nats-server", arguments).expect("it starts");
        let url = loop {
            let file = std::fs::read_dir(&ports).expect("it is there").next();
            let text = file.and_then(|file| std::fs::read_to_string(file.ok()?.path()).ok());
            let url = text.and_then(|text| {
                Some(text.split('"').find(|part| part.starts_with("nats:"))?.to_owned())
            });
            match url {
                Some(url) => break url,
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        let client = cluster::connect(&url).await.expect("an address");
        let error = Fleet::connect(client).await.expect_err("it cannot keep jobs").to_string();
        assert!(error.contains("nats-server --jetstream"), "{error}");
    });
}
