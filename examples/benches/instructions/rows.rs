//! The rows of the table: ours, the peer, what is aimed at, and what was reached.

use std::hint::black_box;

use crate::chains::CHAINS;
use crate::count::{Counted, Counts, counted_region};
use crate::functions::{Function, Functions, NUMBERS};
use crate::loops::{self, Work};

/// One thing to do, by ours and by the peer.
pub(crate) struct Row {
    pub(crate) name: String,
    /// The ratio of ours to the peer that is aimed at.
    pub(crate) aim: f64,
    /// What was reached, and is to be kept.
    pub(crate) at_most: f64,
    ways: [Way; 2],
}

/// Does so many of it.
type Way = Box<dyn Fn(u64)>;

/// So many iterations of this work with this limit.
type Loop = fn(Work, usize, u64) -> u64;

impl Row {
    /// Does it in this process. The first time is for what only a first time does.
    pub(crate) fn run(&self, way: usize, times: u64) {
        let way = &self.ways[way];
        way(16);
        counted_region(&mut || way(times));
    }

    /// What one more takes, of ours and of the peer.
    pub(crate) fn counts(&self, row: usize) -> Result<[Counts; 2], String> {
        let count = |way| {
            // Longer than the limits of the loops.
            const FEW: u64 = 1_000;
            const MANY: u64 = 2_000;
            let few = Counted { row, way, times: FEW };
            let many = Counted { row, way, times: MANY };
            let each = |many: u64, few: u64| {
                let more = MANY - FEW;
                (many.saturating_sub(few) + more / 2) / more
            };
            Ok::<Counts, String>(Counts {
                instructions: each(many.instructions()?, few.instructions()?),
                allocations: each(many.allocations()?, few.allocations()?),
            })
        };
        Ok([count(0)?, count(1)?])
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Row> {
    let numbers = NUMBERS.into_iter().map(|functions| {
        let calls = functions.calls;
        (if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") }, functions)
    });
    let calls = numbers.chain([("2 chains".to_owned(), CHAINS)]);
    let mut rows: Vec<Row> =
        calls.flat_map(|(name, functions)| of_calls(&name, functions)).collect();
    for work in Work::ALL {
        for limit in [1, 16, 256] {
            rows.extend(of_loops(work, limit));
        }
    }
    rows
}

fn of_calls(name: &str, functions: Functions) -> Vec<Row> {
    // What was reached, and a fifth more: ready, yielding once, yielding ten times.
    let at_most = match functions.calls {
        1 => [0.85, 0.85, 0.85],
        2 => [1.2, 1.35, 1.35],
        4 => [1.5, 1.55, 1.25],
        8 => [1.9, 2.05, 2.1],
        _ => [2.0, 2.45, 2.75],
    };
    let rows = ["ready", "yielding once", "yielding ten times"].into_iter().zip([0, 1, 10]);
    rows.zip(at_most)
        .map(|((what, yields), at_most)| {
            let way = |run: Function| -> Way {
                Box::new(move |times| {
                    for _ in 0..times {
                        black_box(run(black_box(yields)));
                    }
                })
            };
            Row {
                name: format!("{name}, {what}"),
                aim: if yields == 0 { 1.0 } else { 1.2 },
                at_most,
                ways: [way(functions.ours), way(functions.boxed)],
            }
        })
        .collect()
}

fn of_loops(work: Work, limit: usize) -> [Row; 3] {
    let mut at_most = work.at_most().into_iter();
    let aim = if work == Work::OneByOne { 0.95 } else { 0.7 };
    let forms: [(&str, Loop, Loop); 3] = [
        ("in order", loops::ours, loops::buffered),
        ("in order, async fn", loops::ours_awaited, loops::buffered),
        ("unordered", loops::ours_unordered, loops::buffer_unordered),
    ];
    forms.map(|(form, ours, peer)| {
        let way =
            |run: Loop| -> Way { Box::new(move |times| _ = black_box(run(work, limit, times))) };
        Row {
            name: format!("loop, limit {limit}, {}, {form}", work.name()),
            aim,
            at_most: at_most.next().unwrap_or(aim),
            ways: [way(ours), way(peer)],
        }
    })
}
