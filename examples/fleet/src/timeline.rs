//! Which worker has run what: a drawing of what callers are told.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// Collects the runs of a fleet.
#[derive(Clone)]
pub struct Timeline {
    begin: Instant,
    runs: Arc<Mutex<Vec<Run>>>,
}

/// One run: who, and from when to when.
#[derive(Clone, Debug)]
struct Run {
    worker: String,
    begin: Duration,
    end: Duration,
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline { begin: Instant::now(), runs: Arc::default() }
    }
}

#[derive(Default)]
struct Told {
    worker: Option<String>,
    took: Option<Duration>,
}

impl Visit for Told {
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "worker" {
            self.worker = Some(value.to_owned());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "took_us" {
            self.took = Some(Duration::from_micros(value));
        }
    }
}

impl<S: Subscriber> Layer<S> for Timeline {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "bridge_fleet" {
            return;
        }
        let mut told = Told::default();
        event.record(&mut told);
        if let (Some(worker), Some(took)) = (told.worker, told.took) {
            let end = self.begin.elapsed();
            self.runs().push(Run { worker, begin: end.saturating_sub(took), end });
        }
    }
}

impl Timeline {
    fn runs(&self) -> MutexGuard<'_, Vec<Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A row for each worker: how many jobs it has run at each time (`+` for more than nine), and in all.
    pub fn text(&self, width: usize) -> String {
        let runs = self.runs().clone();
        let first = runs.iter().map(|run| run.begin).min().unwrap_or_default();
        let last = runs.iter().map(|run| run.end).max().unwrap_or_default();
        let all = (last - first).as_secs_f64().max(f64::MIN_POSITIVE);
        let column = |time: Duration| ((time - first).as_secs_f64() / all * width as f64) as usize;
        let mut rows: BTreeMap<&str, (Vec<usize>, usize)> = BTreeMap::new();
        for run in &runs {
            let (row, jobs) = rows.entry(&run.worker).or_insert_with(|| (vec![0; width], 0));
            let end = column(run.end).min(width - 1);
            row[column(run.begin).min(end)..=end].iter_mut().for_each(|running| *running += 1);
            *jobs += 1;
        }
        let name = rows.keys().map(|worker| worker.chars().count()).max().unwrap_or_default();
        let mut text = String::new();
        for (worker, (row, jobs)) in rows {
            let drawn: String = row
                .into_iter()
                .map(|running| match running {
                    0 => '.',
                    1..=9 => char::from(b'0' + running as u8),
                    _ => '+',
                })
                .collect();
            let _ = writeln!(text, "{worker:name$}  {drawn}  {jobs}");
        }
        let _ = writeln!(text, "{:name$}  0{:>end$}", "", format!("{all:.1} s"), end = width - 1);
        text
    }
}
