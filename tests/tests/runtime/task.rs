//! The contract of `run_in_background` and of its `Task`.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::task::{Context, Waker};
use std::thread;

use bridge::{OnThread, Task, background, run_in_background, run_in_foreground};
use bridge_tests::{bounded, virtual_time};
use tokio::sync::oneshot;

/// One run of the loop: what was woken advances once.
fn step() {
    run_in_foreground(async {});
}

/// Waits for a panic of `body` and returns its payload.
fn panic_of<R>(body: impl FnOnce() -> R) -> Box<dyn std::any::Any + Send> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(_) => panic!("it did not panic"),
        Err(payload) => payload,
    }
}

/// Polls once without a value, and leaves its waker to the test.
async fn parked(waker: &RefCell<Option<Waker>>) {
    let mut first = true;
    std::future::poll_fn(|cx| {
        if std::mem::take(&mut first) {
            *waker.borrow_mut() = Some(cx.waker().clone());
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(())
    })
    .await;
}

// Starting

#[test]
fn a_future_need_not_be_send() {
    bounded(|| {
        let count = Rc::new(Cell::new(1));
        let task = run_in_background({
            let count = Rc::clone(&count);
            async move {
                count.set(count.get() + 1);
                tokio::task::yield_now().await;
                count
            }
        });
        let same = run_in_foreground(task);
        assert!(Rc::ptr_eq(&count, &same));
        assert_eq!(count.get(), 2);
    });
}

#[test]
fn a_future_starts_with_the_next_foreground() {
    virtual_time(|_, log| {
        let task = run_in_background(log.call("a", 0));
        log.expect([]);
        assert!(!task.is_finished());
        step();
        log.expect(["0 S a"]);
        run_in_foreground(task);
        log.expect(["0 E a"]);
    });
}

#[test]
fn a_future_freezes_between_foregrounds() {
    bounded(|| {
        let polls = Rc::new(Cell::new(0));
        let waker = Rc::new(RefCell::new(None));
        let _task = run_in_background({
            let (polls, waker) = (Rc::clone(&polls), Rc::clone(&waker));
            async move {
                loop {
                    polls.set(polls.get() + 1);
                    parked(&waker).await;
                }
            }
        });
        for expected in 1..10 {
            step();
            assert_eq!(polls.get(), expected);
            // Woken at once, from another thread, it still waits for the loop.
            let waker: Waker = waker.take().unwrap();
            thread::spawn(move || waker.wake()).join().unwrap();
            assert_eq!(polls.get(), expected);
        }
    });
}

#[test]
fn a_callable_starts_at_once() {
    bounded(|| {
        let (say, said) = mpsc::channel();
        let task = run_in_background(move || say.send(thread::current().id()).unwrap());
        let there = said.recv().unwrap(); // no foreground has run
        assert_ne!(there, thread::current().id());
        run_in_foreground(task);
    });
}

#[test]
fn callables_run_beside_each_other() {
    bounded(|| {
        let (there, here) = mpsc::sync_channel(0);
        let one = run_in_background(move || there.send(1).unwrap());
        let other = run_in_background(move || here.recv().unwrap());
        assert_eq!(run_in_foreground(async { tokio::join!(one, other) }), ((), 1));
    });
}

/// Two calls with a callable each, in both kinds of functions.
macro_rules! meet {
    ([$($asynchronous:tt)?] $name:ident) => {
        #[background]
        $($asynchronous)? fn $name(there: SyncSender<u32>, here: Receiver<u32>) -> u32 {
            let sent = run_in_background(move || there.send(1).map_or(0, |()| 1)).await;
            let received = run_in_background(move || here.recv().unwrap()).await;
            sent + received
        }
    };
}

meet!([] meet);
meet!([async] meet_asynchronously);

#[test]
fn the_callables_of_calls_start_with_them() {
    bounded(|| {
        let (there, here) = mpsc::sync_channel(0);
        assert_eq!(meet(there, here), 2);

        // The first poll starts both, and they need no other to run to their end.
        let (there, between) = mpsc::sync_channel(0);
        let (between_too, here) = mpsc::sync_channel(0);
        let mut future = Box::pin(meet_asynchronously(there, here));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        between_too.send(between.recv().unwrap()).unwrap();
        assert_eq!(run_in_foreground(future), 2);
    });
}

#[test]
fn a_task_passed_through_is_the_same_task() {
    virtual_time(|_, log| {
        let task = run_in_background(log.give("a", 0, 'a'));
        run_in_foreground(log.call("b", 0));
        log.expect(["0 S a", "0 S b", "0 E a", "0 E b"]);
        // A wrapper around it would be a new task, and not have run yet.
        let task = run_in_background(task);
        assert!(task.is_finished());
        assert_eq!(run_in_foreground(task), 'a');

        let callable: Task<char> = run_in_background(run_in_background(|| 'c'));
        assert_eq!(run_in_foreground(callable), 'c');
    });
}

#[test]
fn tasks_run_first_in_first_out() {
    virtual_time(|_, log| {
        for name in ["a", "b", "c", "d"] {
            let log = log.clone();
            let _task = run_in_background(async move {
                for _ in 0..2 {
                    log.push(name);
                    tokio::task::yield_now().await;
                }
            });
        }
        step();
        log.expect(["0 a", "0 b", "0 c", "0 d"]);
        step();
        log.expect(["0 a", "0 b", "0 c", "0 d"]);
    });
}

#[test]
fn woken_tasks_run_in_the_order_of_their_wakes() {
    virtual_time(|_, log| {
        let mut wakes = Vec::new();
        for name in ["a", "b", "c"] {
            let (wake, woken) = oneshot::channel::<()>();
            wakes.push(wake);
            let log = log.clone();
            let _task = run_in_background(async move {
                woken.await.unwrap();
                log.push(name);
            });
        }
        step();
        wakes.into_iter().rev().for_each(|wake| wake.send(()).unwrap());
        step();
        log.expect(["0 c", "0 b", "0 a"]);
    });
}

#[test]
fn a_task_may_start_tasks() {
    virtual_time(|_, log| {
        let task = run_in_background({
            let log = log.clone();
            async move {
                log.push("outer");
                let inner = run_in_background(log.give("inner", 1, 1));
                let _other = run_in_background(log.call("other", 2));
                inner.await + 1
            }
        });
        assert_eq!(run_in_foreground(task), 2);
        log.expect(["0 outer", "0 S inner", "0 S other", "1 E inner"]);
    });
}

// Ending

#[test]
fn a_dropped_task_goes_on() {
    virtual_time(|clock, log| {
        drop(run_in_background(log.call("a", 3)));
        run_in_foreground(clock.sleep(5));
        log.expect(["0 S a", "3 E a"]);

        let (say, said) = mpsc::channel();
        let (go, gone) = mpsc::channel();
        drop(run_in_background(move || {
            gone.recv().unwrap();
            say.send("done").unwrap();
        }));
        go.send(()).unwrap();
        assert_eq!(said.recv().unwrap(), "done");
    });
}

#[test]
fn is_finished_counts_every_end() {
    bounded(|| {
        let value = run_in_background(async { 1 });
        let panics = run_in_background(async { panic!("for is_finished") });
        let cancelled = run_in_background(std::future::pending::<()>());
        let pending = run_in_background(std::future::pending::<()>());
        cancelled.cancel();
        step();
        let panics: Task<()> = panics;
        assert!(value.is_finished() && panics.is_finished() && cancelled.is_finished());
        assert!(!pending.is_finished());
    });
}

#[test]
fn a_value_may_be_taken_through_a_reference() {
    bounded(|| {
        let mut task = run_in_background(async { 1 });
        assert_eq!(run_in_foreground(&mut task), 1);
        assert!(task.is_finished());
        let payload = panic_of(|| run_in_foreground(task));
        assert_eq!(payload.downcast_ref(), Some(&"a task was polled after it had given its value"),);
    });
}

#[derive(Debug, PartialEq)]
struct Payload(u32);

#[test]
fn a_panic_is_silent_until_the_foreground() {
    bounded(|| {
        let future: Task<()> = run_in_background(async { panic_any(Payload(1)) });
        let (say, said) = mpsc::channel::<()>();
        let callable: Task<(), OnThread> = run_in_background(move || {
            let _said_at_the_end = say;
            panic_any(Payload(2))
        });
        said.recv().unwrap_err();
        step();
        step();

        let payload = panic_of(|| run_in_foreground(callable));
        assert_eq!(payload.downcast_ref(), Some(&Payload(2)));
        let payload = panic_of(|| run_in_foreground(future));
        assert_eq!(payload.downcast_ref(), Some(&Payload(1)));
    });
}

#[test]
fn a_panicked_task_does_not_disturb_the_others() {
    virtual_time(|_, log| {
        let log2 = log.clone();
        let _panics: Task<()> = run_in_background(log.trace("a", async { panic!("a") }));
        let after = run_in_background(log2.give("b", 1, 1));
        assert_eq!(run_in_foreground(after), 1);
        log.expect(["0 S a", "0 P a", "0 S b", "1 E b"]);
    });
}

// Cancelling

#[test]
fn a_cancellation_takes_effect_with_the_next_run_of_the_loop() {
    virtual_time(|_, log| {
        let started = run_in_background(log.call("a", 5));
        step();
        log.expect(["0 S a"]);
        started.cancel();
        log.expect([]);
        assert!(!started.is_finished());
        step();
        log.expect(["0 D a"]);
        assert!(started.is_finished());
    });
}

#[test]
fn a_task_that_never_started_is_cancelled_too() {
    virtual_time(|_, log| {
        let owned = log.droppable("owned");
        let never = log.call("never", 0);
        let task = run_in_background(async move {
            never.await;
            drop(owned);
        });
        task.cancel();
        log.expect([]);
        step();
        log.expect(["0 D owned"]);
        assert!(task.is_finished());
    });
}

#[test]
fn a_dropped_task_that_was_cancelled_ends() {
    virtual_time(|_, log| {
        let task = run_in_background(log.call("a", 5));
        step();
        task.cancel();
        drop(task);
        step();
        log.expect(["0 S a", "0 D a"]);
    });
}

#[test]
fn a_finished_task_cannot_be_cancelled() {
    bounded(|| {
        let task = run_in_background(async { 1 });
        step();
        task.cancel();
        step();
        assert_eq!(run_in_foreground(task), 1);
    });
}

const CANCELLED: &str = "a cancelled task was brought to the foreground";

#[test]
fn awaiting_a_cancelled_task_panics() {
    bounded(|| {
        let task = run_in_background(std::future::pending::<()>());
        task.cancel();
        let payload = panic_of(|| run_in_foreground(task));
        assert_eq!(payload.downcast_ref(), Some(&CANCELLED));

        // One that is being awaited meanwhile hears of it.
        let task = Rc::new(RefCell::new(run_in_background(std::future::pending::<()>())));
        let awaits = run_in_background({
            let task = Rc::clone(&task);
            std::future::poll_fn(move |cx| {
                Future::poll(std::pin::pin!(&mut *task.borrow_mut()), cx)
            })
        });
        step();
        task.borrow().cancel();
        let payload = panic_of(|| run_in_foreground(awaits));
        assert_eq!(payload.downcast_ref(), Some(&CANCELLED));
    });
}

#[test]
fn it_is_cancelled_while_the_foreground_waits() {
    bounded(|| {
        let (on_drop, dropped) = oneshot::channel::<()>();
        let (start, started) = oneshot::channel();
        let task = Rc::new(run_in_background(async move {
            start.send(()).unwrap();
            let _on_drop = on_drop;
            std::future::pending::<()>().await;
        }));
        let cancelled = Rc::clone(&task);
        let (say, said) = oneshot::channel();
        let canceller = run_in_background(async move {
            said.await.unwrap();
            cancelled.cancel();
        });
        // Another thread may say so, while this one is parked or not.
        let says = thread::spawn(move || {
            started.blocking_recv().unwrap();
            say.send(()).unwrap();
        });
        run_in_foreground(dropped).unwrap_err();
        run_in_foreground(canceller);
        says.join().unwrap();
        let payload = panic_of(|| run_in_foreground(Rc::into_inner(task).unwrap()));
        assert_eq!(payload.downcast_ref(), Some(&CANCELLED));
    });
}

#[test]
fn a_cancelled_callable_runs_on_and_its_value_is_dropped() {
    virtual_time(|_, log| {
        let (go, gone) = mpsc::channel::<()>();
        let value = log.droppable("value");
        let task = run_in_background(move || {
            gone.recv().unwrap();
            value
        });
        task.cancel();
        step();
        assert!(!task.is_finished());
        go.send(()).unwrap();
        let payload = panic_of(|| run_in_foreground(task));
        assert_eq!(payload.downcast_ref(), Some(&CANCELLED));
        log.expect(["0 D value"]);
    });
}

#[test]
fn a_task_may_cancel_itself() {
    virtual_time(|clock, log| {
        let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
        let body = {
            let (own, log, clock) = (Rc::clone(&own), log.clone(), clock.clone());
            async move {
                own.borrow().as_ref().unwrap().cancel();
                log.push("cancelled, until the next await");
                clock.sleep(1).await;
                log.push("never");
            }
        };
        *own.borrow_mut() = Some(run_in_background(log.trace("a", body)));
        run_in_foreground(clock.sleep(5));
        log.expect(["0 S a", "0 cancelled, until the next await", "0 D a"]);
        assert!(own.borrow().as_ref().unwrap().is_finished());
    });
}

#[test]
fn a_task_that_cancels_itself_and_ends_is_cancelled() {
    bounded(|| {
        let own: Rc<RefCell<Option<Task<u32>>>> = Rc::default();
        let task = run_in_background({
            let own = Rc::clone(&own);
            async move {
                own.borrow().as_ref().unwrap().cancel();
                1
            }
        });
        *own.borrow_mut() = Some(task);
        step();
        let payload = panic_of(|| run_in_foreground(own.take().unwrap()));
        assert_eq!(payload.downcast_ref(), Some(&CANCELLED));
    });
}
