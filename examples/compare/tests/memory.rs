//! What calls in flight hold, beside `FuturesUnordered`; and that a long loop holds no more than a
//! short one.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use allocation_counter::measure;
use bridge::{background, run_in_foreground};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::task::yield_now;

/// In flight at the same time.
const MANY: usize = 1_000;

/// A call that holds 64 bytes beside its number, and is pending until all of them have begun.
async fn call(number: usize, begun: &Cell<usize>) -> usize {
    let held = [number as u64; 8];
    begun.set(begun.get() + 1);
    poll_fn(|cx| match begun.get() < MANY {
        true => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        false => Poll::Ready(()),
    })
    .await;
    held[number % 8] as usize
}

#[background]
fn ours() -> usize {
    let begun = Cell::new(0);
    let mut sum = 0;
    #[background(limit = MANY)]
    for number in 0..MANY {
        let value = call(number, &begun).await;
        sum += value;
    }
    sum
}

fn theirs() -> usize {
    let begun = Cell::new(0);
    let calls: FuturesUnordered<_> = (0..MANY).map(|number| call(number, &begun)).collect();
    run_in_foreground(calls.fold(0, |sum, value| async move { sum + value }))
}

/// The most bytes that were held at once.
fn most(run: impl FnOnce() -> usize) -> u64 {
    let expected = MANY * (MANY - 1) / 2;
    measure(|| assert_eq!(run(), expected)).bytes_max
}

#[test]
fn a_call_in_flight_holds_little() {
    // What only a first time needs.
    let _ = (ours(), theirs());
    let (ours, theirs) = (most(ours) / MANY as u64, most(theirs) / MANY as u64);
    println!("bytes of a call in flight: {ours}, in `FuturesUnordered` {theirs}");
    assert!(ours <= 2 * theirs, "{ours} bytes, {theirs} in `FuturesUnordered`");
}

#[background]
fn repeated(times: u64) -> u64 {
    let mut sum = 0;
    #[background(limit = 256)]
    for number in 0..times {
        let number = yielded(number).await;
        sum += number;
    }
    sum
}

async fn yielded(number: u64) -> u64 {
    yield_now().await;
    number
}

#[test]
fn a_long_loop_is_level() {
    let most = |times| measure(|| assert_eq!(repeated(times), times * (times - 1) / 2)).bytes_max;
    let _ = most(1_000);
    assert_eq!(most(2_000), most(1_000_000));
}
