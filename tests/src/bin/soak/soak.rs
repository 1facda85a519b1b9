//! The threads that make calls, and the one that watches them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::{Arguments, Budget};
use crate::counters::{self, Counters};
use crate::echo::Echo;
use crate::gauge;
use crate::places::round;
use crate::report::Report;
use crate::tree::{Tree, caught};

const BETWEEN_SAMPLES: Duration = Duration::from_millis(500);
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// A thread that has made no round for so long stands still. Tasks that were
/// let go have as long to end.
const STALL: Duration = Duration::from_secs(20);

/// One thread as it is seen from outside.
#[derive(Default)]
struct Progress {
    rounds: AtomicU64,
    seed: AtomicU64,
}

struct Worker {
    number: usize,
    rounds: Option<u64>,
    stop: Arc<AtomicBool>,
    progress: Arc<Progress>,
    counters: Arc<Counters>,
    echo: Arc<Echo>,
}

impl Worker {
    fn run(&self, seed: u64) {
        let mut made = 0;
        while !self.stop.load(Ordering::Relaxed) && self.rounds.is_none_or(|rounds| made < rounds) {
            // Each round of each thread has a seed of its own.
            let seed = (seed << 48) ^ ((self.number as u64) << 40) ^ made;
            self.progress.seed.store(seed, Ordering::Relaxed);
            let tree = Tree::root(&self.counters, &self.echo, seed);
            // What is not caught here has been counted where it was thrown.
            let _ = catch_unwind(AssertUnwindSafe(|| caught(|| round(tree))));
            made += 1;
            self.progress.rounds.store(made, Ordering::Relaxed);
        }
    }
}

/// Makes calls until the budget is used up, and tells of it now and then.
pub(crate) fn run(arguments: &Arguments, tell: impl Fn(String)) -> Report {
    counters::watch_panics();
    let echo = Arc::new(Echo::start().expect("there is a loopback address"));
    let mut watch = Watch::new(*arguments, tell);
    let (ended, end) = mpsc::channel();
    for number in 0..arguments.threads {
        watch.start(number, &echo, ended.clone());
    }
    drop(ended);
    watch.until_the_end(&end);
    watch.report()
}

struct Watch<T: Fn(String)> {
    arguments: Arguments,
    tell: T,
    started: Instant,
    told: Instant,
    stop: Arc<AtomicBool>,
    counters: Arc<Counters>,
    threads: Vec<Watched>,
    report: Report,
}

struct Watched {
    progress: Arc<Progress>,
    /// The rounds when they were last seen to have grown, and when that was.
    rounds: u64,
    since: Instant,
    ended: bool,
}

impl<T: Fn(String)> Watch<T> {
    fn new(arguments: Arguments, tell: T) -> Self {
        let now = Instant::now();
        Watch {
            arguments,
            tell,
            started: now,
            told: now,
            stop: Arc::default(),
            counters: Arc::default(),
            threads: Vec::new(),
            report: Report::default(),
        }
    }

    fn start(&mut self, number: usize, echo: &Arc<Echo>, ended: Sender<usize>) {
        let progress = Arc::new(Progress::default());
        let worker = Worker {
            number,
            rounds: match self.arguments.budget {
                Budget::Rounds(rounds) => Some(rounds),
                Budget::Time(_) => None,
            },
            stop: Arc::clone(&self.stop),
            progress: Arc::clone(&progress),
            counters: Arc::clone(&self.counters),
            echo: Arc::clone(echo),
        };
        let seed = self.arguments.seed;
        // Foregrounds nest, and need much stack in builds without optimisation.
        let thread = thread::Builder::new().stack_size(64 << 20);
        thread
            .spawn(move || {
                // On a thread of its own, so that what it has left is dropped
                // by the time that it is said to have ended.
                let _ = thread::Builder::new()
                    .stack_size(64 << 20)
                    .spawn(move || worker.run(seed))
                    .map(thread::JoinHandle::join);
                let _ = ended.send(number);
            })
            .expect("the system gives threads");
        let since = Instant::now();
        self.threads.push(Watched { progress, rounds: 0, since, ended: false });
    }

    /// Until all threads have ended, or one of them stands still.
    fn until_the_end(&mut self, end: &Receiver<usize>) {
        loop {
            match end.recv_timeout(BETWEEN_SAMPLES) {
                Ok(number) => self.threads[number].ended = true,
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if !self.report.stalled.is_empty() {
                return;
            }
        }
        // Tasks that were let go end by themselves, on other threads.
        let limit = Instant::now() + STALL;
        while self.counters.live() > 0 && Instant::now() < limit {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn look(&mut self) {
        let now = Instant::now();
        let time = now - self.started;
        if matches!(self.arguments.budget, Budget::Time(budget) if time >= budget) {
            self.stop.store(true, Ordering::Relaxed);
        } else {
            self.report.samples.extend(gauge::sample());
        }
        if now - self.told >= BETWEEN_LINES {
            self.told = now;
            (self.tell)(self.line(time));
        }
        for (number, thread) in self.threads.iter_mut().enumerate() {
            let rounds = thread.progress.rounds.load(Ordering::Relaxed);
            if rounds != thread.rounds {
                (thread.rounds, thread.since) = (rounds, now);
            } else if !thread.ended && now - thread.since >= STALL {
                let seed = thread.progress.seed.load(Ordering::Relaxed);
                self.report
                    .stalled
                    .push(format!("thread {number}, in round {rounds}, seed {seed:#x}"));
            }
        }
    }

    fn line(&self, time: Duration) -> String {
        let calls = self.counters.calls.load(Ordering::Relaxed);
        let mut line =
            format!("{:>5} s {calls:>10} calls {:>5} live", time.as_secs(), self.counters.live());
        if let Some(sample) = gauge::sample() {
            line += &format!(" {:>7} KiB {:>4} threads", sample.memory, sample.threads);
        }
        line
    }

    fn report(mut self) -> Report {
        self.report.calls = self.counters.calls.load(Ordering::Relaxed);
        self.report.rounds =
            self.threads.iter().map(|thread| thread.progress.rounds.load(Ordering::Relaxed)).sum();
        self.report.live = self.counters.live();
        self.report.other_panics = counters::other_panics();
        self.report
    }
}
