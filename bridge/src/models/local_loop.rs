//! The ready queue of a thread's background tasks.

use super::*;
use crate::{run_in_background, run_in_foreground};

#[test]
fn a_wake_of_a_task_while_it_is_polled_queues_it_again() {
    two_threads(|| run_in_foreground(run_in_background(by_a_thread())));
}

#[test]
fn a_wake_of_a_task_that_is_queued_already_is_seen_by_its_next_poll() {
    three_threads(|| run_in_foreground(run_in_background(both(by_a_thread(), by_a_thread()))));
}

#[test]
fn a_nested_foreground_eats_no_wake_of_the_task_around_it() {
    three_threads(|| {
        run_in_foreground(run_in_background(async {
            // The first scan polls the foreground's own future too, so that
            // another one follows in any case.
            polled_again().await;
            nest(by_a_thread(), by_a_thread()).await;
        }));
    });
}

#[test]
fn a_task_that_is_woken_under_a_nested_foreground_advances() {
    three_threads(|| {
        let task = run_in_background(by_a_thread());
        run_in_foreground(nest(by_a_thread(), task));
    });
}

/// Wakes itself, once.
async fn polled_again() {
    let mut first = true;
    poll_fn(|cx| {
        if !std::mem::replace(&mut first, false) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
