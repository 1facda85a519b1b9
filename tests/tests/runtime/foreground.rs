//! The contract of `run_in_foreground`: what it takes, where it may be called,
//! and what it composes with.

use std::future::pending;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bridge::{Task, run_in_background, run_in_foreground, runtime};
use bridge_tests::{Clock, bounded, virtual_time};
use tokio::sync::{mpsc as channel, oneshot};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(3600);

// What it takes

#[test]
fn a_future_may_borrow() {
    bounded(|| {
        let mut words = vec!["a".to_owned()];
        let length = run_in_foreground(async {
            yield_now().await;
            words.push("b".to_owned());
            words.len()
        });
        assert_eq!((length, words), (2, vec!["a".to_owned(), "b".to_owned()]));
    });
}

#[test]
fn whatever_can_be_awaited() {
    struct Request(u32);
    impl IntoFuture for Request {
        type Output = u32;
        type IntoFuture = std::future::Ready<u32>;
        fn into_future(self) -> Self::IntoFuture {
            std::future::ready(self.0)
        }
    }
    bounded(|| assert_eq!(run_in_foreground(Request(3)), 3));
}

#[test]
#[should_panic(expected = "out of the future")]
fn a_panic_comes_out() {
    bounded(|| run_in_foreground(async { panic!("out of the future") }))
}

#[test]
fn tasks_advance_whatever_the_foreground_waits_for() {
    virtual_time(|clock, log| {
        let _a = run_in_background(log.call("a", 1));
        run_in_foreground(clock.sleep(0));
        log.expect(["0 S a"]);
        let b = run_in_background(log.call("b", 3));
        run_in_foreground(b);
        log.expect(["0 S b", "1 E a", "3 E b"]);
    });
}

// What it composes with

#[test]
fn a_time_limit() {
    bounded(|| {
        let slow = run_in_background(pending::<()>());
        let quick = run_in_background(async { 1 });
        let moment = Duration::from_millis(1);
        assert!(run_in_foreground(async { timeout(moment, slow).await }).is_err());
        assert_eq!(run_in_foreground(async { timeout(LONG, quick).await }), Ok(1));
    });
}

#[test]
fn join_and_select() {
    virtual_time(|clock, log| {
        let a = run_in_background(log.give("a", 2, 'a'));
        let b = run_in_background(log.give("b", 1, 'b'));
        assert_eq!(run_in_foreground(async { tokio::join!(a, b) }), ('a', 'b'));
        log.expect(["0 S a", "0 S b", "1 E b", "2 E a"]);

        // The loser goes on in the background, as its task was only dropped.
        let c = run_in_background(log.give("c", 9, 'c'));
        let d = run_in_background(log.give("d", 1, 'd'));
        let first = run_in_foreground(async {
            tokio::select! { c = c => c, d = d => d }
        });
        assert_eq!(first, 'd');
        run_in_foreground(clock.sleep(20));
        log.expect(["2 S c", "2 S d", "3 E d", "11 E c"]);
    });
}

#[test]
fn a_task_on_the_worker_threads() {
    bounded(|| {
        // It advances without any foreground.
        let (say, said) = mpsc::channel();
        let task = runtime().spawn(async move {
            yield_now().await;
            say.send("no foreground yet").unwrap();
            6 * 7
        });
        assert_eq!(said.recv().unwrap(), "no foreground yet");
        assert_eq!(run_in_foreground(task).unwrap(), 42);
    });
}

// Where it may be called

/// Calls `run_in_foreground` inside a future of `run_in_foreground`, so deep,
/// with a sleep on each level.
fn nested(clock: &Clock, depth: u64) -> u64 {
    run_in_foreground(async {
        clock.sleep(1).await;
        let below = if depth > 1 { nested(clock, depth - 1) } else { 0 };
        yield_now().await;
        below + 1
    })
}

#[test]
fn nested_once_and_a_hundred_deep() {
    virtual_time(|clock, log| {
        assert_eq!(nested(clock, 1), 1);
        assert_eq!(nested(clock, 100), 100);
        assert_eq!(clock.now(), 101);

        // Background tasks advance in the innermost one.
        let task = run_in_background(log.call("a", 50));
        assert_eq!(nested(clock, 100), 100);
        assert!(task.is_finished());
        log.expect(["101 S a", "151 E a"]);
    });
}

#[test]
fn an_outer_future_woken_inside_an_inner_foreground_is_not_forgotten() {
    virtual_time(|clock, log| {
        // Both are due while the inner foreground runs.
        let outer = log.call("outer", 2);
        let inner = async {
            clock.sleep(1).await;
            run_in_foreground(log.call("inner", 5));
        };
        run_in_foreground(async { tokio::join!(outer, inner) });
        log.expect(["0 S outer", "1 S inner", "6 E inner", "6 E outer"]);
    });
}

#[test]
fn inside_a_background_task() {
    virtual_time(|clock, log| {
        let task = run_in_background({
            let (clock, log) = (clock.clone(), log.clone());
            async move {
                log.push("task");
                let value = run_in_foreground(log.give("in the task", 2, 1));
                clock.sleep(1).await;
                value + 1
            }
        });
        let other = run_in_background(log.call("other", 1));
        assert_eq!(run_in_foreground(task), 2);
        assert!(other.is_finished());
        log.expect(["0 task", "0 S other", "0 S in the task", "1 E other", "2 E in the task"]);
    });
}

/// More messages than the budget of a tokio task lets through at once.
async fn a_thousand_messages() -> u32 {
    let (send, mut receive) = channel::unbounded_channel();
    (0..1000).for_each(|i| send.send(i).unwrap());
    drop(send);
    let mut sum = 0;
    while let Some(i) = receive.recv().await {
        sum += i;
    }
    sum
}

/// What a foreground has to be able to do wherever it is called.
fn exercise() {
    assert_eq!(run_in_foreground(async { 1 }), 1);
    run_in_foreground(yield_now());
    // `sleep` asks for a runtime when it is made, hence the block.
    run_in_foreground(async { sleep(Duration::from_millis(1)).await });
    assert_eq!(run_in_foreground(runtime().spawn(async { 2 })).unwrap(), 2);
    let callable = run_in_background(|| 3);
    assert_eq!(run_in_foreground(callable), 3);
    let future = run_in_background(async { 4 });
    assert_eq!(run_in_foreground(future), 4);
    let listener = run_in_foreground(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, connected) = run_in_foreground(async {
        tokio::join!(listener.accept(), tokio::net::TcpStream::connect(address))
    });
    assert_eq!(accepted.unwrap().1, connected.unwrap().local_addr().unwrap());
    assert_eq!(run_in_foreground(a_thousand_messages()), 499_500);
    let future = run_in_background(a_thousand_messages());
    assert_eq!(run_in_foreground(future), 499_500);
}

// The two functions are what `#[tokio::test]` makes of a test.

#[tokio::main(flavor = "current_thread")]
async fn in_a_current_thread_runtime(body: impl Future) {
    body.await;
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn in_a_multi_thread_runtime(body: impl Future) {
    body.await;
}

#[test]
fn on_any_thread() {
    bounded(exercise);
}

#[test]
fn inside_a_current_thread_runtime() {
    bounded(|| {
        in_a_current_thread_runtime(async {
            exercise();
            yield_now().await;
            tokio::spawn(async { exercise() }).await.unwrap();
        });
    });
}

#[test]
fn inside_a_multi_thread_runtime() {
    bounded(|| {
        in_a_multi_thread_runtime(async {
            exercise();
            tokio::spawn(async { exercise() }).await.unwrap();
            tokio::task::spawn_blocking(exercise).await.unwrap();
        });
    });
}

#[test]
fn inside_a_local_set() {
    bounded(|| {
        in_a_current_thread_runtime(async {
            let set = tokio::task::LocalSet::new();
            set.run_until(async { tokio::task::spawn_local(async { exercise() }).await.unwrap() })
                .await;
        });
    });
}

#[test]
fn inside_a_task_of_the_own_runtime() {
    bounded(|| run_in_foreground(runtime().spawn(async { exercise() })).unwrap());
}

#[test]
fn inside_a_callable() {
    bounded(|| {
        let callable = run_in_background(exercise);
        run_in_foreground(callable);
    });
}

#[test]
fn inside_a_destructor_while_unwinding() {
    struct OnDrop;
    impl Drop for OnDrop {
        fn drop(&mut self) {
            assert!(thread::panicking());
            exercise();
        }
    }
    bounded(|| {
        let unwinds = thread::spawn(|| {
            let _on_drop = OnDrop;
            panic!("unwinds");
        });
        unwinds.join().unwrap_err();
    });
}

// Wakes

#[test]
fn woken_by_another_thread() {
    bounded(|| {
        let (wake, woken) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let waker = thread::spawn(move || {
            is_ready.recv().unwrap();
            wake.send(1).unwrap();
        });
        let value = run_in_foreground(async {
            ready.send(()).unwrap(); // from inside the foreground
            woken.await.unwrap()
        });
        assert_eq!(value, 1);
        waker.join().unwrap();
    });
}

const WAKES: u32 = 20_000;

/// A thread that sends back each number that it gets, one at a time.
fn echo_thread() -> (mpsc::Sender<u32>, channel::UnboundedReceiver<u32>) {
    let (there, from_here) = mpsc::channel();
    let (back, here) = channel::unbounded_channel();
    thread::spawn(move || from_here.into_iter().try_for_each(|i| back.send(i)));
    (there, here)
}

#[test]
fn no_wake_of_a_foreground_is_lost() {
    bounded(|| {
        let (there, mut here) = echo_thread();
        run_in_foreground(async {
            for i in 0..WAKES / 2 {
                there.send(i).unwrap();
                assert_eq!(here.recv().await, Some(i));
            }
        });
        // The same with a foreground for each.
        for i in 0..WAKES / 2 {
            there.send(i).unwrap();
            assert_eq!(run_in_foreground(here.recv()), Some(i));
        }
    });
}

#[test]
fn no_wake_of_a_background_task_is_lost() {
    bounded(|| {
        let tasks: Vec<Task<()>> = (0..4)
            .map(|_| {
                let (there, mut here) = echo_thread();
                run_in_background(async move {
                    for i in 0..WAKES / 4 {
                        there.send(i).unwrap();
                        assert_eq!(here.recv().await, Some(i));
                    }
                })
            })
            .collect();
        run_in_foreground(async {
            for task in tasks {
                task.await;
            }
        });
    });
}

#[test]
fn no_wake_is_lost_to_a_nested_foreground() {
    bounded(|| {
        let (outer_there, mut outer_here) = echo_thread();
        let (inner_there, mut inner_here) = echo_thread();
        let (turn, mut turns) = channel::unbounded_channel();
        let outer = async {
            for i in 0..WAKES / 2 {
                assert_eq!(outer_here.recv().await, Some(i));
                turn.send(()).unwrap();
            }
        };
        let inner = async {
            for i in 0..WAKES / 2 {
                outer_there.send(i).unwrap();
                inner_there.send(i).unwrap();
                // The wake of `outer` may come while this one parks, which must
                // not keep it.
                assert_eq!(run_in_foreground(inner_here.recv()), Some(i));
                turns.recv().await.unwrap();
            }
        };
        run_in_foreground(async { tokio::join!(outer, inner) });
    });
}
