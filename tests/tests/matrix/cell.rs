//! One cell: a process of its own, and what became of it.

use std::env;
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::bridges::{
    Background, BlockInPlace, Bridge, Column, Futures, HandleBlockOn, Pollster, RunInForeground,
    RuntimeBlockOn,
};
use crate::contexts::Context;
use crate::expected::{expected, stall_limit};
use crate::operations::Operation;

/// Names the cell that a process is for.
pub(crate) const CELL: &str = "MATRIX_CELL";
/// What a process prints when its operation has been done.
const DONE: &str = "done";
/// What the panics of ours say: that in place of a hang, and that where tokio lets
/// nothing wait.
const CLEAR: [&str; 2] = ["without being woken", "Drop the `EnterGuard`"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Ok,
    /// A panic of ours that says what to do instead.
    ClearError,
    Panic,
    Hang,
    Abort,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClearError => "clear error",
            Self::Panic => "panic",
            Self::Hang => "hang",
            Self::Abort => "abort",
        }
    }
}

/// What became of a cell.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) took: Duration,
    /// The message of ours, or the first one of a panic.
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) column: Column,
    pub(crate) context: Context,
    pub(crate) operation: Operation,
}

impl Cell {
    /// All that make sense.
    pub(crate) fn all() -> Vec<Cell> {
        let mut cells = Vec::new();
        for context in Context::ALL {
            for column in Column::ALL {
                let operations = Operation::ALL.into_iter();
                let operations = operations.filter(|operation| context.allows(*operation));
                cells.extend(operations.map(|operation| Cell { column, context, operation }));
            }
        }
        cells
    }

    pub(crate) fn ours() -> Vec<Cell> {
        Cell::all().into_iter().filter(|cell| cell.column.is_ours()).collect()
    }

    pub(crate) fn name(self) -> String {
        format!("{} / {} / {}", self.column.name(), self.context.name(), self.operation.name())
    }

    pub(crate) fn named(name: &str) -> Cell {
        let cell = Cell::all().into_iter().find(|cell| cell.name() == name);
        cell.unwrap_or_else(|| panic!("no cell has the name `{name}`"))
    }

    /// What it has to come to, if it is ours.
    pub(crate) fn expected(self) -> Option<Verdict> {
        self.column.is_ours().then(|| expected(self.context, self.operation))
    }

    /// Runs it in this process.
    pub(crate) fn run(self) {
        if let Some(limit) = self.stall_limit() {
            bridge::Config::new().stall_limit(limit).init().unwrap();
        }
        match self.column {
            Column::Background => self.run_with(Background),
            Column::RunInForeground => self.run_with(RunInForeground),
            Column::HandleBlockOn => self.run_with(HandleBlockOn),
            Column::BlockInPlace => self.run_with(BlockInPlace),
            Column::RuntimeBlockOn => self.run_with(RuntimeBlockOn),
            Column::Futures => self.run_with(Futures),
            Column::Pollster => self.run_with(Pollster),
        }
    }

    fn run_with(self, bridge: impl Bridge) {
        let body = move || {
            self.operation.perform(bridge);
            println!("{DONE}");
        };
        self.context.run(bridge, Box::new(body));
    }

    fn stall_limit(self) -> Option<Duration> {
        if self.column.is_ours() { stall_limit(self.context, self.operation) } else { None }
    }

    /// How long the process may take before it hangs.
    fn patience(self) -> Duration {
        Duration::from_secs(match self.expected() {
            // It is known to.
            Some(Verdict::Hang) => 2,
            Some(_) => 10,
            None => 5,
        })
    }

    /// Runs it in a process of its own, under a watchdog.
    pub(crate) fn outcome(self) -> Outcome {
        let start = Instant::now();
        let mut child = Command::new(env::current_exe().expect("this test has a path"))
            .env(CELL, self.name())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this test can be run again");
        // It prints little, so that the pipes hold all of it.
        let status = loop {
            match child.try_wait().expect("the process is ours") {
                Some(status) => break Some(status),
                None if start.elapsed() >= self.patience() => break None,
                None => thread::sleep(Duration::from_millis(1)),
            }
        };
        let took = start.elapsed();
        let _ = child.kill();
        let _ = child.wait();
        let stdout = text(child.stdout.take());
        let stderr = text(child.stderr.take());
        let clear = stderr.lines().find(|line| CLEAR.iter().any(|clear| line.contains(clear)));
        let verdict = match status {
            None => Verdict::Hang,
            // Ended by a signal.
            Some(status) if status.code().is_none() => Verdict::Abort,
            Some(status) if status.success() && stdout.trim() == DONE => Verdict::Ok,
            Some(_) if clear.is_some() => Verdict::ClearError,
            Some(_) => Verdict::Panic,
        };
        // The line below `thread 'main' panicked at …`.
        let message = stderr.lines().skip_while(|line| !line.contains("panicked at")).nth(1);
        // Tokio's refusal may come before ours.
        let message = clear.or(message).unwrap_or_default().to_owned();
        Outcome { verdict, took, message }
    }
}

fn text(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("the pipe is ours");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
