//! What a task and its runner share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Wake, Waker};
use std::time::Instant;

use super::*;
use crate::claims::Claimable;
use crate::task::{Shared, Task};
use crate::{run_in_background, run_in_foreground};

#[test]
fn the_end_of_a_callable_wakes_who_awaits_it() {
    two_threads(|| {
        let shared = Shared::new();
        let task = Task::on_thread(Arc::clone(&shared), Arc::new(Begun));
        thread::spawn(move || shared.complete_with(|| 7));
        assert_eq!(run_in_foreground(task), 7);
    });
}

/// A thread has begun the callable.
struct Begun;

impl Claimable for Begun {
    fn waits_since(&self) -> Option<Instant> {
        None
    }

    fn run(&self) {}
}

#[test]
fn the_wake_of_a_task_wakes_the_executor_that_awaits_it() {
    two_threads(|| {
        let task = run_in_background(by_a_thread());
        elsewhere(task);
    });
}

#[test]
fn a_cancellation_against_the_end_of_a_callable_gives_one_of_both() {
    two_threads(|| {
        let shared = Shared::new();
        let task = Task::on_thread(Arc::clone(&shared), Arc::new(Begun));
        let value = Arc::new(());
        let theirs = Arc::clone(&value);
        let callable = thread::spawn(move || shared.complete_with(|| theirs));
        task.cancel();
        is_cancelled(task);
        callable.join().unwrap();
        assert_eq!(Arc::strong_count(&value), 1, "taken or dropped");
    });
}

/// Another executor, which parks on a condition of its own.
fn elsewhere(future: impl Future) {
    struct Executor(loom::sync::Notify);
    impl Wake for Executor {
        fn wake(self: Arc<Self>) {
            self.0.notify();
        }
    }
    let executor = Arc::new(Executor(loom::sync::Notify::new()));
    let waker = Waker::from(Arc::clone(&executor));
    let mut future = pin!(future);
    while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        executor.0.wait();
    }
}

/// Any thread may cancel a callable.
#[test]
fn a_cancellation_by_another_thread_against_the_end_of_a_callable() {
    three_threads(|| {
        let shared = Shared::new();
        let task = Task::on_thread(Arc::clone(&shared), Arc::new(Begun));
        let other = Task::on_thread(Arc::clone(&shared), Arc::new(Begun));
        thread::spawn(move || other.cancel());
        thread::spawn(move || shared.complete_with(|| ()));
        is_cancelled(task);
    });
}

/// Waits for the end of a task, and tells how it was.
fn is_cancelled<T, Runner>(task: Task<T, Runner>) -> bool {
    catch_unwind(AssertUnwindSafe(|| run_in_foreground(task))).is_err()
}
