//! A configured runtime, in a process of its own.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use bridge::{Config, ConfigError, background, run_in_foreground, runtime};
use bridge_tests::bounded;
use tokio::runtime::Builder;

fn threads() -> Option<usize> {
    fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}

/// Foregrounds inside of each other; the innermost needs a timer, a worker and
/// a thread of the blocking pool.
fn nested(depth: u32) -> u32 {
    run_in_foreground(async move {
        if depth > 1 {
            return 1 + nested(depth - 1);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        tokio::spawn(async {}).await.unwrap();
        tokio::task::spawn_blocking(|| 1).await.unwrap()
    })
}

#[background]
async fn sum() -> u32 {
    let a = async { 1 }.await;
    let b = async { 2 }.await;
    a + b
}

#[test]
fn one_worker_is_enough_at_any_depth() {
    // An `async fn` under another executor needs no runtime, nor does its thread's end.
    let elsewhere = thread::spawn(|| futures_executor::block_on(sum()));
    assert_eq!(elsewhere.join().unwrap(), 3);

    let current = Builder::new_current_thread().build().unwrap();
    let wrong = Config::new().handle(current.handle().clone()).init();
    assert!(matches!(wrong, Err(ConfigError::NotMultiThread)));
    assert!(matches!(Config::new().worker_threads(0).init(), Err(ConfigError::NoWorkers)));
    // What was refused has changed nothing.
    Config::new().worker_threads(1).init().unwrap();
    assert!(matches!(Config::new().init(), Err(ConfigError::AlreadyInUse)));
    assert_eq!(runtime().metrics().num_workers(), 1);

    // Eight times the main thread's usual stack, as debug builds need much.
    let deep = |depth| {
        let call = thread::Builder::new().stack_size(64 << 20);
        bounded(move || call.spawn(move || nested(depth)).unwrap().join().unwrap())
    };
    assert_eq!(deep(1), 1);
    let before = threads();
    assert_eq!(deep(1_000), 1_000);
    // Threads that have ended are counted until the system has taken them away.
    let limit = Instant::now() + Duration::from_secs(30);
    while threads() > before && Instant::now() < limit {
        thread::yield_now();
    }
    assert!(threads() <= before, "{:?} threads, {before:?} before", threads());
}
