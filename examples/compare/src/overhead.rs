//! What it costs beside the futures themselves: with futures that are ready, that yield
//! once, and ten times; in time and allocations. (The `instructions` bench counts
//! instructions of the same functions.)

mod chains;
pub(crate) mod functions;

use std::hint::black_box;
use std::time::Duration;

use self::chains::CHAINS;
use self::functions::{Function, Functions, NUMBERS};
use crate::arguments::Size;
use crate::measure::{Peers, counted};
use crate::summary::Summary;

const BOXED: &str = "boxed futures in join!, same loop";

pub(crate) fn measure(size: Size, summary: &mut Summary) {
    let numbers = NUMBERS.map(|functions| (counted(functions.calls, "call"), functions));
    let all: Vec<(String, Functions)> =
        numbers.into_iter().chain([("2 chains".to_owned(), CHAINS)]).collect();
    for (kind, yields) in [("ready", 0), ("yielding once", 1), ("yielding ten times", 10)] {
        for (called, functions) in &all {
            let calls = functions.calls;
            let named = [
                ("#[background]", functions.ours),
                ("serial twin", functions.serial),
                (BOXED, functions.boxed),
                ("join!, same loop", functions.join),
                ("block_on(join!), same runtime", functions.block_on),
                ("futures-concurrency, same loop", functions.concurrency),
                ("the futures alone", functions.alone),
            ];
            let mut peers = Peers::new();
            for (name, run) in named {
                let allocations = allocations(run, yields);
                let name = format!("{name} ({})", counted(allocations, "alloc"));
                peers.add(name, move || run(black_box(yields)));
            }
            let measured = peers
                .batched(Duration::from_micros(size.pick(1, 50, 200)))
                .interleave(size.pick(3, 60, 400));
            measured.print(&format!("overhead, {called}, {kind}"));
            if calls == 2 && yields == 0 {
                summary.ready_ns.add(measured.ours() / 2.0);
                summary.ready_allocs.add(allocations(functions.ours, 0) as f64 / 2.0);
            }
            match (calls, yields) {
                (8, 0) => summary.eight.add(measured.ratio_to(BOXED)),
                (64, 0) => summary.sixty_four.add(measured.ratio_to(BOXED)),
                (8, _) => summary.yielding.add(measured.ratio_to(BOXED)),
                _ => {}
            }
        }
    }
}

fn allocations(run: Function, yields: u32) -> u64 {
    run(yields); // what only a first run allocates
    allocation_counter::measure(|| {
        black_box(run(black_box(yields)));
    })
    .count_total
}
