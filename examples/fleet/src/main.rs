//! `fleet`: see the README.

#![forbid(unsafe_code)]

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bridge::run_in_foreground;
use bridge_fleet::{Fleet, FleetError, Settings, Worker};
use bridge_fleet_load::cluster::{self, Cluster};
use bridge_fleet_load::report::report;
use bridge_fleet_load::timeline::Timeline;
use bridge_fleet_load::{costs, jobs, trial};
use indicatif::{ProgressBar, ProgressStyle};
use lexopt::{Arg, Parser, ValueExt};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

const HELP: &str = "\
Reads the flights of a day, in many parts, on this machine or on a fleet.

Usage: fleet load [--jobs N] [--limit N] [--server URL]
       fleet worker --server URL [--limit N] [--name NAME]
       fleet trial [--quick]
       fleet costs [--quick]

Modes:
  load     has all parts read: by workers, or without `--server` by this process
  worker   reads parts for others, until it is told to end (SIGTERM, Ctrl-C)
  trial    starts a cluster of three servers and four workers, has 10000 parts
           read while a worker is killed every second and each server once, and
           measures what calls cost. Its last line is

    summary: jobs N right N twice N left N overhead R scale R

           the jobs; those whose result came once and right; those that have
           begun more than once; those left in the stream; the time of a call
           over that of a request and a message that is kept; the jobs of two
           workers in a second over what they could do
  costs    only measures what calls cost

Options:
  --jobs N        how many parts [default: 1000]
  --limit N       how many at once [default: 16, of a worker 8]
  --server URL    where the server is; several with commas
  --name NAME     of a worker, as callers see it
  --replicas N    how many servers keep each job [default: 1]
  --log FILE      of a worker: the id of each run
  --longer MS     of a worker: how much longer a part takes [default: 0]
  --quick         1000 parts
  -h, --help      print this

Exit codes: 0, or 1 if something is not right, 2 wrong usage, 3 if the server is
not installed.
";

#[derive(Default)]
struct Asked {
    mode: String,
    jobs: Option<u64>,
    limit: Option<usize>,
    server: Option<String>,
    name: Option<String>,
    replicas: Option<usize>,
    log: Option<PathBuf>,
    longer: u64,
    quick: bool,
}

fn asked() -> Result<Option<Asked>, lexopt::Error> {
    let mut asked = Asked::default();
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("jobs") => asked.jobs = Some(parser.value()?.parse()?),
            Arg::Long("limit") => asked.limit = Some(parser.value()?.parse()?),
            Arg::Long("server") => asked.server = Some(parser.value()?.string()?),
            Arg::Long("name") => asked.name = Some(parser.value()?.string()?),
            Arg::Long("replicas") => asked.replicas = Some(parser.value()?.parse()?),
            Arg::Long("log") => asked.log = Some(parser.value()?.into()),
            Arg::Long("longer") => asked.longer = parser.value()?.parse()?,
            Arg::Long("quick") => asked.quick = true,
            Arg::Value(mode) if asked.mode.is_empty() => asked.mode = mode.string()?,
            _ => return Err(argument.unexpected()),
        }
    }
    if !["load", "worker", "trial", "costs"].contains(&asked.mode.as_str()) {
        return Err("the first argument is `load`, `worker`, `trial` or `costs`".into());
    }
    if asked.mode == "worker" && asked.server.is_none() {
        return Err("a worker needs `--server`".into());
    }
    Ok(Some(asked))
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let ended = match asked.mode.as_str() {
        "load" => load(&asked),
        "worker" => worker(&asked),
        _ if !cluster::is_installed() => {
            eprintln!("error: not installed: nats-server (Debian: `apt-get install nats-server`)");
            return ExitCode::from(3);
        }
        "trial" => trial(&asked),
        _ => costs(&asked).map(|_| true),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bar(jobs: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec}").expect("it is one");
    ProgressBar::new(jobs).with_style(style)
}

fn load(asked: &Asked) -> io::Result<bool> {
    let jobs = asked.jobs.unwrap_or(1000);
    tracing_subscriber::registry().with(to_stderr(LevelFilter::WARN)).init();
    let fleet = match &asked.server {
        Some(url) => {
            let settings = trial::settings(asked.replicas.unwrap_or(1));
            run_in_foreground(with_workers(url, settings)).map_err(io::Error::other)?
        }
        None => Fleet::local(jobs::handlers(None, Duration::ZERO)),
    };
    let (bar, begin) = (bar(jobs), Instant::now());
    let timeline = Timeline::default();
    // Calls are told of on the thread that makes them.
    let _told = tracing_subscriber::registry()
        .with(timeline.clone())
        .with(to_stderr(LevelFilter::WARN))
        .set_default();
    let report = report(&fleet, &jobs::chunks(jobs), asked.limit.unwrap_or(16), &|_| bar.inc(1));
    bar.finish_and_clear();
    let report = report.map_err(io::Error::other)?;
    for (carrier, (flights, minutes)) in &report.airlines {
        println!(
            "{carrier} {flights:>8} flights, {:>6.1} minutes late",
            *minutes as f64 / *flights as f64
        );
    }
    print!("\n{}\n", timeline.text(60));
    let seconds = begin.elapsed().as_secs_f64();
    println!("{} flights in {} parts, {seconds:.2} s", report.flights, report.parts);
    Ok(true)
}

/// A fleet, when a worker has come, which may take its time.
async fn with_workers(url: &str, settings: Settings) -> Result<Fleet, FleetError> {
    /// How long one that was started just now may take.
    const STARTED: Duration = Duration::from_secs(10);

    let client =
        cluster::connect(url).await.map_err(|error| FleetError::Server(error.to_string()))?;
    let fleet = Fleet::with_settings(client, settings).await?;
    let begin = Instant::now();
    loop {
        match fleet.call(jobs::ECHO, &0).await {
            Err(FleetError::UnknownJob { .. }) if begin.elapsed() < STARTED => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            answer => return answer.map(|_| fleet),
        }
    }
}

/// What the fleet tells, in lines; the client tells of each try to connect.
fn to_stderr<S>(level: LevelFilter) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let fleet = Targets::new().with_target("bridge_fleet", level);
    tracing_subscriber::fmt::layer().with_writer(io::stderr).with_filter(fleet)
}

fn worker(asked: &Asked) -> io::Result<bool> {
    tracing_subscriber::registry().with(to_stderr(LevelFilter::INFO)).init();
    let url = asked.server.as_deref().unwrap_or_default();
    let client = run_in_foreground(cluster::connect(url))?;
    let mut worker = Worker::new(client)
        .settings(trial::settings(asked.replicas.unwrap_or(1)))
        .limit(asked.limit.unwrap_or(8))
        .handlers(jobs::handlers(asked.log.clone(), Duration::from_millis(asked.longer)));
    if let Some(name) = &asked.name {
        worker = worker.name(name);
    }
    worker.run().map_err(io::Error::other)?;
    Ok(true)
}

fn trial(asked: &Asked) -> io::Result<bool> {
    let jobs = asked.jobs.unwrap_or(if asked.quick { 1_000 } else { 10_000 });
    let bar = bar(jobs);
    // Some seconds in which something is killed.
    let longer = Duration::from_millis(if asked.quick { 100 } else { 50 });
    let program = std::env::current_exe()?;
    let outcome = trial::run(&program, jobs, longer, &|done| bar.set_position(done))?;
    bar.finish_and_clear();
    let trial::Outcome { jobs, right, twice, left, killed, took } = outcome;
    println!(
        "{jobs} jobs in {:.1} s, while {killed} workers were killed: {right} right, {twice} begun twice, \
         {left} left",
        took.as_secs_f64(),
    );
    let (overhead, scale) = costs(asked)?;
    println!(
        "\nsummary: jobs {jobs} right {right} twice {twice} left {left} overhead {overhead:.2} scale {scale:.2}"
    );
    Ok(right == jobs && left == 0)
}

/// Measures what calls cost; gives a call over what it is made of, and the share of two workers.
fn costs(asked: &Asked) -> io::Result<(f64, f64)> {
    let cluster = Cluster::start(1)?;
    let count = if asked.quick { 1_000 } else { 5_000 };
    let costs = run_in_foreground(bridge::run_in_background(async move {
        let costs = costs::of(&cluster, count).await?;
        let mut scales = Vec::new();
        for workers in [1, 2, 4, 8] {
            scales.push((workers, costs::scale(&cluster, workers, 100 * workers).await?));
        }
        Ok::<_, io::Error>((costs, scales))
    }));
    let (costs, scales) = costs?;
    println!(
        "\n| one server | µs each, one after the other | a second, 16 at once |\n|---|---|---|"
    );
    for (name, cost) in [
        ("a call", &costs.call),
        ("a request with a reply", &costs.request),
        ("a message that is kept, with its acknowledgement", &costs.publish),
    ] {
        println!("| {name} | {} | {:.0} |", cost.each().as_micros(), cost.per_second());
    }
    println!("\na call over the sum of the other two: {:.2}", costs.overhead());
    println!(
        "\n| workers, one job of 5 ms at a time | jobs in a second over what they could do |\n|---|---|"
    );
    for (workers, scale) in &scales {
        println!("| {workers} | {scale:.2} |");
    }
    Ok((costs.overhead(), scales[1].1))
}
