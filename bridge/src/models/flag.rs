//! Readiness flags, and the park of the thread that scans them.

use std::pin::pin;
use std::task::{Context, Waker};

use super::*;
use crate::context::Place;
use crate::drive;
use crate::expansion::asynchronous;
use crate::expansion::sync;
use crate::flag::Flag;
use crate::in_flight::Origin;
use crate::run_in_foreground;

#[test]
fn a_wake_between_scan_and_park_is_found() {
    two_threads(|| run_in_foreground(by_a_thread()));
}

#[test]
fn two_wakes_of_one_flag_are_both_seen() {
    three_threads(|| run_in_foreground(both(by_a_thread(), by_a_thread())));
}

#[test]
fn a_nested_foreground_eats_no_wake_of_the_outer() {
    three_threads(|| run_in_foreground(nest(by_a_thread(), by_a_thread())));
}

#[test]
fn a_sibling_is_woken_during_a_join_or_after_it() {
    three_threads(|| {
        let mut first = sync::background(by_a_thread());
        let mut second = sync::background(by_a_thread());
        sync::start((&mut first, (&mut second, ())));
        sync::foreground(first, (&mut second, ()), [0]);
        sync::foreground(second, (), [0]);
    });
}

#[test]
fn a_join_waits_for_what_a_sibling_passes_on() {
    two_threads(|| {
        let slot = sync::Moved::new();
        let mut first = sync::background(async {
            by_a_thread().await;
            slot.set(7, [0]);
        });
        let mut second = sync::background(slot.take());
        sync::start((&mut first, (&mut second, ())));
        assert_eq!(sync::foreground(second, (&mut first, ()), [0]), 7);
        sync::foreground(first, (), [0]);
    });
}

#[test]
fn a_wake_passes_through_an_async_join() {
    two_threads(|| {
        run_in_foreground(async {
            let mut call = asynchronous::background(by_a_thread());
            let mut task = asynchronous::task();
            task.polled().await.start((&mut call, ()));
            while task.polled().await.runs(&mut call, ()) {}
            asynchronous::foreground(call, [0]);
        });
    });
}

#[test]
fn a_wake_finds_the_thread_that_drives_now() {
    three_threads(|| {
        let mut call = sync::background(by_a_thread_for_the_last());
        sync::start((&mut call, ()));
        thread::spawn(move || sync::foreground(call, (), [0]));
    });
}

#[test]
fn iterations_are_woken_beside_each_other() {
    three_threads(|| two_iterations(2));
}

#[test]
fn an_iteration_takes_the_index_of_one_that_has_ended() {
    three_threads(|| two_iterations(1));
}

/// A loop of two, each of which a thread of its own makes ready.
fn two_iterations(limit: usize) {
    let items = sync::bounded(limit, 0..2);
    let prefix = sync::prefix(&items, async |_, iteration| {
        by_a_thread().await;
        iteration.yields(()).await
    });
    let mut iterations = sync::overlap(items, |item, iteration| prefix(item, iteration));
    while sync::next(&mut iterations, ()).is_some() {}
}

#[test]
fn a_waker_that_is_kept_polls_no_later_owner_of_its_flag() {
    three_threads(|| {
        run_in_foreground(poll_fn(leave_a_waker));
        let mut polls = 0;
        let mut later = pin!(by_a_thread());
        run_in_foreground(poll_fn(|cx| {
            polls += 1;
            later.as_mut().poll(cx)
        }));
        assert!(polls <= 2, "once at its start, once when it was woken");
    });
}

/// The count of a flag's wakers may be read too late to keep one that is still
/// in its last wake from the next owner.
#[test]
fn a_late_wake_takes_none_from_a_later_owner_of_its_flag() {
    three_threads(|| {
        let mut flag = Flag::of_this_thread(Origin::foreground::<()>());
        let mut own = None;
        drive_with(
            &mut flag,
            poll_fn(|cx| {
                own = Some(cx.waker().clone());
                leave_a_waker(cx)
            }),
        );
        own.into_iter().for_each(Waker::wake);
        drive_with(&mut flag, by_a_thread());
    });
}

/// Gives the waker to a thread, and does not wait for it.
fn leave_a_waker(cx: &mut Context<'_>) -> Poll<()> {
    let waker = cx.waker().clone();
    thread::spawn(move || waker.wake());
    Poll::Ready(())
}

fn drive_with(flag: &mut Flag, future: impl Future<Output = ()>) {
    let origin = Origin::foreground::<()>();
    assert!(drive::drive_with(Place::Free, origin, flag, future).is_ok());
}
