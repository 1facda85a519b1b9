//! What it costs beside the futures themselves: with futures that are ready, that yield
//! once, and ten times; in time and allocations. (The `instructions` bench counts
//! instructions of the same functions.)

pub(crate) mod functions;

use std::hint::black_box;
use std::time::Duration;

use self::functions::{Function, NUMBERS};
use crate::arguments::Size;
use crate::measure::Peers;
use crate::summary::Summary;

const BOXED: &str = "boxed futures in join!, the same loop";

pub(crate) fn measure(size: Size, summary: &mut Summary) {
    for (kind, yields) in [("ready", 0), ("yielding once", 1), ("yielding ten times", 10)] {
        for functions in NUMBERS {
            let calls = functions.calls;
            let named = [
                ("#[background]", functions.ours),
                ("serial twin", functions.serial),
                (BOXED, functions.boxed),
                ("join!, the same loop", functions.join),
                ("block_on(join!), the same runtime", functions.block_on),
                ("futures-concurrency, the same loop", functions.concurrency),
                ("the futures alone, polled to their end", functions.alone),
            ];
            let mut peers = Peers::new();
            for (name, run) in named {
                let allocations = allocations(run, yields);
                let name = match (name, allocations) {
                    (BOXED, _) => name.to_owned(),
                    (_, 0) => name.to_owned(),
                    (_, 1) => format!("{name}, 1 alloc."),
                    _ => format!("{name}, {allocations} allocs."),
                };
                peers.add(name, move || run(black_box(yields)));
            }
            let measured = peers
                .batched(Duration::from_micros(size.pick(1, 50, 200)))
                .interleave(size.pick(3, 60, 400));
            measured.print(&format!("overhead, {calls} calls, {kind}"));
            if calls == 2 && yields == 0 {
                summary.ready_ns.add(measured.ours() / 2.0);
                summary.ready_allocs.add(allocations(functions.ours, 0) as f64 / 2.0);
            }
            if calls == 8 {
                summary.eight.add(measured.ratio_to(BOXED));
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
