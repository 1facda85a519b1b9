//! When each call of a run began and ended, and a drawing of it.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// The clock of one run, under way.
#[derive(Debug)]
pub(crate) struct Timeline {
    begun: Instant,
    calls: RefCell<Vec<Call>>,
}

/// When a call ran, counted from the run's beginning.
#[derive(Debug)]
struct Call {
    name: &'static str,
    start: Duration,
    end: Duration,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Run {
    calls: Vec<Call>,
    total: Duration,
}

impl Timeline {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), calls: RefCell::default() }
    }

    /// Runs `call` and notes when it began and ended.
    pub(crate) async fn record<F: Future>(&self, name: &'static str, call: F) -> F::Output {
        let start = self.begun.elapsed();
        let output = call.await;
        let end = self.begun.elapsed();
        self.calls.borrow_mut().push(Call { name, start, end });
        output
    }

    pub(crate) fn end(self) -> Run {
        let total = self.begun.elapsed();
        let mut calls = self.calls.into_inner();
        calls.sort_by_key(|call| call.start);
        Run { calls, total }
    }
}

impl Run {
    pub(crate) fn milliseconds(&self) -> u64 {
        milliseconds(self.total)
    }
}

fn milliseconds(time: Duration) -> u64 {
    (time.as_secs_f64() * 1000.0).round() as u64
}

/// The most steps that the axis of a drawing may have, and how wide one is.
const MOST_STEPS: u64 = 8;
const STEP_COLUMNS: usize = 8;
/// The width of the names at its left.
const NAME_COLUMNS: usize = 12;

/// Draws the runs on one axis, a bar for each call.
pub(crate) fn draw(runs: &[(&str, &Run)]) -> String {
    let longest = runs.iter().map(|(_, run)| run.milliseconds()).max();
    let longest = longest.unwrap_or(0);
    let step = step(longest);
    let steps = longest / step + 1;

    let mut drawing = format!("{:NAME_COLUMNS$}", "time in ms");
    for tick in 0..steps {
        let _ = write!(drawing, "|{:<1$}", tick * step, STEP_COLUMNS - 1);
    }
    let _ = write!(drawing, "|{}", steps * step);
    for (name, run) in runs {
        let _ = write!(drawing, "\n{name}");
        for call in &run.calls {
            let _ = write!(drawing, "\n  {:1$}", call.name, NAME_COLUMNS - 2);
            draw_bar(&mut drawing, call, step, steps as usize * STEP_COLUMNS);
        }
    }
    drawing.push('\n');
    drawing
}

fn draw_bar(drawing: &mut String, call: &Call, step: u64, columns: usize) {
    let columns_per_second = STEP_COLUMNS as f64 * 1000.0 / step as f64;
    let column = |time: Duration| (time.as_secs_f64() * columns_per_second).round() as usize;

    let start = column(call.start);
    let bar = "#".repeat(column(call.end).saturating_sub(start).max(1));
    let rest = columns.saturating_sub(start);
    let (from, to) = (milliseconds(call.start), milliseconds(call.end));
    let _ = write!(drawing, "{:start$}{bar:rest$}  {from} to {to}", "");
}

/// The smallest step, among 1, 2 and 5 times the powers of ten, with which the
/// axis reaches beyond `longest`.
fn step(longest: u64) -> u64 {
    let mut power = 1;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if step * MOST_STEPS > longest {
                return step;
            }
        }
        power *= 10;
    }
}
