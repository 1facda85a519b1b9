//! Blocking code that waits for blocking code, with two threads for it: a pool that is full is
//! slow, and no deadlock.

use std::collections::HashSet;
use std::sync::mpsc;
use std::sync::{LazyLock, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use bridge::{Config, background, run_in_background, run_in_foreground};
use bridge_tests::bounded;

static THREADS: LazyLock<Mutex<HashSet<ThreadId>>> = LazyLock::new(|| {
    Config::new().worker_threads(1).max_blocking_threads(2).init().unwrap();
    Mutex::default()
});

fn note_thread() {
    THREADS.lock().unwrap().insert(thread::current().id());
}

#[background]
fn sum(depth: u32) -> u32 {
    note_thread();
    if depth == 0 {
        return 1;
    }
    #[background]
    let a = sum(depth - 1);
    #[background]
    let b = sum(depth - 1);
    a + b
}

#[background]
async fn awaited(depth: u32) -> u32 {
    if depth == 0 {
        return 1;
    }
    let a = run_in_background(move || run_in_foreground(Box::pin(awaited(depth - 1)))).await;
    let b = run_in_background(move || run_in_foreground(Box::pin(awaited(depth - 1)))).await;
    a + b
}

#[test]
fn code_that_calls_itself() {
    LazyLock::force(&THREADS);
    assert_eq!(bounded(|| sum(8)), 256);
    // Those of the pool (its first ones may have ended), and the one that calls.
    let threads = THREADS.lock().unwrap().len();
    assert!(threads <= 4, "{threads}");
    assert_eq!(bounded(|| run_in_foreground(awaited(6))), 64);
}

#[test]
fn by_hand() {
    fn nested(depth: u32) -> u32 {
        match depth {
            0 => 1,
            _ => run_in_foreground(run_in_background(move || nested(depth - 1))) + 1,
        }
    }
    LazyLock::force(&THREADS);
    assert_eq!(bounded(|| nested(20)), 21);
}

/// All that the pool has waits for what the caller starts last.
#[test]
fn a_pool_that_waits_for_the_caller() {
    LazyLock::force(&THREADS);
    bounded(|| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..2).map(|_| mpsc::channel()).unzip();
        let waiting = receivers.into_iter().map(|receiver: mpsc::Receiver<u32>| {
            run_in_background(move || receiver.recv().unwrap())
        });
        let waiting: Vec<_> = waiting.collect();
        let sends = run_in_background(move || {
            for sender in senders {
                sender.send(1).unwrap();
            }
        });
        run_in_foreground(sends);
        let sum: u32 = waiting.into_iter().map(run_in_foreground).sum();
        assert_eq!(sum, 2);
    });
}

/// A foreground runs what it joins, and nothing that another one does.
#[test]
fn a_panic_and_a_time_limit_while_the_pool_is_full() {
    LazyLock::force(&THREADS);
    bounded(|| {
        let (sender, receiver) = mpsc::channel::<()>();
        let receiver = std::sync::Arc::new(Mutex::new(receiver));
        let full: Vec<_> = (0..2)
            .map(|_| {
                let receiver = std::sync::Arc::clone(&receiver);
                run_in_background(move || receiver.lock().unwrap().recv().is_err())
            })
            .collect();
        let here = thread::current().id();
        let runs_on = run_in_background(|| thread::current().id());
        assert_eq!(run_in_foreground(runs_on), here);
        let panics = run_in_background(|| panic!("in blocking code"));
        let joined = thread::spawn(move || run_in_foreground(panics)).join();
        let payload = joined.unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"in blocking code"));
        let nobody_joins = run_in_background(|| thread::current().id());
        let limit = async {
            tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await
        };
        assert!(run_in_foreground(limit).is_err());
        assert!(!nobody_joins.is_finished(), "it was not waited for");
        drop(sender);
        assert!(full.into_iter().all(run_in_foreground));
        run_in_foreground(nobody_joins);
    });
}
