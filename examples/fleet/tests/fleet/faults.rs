//! Workers, callers and servers that die, stand still, or come late.

use std::convert::Infallible;
use std::time::Duration;

use bridge::run_in_foreground;
use bridge_fleet::{Fleet, FleetError, Handlers, Job, Settings, Worker, running};
use bridge_fleet_load::cluster::{self, Cluster};
use bridge_fleet_load::jobs::{self, ECHO, SUMMARISE};
use bridge_fleet_load::process::Process;
use bridge_fleet_load::report::report;
use bridge_fleet_load::trial;
use bridge_tests::bounded;
use bridge_tests::proxy::Proxy;
use tokio::sync::{mpsc, oneshot};

use crate::calls::{call_when_known, fleet, settings, until_left, worker};
use crate::with_server;

/// A process of the example.
fn process(arguments: &[&str]) -> Process {
    Process::start(env!("CARGO_BIN_EXE_fleet"), arguments).expect("it starts")
}

/// A log that has a line as soon as a run has begun.
async fn until_begun(log: &std::path::Path, runs: usize) {
    while std::fs::read_to_string(log).unwrap_or_default().lines().count() < runs {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn a_worker_that_is_killed_gives_its_job_to_another_one_which_runs_it_again() {
    with_server(async |cluster| {
        let log = cluster.folder().join("runs");
        let log_text = log.display().to_string();
        let url = cluster.url();
        let arguments = ["worker", "--server", &url, "--log", &log_text, "--longer", "300"];
        let mut first = process(&arguments);
        let fleet = fleet(&cluster, trial::settings(1)).await;
        let chunk = jobs::chunks(1).remove(0);
        call_when_known(&fleet, ECHO, &0).await.expect("there is a worker");
        let call = tokio::spawn({
            let (fleet, chunk) = (fleet.clone(), chunk.clone());
            async move { call_when_known(&fleet, SUMMARISE, &chunk).await }
        });
        until_begun(&log, 1).await;
        first.kill().expect("it runs");
        let _second = process(&arguments);
        let summary = call.await.expect("it ends").expect("it is done");
        assert_eq!(summary, jobs::summarise(&chunk).expect("these are flights"));
        // At least once: the same call, by its id, has run twice.
        let runs = std::fs::read_to_string(&log).expect("it is there");
        let runs: Vec<_> = runs.lines().collect();
        assert!(runs.len() == 2 && runs[0] == runs[1], "{runs:?}");
        until_left(&cluster, "trial", 0).await;
    });
}

#[test]
fn a_worker_that_is_told_to_end_ends_what_it_has_begun() {
    with_server(async |cluster| {
        let log = cluster.folder().join("runs");
        let log_text = log.display().to_string();
        let url = cluster.url();
        let mut worker = process(&[
            "worker", "--server", &url, "--log", &log_text, "--longer", "500", "--limit", "1",
        ]);
        let fleet = fleet(&cluster, trial::settings(1)).await;
        call_when_known(&fleet, ECHO, &0).await.expect("there is a worker");
        let calls: Vec<_> = jobs::chunks(2)
            .into_iter()
            .map(|chunk| {
                let fleet = fleet.clone();
                tokio::spawn(async move { call_when_known(&fleet, SUMMARISE, &chunk).await })
            })
            .collect();
        until_begun(&log, 1).await;
        let ended = tokio::task::spawn_blocking(move || worker.terminate());
        assert_eq!(ended.await.expect("it ends").expect("it is told"), Some(0));
        // The other one is still there, and no run has begun twice.
        until_left(&cluster, "trial", 1).await;
        let runs = std::fs::read_to_string(&log).expect("it is there");
        assert_eq!(runs.lines().count(), 1);
        let _next = process(&["worker", "--server", &url, "--log", &log_text]);
        for call in calls {
            call.await.expect("it ends").expect("it is done");
        }
        let runs = std::fs::read_to_string(&log).expect("it is there");
        assert_eq!(runs.lines().count(), 2);
    });
}

#[test]
fn a_job_whose_worker_always_dies_is_an_error() {
    const DEADLY: Job<(), ()> = Job::new("deadly");
    with_server(async |cluster| {
        // It does not die here: it takes the job, and is never heard of again.
        let settings = Settings { attempts: 2, ..settings() };
        let (sender, mut begun) = mpsc::unbounded_channel();
        let handlers = Handlers::new().serve_async(DEADLY, move |()| {
            let _ = sender.send(running().map(|running| running.attempt()));
            std::future::pending::<Result<(), Infallible>>()
        });
        let fleet_settings = settings.clone();
        let run = |cluster: &Cluster| {
            let (url, handlers, settings) = (cluster.url(), handlers.clone(), settings.clone());
            // A runtime of its own, which stands still when it is told to.
            let runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = { runtime }.worker_threads(1).enable_all().build().expect("a runtime");
            runtime.spawn(async move {
                let client = cluster::connect(&url).await.expect("it answers");
                let worker = Worker::new(client).settings(settings).handlers(handlers);
                worker.run_until(std::future::pending()).await
            });
            runtime
        };
        let first = run(&cluster);
        let fleet = fleet(&cluster, fleet_settings).await;
        let call = tokio::spawn(async move { call_when_known(&fleet, DEADLY, &()).await });
        assert_eq!(begun.recv().await, Some(Some(1)));
        first.shutdown_background();
        let second = run(&cluster);
        assert_eq!(begun.recv().await, Some(Some(2)));
        second.shutdown_background();
        let third = run(&cluster);
        let failed = call.await.expect("it ends");
        let cause = "each worker that had it has died".to_owned();
        assert_eq!(
            failed,
            Err(FleetError::Failed { job: "deadly".to_owned(), attempts: 2, cause })
        );
        third.shutdown_background();
    });
}

#[test]
fn a_caller_that_is_killed_leaves_nothing_stuck() {
    with_server(async |cluster| {
        let url = cluster.url();
        let _worker = process(&["worker", "--server", &url, "--longer", "20"]);
        let fleet = fleet(&cluster, trial::settings(1)).await;
        let chunk = jobs::chunks(1).remove(0);
        call_when_known(&fleet, SUMMARISE, &chunk).await.expect("there is a worker");
        let mut caller = process(&["load", "--server", &url, "--jobs", "5000", "--limit", "64"]);
        until_more(&cluster, 20).await;
        caller.kill().expect("it runs");
        // What it has asked for is done, and its results are kept for a while.
        until_left(&cluster, "trial", 0).await;
        // The worker goes on for others.
        call_when_known(&fleet, ECHO, &1).await.expect("the worker is there");
    });
}

/// Waits until so many jobs wait.
async fn until_more(cluster: &Cluster, jobs: u64) {
    while crate::calls::left(cluster, "trial").await < jobs {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_server_may_come_after_the_callers_and_the_workers() {
    with_server(async |mut cluster| {
        cluster.kill(0).expect("it runs");
        let url = cluster.url();
        let call = tokio::spawn(async move {
            let client = cluster::connect(&url).await.expect("it keeps trying");
            let fleet = Fleet::with_settings(client, settings()).await.expect("it comes");
            call_when_known(&fleet, ECHO, &5).await
        });
        let url = cluster.url();
        let (_stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let client = cluster::connect(&url).await.expect("it keeps trying");
            let worker = Worker::new(client)
                .settings(settings())
                .handlers(jobs::handlers(None, Duration::ZERO));
            worker.run_until(async { _ = stopped.await }).await
        });
        cluster.start_node(0).expect("it starts");
        assert_eq!(call.await.expect("it ends"), Ok(5));
    });
}

#[test]
fn a_server_that_is_killed_and_started_keeps_what_it_was_given() {
    with_server(async |mut cluster| {
        let handlers = || jobs::handlers(None, Duration::ZERO);
        let (stop, ended) = worker(&cluster, settings(), 1, handlers()).await;
        let fleet = fleet(&cluster, settings()).await;
        call_when_known(&fleet, ECHO, &0).await.expect("there is a worker");
        drop(stop);
        ended.await.expect("it ends").expect("it has worked");
        let call = tokio::spawn(async move { fleet.call(ECHO, &9).await });
        until_left(&cluster, "fleet", 1).await;
        cluster.kill(0).expect("it runs");
        cluster.start_node(0).expect("it starts");
        let (_stop, _) = worker(&cluster, settings(), 1, handlers()).await;
        assert_eq!(call.await.expect("it ends"), Ok(9));
    });
}

#[test]
fn a_worker_ends_when_it_is_told_though_its_server_is_not_there() {
    with_server(async |mut cluster| {
        let handlers = || jobs::handlers(None, Duration::ZERO);
        cluster.kill(0).expect("it runs");
        let (stop, ended) = worker(&cluster, settings(), 1, handlers()).await;
        drop(stop);
        ended.await.expect("it ends").expect("it was not refused");
        cluster.start_node(0).expect("it starts");
        let (stop, ended) = worker(&cluster, settings(), 1, handlers()).await;
        let fleet = fleet(&cluster, settings()).await;
        call_when_known(&fleet, ECHO, &0).await.expect("there is a worker");
        cluster.kill(0).expect("it runs");
        drop(stop);
        ended.await.expect("it ends").expect("it has worked");
    });
}

#[test]
fn what_is_done_and_still_there_is_removed() {
    with_server(async |cluster| {
        // A stream that keeps what is acknowledged, as some servers do when one of them was killed.
        let client = cluster.client().await.expect("it answers");
        let context = async_nats::jetstream::new(client);
        let keeps = async_nats::jetstream::stream::Config {
            name: format!("{}-jobs", settings().name),
            subjects: vec![format!("{}.jobs.*", settings().name)],
            ..Default::default()
        };
        let stream = context.create_stream(keeps).await.expect("it is made");
        let left = async || stream.get_info().await.expect("it is there").state.messages;
        let handlers = || jobs::handlers(None, Duration::ZERO);
        let (stop, ended) = worker(&cluster, settings(), 1, handlers()).await;
        let fleet = fleet(&cluster, settings()).await;
        call_when_known(&fleet, ECHO, &0).await.expect("there is a worker");
        for number in 1..5 {
            fleet.call(ECHO, &number).await.expect("there is a worker");
        }
        drop(stop);
        ended.await.expect("it ends").expect("it has worked");
        assert_eq!(left().await, 5);
        let waits = tokio::spawn(async move { fleet.call(ECHO, &7).await });
        while left().await < 6 {
            tokio::task::yield_now().await;
        }
        let (_stop, _) = worker(&cluster, settings(), 1, handlers()).await;
        assert_eq!(waits.await.expect("no panic").expect("there is a worker"), 7);
        while left().await > 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
}

#[test]
fn a_cluster_that_loses_its_leader_loses_no_job() {
    bounded(|| {
        if !cluster::is_installed() {
            println!("left out: not installed: nats-server");
            return;
        }
        let mut cluster = Cluster::start(3).expect("they start");
        run_in_foreground(async {
            let settings = Settings { replicas: 3, ..settings() };
            let (_stop, _) =
                worker(&cluster, settings.clone(), 4, jobs::handlers(None, Duration::ZERO)).await;
            let fleet = fleet(&cluster, settings).await;
            call_when_known(&fleet, ECHO, &0).await.expect("there is a worker");
            let client = cluster.client().await.expect("they answer");
            let leader = cluster.leader(&client, "fleet-jobs").await.expect("there is one");
            let calls: Vec<_> = (0..200)
                .map(|n| {
                    let fleet = fleet.clone();
                    tokio::spawn(async move { fleet.call(ECHO, &n).await })
                })
                .collect();
            cluster.kill(leader).expect("it runs");
            for (n, call) in (0..).zip(calls) {
                assert_eq!(call.await.expect("it ends"), Ok(n));
            }
        });
    });
}

/// Runs of a job, by their attempts, each of which takes so many milliseconds.
fn slow() -> (Handlers, mpsc::UnboundedReceiver<u32>) {
    let (sender, begun) = mpsc::unbounded_channel();
    let handlers = Handlers::new().serve_async(SLOW, move |ms: u64| {
        let _ = sender.send(running().map_or(0, |running| running.attempt()));
        async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok::<_, Infallible>(ms)
        }
    });
    (handlers, begun)
}

const SLOW: Job<u64, u64> = Job::new("slow");

#[test]
fn a_worker_that_is_slow_keeps_its_job() {
    with_server(async |cluster| {
        let (handlers, mut begun) = slow();
        let (_stop, _) = worker(&cluster, settings(), 1, handlers.clone()).await;
        let (_other, _) = worker(&cluster, settings(), 1, handlers).await;
        let fleet = fleet(&cluster, settings()).await;
        // Three times as long as a worker may be silent.
        assert_eq!(call_when_known(&fleet, SLOW, &3_000).await, Ok(3_000));
        assert_eq!(begun.recv().await, Some(1));
        assert!(begun.try_recv().is_err(), "it has run once");
    });
}

#[test]
fn a_worker_that_is_cut_off_loses_its_job_to_another_one() {
    with_server(async |cluster| {
        let proxy = Proxy::start(cluster.address(), Duration::ZERO).expect("there is a port");
        let client =
            cluster::connect(&format!("nats://{}", proxy.address)).await.expect("it answers");
        let (handlers, mut begun) = slow();
        let cut_off = Worker::new(client).settings(settings()).handlers(handlers.clone());
        tokio::spawn(cut_off.run_until(std::future::pending()));
        let fleet = fleet(&cluster, settings()).await;
        let call = tokio::spawn({
            let fleet = fleet.clone();
            async move { call_when_known(&fleet, SLOW, &400).await }
        });
        assert_eq!(begun.recv().await, Some(1));
        proxy.hold(true);
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        // The first one has ended its run long before, and cannot say so.
        assert_eq!(begun.recv().await, Some(2));
        assert_eq!(call.await.expect("it ends"), Ok(400));
        // What it says when it is there again comes too late, and does no harm.
        proxy.hold(false);
        until_left(&cluster, "fleet", 0).await;
        assert_eq!(fleet.call(SLOW, &1).await, Ok(1));
    });
}

#[test]
fn workers_are_replaced_while_callers_go_on() {
    with_server(async |cluster| {
        let log = cluster.folder().join("runs");
        let (url, log_text) = (cluster.url(), log.display().to_string());
        let arguments =
            ["worker", "--server", &url, "--log", &log_text, "--longer", "10", "--limit", "4"];
        let mut workers = [process(&arguments), process(&arguments)];
        let fleet = fleet(&cluster, trial::settings(1)).await;
        let chunks = jobs::chunks(400);
        call_when_known(&fleet, SUMMARISE, &chunks[0]).await.expect("there is a worker");
        let calls = bridge::run_in_background(move || {
            report(&fleet, &chunks, 16, &|_| {}).map(|report| report.parts)
        });
        for turn in [0, 1, 0, 1] {
            let begun = std::fs::read_to_string(&log).unwrap_or_default().lines().count();
            until_begun(&log, begun + 30).await;
            let mut next = process(&arguments);
            std::mem::swap(&mut next, &mut workers[turn]);
            let ended = tokio::task::spawn_blocking(move || next.terminate());
            assert_eq!(ended.await.expect("it ends").expect("it is told"), Some(0));
        }
        assert_eq!(calls.await, Ok(400));
        let runs = std::fs::read_to_string(&log).expect("it is there");
        let ids: std::collections::BTreeSet<_> = runs.lines().collect();
        // The first call was made by another caller.
        assert_eq!((runs.lines().count(), ids.len()), (401, 401), "none has run twice");
    });
}

#[test]
fn a_result_is_kept_for_a_caller_that_connects_again() {
    with_server(async |cluster| {
        let proxy = Proxy::start(cluster.address(), Duration::ZERO).expect("there is a port");
        let (handlers, mut begun) = slow();
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        let url = format!("nats://{}", proxy.address);
        let client = cluster::connect(&url).await.expect("it answers");
        let fleet = Fleet::with_settings(client, settings()).await.expect("it is there");
        let call = tokio::spawn(async move { call_when_known(&fleet, SLOW, &300).await });
        assert_eq!(begun.recv().await, Some(1));
        // The caller is gone, and cannot come back yet.
        proxy.hold(true);
        proxy.cut();
        let context = async_nats::jetstream::new(cluster.client().await.expect("it answers"));
        while context
            .get_stream("fleet-results")
            .await
            .map_or(0, |it| it.cached_info().state.messages)
            == 0
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        until_left(&cluster, "fleet", 0).await;
        proxy.hold(false);
        assert_eq!(call.await.expect("it ends"), Ok(300));
        assert!(begun.try_recv().is_err(), "it has run once");
    });
}

/// As a machine that sleeps for a while.
#[test]
fn a_worker_that_stood_still_and_is_given_its_own_job_again_runs_it_once() {
    const STILL: Job<(), u32> = Job::new("still");
    with_server(async |cluster| {
        let (sender, mut begun) = mpsc::unbounded_channel();
        let handlers = Handlers::new().serve_async(STILL, move |()| {
            let attempt = running().map_or(0, |running| running.attempt());
            let _ = sender.send(attempt);
            async move {
                // Its runtime has this one thread: no word comes from it.
                std::thread::sleep(Duration::from_millis(2_500));
                tokio::time::sleep(Duration::from_millis(700)).await;
                Ok::<_, Infallible>(attempt)
            }
        });
        let url = cluster.url();
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_all().build().expect("a runtime");
        runtime.spawn(async move {
            let client = cluster::connect(&url).await.expect("it answers");
            let worker = Worker::new(client).settings(settings()).limit(2).handlers(handlers);
            worker.run_until(std::future::pending()).await
        });
        let fleet = fleet(&cluster, settings()).await;
        assert_eq!(call_when_known(&fleet, STILL, &()).await, Ok(1));
        assert_eq!(begun.recv().await, Some(1));
        until_left(&cluster, "fleet", 0).await;
        assert!(begun.try_recv().is_err(), "it has run once");
        runtime.shutdown_background();
    });
}

#[test]
fn blocking_code_is_told_that_nobody_waits() {
    const LONG: Job<(), ()> = Job::new("long");
    let told = || {
        let (sender, told) = mpsc::unbounded_channel();
        let handlers = Handlers::new().serve(LONG, move |()| {
            let running = running().expect("it is a job");
            while !running.is_cancelled() {
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = sender.send(());
            Ok::<_, Infallible>(())
        });
        (handlers, told)
    };
    with_server(async move |cluster| {
        let (handlers, mut here) = told();
        let local = Fleet::local(handlers).within(Duration::from_millis(50));
        let failed = local.call(LONG, &()).await;
        assert_eq!(failed, Err(FleetError::Deadline { job: "long".to_owned() }));
        assert_eq!(here.recv().await, Some(()));

        let (handlers, mut there) = told();
        let (_stop, _) = worker(&cluster, settings(), 1, handlers).await;
        let fleet = fleet(&cluster, settings()).await.within(Duration::from_millis(500));
        let failed = call_when_known(&fleet, LONG, &()).await;
        assert_eq!(failed, Err(FleetError::Deadline { job: "long".to_owned() }));
        assert_eq!(there.recv().await, Some(()));
    });
}
