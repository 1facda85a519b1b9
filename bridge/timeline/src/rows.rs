//! What a drawing shows: a row for each call, and one for many at the same place.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::answer::time;
use crate::names::Names;
use crate::run::{Kind, Place, Run};

/// Of so many at one place in one function each has a row; more share one.
const EACH: usize = 8;
/// How many rows are drawn.
const ROWS: usize = 200;
/// Of a row that many share, how many stretches are told apart.
const STRETCHES: usize = 2_000;

/// A drawing of one function, before it is drawn.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Drawing {
    /// How long the function took, in microseconds, as all times here: from its begin.
    pub(crate) total: u64,
    pub(crate) rows: Vec<Row>,
    /// Why it took so long.
    pub(crate) answer: String,
    /// What is not shown, in words.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) place: String,
    /// How far in.
    pub(crate) depth: usize,
    /// How many it is.
    pub(crate) count: usize,
    /// When some of it ran: begins and ends.
    pub(crate) ran: Vec<(u64, u64)>,
    /// When it was at the critical path.
    pub(crate) critical: Vec<(u64, u64)>,
}

impl Row {
    pub(crate) fn begin(&self) -> u64 {
        self.ran.first().map_or(0, |(begin, _)| *begin)
    }

    /// From the begin of the first to the end of the last.
    pub(crate) fn took(&self) -> Duration {
        let end = self.ran.iter().map(|(_, end)| *end).max().unwrap_or_default();
        Duration::from_micros(end.saturating_sub(self.begin()))
    }

    /// Its name, and how many it is.
    pub(crate) fn label(&self) -> String {
        match self.count {
            1 => self.name.clone(),
            count => format!("{} ×{count}", self.name),
        }
    }

    pub(crate) fn told(&self) -> String {
        time(self.took())
    }
}

impl Drawing {
    /// Of the longest function.
    pub(crate) fn of(run: &Run) -> Self {
        let Some(root) = run.longest() else {
            return Drawing { answer: run.answer(), ..Drawing::default() };
        };
        let path = run.critical_path(root);
        let mut drawer = Drawer {
            run,
            names: Names::of(run),
            children: run.children(),
            critical: BTreeMap::new(),
            begin: run.spans[root].start,
            rows: Vec::new(),
            not_shown: 0,
        };
        let answer = run.answer_of(root, &path, &drawer.names);
        for step in path {
            let stretch = (drawer.at(step.begin), drawer.at(step.end));
            drawer.critical.entry(step.span).or_default().push(stretch);
        }
        drawer.row(&[root], 0);
        let notes = notes(run, root, drawer.not_shown);
        Drawing { total: micros(run.duration(root)), rows: drawer.rows, answer, notes }
    }
}

fn notes(run: &Run, root: usize, not_shown: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let others = run.roots().filter(|&other| other != root).count();
    if others > 0 {
        notes.push(format!("{others} more that are in no other function are not shown"));
    }
    if not_shown > 0 {
        notes.push(format!("{not_shown} calls further in are not shown"));
    }
    if run.left_out.spans > 0 {
        notes
            .push(format!("{} calls were not recorded: the limit was reached", run.left_out.spans));
    }
    notes
}

struct Drawer<'r> {
    run: &'r Run,
    names: Names<'r>,
    children: Vec<Vec<usize>>,
    critical: BTreeMap<usize, Vec<(u64, u64)>>,
    begin: Duration,
    rows: Vec<Row>,
    not_shown: usize,
}

impl Drawer<'_> {
    fn at(&self, time: Duration) -> u64 {
        micros(time.saturating_sub(self.begin))
    }

    /// One row for these, and rows for what is in them.
    fn row(&mut self, spans: &[usize], depth: usize) {
        let Some(&first) = spans.first() else { return };
        if self.rows.len() == ROWS {
            self.not_shown += spans.len();
            return;
        }
        let ran = spans
            .iter()
            .map(|&span| (self.at(self.run.spans[span].start), self.at(self.run.end(span))));
        let ran = joined(ran.collect());
        let critical = spans.iter().filter_map(|span| self.critical.get(span));
        let critical = joined(critical.flatten().copied().collect());
        let place = self.run.spans[first].place;
        self.rows.push(Row {
            name: self.names.name(first),
            place: format!("{}:{}", place.file, place.line),
            depth,
            count: spans.len(),
            ran,
            critical,
        });
        let inner: Vec<usize> =
            spans.iter().flat_map(|&span| self.children[span].iter().copied()).collect();
        let mut places: Vec<(Kind, Place)> = Vec::new();
        let mut by_place: BTreeMap<(Kind, Place), Vec<usize>> = BTreeMap::new();
        for &span in &inner {
            let of = (self.run.spans[span].kind, self.run.spans[span].place);
            let same = by_place.entry(of).or_default();
            if same.is_empty() {
                places.push(of);
            }
            same.push(span);
        }
        for of in places {
            let same = by_place.remove(&of).unwrap_or_default();
            match same.len() <= EACH && spans.len() == 1 {
                true => same.iter().for_each(|&span| self.row(&[span], depth + 1)),
                false => self.row(&same, depth + 1),
            }
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Stretches of which none touches another, and not too many of them: the narrowest gaps are closed.
fn joined(mut stretches: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    stretches.sort_unstable();
    let merged = |stretches: Vec<(u64, u64)>, gap: u64| {
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (begin, end) in stretches {
            match joined.last_mut().filter(|(_, last)| begin <= last.saturating_add(gap)) {
                Some((_, last)) => *last = end.max(*last),
                None => joined.push((begin, end)),
            }
        }
        joined
    };
    let joined = merged(stretches, 0);
    if joined.len() <= STRETCHES {
        return joined;
    }
    let mut gaps: Vec<u64> = joined.windows(2).map(|two| two[1].0 - two[0].1).collect();
    let closed = gaps.len() + 1 - STRETCHES;
    let gap = *gaps.select_nth_unstable(closed).1;
    merged(joined, gap)
}
