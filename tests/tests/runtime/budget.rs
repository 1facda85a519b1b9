//! What is always ready leaves their turn to timers and to what runs beside it.

use std::cell::Cell;
use std::time::Duration;

use bridge::{background, run_in_background, run_in_foreground};
use tokio::io::AsyncReadExt;
use tokio::task::coop::consume_budget;
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(1);

/// Reads on and on, and is never pending but for its budget.
async fn reads() {
    let mut buffer = [0; 16];
    loop {
        let read = tokio::io::empty().read(&mut buffer).await;
        assert_eq!(read.unwrap(), 0);
    }
}

async fn is_over(limit: Duration) -> bool {
    timeout(limit, reads()).await.is_err()
}

/// What two calls share.
#[derive(Default)]
struct Stop(Cell<bool>);

/// Goes on until it is to stop.
async fn busy(_: u32, stop: &Stop) -> u32 {
    let mut turns = 0;
    while !stop.0.get() {
        turns += 1;
        consume_budget().await;
    }
    turns
}

/// Sets it when all have begun.
async fn later(stop: &Stop) -> u32 {
    tokio::time::sleep(SHORT).await;
    stop.0.set(true);
    1
}

mod functions {
    use super::*;

    #[background]
    pub(super) fn one() -> bool {
        is_over(SHORT).await
    }

    #[background]
    pub(super) fn two() -> bool {
        let first = is_over(SHORT).await;
        let second = is_over(2 * SHORT).await;
        first && second
    }

    #[background]
    pub(super) fn busy_first(stop: &Stop) -> u32 {
        let turns = busy(0, stop).await;
        let one = later(stop).await;
        turns * one
    }

    #[background]
    pub(super) fn busy_last(stop: &Stop) -> u32 {
        let one = later(stop).await;
        let turns = busy(0, stop).await;
        turns * one
    }

    #[background]
    pub(super) fn among_others(stop: &Stop) -> u32 {
        let a = busy(0, stop).await;
        let b = busy(1, stop).await;
        let c = busy(2, stop).await;
        let one = later(stop).await;
        a.min(b).min(c) * one
    }

    #[background]
    pub(super) fn iterations(stop: &Stop) -> u32 {
        let mut turns = 0;
        #[background(limit = 4)]
        for n in 0..4 {
            let of_this = if n == 3 { later(stop).await } else { busy(0, stop).await };
            turns += of_this;
        }
        turns
    }
}

mod awaited {
    use super::*;

    #[background]
    pub(super) async fn two() -> bool {
        let first = is_over(SHORT).await;
        let second = is_over(2 * SHORT).await;
        first && second
    }

    #[background]
    pub(super) async fn busy_first(stop: &Stop) -> u32 {
        let turns = busy(0, stop).await;
        let one = later(stop).await;
        turns * one
    }

    /// Each call is ready at once, as each of its operations is.
    #[background]
    pub(super) async fn pairs() {
        loop {
            let one = ready(1).await;
            let two = ready(2).await;
            assert!(one < two);
        }
    }

    async fn ready(n: u32) -> u32 {
        consume_budget().await;
        n
    }
}

fn all() {
    assert!(functions::one());
    assert!(functions::two());
    assert!(run_in_foreground(awaited::two()));
    for function in [functions::busy_first, functions::busy_last, functions::among_others] {
        assert!(function(&Stop::default()) > 0);
    }
    assert!(functions::iterations(&Stop::default()) > 0);
    assert!(run_in_foreground(awaited::busy_first(&Stop::default())) > 0);
}

#[test]
fn on_a_thread_without_a_runtime() {
    all();
}

#[test]
fn in_a_task_of_a_multi_thread_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(async { tokio::spawn(async { all() }).await.unwrap() });
}

#[tokio::test]
async fn in_a_current_thread_runtime() {
    all();
}

/// There the wakes of a spent budget go to the scheduler, which stands still.
#[tokio::test]
async fn a_spent_budget_costs_no_nap_in_a_current_thread_runtime() {
    const OPERATIONS: u32 = 1_000_000;
    async fn operations() -> u32 {
        for _ in 0..OPERATIONS {
            consume_budget().await;
        }
        OPERATIONS
    }
    // With a nap for each hundred of them it would take ten seconds, and come to the stall
    // limit meanwhile.
    assert_eq!(run_in_foreground(operations()), OPERATIONS);
    let task = run_in_background(operations());
    assert_eq!(run_in_foreground(task), OPERATIONS);
}

#[test]
fn tasks_in_the_background() {
    let endless = run_in_background(reads());
    let limited = run_in_background(is_over(SHORT));
    assert!(run_in_foreground(limited));
    endless.cancel();
}

/// Under another executor its own budget holds, as everywhere in its task.
#[tokio::test]
async fn in_a_task_of_another_runtime() {
    assert!(awaited::two().await);
    assert!(awaited::busy_first(&Stop::default()).await > 0);
}

/// As the tasks of tokio do, which have others beside them.
#[tokio::test]
async fn calls_that_are_always_ready_give_way() {
    assert!(timeout(SHORT, awaited::pairs()).await.is_err());
}
