//! A loop with a limit beside what else overlaps so many calls and keeps their order.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use bridge::{background, run_in_foreground};
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use crate::arguments::Size;
use crate::measure::Peers;
use crate::summary::Summary;

const BUFFERED: &str = "buffered, same loop";

pub(crate) fn measure(size: Size, summary: &mut Summary) {
    for (count, rounds) in [(1_000, size.pick(3, 60, 400)), (10_000, size.pick(1, 40, 200))] {
        for limit in [1, 16, 256] {
            let measured = peers(Work::Yield, limit, count).interleave(rounds);
            measured.print(&format!("loop of {count}, limit {limit}, each yields once"));
            summary.repeat_yielding.add(measured.ratio_to(BUFFERED));

            let mut peers = Peers::new();
            peers.add("#[background(limit)]", || one_by_one(limit, count));
            peers.add(BUFFERED, || one_by_one_buffered(limit, count));
            let measured = peers.interleave(rounds);
            measured.print(&format!("loop of {count}, limit {limit}, woken one by one"));
            summary.repeat.add(measured.ratio_to(BUFFERED));
        }
    }

    let (count, limit, time) = (256, 16, Duration::from_millis(5));
    let measured = peers(Work::Wait(time), limit, count).interleave(size.pick(1, 7, 40));
    measured.print(&format!("loop of {count}, limit {limit}, each waits {time:?}"));
    summary.repeat.add(measured.ratio_to(BUFFERED));
}

fn peers<'a>(work: Work, limit: usize, count: u64) -> Peers<'a> {
    let mut peers = Peers::new();
    peers.add("#[background(limit)]", move || ours(work, limit, count));
    peers.add(BUFFERED, move || buffered(work, limit, count));
    peers.add("FuturesUnordered, same loop", move || unordered(work, limit, count));
    // What costs it so much that a tenth of the calls has to do.
    let part = if let Work::Yield = work { 10 } else { 1 };
    peers.add_timed("JoinSet, a semaphore, same runtime", move |_| {
        let begun = Instant::now();
        black_box(spawned(work, limit, count / u64::from(part)));
        begun.elapsed() * part
    });
    peers
}

/// What a call waits for.
#[derive(Clone, Copy)]
enum Work {
    /// One more poll: what is left is the cost of the loop.
    Yield,
    /// A timer, as for a network.
    Wait(Duration),
}

async fn call(work: Work, n: u64) -> u64 {
    match work {
        Work::Yield => yield_now().await,
        Work::Wait(time) => sleep(time).await,
    }
    n
}

#[background]
fn ours(work: Work, limit: usize, count: u64) -> u64 {
    let mut sum = 0;
    #[background(limit = limit)]
    for n in 0..count {
        let x = call(work, n).await;
        sum += black_box(x);
    }
    sum
}

fn buffered(work: Work, limit: usize, count: u64) -> u64 {
    run_in_foreground(
        stream::iter(0..count)
            .map(|n| call(work, n))
            .buffered(limit)
            .fold(0, |sum, x| async move { sum + black_box(x) }),
    )
}

/// Gives them out of order.
fn unordered(work: Work, limit: usize, count: u64) -> u64 {
    run_in_foreground(async {
        let mut rest = 0..count;
        let mut running: FuturesUnordered<_> =
            rest.by_ref().take(limit).map(|n| call(work, n)).collect();
        let mut sum = 0;
        while let Some(x) = running.next().await {
            sum += black_box(x);
            running.extend(rest.next().map(|n| call(work, n)));
        }
        sum
    })
}

/// Gives them out of order, from the worker threads.
fn spawned(work: Work, limit: usize, count: u64) -> u64 {
    bridge::runtime().block_on(async {
        let permits = Arc::new(Semaphore::new(limit));
        let mut running = JoinSet::new();
        for n in 0..count {
            let permit = Arc::clone(&permits).acquire_owned().await.expect("it stays open");
            running.spawn(async move {
                let x = call(work, n).await;
                drop(permit);
                x
            });
        }
        let mut sum = 0;
        while let Some(x) = running.join_next().await {
            sum += black_box(x.expect("it ends"));
        }
        sum
    })
}

/// Calls of which never more than one is woken: the oldest one that waits, by the last one
/// that begins or, once all have begun, by the one that ends.
#[derive(Debug)]
struct OneByOne(RefCell<Waiting>);

#[derive(Debug)]
struct Waiting {
    limit: usize,
    /// Still to begin.
    left: u64,
    wakers: VecDeque<Waker>,
}

impl OneByOne {
    fn new(limit: usize, count: u64) -> Self {
        OneByOne(RefCell::new(Waiting { limit, left: count, wakers: VecDeque::new() }))
    }

    async fn call(&self, n: u64) -> u64 {
        let mut begun = false;
        poll_fn(|cx| {
            let waiting = &mut *self.0.borrow_mut();
            if !begun {
                waiting.left -= 1;
                waiting.wakers.push_back(cx.waker().clone());
            }
            if waiting.left == 0 || waiting.wakers.len() == waiting.limit {
                waiting.wakers.pop_front().into_iter().for_each(Waker::wake);
            }
            match std::mem::replace(&mut begun, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        n
    }
}

#[background]
fn one_by_one(limit: usize, count: u64) -> u64 {
    let calls = OneByOne::new(limit, count);
    let mut sum = 0;
    #[background(limit = limit)]
    for n in 0..count {
        let x = calls.call(n).await;
        sum += black_box(x);
    }
    sum
}

fn one_by_one_buffered(limit: usize, count: u64) -> u64 {
    let calls = &OneByOne::new(limit, count);
    run_in_foreground(
        stream::iter(0..count)
            .map(|n| calls.call(n))
            .buffered(limit)
            .fold(0, |sum, x| async move { sum + black_box(x) }),
    )
}
