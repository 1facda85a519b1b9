//! What a task and its runner share.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::in_flight::Origin;
use crate::local_loop;
use crate::task::{Running, Shared, Task};
use crate::{run_in_background, run_in_foreground};

#[test]
fn the_end_of_a_callable_wakes_who_awaits_it() {
    two_threads(|| {
        let shared = Shared::new();
        let task = Task::new(Arc::clone(&shared));
        thread::spawn(move || shared.complete_with(|| 7));
        assert_eq!(run_in_foreground(task), 7);
    });
}

#[test]
fn the_end_of_a_task_wakes_the_other_thread_that_awaits_it() {
    two_threads(|| {
        let task = run_in_background(async {});
        run_in_foreground(after(move || run_in_foreground(task)));
    });
}

#[test]
fn the_end_of_a_thread_wakes_who_awaits_a_task_of_it() {
    two_threads(|| {
        let task = thread::spawn(|| run_in_background(pending::<()>())).join().unwrap();
        assert!(is_cancelled(task));
    });
}

#[test]
fn a_cancellation_wakes_the_thread_that_drives_the_task() {
    two_threads(|| {
        let (task, other) = two_handles(pending());
        thread::spawn(move || other.cancel());
        assert!(is_cancelled(task));
    });
}

#[test]
fn a_cancellation_against_the_end_of_a_task_gives_one_of_both() {
    three_threads(|| {
        let (task, other) = two_handles(by_a_thread());
        thread::spawn(move || other.cancel());
        is_cancelled(task);
    });
}

#[test]
fn a_cancellation_against_the_end_of_a_callable_gives_one_of_both() {
    two_threads(|| {
        let shared = Shared::new();
        let task = Task::new(Arc::clone(&shared));
        let value = Arc::new(());
        let theirs = Arc::clone(&value);
        let callable = thread::spawn(move || shared.complete_with(|| theirs));
        task.cancel();
        is_cancelled(task);
        callable.join().unwrap();
        assert_eq!(Arc::strong_count(&value), 1, "taken or dropped");
    });
}

/// A task of this thread's loop, with a handle to await and one to cancel it.
fn two_handles(future: impl Future<Output = ()> + 'static) -> (Task<()>, Task<()>) {
    let shared = Shared::new();
    let origin = Origin::foreground::<()>();
    local_loop::spawn(Running::new(future, Arc::clone(&shared)), origin);
    (Task::new(Arc::clone(&shared)), Task::new(shared))
}

/// Waits for the end of a task, and tells how it was.
fn is_cancelled<T>(task: Task<T>) -> bool {
    catch_unwind(AssertUnwindSafe(|| run_in_foreground(task))).is_err()
}
