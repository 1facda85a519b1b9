//! The critical path that a run really had.

use std::time::Duration;

use crate::run::{Join, Kind, Place, Run};

/// A stretch of the critical path, in which one thing ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// A call, or the function itself while no call was waited for.
    pub span: usize,
    /// From when.
    pub begin: Duration,
    /// Until when.
    pub end: Duration,
    /// Of a call that is a chain of several: the place of the one that ran.
    pub link: Option<Place>,
}

impl Run {
    /// The critical path of a function: what ran at each moment that made it take as long as it did, in the
    /// order of time.
    ///
    /// ```
    /// # use bridge_timeline::Run;
    /// let run = Run::default();
    /// assert!(run.longest().is_none());
    /// ```
    pub fn critical_path(&self, function: usize) -> Vec<Step> {
        let mut walk =
            Walk { run: self, children: self.children(), waits: self.waits(), steps: Vec::new() };
        walk.back(function, self.end(function));
        walk.steps.reverse();
        walk.steps
    }
}

struct Walk<'r> {
    run: &'r Run,
    children: Vec<Vec<usize>>,
    waits: Vec<Vec<&'r Join>>,
    /// The last one first.
    steps: Vec<Step>,
}

impl Walk<'_> {
    /// From a time of something back to its begin.
    fn back(&mut self, span: usize, until: Duration) {
        let (mut now, mut order) = (until, u64::MAX);
        let begin = self.run.spans[span].start;
        while let Some((inner, end)) = self.last_before(span, now, order) {
            self.linked(span, end, now, None);
            (now, order) = self.through(inner, end);
            if now <= begin {
                return;
            }
        }
        self.linked(span, begin, now, None);
    }

    /// What ended last before a time, and was waited for.
    fn last_before(&self, span: usize, now: Duration, order: u64) -> Option<(usize, Duration)> {
        let joins = &self.waits[span];
        let earlier = joins.partition_point(|join| join.order < order);
        let mut joins = joins[..earlier].iter().rev();
        let joined = joins.find(|join| join.end <= now && join.begin < join.end);
        if let Some(join) = joined {
            let call = join.call.filter(|&call| self.run.spans[call].start < join.end);
            return call.map(|call| (call, join.end));
        }
        if !self.waits[span].is_empty() {
            return None;
        }
        // What is awaited in the code of others is not told: a function that has ended by then.
        let inner = self.children[span].iter().rev().copied();
        let mut inner = inner.filter(|&inner| {
            let inner = &self.run.spans[inner];
            inner.order < order && !matches!(inner.kind, Kind::Call | Kind::Iteration)
        });
        inner.find(|&inner| self.run.end(inner) <= now).map(|inner| (inner, self.run.end(inner)))
    }

    /// Back through a call that ended then, to when it began to have all that it needs: gives the time, and
    /// the number below which to go on.
    fn through(&mut self, span: usize, end: Duration) -> (Duration, u64) {
        let ran = &self.run.spans[span];
        let input = ran.inputs.iter().filter(|(_, at)| *at <= end).max_by_key(|(_, at)| *at);
        match input {
            // The value came while it waited for it.
            Some(&(from, at)) if at > ran.start => {
                self.stretch(span, at, end);
                self.through(from, at)
            }
            _ => {
                self.back_through(span, end);
                (ran.start, ran.order)
            }
        }
    }

    fn back_through(&mut self, span: usize, end: Duration) {
        if self.run.spans[span].links.is_empty() {
            self.back(span, end);
        } else {
            self.stretch(span, self.run.spans[span].start, end);
        }
    }

    /// A chain, link by link.
    fn stretch(&mut self, span: usize, begin: Duration, mut end: Duration) {
        let links = &self.run.spans[span].links;
        let mut last = self.run.spans[span].last();
        for (place, at) in links.iter().rev().filter(|(_, at)| *at > begin) {
            self.linked(span, *at, end, Some(last));
            (last, end) = (*place, *at);
        }
        let link = (!links.is_empty()).then_some(last);
        self.linked(span, begin, end, link);
    }

    fn linked(&mut self, span: usize, begin: Duration, end: Duration, link: Option<Place>) {
        if begin < end {
            self.steps.push(Step { span, begin, end, link });
        }
    }
}
