//! Many jobs on a cluster, while workers and servers are killed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bridge::run_in_foreground;
use bridge_fleet::{Fleet, Settings};

use crate::cluster::Cluster;
use crate::jobs;
use crate::process::Process;
use crate::report::{Report, report};

/// The fleet of a trial: a worker that dies is missed soon.
pub fn settings(replicas: usize) -> Settings {
    Settings {
        replicas,
        attempts: 20,
        acknowledgement: Duration::from_secs(2),
        ..Settings::named("trial")
    }
}

/// Workers in processes of their own, which end with this.
pub struct Workers {
    program: PathBuf,
    url: String,
    folder: PathBuf,
    replicas: usize,
    longer: Duration,
    processes: Vec<Process>,
}

impl Workers {
    /// Starts so many, by this program's mode `worker`, for which each part takes so much longer.
    ///
    /// # Errors
    ///
    /// They do not start.
    pub fn start(
        program: &Path,
        cluster: &Cluster,
        count: usize,
        longer: Duration,
    ) -> io::Result<Self> {
        let mut workers = Workers {
            program: program.to_owned(),
            url: cluster.url(),
            folder: cluster.folder().to_owned(),
            replicas: cluster.servers(),
            longer,
            processes: Vec::new(),
        };
        for at in 0..count {
            let process = workers.process(at)?;
            workers.processes.push(process);
        }
        Ok(workers)
    }

    fn log(&self, at: usize) -> PathBuf {
        self.folder.join(format!("worker-{at}.log"))
    }

    fn process(&self, at: usize) -> io::Result<Process> {
        let log = self.log(at).display().to_string();
        let (replicas, name) = (self.replicas.to_string(), format!("worker-{at}"));
        let longer = self.longer.as_millis().to_string();
        Process::start(
            &self.program,
            [
                "worker",
                "--limit",
                "8",
                "--server",
                &self.url,
                "--replicas",
                &replicas,
                "--name",
                &name,
                "--longer",
                &longer,
                "--log",
                &log,
            ],
        )
    }

    /// Kills one, as `kill -9` does, and starts another one in its place.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn kill(&mut self, at: usize) -> io::Result<()> {
        self.processes[at].kill()?;
        self.processes[at] = self.process(at)?;
        Ok(())
    }

    /// How often each job has begun, by its id.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub fn runs(&self) -> io::Result<BTreeMap<String, usize>> {
        let mut runs = BTreeMap::new();
        for at in 0..self.processes.len() {
            let log = self.log(at);
            let text = if log.exists() { std::fs::read_to_string(log)? } else { String::new() };
            for id in text.lines() {
                *runs.entry(id.to_owned()).or_insert(0) += 1;
            }
        }
        Ok(runs)
    }
}

/// What came of many jobs.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many were sent.
    pub jobs: u64,
    /// How many results were what this process computes itself, each once.
    pub right: u64,
    /// How many jobs have begun more than once.
    pub twice: usize,
    /// How many were left in the stream at the end.
    pub left: u64,
    /// How many workers were killed.
    pub killed: usize,
    /// How long all took.
    pub took: Duration,
}

/// Sends so many jobs, each of which takes so much longer, while a worker is killed every second, and each server once.
///
/// # Errors
///
/// Something does not start, or a job gives no result.
pub fn run(
    program: &Path,
    jobs: u64,
    longer: Duration,
    progress: &(dyn Fn(u64) + Sync),
) -> io::Result<Outcome> {
    let cluster = Cluster::start(3)?;
    let settings = settings(3);
    let workers = Workers::start(program, &cluster, 4, longer)?;
    let client = run_in_foreground(cluster.client())?;
    let fleet = run_in_foreground(Fleet::with_settings(client.clone(), settings.clone()));
    let fleet = fleet.map_err(io::Error::other)?;
    run_in_foreground(async {
        while fleet.call(jobs::ECHO, &0).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });

    let (workers, cluster) = (Mutex::new(workers), Mutex::new(cluster));
    let is_over = AtomicBool::new(false);
    let chunks = jobs::chunks(jobs);
    let seen = Mutex::new(BTreeMap::new());
    let begin = Instant::now();
    let (result, killed) = thread::scope(|scope| {
        let killing = scope.spawn(|| {
            let (mut killed, mut servers) = (0, 0);
            while !is_over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_secs(1));
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                workers.lock().expect("nobody panics").kill(killed % 4)?;
                killed += 1;
                // One server after the other, of which two have to be there.
                if killed % 4 == 2 && servers < 3 {
                    let mut cluster = cluster.lock().expect("nobody panics");
                    cluster.kill(servers)?;
                    thread::sleep(Duration::from_millis(500));
                    cluster.start_node(servers)?;
                    servers += 1;
                }
            }
            Ok::<_, io::Error>(killed)
        });
        let result = report(&fleet, &chunks, 64, &|number| {
            let mut seen = seen.lock().expect("nobody panics");
            *seen.entry(number).or_insert(0) += 1;
            progress(seen.len() as u64);
        });
        is_over.store(true, Ordering::SeqCst);
        (result, killing.join().expect("it does not panic"))
    });
    let took = begin.elapsed();
    let killed = killed?;
    let result = result.map_err(io::Error::other)?;

    let local = Fleet::local(jobs::handlers(None, Duration::ZERO));
    let expected: Report = report(&local, &chunks, 8, &|_| {}).map_err(io::Error::other)?;
    let seen = seen.into_inner().expect("nobody panics");
    let once = seen.values().filter(|times| **times == 1).count() as u64;
    let right = if result == expected { once } else { 0 };
    let workers = workers.into_inner().expect("nobody panics");
    let twice = workers.runs()?.values().filter(|runs| **runs > 1).count();
    let left = run_in_foreground(left(&client, &settings));
    Ok(Outcome { jobs, right, twice, left, killed, took })
}

/// How many jobs are in the stream, when what is on its way has had its time.
async fn left(client: &async_nats::Client, settings: &Settings) -> u64 {
    let context = async_nats::jetstream::new(client.clone());
    let mut left = u64::MAX;
    for _ in 0..100 {
        if let Ok(stream) = context.get_stream(format!("{}-jobs", settings.name)).await {
            left = stream.cached_info().state.messages;
            if left == 0 {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    left
}
