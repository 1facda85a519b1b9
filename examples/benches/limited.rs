//! A loop with a limit beside `buffered` on the same work: wall time, the cost of
//! an iteration, and what it allocates. All in one run, turn by turn.
//!
//! ```sh
//! cargo bench -p bridge-examples --bench limited
//! ```

#![expect(clippy::print_stdout, reason = "it reports what it has measured")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bridge::{background, run_in_foreground};
use futures_util::{StreamExt, stream};
use tokio::task::yield_now;
use tokio::time::sleep;

const LIMIT: usize = 16;

/// What an iteration waits for.
#[derive(Clone, Copy)]
enum Work {
    /// A timer, as for a network.
    Wait(Duration),
    /// One more poll: what is left is the cost of the loop.
    Yield,
}

async fn call(work: Work, n: u64) -> u64 {
    match work {
        Work::Wait(time) => sleep(time).await,
        Work::Yield => yield_now().await,
    }
    n
}

#[background]
fn overlapping(work: Work, count: u64) -> u64 {
    let mut sum = 0;
    #[background(limit = LIMIT)]
    for n in 0..count {
        let x = call(work, n).await;
        sum += black_box(x);
    }
    sum
}

fn buffered(work: Work, count: u64) -> u64 {
    run_in_foreground(
        stream::iter(0..count)
            .map(|n| call(work, n))
            .buffered(LIMIT)
            .fold(0, |sum, x| async move { sum + black_box(x) }),
    )
}

type Loop = fn(Work, u64) -> u64;

/// The best of so many runs of each, turn by turn.
fn best(rounds: usize, work: Work, count: u64) -> [Duration; 2] {
    let mut best = [Duration::MAX; 2];
    for _ in 0..rounds {
        for (best, run) in best.iter_mut().zip([overlapping as Loop, buffered]) {
            let begun = Instant::now();
            assert_eq!(run(work, count), count * (count - 1) / 2);
            *best = begun.elapsed().min(*best);
        }
    }
    best
}

fn main() {
    let wait = Duration::from_millis(20);
    // A timer of tokio's fires up to a tick late: measured, not taken as given.
    let mut single = Duration::MAX;
    for _ in 0..10 {
        let begun = Instant::now();
        run_in_foreground(call(Work::Wait(wait), 0));
        single = single.min(begun.elapsed());
    }
    let count = 1_000;
    let ideal = single * u32::try_from(count).expect("it is small").div_ceil(LIMIT as u32);
    let [ours, theirs] = best(3, Work::Wait(wait), count);
    let share = |time: Duration| time.as_secs_f64() / ideal.as_secs_f64();
    println!("{count} iterations of {wait:?} at a limit of {LIMIT}, ideal {ideal:.1?}:");
    println!("  limit    {ours:.1?}, {:.3} of the ideal", share(ours));
    println!("  buffered {theirs:.1?}, {:.3} of the ideal", share(theirs));

    let count = 100_000;
    let [ours, theirs] = best(10, Work::Yield, count);
    let each = |time: Duration| time.as_nanos() as f64 / count as f64;
    let allocated = |run: Loop| {
        let counted = allocation_counter::measure(|| {
            black_box(run(Work::Yield, count));
        });
        counted.count_total as f64 / count as f64
    };
    println!("one iteration that yields once:");
    println!("  limit    {:.0} ns, {:.2} allocations", each(ours), allocated(overlapping));
    println!("  buffered {:.0} ns, {:.2} allocations", each(theirs), allocated(buffered));
    println!("  ratio    {:.2}", each(ours) / each(theirs));
}
