//! Loops with a limit, and what `futures` has in their place, under the same loop.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::hint::black_box;
use std::task::{Poll, Waker};

use bridge::{background, run_in_foreground};
use futures_util::stream::{self, StreamExt};

use crate::functions::call;

/// What a call of an iteration does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Ready,
    Once,
    TenTimes,
    /// Never more than one is woken: the oldest, by the one that begins last.
    OneByOne,
}

impl Work {
    pub(crate) const ALL: [Work; 4] = [Work::Ready, Work::Once, Work::TenTimes, Work::OneByOne];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Work::Ready => "ready",
            Work::Once => "yielding once",
            Work::TenTimes => "yielding ten times",
            Work::OneByOne => "woken one by one",
        }
    }

    /// What was reached with whichever limit, and a fifth more: in order, in an `async fn`,
    /// unordered. (The compiler gives the peer a tenth more or less from build to build.)
    pub(crate) fn at_most(self) -> [f64; 3] {
        match self {
            Work::Ready => [1.25, 1.1, 1.4],
            Work::Once => [0.95, 0.85, 1.35],
            Work::TenTimes => [0.85, 1.1, 0.85],
            Work::OneByOne => [1.4, 1.3, 1.4],
        }
    }
}

/// Calls that wait for each other.
struct Waiting {
    limit: usize,
    /// Still to begin.
    left: u64,
    wakers: VecDeque<Waker>,
}

/// What the calls of one loop share.
struct Calls {
    work: Work,
    waiting: RefCell<Waiting>,
}

impl Calls {
    fn new(work: Work, limit: usize, count: u64) -> Self {
        let waiting = Waiting { limit, left: count, wakers: VecDeque::new() };
        Calls { work, waiting: RefCell::new(waiting) }
    }

    async fn call(&self, n: u64) -> u64 {
        match self.work {
            Work::Ready => call(n, 0).await,
            Work::Once => call(n, 1).await,
            Work::TenTimes => call(n, 10).await,
            Work::OneByOne => self.one_by_one(n).await,
        }
    }

    async fn one_by_one(&self, n: u64) -> u64 {
        let mut begun = false;
        poll_fn(|cx| {
            let waiting = &mut *self.waiting.borrow_mut();
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
pub(crate) fn ours(work: Work, limit: usize, count: u64) -> u64 {
    let calls = Calls::new(work, limit, count);
    let mut sum = 0;
    #[background(limit = limit)]
    for n in 0..count {
        let x = calls.call(n).await;
        sum += black_box(x);
    }
    sum
}

pub(crate) fn ours_awaited(work: Work, limit: usize, count: u64) -> u64 {
    #[background]
    async fn awaited(work: Work, limit: usize, count: u64) -> u64 {
        let calls = Calls::new(work, limit, count);
        let mut sum = 0;
        #[background(limit = limit)]
        for n in 0..count {
            let x = calls.call(n).await;
            sum += black_box(x);
        }
        sum
    }
    run_in_foreground(awaited(work, limit, count))
}

#[background]
pub(crate) fn ours_unordered(work: Work, limit: usize, count: u64) -> u64 {
    let calls = Calls::new(work, limit, count);
    let mut sum = 0;
    #[background(limit = limit, unordered)]
    for n in 0..count {
        let x = calls.call(n).await;
        sum += black_box(x);
    }
    sum
}

pub(crate) fn buffered(work: Work, limit: usize, count: u64) -> u64 {
    let calls = Calls::new(work, limit, count);
    let values = stream::iter(0..count).map(|n| calls.call(n)).buffered(limit);
    run_in_foreground(values.fold(0, |sum, x| async move { sum + black_box(x) }))
}

pub(crate) fn buffer_unordered(work: Work, limit: usize, count: u64) -> u64 {
    let calls = Calls::new(work, limit, count);
    let values = stream::iter(0..count).map(|n| calls.call(n)).buffer_unordered(limit);
    run_in_foreground(values.fold(0, |sum, x| async move { sum + black_box(x) }))
}
