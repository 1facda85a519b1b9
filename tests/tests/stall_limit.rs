//! Where the thread blocks what its foreground waits for, it panics after a limit: here a short one, in
//! a process of its own. (What it is without being set: `runtime/from_anywhere.rs`.)

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;

use bridge::Config;
use bridge_tests::bounded;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local, yield_now};

const LIMIT: Duration = Duration::from_millis(500);

/// [`bounded`], with the limit.
fn limited<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    static SET: Once = Once::new();
    SET.call_once(|| Config::new().stall_limit(LIMIT).init().unwrap());
    bounded(body)
}

/// Waits for this inside of what it needs to go on, and gives what it panics with.
fn refused(waits: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(waits)).unwrap_err();
    *payload.downcast::<String>().expect("the message has the limit")
}

/// Waits for a task of the `LocalSet` that it blocks.
fn waits_for_a_local_task() -> String {
    let task = spawn_local(yield_now());
    refused(|| drop(bridge::run_in_foreground(task)))
}

/// Where only the `LocalSet` stands still, and its runtime goes on.
fn expect_a_local_set(run: impl FnOnce(&LocalSet, &Runtime) -> String + Send + 'static) {
    let message = limited(|| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        run(&LocalSet::new(), &runtime)
    });
    assert!(message.contains("has waited 500ms without being woken"), "{message}");
    assert!(message.contains("a task of that `LocalSet`"), "{message}");
    assert!(message.contains("call from `spawn_blocking`"), "{message}");
}

#[test]
fn what_can_never_come_to_a_local_task_is_a_panic_that_says_so() {
    expect_a_local_set(|local, runtime| {
        local.block_on(runtime, async {
            spawn_local(async { waits_for_a_local_task() }).await.unwrap()
        })
    });
}

#[test]
fn what_can_never_come_beside_local_tasks_is_a_panic_that_says_so() {
    expect_a_local_set(|local, runtime| {
        local.block_on(runtime, async { waits_for_a_local_task() })
    });
}

#[test]
fn what_comes_late_is_waited_for() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let long = 2 * LIMIT;
    limited(move || {
        runtime.block_on(async {
            // A callable of the thread's own will end, however long it takes.
            let callable = bridge::run_in_background(move || std::thread::sleep(long));
            bridge::run_in_foreground(callable);
        });
    });
}
