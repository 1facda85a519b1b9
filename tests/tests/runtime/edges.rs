//! Where an event loop in the calling thread could hang, abort or forget: each
//! test is one trap.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use bridge::{Task, background, run_in_background, run_in_foreground};
use bridge_tests::{Clock, Log, bounded};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::sleep;

const CANCELLED: &str = "a cancelled task was brought to the foreground";

/// Brings a task to the foreground that was cancelled.
fn expect_cancelled<T, Runner>(task: Task<T, Runner>) {
    match catch_unwind(AssertUnwindSafe(|| run_in_foreground(task))) {
        Ok(_) => panic!("it was not cancelled"),
        Err(payload) => assert_eq!(payload.downcast_ref(), Some(&CANCELLED)),
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

/// Calls back when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

// Foregrounds inside of tasks

#[test]
fn a_task_that_has_woken_itself_advances_inside_another_task() {
    bounded(|| {
        let (enter, entered) = oneshot::channel();
        let (leave, left) = oneshot::channel();
        let waits = run_in_background(async move {
            entered.await.unwrap();
            run_in_foreground(left).unwrap();
        });
        run_in_foreground(async {});
        // In one run of the loop: it wakes itself, then lets the other one
        // enter a foreground, in which its own next turn has to come.
        let (mut enter, mut leave) = (Some(enter), Some(leave));
        let _wakes = run_in_background(poll_fn(move |cx| {
            if let Some(enter) = enter.take() {
                cx.waker().wake_by_ref();
                enter.send(()).unwrap();
                return Poll::Pending;
            }
            leave.take().unwrap().send(()).unwrap();
            Poll::Ready(())
        }));
        run_in_foreground(waits);
    });
}

#[test]
fn a_foreground_in_the_destructor_of_a_cancelled_future() {
    bounded(|| {
        let task = run_in_background(async {
            let _on_drop = OnDrop(|| {
                let value = run_in_background(async {
                    yield_now().await;
                    1
                });
                assert_eq!(run_in_foreground(value), 1);
            });
            pending::<()>().await;
        });
        run_in_foreground(async {});
        task.cancel();
        run_in_foreground(async {});
        assert!(task.is_finished());
    });
}

// Inside of a current-thread runtime, which holds the wakes of a yield back

#[tokio::main(flavor = "current_thread")]
async fn in_a_current_thread_runtime(body: impl Future) {
    body.await;
}

#[test]
fn a_yield_in_a_background_task_under_a_blocked_scheduler() {
    bounded(|| {
        in_a_current_thread_runtime(async {
            let task = run_in_background(async {
                yield_now().await;
                1
            });
            assert_eq!(run_in_foreground(task), 1);
        });
    });
}

#[test]
fn a_yield_beside_a_busy_task_under_a_blocked_scheduler() {
    bounded(|| {
        in_a_current_thread_runtime(async {
            let _busy = run_in_background(poll_fn(|cx| {
                cx.waker().wake_by_ref();
                Poll::<()>::Pending
            }));
            run_in_foreground(yield_now());
        });
    });
}

#[test]
fn a_yield_in_nested_async_functions_under_a_blocked_scheduler() {
    async fn one() -> u32 {
        yield_now().await;
        1
    }
    #[background]
    async fn inner() -> u32 {
        let a = one().await;
        let b = one().await;
        a + b
    }
    // Whose flags only the joins inside of the foreground's future know.
    #[background]
    async fn outer() -> u32 {
        let a = inner().await;
        let b = one().await;
        a + b
    }
    bounded(|| {
        in_a_current_thread_runtime(async {
            assert_eq!(run_in_foreground(outer()), 3);
            assert_eq!(run_in_foreground(run_in_background(outer())), 3);
        });
    });
}

#[test]
fn an_iteration_that_was_polled_unasked_is_woken_again() {
    #[background]
    async fn iterate(polls: &Cell<u32>, passes: &Cell<u32>) -> u32 {
        let mut between = 0;
        #[background(limit = 1)]
        for polled in [polls] {
            let waited = poll_fn(|cx| {
                polled.set(polled.get() + 1);
                match polled.get() {
                    1 => {}
                    2 => past_a_nap(),
                    3 => passes.set(0),
                    _ => return Poll::Ready(passes.get()),
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            between += waited;
        }
        between
    }
    /// Until all are polled unasked by who blocks a scheduler.
    fn past_a_nap() {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(3) {
            thread::yield_now();
        }
    }
    bounded(|| {
        in_a_current_thread_runtime(async {
            let passes = Rc::new(Cell::new(0));
            let _busy = run_in_background({
                let passes = Rc::clone(&passes);
                poll_fn(move |cx| {
                    passes.set(passes.get() + 1);
                    cx.waker().wake_by_ref();
                    Poll::<()>::Pending
                })
            });
            let polls = Cell::new(0);
            assert_eq!(run_in_foreground(iterate(&polls, &passes)), 1);
        });
    });
}

// Values that nobody takes

#[test]
fn the_destructor_of_a_discarded_value_may_use_the_task() {
    struct Value(Rc<RefCell<Option<Task<Value>>>>);
    impl Drop for Value {
        fn drop(&mut self) {
            let task = self.0.take().unwrap();
            assert!(task.is_finished());
            task.cancel();
        }
    }
    bounded(|| {
        let own: Rc<RefCell<Option<Task<Value>>>> = Rc::default();
        let task = run_in_background({
            let own = Rc::clone(&own);
            async move {
                own.borrow().as_ref().unwrap().cancel();
                Value(own)
            }
        });
        *own.borrow_mut() = Some(task);
        run_in_foreground(async {});
        assert!(own.borrow().is_none());
    });
}

#[test]
fn a_panic_in_the_destructor_of_a_discarded_value_ends_the_task() {
    bounded(|| {
        let (go, gone) = mpsc::channel::<()>();
        let task = run_in_background(move || {
            gone.recv().unwrap_err();
            Bomb
        });
        task.cancel();
        drop(go);
        expect_cancelled(task);
    });
}

#[test]
fn a_panic_in_the_destructor_of_a_discarded_value_spares_the_foreground() {
    bounded(|| {
        drop(run_in_background(async { Bomb }));
        let other = run_in_background(async { 1 });
        assert_eq!(run_in_foreground(other), 1);
    });
}

#[test]
fn a_panic_in_the_destructor_of_a_cancelled_future_spares_the_foreground() {
    bounded(|| {
        let bomb = Bomb;
        let task = run_in_background(async move {
            let _bomb = bomb;
            pending::<()>().await;
        });
        run_in_foreground(async {});
        task.cancel();
        assert_eq!(run_in_foreground(async { 1 }), 1);
        expect_cancelled(task);
    });
}

// Threads that end

#[test]
fn the_tasks_of_a_thread_that_ends_are_dropped_in_order() {
    bounded(|| {
        let log = Log::new(&Clock::new());
        let tasks = {
            let log = log.clone();
            thread::spawn(move || {
                for name in ["a", "b", "c", "d", "e"] {
                    let owned = log.droppable(name);
                    let _task = run_in_background(async move {
                        pending::<()>().await;
                        drop(owned);
                    });
                }
            })
        };
        tasks.join().unwrap();
        log.expect(["0 D a", "0 D b", "0 D c", "0 D d", "0 D e"]);
    });
}

#[test]
fn the_tasks_of_a_thread_that_ends_are_cancelled() {
    bounded(|| {
        let (say, said) = mpsc::channel();
        let thread = thread::spawn(move || {
            let pending_until_dropped = |name| {
                let say = say.clone();
                let on_drop = OnDrop(move || say.send(name).unwrap());
                async move {
                    let _on_drop = on_drop;
                    pending::<()>().await;
                }
            };
            let _started = run_in_background(pending_until_dropped("started"));
            run_in_foreground(async {});
            let _never_started = run_in_background(pending_until_dropped("never started"));
        });
        thread.join().unwrap();
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["started", "never started"]);
    });
}

/// A thread that ends with a task in the background, in whose destructor `body`
/// is called.
fn at_the_end_of_a_thread(body: fn()) {
    let thread = thread::spawn(move || {
        let on_drop = OnDrop(body);
        let _task = run_in_background(async move {
            let _on_drop = on_drop;
            pending::<()>().await;
        });
    });
    thread.join().unwrap();
}

#[test]
fn the_tasks_of_a_thread_that_ends_are_dropped_inside_the_runtime() {
    bounded(|| {
        at_the_end_of_a_thread(|| drop(Handle::current().spawn(async {})));
        at_the_end_of_a_thread(|| {
            run_in_foreground(async { sleep(Duration::from_millis(1)).await });
        });
    });
}

#[test]
fn a_panic_at_the_end_of_a_thread_does_not_abort() {
    bounded(|| {
        at_the_end_of_a_thread(|| panic!("at the end of the thread"));
        // Documented to panic: there is no loop any more.
        at_the_end_of_a_thread(|| drop(run_in_background(async {})));
    });
}

type AtExit = OnDrop<fn()>;

thread_local! {
    /// Thread-locals are destroyed in the reverse order of their first use.
    static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

fn at_exit(body: fn()) {
    AT_EXIT.with_borrow_mut(|slot| *slot = Some(OnDrop(body)));
}

#[test]
fn a_foreground_in_a_thread_local_destructor() {
    bounded(|| {
        let before_the_loop = thread::spawn(|| {
            run_in_foreground(async {});
            at_exit(|| run_in_foreground(async { sleep(Duration::from_millis(1)).await }));
        });
        before_the_loop.join().unwrap();

        // After tokio's thread-locals no timer can be had; values still can.
        let after_the_loop = thread::spawn(|| {
            at_exit(|| {
                let callable = run_in_background(|| 1);
                assert_eq!(run_in_foreground(async { callable.await + 1 }), 2);
            });
            run_in_foreground(async {});
        });
        after_the_loop.join().unwrap();
    });
}

/// The destructor of a thread-local starts a task where there has been no loop: one is made, and
/// cancels it when it is destroyed in its turn.
#[test]
fn a_task_at_the_end_of_a_thread_that_had_no_loop_is_cancelled() {
    type Starts = OnDrop<Box<dyn FnMut()>>;
    thread_local! {
        static STARTS: RefCell<Option<Starts>> = const { RefCell::new(None) };
    }
    /// Counts what is dropped.
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    bounded(|| {
        let (hand_over, started) = mpsc::channel::<Arc<AtomicUsize>>();
        let thread = thread::spawn(move || {
            let start = move || {
                let dropped = Arc::new(AtomicUsize::new(0));
                let counted = Counted(Arc::clone(&dropped));
                let _task = run_in_background(async move {
                    let _counted = counted;
                    pending::<()>().await;
                });
                hand_over.send(dropped).unwrap();
            };
            STARTS.set(Some(OnDrop(Box::new(start))));
        });
        thread.join().unwrap();
        let dropped = started.recv().unwrap();
        assert_eq!(dropped.load(Ordering::Relaxed), 1, "cancelled with the thread");
    });
}

// Under another executor

#[test]
fn an_async_function_that_has_ended_keeps_no_waker() {
    /// Stands for the executor's task, which a waker keeps alive.
    struct Executor;

    impl Wake for Executor {
        fn wake(self: Arc<Self>) {}
    }

    #[background]
    async fn sum() -> u32 {
        let a = async { 1 }.await;
        let b = async { 2 }.await;
        a + b
    }

    let executor = Arc::new(Executor);
    let waker = Waker::from(Arc::clone(&executor));
    let poll = pin!(sum()).poll(&mut Context::from_waker(&waker));
    assert_eq!(poll, Poll::Ready(3));
    drop(waker);
    assert_eq!(Arc::strong_count(&executor), 1);
}

#[test]
fn an_async_function_that_is_polled_by_others_keeps_the_last_waker_alone() {
    struct Executor;

    impl Wake for Executor {
        fn wake(self: Arc<Self>) {}
    }

    async fn look(value: &u32) -> u32 {
        *value
    }

    // The second call waits for the value of the first one.
    #[background]
    async fn chained() -> u32 {
        let slow = std::future::pending::<u32>().await;
        let value = pending::<u32>().await;
        let seen = look(&value).await;
        slow + value + seen
    }

    let mut chained = pin!(chained());
    let executors = [(); 3].map(|()| Arc::new(Executor));
    for executor in &executors {
        let waker = Waker::from(Arc::clone(executor));
        assert!(chained.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    let [first, second, last] = executors.each_ref().map(Arc::strong_count);
    assert_eq!([first, second], [1, 1]);
    assert_ne!(last, 1);
}

#[test]
fn a_wake_finds_who_has_polled_an_async_function_last() {
    /// Counts its wakes.
    #[derive(Default)]
    struct Executor(AtomicUsize);

    impl Wake for Executor {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    type Receivers = [oneshot::Receiver<u32>; 3];

    #[background]
    async fn calls([a, b, c]: Receivers) -> u32 {
        let a = async { a.await.unwrap() }.await;
        let b = async { b.await.unwrap() }.await;
        let c = async { c.await.unwrap() }.await;
        a + b + c
    }

    #[background]
    async fn iterations(receivers: Receivers) -> u32 {
        let mut sum = 0;
        #[background(limit = 3)]
        for receiver in receivers {
            let value = async { receiver.await.unwrap() }.await;
            sum += value;
        }
        sum
    }

    fn is_woken(function: impl AsyncFn(Receivers) -> u32, awaited: usize) {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        let mut function = pin!(function(receivers.try_into().unwrap()));
        let executors = [(); 2].map(|()| Arc::new(Executor::default()));
        let wakers = executors.clone().map(Waker::from);
        for waker in &wakers {
            assert!(function.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        }
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        senders[awaited].take().unwrap().send(1).unwrap();
        assert_eq!(executors.each_ref().map(|executor| executor.0.load(Ordering::Relaxed)), [0, 1]);
        for sender in senders.into_iter().flatten() {
            sender.send(1).unwrap();
        }
        let poll = function.as_mut().poll(&mut Context::from_waker(&wakers[1]));
        assert_eq!(poll, Poll::Ready(3));
    }

    for awaited in 0..3 {
        is_woken(calls, awaited);
        is_woken(iterations, awaited);
    }
}

#[test]
fn what_starts_after_an_await_in_place_wakes_who_polls_then() {
    #[derive(Default)]
    struct Executor(AtomicUsize);

    impl Wake for Executor {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[background]
    async fn function(gate: oneshot::Receiver<()>, value: oneshot::Receiver<u32>) -> u32 {
        let a = async { 1 }.await;
        let b = async { 2 }.await;
        gate.await.unwrap();
        let c = async { value.await.unwrap() }.await;
        let d = async { a + b }.await;
        c + d
    }

    let (open, gate) = oneshot::channel();
    let (give, value) = oneshot::channel();
    let mut function = pin!(function(gate, value));
    let executors = [(); 2].map(|()| Arc::new(Executor::default()));
    let [before, after] = executors.clone().map(Waker::from);
    assert!(function.as_mut().poll(&mut Context::from_waker(&before)).is_pending());
    open.send(()).unwrap();
    assert!(function.as_mut().poll(&mut Context::from_waker(&after)).is_pending());
    give.send(4).unwrap();
    assert_eq!(executors.each_ref().map(|executor| executor.0.load(Ordering::Relaxed)), [1, 1]);
    assert_eq!(function.as_mut().poll(&mut Context::from_waker(&after)), Poll::Ready(7));
}
