//! Random trees of calls: synchronous functions in asynchronous calls and the
//! other way round, with all that a call may wait for at the leaves.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bridge::{Task, background, run_in_background, run_in_foreground, timeout};
use tokio::task::coop::consume_budget;
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::counters::{Counters, Live, Thrown};
use crate::echo::Echo;

/// How many levels a tree has below its root.
const DEPTH: u32 = 4;

/// A tree that is drawn as it grows, from here on downwards.
pub(crate) struct Tree {
    counters: Arc<Counters>,
    echo: Arc<Echo>,
    /// Xorshift.
    random: Cell<u64>,
    depth: u32,
}

/// What functions leave with by `?`.
#[derive(Debug)]
pub(crate) struct Refused;

type Result<T> = std::result::Result<T, Refused>;

impl Tree {
    pub(crate) fn root(counters: &Arc<Counters>, echo: &Arc<Echo>, seed: u64) -> Self {
        let random = Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1); // spread over all bits
        Tree { counters: Arc::clone(counters), echo: Arc::clone(echo), random, depth: DEPTH }
    }

    pub(crate) fn draw(&self, below: u64) -> u64 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        (x >> 11) % below
    }

    pub(crate) fn child(&self) -> Self {
        let mut child = Tree::root(&self.counters, &self.echo, self.draw(u64::MAX));
        child.depth = self.depth.saturating_sub(1);
        child
    }

    fn children(&self) -> [Self; 3] {
        [self.child(), self.child(), self.child()]
    }

    pub(crate) fn live(&self) -> Live {
        self.counters.hold()
    }

    /// A value that lives as long as its holder likes.
    fn value(&self) -> Value {
        Value { number: self.draw(100), _live: self.live() }
    }

    fn time(&self) -> Duration {
        Duration::from_micros(self.draw(2_000))
    }
}

/// What comes out of calls, and is passed on to others.
pub(crate) struct Value {
    number: u64,
    _live: Live,
}

/// Side by side, chained by reference, and chained by value.
macro_rules! branch {
    ($name:ident, $($function:tt)+) => {
        #[background]
        pub(crate) $($function)+ $name(tree: Tree) -> Result<u64> {
            let _live = tree.live();
            let [a, b, c] = tree.children();
            let root = tree.value();
            let first = twig(a, &root).await?;
            let second = twig(b, &root).await?;
            let third = twig(c, &second).await?;
            let last = leaf(first).await;
            Ok(last + second.number + third.number + root.number)
        }
    };
}

branch!(branch, fn);
branch!(branch_async, async fn);

fn boxed(tree: Tree) -> Pin<Box<dyn Future<Output = Result<u64>>>> {
    Box::pin(branch_async(tree))
}

async fn leaf(value: Value) -> u64 {
    yield_now().await;
    value.number
}

/// One call. At the ends of the tree it does one thing; elsewhere it may have
/// branches of its own.
async fn twig(tree: Tree, borrowed: &Value) -> Result<Value> {
    tree.counters.calls.fetch_add(1, Ordering::Relaxed);
    let value = tree.value();
    // Four in ten go on, so that most trees stay small and some get large.
    if tree.depth > 0 && tree.draw(10) < 4 {
        nest(&tree).await?
    } else {
        end(&tree).await?
    };
    let _still_there = borrowed.number;
    Ok(value)
}

async fn end(tree: &Tree) -> Result<u64> {
    let live = tree.live();
    let time = tree.time();
    let pause = async move {
        let _live = live;
        sleep(time).await;
        1
    };
    Ok(match tree.draw(44) {
        0 => return Err(Refused),
        1 => panic_any(Thrown),
        2..12 => pause.await,
        12..18 => {
            yield_now().await;
            1
        }
        18..26 => {
            let number = tree.draw(u64::MAX);
            let answer = tree.echo.ask(number).await.expect("the server answers");
            assert_eq!(answer, number);
            1
        }
        26..30 => {
            let live = tree.live();
            joined(spawn_blocking(move || drop(live))).await;
            1
        }
        30 => joined(tokio::spawn(pause)).await,
        31..33 => start(pause).await,
        33 => {
            let live = tree.live();
            run_in_background(move || drop(live)).await;
            1
        }
        34 => {
            let task = start(pause);
            yield_now().await;
            task.cancel();
            1
        }
        35 => {
            drop(start(pause));
            1
        }
        36 => {
            let live = tree.live();
            drop(run_in_background(move || drop(live)));
            1
        }
        37 => {
            drop(tokio::spawn(pause));
            1
        }
        38..40 => {
            let late = timeout(time, always_ready(tree.live())).await.is_err();
            u64::from(late)
        }
        40 => busy_beside(pause).await,
        41 => {
            // Blocking code that waits for blocking code, on a pool with few threads.
            let child = tree.child();
            run_in_background(|| nested_blocking(child, 3)).await;
            1
        }
        42 => {
            let stop = CancellationToken::new();
            let stopped = stop.clone();
            let stops = start(async move {
                sleep(time).await;
                stopped.cancel();
            });
            let ended = stop.run_until_cancelled(always_ready(tree.live())).await.is_none();
            stops.await;
            u64::from(ended)
        }
        _ => 1,
    })
}

/// Never pending but for its budget.
async fn always_ready(_live: Live) {
    loop {
        consume_budget().await;
    }
}

/// Goes on until what runs beside it ends.
async fn busy_beside(pause: impl Future<Output = u64>) -> u64 {
    let done = Cell::new(false);
    let busy = async {
        while !done.get() {
            consume_budget().await;
        }
    };
    let ends = async {
        let value = pause.await;
        done.set(true);
        value
    };
    tokio::join!(busy, ends).1
}

fn nested_blocking(tree: Tree, depth: u32) -> u64 {
    let live = tree.live();
    if depth == 0 {
        return 1;
    }
    let (left, right) = (tree.child(), tree.child());
    let left = run_in_background(move || nested_blocking(left, depth - 1));
    let right = run_in_background(move || nested_blocking(right, depth - 1));
    drop(live);
    run_in_foreground(async { left.await + right.await })
}

/// Waits for nothing that is older than itself, which might be further up the
/// thread's stack.
async fn nest(tree: &Tree) -> Result<u64> {
    let child = tree.child();
    match tree.draw(16) {
        0..4 => branch(child),
        4..7 => boxed(child).await,
        7..9 => timeout(tree.time(), boxed(child)).await.unwrap_or(Ok(1)),
        9..11 => caught(|| branch(child)),
        11 => joined(spawn_blocking(|| on_a_thread_of_the_pool(child))).await,
        12 => joined(tokio::spawn(async { on_a_thread_of_the_pool(child) })).await,
        13 => run_in_background(|| on_a_thread_of_the_pool(child)).await,
        14 => start(boxed(child)).await,
        _ => run_in_foreground(boxed(child)),
    }
}

thread_local! {
    /// The tasks of this thread's loop that live.
    static TASKS: Cell<usize> = const { Cell::new(0) };
}

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        // Once the thread ends nobody counts.
        let _ = TASKS.try_with(|tasks| tasks.set(tasks.get() - 1));
    }
}

fn start<T: 'static>(future: impl Future<Output = T> + 'static) -> Task<T> {
    TASKS.set(TASKS.get() + 1);
    let counted = Counted;
    run_in_background(async move {
        let _counted = counted;
        future.await
    })
}

/// Brings the tasks that a branch has left to their end: a thread of the pool
/// goes on to live, and they would freeze until it is in the foreground again.
fn on_a_thread_of_the_pool(tree: Tree) -> Result<u64> {
    // A foreground may run it, on a thread that has tasks.
    let before = TASKS.get();
    let result = catch_unwind(AssertUnwindSafe(|| branch(tree)));
    run_in_foreground(async {
        while TASKS.get() > before {
            sleep(Duration::from_micros(100)).await;
        }
    });
    result.unwrap_or_else(|payload| resume_unwind(payload))
}

async fn joined<T>(task: JoinHandle<T>) -> T {
    task.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// What is thrown on purpose goes no further.
pub(crate) fn caught(body: impl FnOnce() -> Result<u64>) -> Result<u64> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Err(payload) if payload.is::<Thrown>() => Ok(1),
        Err(payload) => resume_unwind(payload),
        Ok(result) => result,
    }
}
