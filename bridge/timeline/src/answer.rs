//! Why it took so long, in a sentence.

use std::time::Duration;

use crate::names::Names;
use crate::path::Step;
use crate::run::Run;
use crate::simulation::Simulation;

/// How many calls of a path are named.
const NAMED: usize = 6;

impl Run {
    /// Why the longest function took so long: its time, the calls at its critical path, how long it has
    /// waited, and which call would have made it quicker, had it not waited for another one. A call that is
    /// given what another one gives has to wait for it, and is not spoken of, as far as the sources tell.
    ///
    /// ```text
    /// 812 ms; 640 ms of them `inventory` → `prices`; the thread waited 790 ms; if `audit` did not wait for
    /// `prices` it would have been 660 ms
    /// ```
    pub fn answer(&self) -> String {
        match self.longest() {
            Some(function) => {
                self.answer_of(function, &self.critical_path(function), &Names::of(self))
            }
            None => "nothing was recorded".to_owned(),
        }
    }

    /// The same of a function whose critical path is known.
    pub(crate) fn answer_of(&self, function: usize, path: &[Step], names: &Names<'_>) -> String {
        let total = self.duration(function);
        let mut said = time(total);
        let calls = calls(self, names, function, path);
        if !calls.is_empty() {
            let taken: Duration = calls.iter().map(|(_, taken)| *taken).sum();
            let named: Vec<String> = shortened(&calls).map(|name| format!("`{name}`")).collect();
            said += &format!("; {} of them {}", time(taken), named.join(" → ").replace("`…`", "…"));
        }
        let waited = self.joins.iter().filter(|join| join.within == Some(function));
        let waited: Duration = waited.map(|join| join.end.saturating_sub(join.begin)).sum();
        said += &format!("; the thread waited {}", time(waited));
        if let Some((call, on, would)) = self.quicker(names, function, path) {
            // Of a chain, the last.
            let name = |span: usize| {
                names.call(self.spans[span].last()).unwrap_or_else(|| names.name(span))
            };
            let (call, on) = (name(call), name(on));
            said += &format!(
                "; if `{call}` did not wait for `{on}` it would have been {}",
                time(would)
            );
        }
        said
    }

    /// The wait between two calls at the critical path without which it would have been quickest.
    fn quicker(
        &self,
        names: &Names<'_>,
        function: usize,
        path: &[Step],
    ) -> Option<(usize, usize, Duration)> {
        let own = |step: &&Step| self.spans[step.span].parent == Some(function);
        let mut calls: Vec<usize> = path.iter().filter(own).map(|step| step.span).collect();
        calls.dedup();
        let simulation = Simulation::of(self, function);
        let pairs = calls.windows(2).filter_map(|pair| {
            let [on, call] = *pair else { return None };
            let (place, other) = (self.spans[call].place, self.spans[on].last());
            if place == other || names.depends(place, other) {
                return None;
            }
            Some((call, on, simulation.without_wait(call, on)?))
        });
        let best = pairs.min_by_key(|(_, _, would)| *would)?;
        // Less than a hundredth is none.
        let was = simulation.as_it_was();
        (best.2 < was.saturating_sub(was / 100)).then_some(best)
    }
}

/// The calls of a function at a path, with how long each was at it.
fn calls(run: &Run, names: &Names<'_>, function: usize, path: &[Step]) -> Vec<(String, Duration)> {
    let mut found: Vec<(String, Duration)> = Vec::new();
    for step in path {
        let mut call = step.span;
        // What is inside of a call is of the call.
        while let Some(parent) = run.spans[call].parent.filter(|&parent| parent != function) {
            call = parent;
        }
        if run.spans[call].parent != Some(function) {
            continue;
        }
        let link = step.link.filter(|_| step.span == call);
        let name = link.and_then(|place| names.call(place)).unwrap_or_else(|| names.name(call));
        let taken = step.end - step.begin;
        match found.last_mut().filter(|(last, _)| *last == name) {
            Some((_, so_far)) => *so_far += taken,
            None => found.push((name, taken)),
        }
    }
    found
}

/// The first and the last of many.
fn shortened(calls: &[(String, Duration)]) -> impl Iterator<Item = &str> {
    let names = calls.iter().map(|(name, _)| name.as_str()).enumerate();
    let (count, half) = (calls.len(), NAMED / 2);
    names.filter_map(move |(at, name)| match count > NAMED {
        true if at == half => Some("…"),
        true if at > half && at < count - half => None,
        _ => Some(name),
    })
}

/// As one would say it.
pub(crate) fn time(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{:.1} ms", micros as f64 / 1e3),
        10_000..10_000_000 => format!("{:.0} ms", micros as f64 / 1e3),
        _ => format!("{:.1} s", micros as f64 / 1e6),
    }
}
