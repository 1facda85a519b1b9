//! The rows of the table: ours, the peer, what is aimed at, and what was reached.

use std::hint::black_box;

use crate::chains::CHAINS;
use crate::count::{Counted, Counts, counted_region};
use crate::functions::{Function, Functions, IN_TURN, NUMBERS, expect_turns};
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
    let mut rows = Vec::new();
    for (what, yields, aim) in WHAT {
        // The calls of a chain have their turns by themselves.
        if yields == IN_TURN && functions.calls == 4 {
            continue;
        }
        for (form, ours) in [("", functions.ours), (", async fn", functions.awaited)] {
            let way = |run: Function| -> Way {
                Box::new(move |times| {
                    expect_turns(functions.calls);
                    for _ in 0..times {
                        black_box(run(black_box(yields)));
                    }
                })
            };
            rows.push(Row {
                name: format!("{name}, {what}{form}"),
                aim,
                at_most: at_most(functions.calls, yields, !form.is_empty()),
                ways: [way(ours), way(functions.boxed)],
            });
        }
    }
    rows
}

/// What calls do: its name, the yields of each, and the ratio that is aimed at.
const WHAT: [(&str, u32, f64); 4] = [
    ("ready", 0, 1.0),
    ("yielding once", 1, 1.2),
    ("yielding ten times", 10, 1.2),
    ("woken one by one", IN_TURN, 1.2),
];

/// What was reached, and a fifth more.
fn at_most(calls: u64, yields: u32, awaited: bool) -> f64 {
    let [ready, once, ten_times, in_turn] = match (calls, awaited) {
        (1, false) => [0.85, 0.85, 0.85, 0.9],
        (1, true) => [0.9, 0.95, 1.0, 0.95],
        (2, false) => [1.15, 1.35, 1.45, 1.5],
        (2, true) => [1.75, 2.0, 2.15, 2.15],
        // Two chains.
        (4, false) => [1.15, 1.35, 1.35, 0.0],
        (4, true) => [1.7, 1.95, 1.95, 0.0],
        (8, false) => [1.0, 1.5, 1.95, 1.25],
        (8, true) => [1.45, 2.55, 2.8, 1.85],
        (_, false) => [0.8, 1.4, 2.2, 1.0],
        (_, true) => [1.15, 2.6, 3.1, 1.2],
    };
    match yields {
        0 => ready,
        1 => once,
        IN_TURN => in_turn,
        _ => ten_times,
    }
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
