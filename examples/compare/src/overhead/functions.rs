//! Functions of so many calls, in each way to write them.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bridge::{background, run_in_foreground, runtime};
use futures_concurrency::future::Join;

/// Gives its number when it has yielded so often, or when its turn has come.
#[derive(Debug)]
pub(crate) struct Call {
    number: u64,
    yields: u32,
    /// Where its waker is among those that wait for their turns.
    place: usize,
}

/// In place of a number of yields: the calls of a function are woken one by one, the last first.
pub(crate) const IN_TURN: u32 = u32::MAX;

/// A call of so many yields.
pub(crate) fn call(number: u64, yields: u32) -> Call {
    Call { number, yields, place: usize::MAX }
}

impl Future for Call {
    type Output = u64;

    // In the code of whatever polls it: else the compiler does so in one build, and not in the next.
    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        match self.yields {
            0 => Poll::Ready(self.number),
            IN_TURN => TURNS.with(|turns| turns.poll(&mut self, cx)),
            _ => {
                self.yields -= 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

/// The calls of a function that wait for their turns.
struct Turns {
    /// How many there are to be.
    calls: Cell<usize>,
    /// All of them are there.
    begun: Cell<bool>,
    wakers: RefCell<Vec<Waker>>,
}

thread_local! {
    static TURNS: Turns = const {
        Turns { calls: Cell::new(0), begun: Cell::new(false), wakers: RefCell::new(Vec::new()) }
    };
}

/// So many calls will wait for their turns.
#[allow(dead_code, reason = "their instructions are counted, and not their time")]
pub(crate) fn expect_turns(calls: u64) {
    TURNS.with(|turns| turns.calls.set(calls.try_into().expect("they are few")));
}

impl Turns {
    fn poll(&self, call: &mut Call, cx: &Context<'_>) -> Poll<u64> {
        let mut wakers = self.wakers.borrow_mut();
        if call.place == usize::MAX {
            call.place = wakers.len();
            wakers.push(cx.waker().clone());
            if wakers.len() == self.calls.get() {
                self.begun.set(true);
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        if !self.begun.get() || call.place + 1 != wakers.len() {
            return Poll::Pending;
        }
        wakers.pop();
        match wakers.last() {
            Some(next) => next.wake_by_ref(),
            None => self.begun.set(false),
        }
        Poll::Ready(call.number)
    }
}

/// Polls a future until it is ready.
pub(crate) fn polled<F: Future>(future: F) -> F::Output {
    let mut future = pin!(black_box(future));
    loop {
        let mut cx = Context::from_waker(black_box(Waker::noop()));
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            break value;
        }
    }
}

/// Calls that yield so often; gives the sum of their numbers.
pub(crate) type Function = fn(u32) -> u64;

/// One number of calls, in each way to write it.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) calls: u64,
    pub(crate) ours: Function,
    /// Ours in an `async fn`.
    #[allow(dead_code, reason = "its instructions are counted, and not its time")]
    pub(crate) awaited: Function,
    pub(crate) serial: Function,
    pub(crate) boxed: Function,
    pub(crate) join: Function,
    pub(crate) block_on: Function,
    pub(crate) concurrency: Function,
    pub(crate) alone: Function,
}

macro_rules! functions {
    ($($module:ident: $($name:ident)+;)+) => {
        pub(crate) const NUMBERS: [Functions; [$(stringify!($module)),+].len()] = [$(Functions {
            calls: [$(stringify!($name)),+].len() as u64,
            ours: $module::ours,
            awaited: $module::awaited,
            serial: $module::serial,
            boxed: $module::boxed,
            join: $module::join,
            block_on: $module::block_on,
            concurrency: $module::concurrency,
            alone: $module::alone,
        }),+];
        $(mod $module {
            use super::*;

            #[background]
            pub(super) fn ours(yields: u32) -> u64 {
                // Unmarked, the same call would be asked in order.
                $(#[background] let $name = call(1, yields).await;)+
                0 $(+ $name)+
            }

            pub(super) fn awaited(yields: u32) -> u64 {
                #[background]
                async fn awaited(yields: u32) -> u64 {
                    $(#[background] let $name = call(1, yields).await;)+
                    0 $(+ $name)+
                }
                run_in_foreground(awaited(yields))
            }

            #[background(serial)]
            pub(super) fn serial(yields: u32) -> u64 {
                $(let $name = call(1, yields).await;)+
                0 $(+ $name)+
            }

            pub(super) fn boxed(yields: u32) -> u64 {
                $(let $name = Box::pin(call(1, yields));)+
                run_in_foreground(async {
                    let ($($name,)+) = tokio::join!($($name),+);
                    0 $(+ $name)+
                })
            }

            pub(super) fn join(yields: u32) -> u64 {
                $(let $name = call(1, yields);)+
                run_in_foreground(async {
                    let ($($name,)+) = tokio::join!($($name),+);
                    0 $(+ $name)+
                })
            }

            pub(super) fn block_on(yields: u32) -> u64 {
                $(let $name = call(1, yields);)+
                runtime().block_on(async {
                    let ($($name,)+) = tokio::join!($($name),+);
                    0 $(+ $name)+
                })
            }

            pub(super) fn concurrency(yields: u32) -> u64 {
                $(let $name = call(1, yields);)+
                run_in_foreground(async { [$($name),+].join().await.into_iter().sum() })
            }

            pub(super) fn alone(yields: u32) -> u64 {
                0 $(+ {
                    let $name = polled(call(1, yields));
                    $name
                })+
            }
        })+
    };
}

functions! {
    one: a;
    two: a b;
    eight: a b c d e f g h;
    sixty_four:
        a1 b1 c1 d1 e1 f1 g1 h1 a2 b2 c2 d2 e2 f2 g2 h2
        a3 b3 c3 d3 e3 f3 g3 h3 a4 b4 c4 d4 e4 f4 g4 h4
        a5 b5 c5 d5 e5 f5 g5 h5 a6 b6 c6 d6 e6 f6 g6 h6
        a7 b7 c7 d7 e7 f7 g7 h7 a8 b8 c8 d8 e8 f8 g8 h8;
}
