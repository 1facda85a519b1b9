//! What a function would have taken, had a call not waited for another one.

use std::collections::HashMap;
use std::time::Duration;

use crate::run::{Kind, Run};

/// What the thread of a function has done, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Start(usize),
    Join(usize),
}

/// A function as it ran, to be run again otherwise.
pub(crate) struct Simulation<'r> {
    run: &'r Run,
    function: usize,
    /// In order, each with how long the function's own code took before.
    pub(crate) acts: Vec<(Act, Duration)>,
    /// From the last of them to the end.
    rest: Duration,
}

impl<'r> Simulation<'r> {
    pub(crate) fn of(run: &'r Run, function: usize) -> Self {
        let children = run.spans.iter().enumerate();
        let children = children.filter(|(_, span)| {
            span.parent == Some(function) && matches!(span.kind, Kind::Call | Kind::Iteration)
        });
        let mut acts: Vec<_> = children
            .map(|(at, span)| (span.order, Act::Start(at), span.start, span.start))
            .collect();
        let joins = run.joins.iter().filter(|join| join.within == Some(function));
        acts.extend(
            joins
                .filter_map(|join| Some((join.order, Act::Join(join.call?), join.begin, join.end))),
        );
        // A call that stands where it is awaited has begun to be waited for as it started.
        acts.sort_by_key(|(order, ..)| *order);
        let mut now = run.spans[function].start;
        let timed = acts.into_iter().map(|(_, act, begin, end)| {
            let own = begin.saturating_sub(now);
            now = now.max(end);
            (act, own)
        });
        let acts = timed.collect();
        Simulation { run, function, acts, rest: run.end(function).saturating_sub(now) }
    }

    /// How long it takes with these.
    pub(crate) fn time(&self, acts: &[(Act, Duration)]) -> Duration {
        let mut ends: HashMap<usize, Duration> = HashMap::new();
        let mut now = Duration::ZERO;
        for (act, own) in acts {
            now += *own;
            match act {
                Act::Start(call) => {
                    let span = &self.run.spans[*call];
                    let came = span.inputs.iter().map(|(_, at)| *at).max();
                    // From the moment at which it had all that it needs.
                    let ready = came.unwrap_or_default().max(span.start);
                    let took = self.run.end(*call).saturating_sub(ready);
                    let inputs = span.inputs.iter().filter_map(|(from, _)| ends.get(from));
                    let begins = inputs.copied().max().unwrap_or_default().max(now);
                    ends.insert(*call, begins + took);
                }
                Act::Join(call) => now = now.max(ends.get(call).copied().unwrap_or_default()),
            }
        }
        now + self.rest
    }

    /// How long it takes if a call starts ahead of the join of another one.
    pub(crate) fn without_wait(&self, call: usize, on: usize) -> Option<Duration> {
        let start = self.acts.iter().position(|(act, _)| *act == Act::Start(call))?;
        let join = self.acts.iter().position(|(act, _)| *act == Act::Join(on))?;
        if start < join {
            return None;
        }
        let mut acts = self.acts.clone();
        let (act, own) = acts.remove(start);
        // What the code does there is done all the same.
        match acts.get_mut(start) {
            Some((_, after)) => *after += own,
            None => return None,
        }
        acts.insert(join, (act, Duration::ZERO));
        Some(self.time(&acts))
    }

    /// How long it took, as this sees it.
    pub(crate) fn as_it_was(&self) -> Duration {
        self.run.duration(self.function)
    }
}
