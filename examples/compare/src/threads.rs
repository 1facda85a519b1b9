//! From synchronous code on many threads, which all call at once.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::Size;
use crate::measure::{Peers, counted};
use crate::overhead::functions::NUMBERS;
use crate::seed::{self, DELAY, Server, Tcp};

/// A way to write the seed's function.
type Load = fn(&Tcp) -> usize;

pub(crate) fn measure(size: Size, server: &Server) {
    for number in [1, 8, 64] {
        let on = counted(number, "thread");
        for delay in [DELAY, Duration::ZERO] {
            let source = &Tcp::new(server, delay);
            let ways: [(&str, Load); 5] = [
                ("#[background]", seed::ours),
                ("serial twin", seed::serial),
                ("block_on(join!), same runtime", seed::join),
                ("block_on(spawn), then both handles", seed::spawned),
                ("thread::scope, blocking clients", seed::threads),
            ];
            let mut peers = Peers::new();
            for (name, run) in ways {
                let each = size.pick(1, 4, 16);
                peers.add_timed(name, move |_| at_once(number, each, || run(source)));
            }
            let measured = peers.interleave(size.pick(2, 12, 50));
            measured.print(&format!("{on}, seed, TCP, answered {}", seed::after(delay)));
        }

        let [_, two, ..] = NUMBERS;
        let ways = [
            ("#[background]", two.ours),
            ("join!, same loop", two.join),
            ("block_on(join!), same runtime", two.block_on),
        ];
        let mut peers = Peers::new();
        for (name, run) in ways {
            let each = size.pick(10, 1_000, 10_000);
            peers.add_timed(name, move |_| at_once(number, each, || run(black_box(0))));
        }
        let measured = peers.interleave(size.pick(2, 20, 100));
        measured.print(&format!("{on}, two calls, ready"));
    }
}

/// What a call takes on so many threads that all begin at once; each makes so many calls,
/// one after the other.
fn at_once<R>(threads: u64, each: u32, call: impl Fn() -> R + Sync) -> Duration {
    let ready = Barrier::new(threads as usize + 1);
    let begun = thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                ready.wait();
                for _ in 0..each {
                    black_box(call());
                }
            });
        }
        ready.wait();
        Instant::now()
    });
    begun.elapsed() / each
}
