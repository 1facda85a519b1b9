//! The table: all cells side by side, and how it is written.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::thread;

use crate::bridges::Column;
use crate::cell::{Cell, Outcome, Verdict};
use crate::contexts::Context;
use crate::expected::CLEAR_WITHIN;
use crate::operations::Operation;

/// How many processes run at once for each core. Most of them wait.
const PER_CORE: usize = 6;

pub(crate) struct Table(Vec<(Cell, Outcome)>);

impl Table {
    /// Runs these cells.
    pub(crate) fn of(cells: Vec<Cell>) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (quick, slow): (Vec<_>, Vec<_>) = cells
            .iter()
            .copied()
            .enumerate()
            .partition(|(_, cell)| cell.expected() == Some(Verdict::Ok));
        // The slow ones first, so that none is waited for at the end.
        let queue = Mutex::new(slow.into_iter().chain(quick));
        let next = || queue.lock().unwrap().next();
        let outcomes = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for _ in 0..cores * PER_CORE {
                scope.spawn(|| {
                    while let Some((index, cell)) = next() {
                        let outcome = cell.outcome();
                        outcomes.lock().unwrap().insert(index, outcome);
                    }
                });
            }
        });
        Table(cells.into_iter().zip(outcomes.into_inner().unwrap().into_values()).collect())
    }

    /// A line for each cell.
    pub(crate) fn lines(&self) -> String {
        self.0.iter().map(|(cell, outcome)| line(*cell, outcome)).collect()
    }

    /// A line for each cell of ours that is not what it has to be.
    pub(crate) fn unexpected(&self) -> String {
        let cells = self.0.iter().filter(|(cell, outcome)| match cell.expected() {
            None => false,
            Some(Verdict::ClearError) if outcome.took >= CLEAR_WITHIN => true,
            Some(expected) => outcome.verdict != expected,
        });
        cells.map(|(cell, outcome)| "unexpected: ".to_owned() + &line(*cell, outcome)).collect()
    }

    pub(crate) fn summary(&self) -> String {
        written(&counted(self.0.iter().map(|(_, outcome)| outcome.verdict)))
    }

    /// Contexts by bridges, with how many operations came to what, or to what
    /// all of them came.
    pub(crate) fn markdown(&self) -> String {
        let columns = Column::ALL.into_iter();
        let columns =
            columns.filter(|column| self.0.iter().any(|(cell, _)| cell.column == *column));
        let columns: Vec<Column> = columns.collect();
        let mut text = String::from("| called in | operations |");
        for column in &columns {
            let _ = write!(text, " `{}` |", column.name());
        }
        text += "\n|---|---|";
        text += &"---|".repeat(columns.len());
        for context in Context::ALL {
            let operations = Operation::ALL.into_iter();
            let operations = operations.filter(|operation| context.allows(*operation)).count();
            let _ = write!(text, "\n| {} | {operations} |", context.name());
            for column in &columns {
                let at = |cell: &Cell| cell.context == context && cell.column == *column;
                let cells = self.0.iter().filter(|(cell, _)| at(cell));
                let counts = counted(cells.map(|(_, outcome)| outcome.verdict));
                let _ = match counts.first_key_value() {
                    Some((verdict, _)) if counts.len() == 1 => {
                        write!(text, " {} |", verdict.name())
                    }
                    _ => write!(text, " {} |", written(&counts)),
                };
            }
        }
        text + "\n"
    }
}

fn counted(verdicts: impl Iterator<Item = Verdict>) -> BTreeMap<Verdict, u32> {
    let mut counts = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry(verdict).or_default() += 1;
    }
    counts
}

/// `9 ok, 2 panic, 1 hang`.
fn written(counts: &BTreeMap<Verdict, u32>) -> String {
    let counts = counts.iter().map(|(verdict, count)| format!("{count} {}", verdict.name()));
    counts.collect::<Vec<_>>().join(", ")
}

fn line(cell: Cell, outcome: &Outcome) -> String {
    let Outcome { verdict, took, message } = outcome;
    let mut line = format!("{}: {} ({} ms)", cell.name(), verdict.name(), took.as_millis());
    if !message.is_empty() {
        let _ = write!(line, " {message}");
    }
    line + "\n"
}
