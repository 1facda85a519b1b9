//! The tools themselves: the clock advances wherever a `bridge` function waits,
//! and a failure says what it has to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use bridge::expansion::{asynchronous, sync};
use bridge::{Task, run_in_background, run_in_foreground};
use bridge_tests::{Clock, Log, bounded, virtual_time};

#[test]
fn joined_calls_of_a_synchronous_function() {
    virtual_time(|_, log| {
        let mut a = sync::background(log.give("a", 10, 1));
        let mut b = sync::background(log.give("b", 10, 2));
        let mut c = sync::background(log.give("c", 5, 3));
        sync::start((&mut a, (&mut b, (&mut c, ()))));
        let a = sync::foreground(a, (&mut b, (&mut c, ())), [0]);
        let b = sync::foreground(b, (&mut c, ()), [0]);
        let c = sync::foreground(c, (), [0]);
        assert_eq!((a, b, c), (1, 2, 3));
        // The siblings of a join are polled in the scan that ends it; at equal
        // deadlines the second has not been woken by then, and ends just after.
        log.expect(["0 S a", "0 S b", "0 S c", "5 E c", "10 E a", "10 E b"]);
    });
}

#[test]
fn a_synchronous_function_inside_a_call() {
    virtual_time(|_, log| {
        let inner = || {
            let mut c = sync::background(log.give("c", 3, 1));
            sync::start((&mut c, ()));
            sync::foreground(c, (), [0])
        };
        let mut a = sync::background(log.trace("a", async {
            log.call("b", 2).await;
            inner()
        }));
        sync::start((&mut a, ()));
        assert_eq!(sync::foreground(a, (), [0]), 1);
        log.expect(["0 S a", "0 S b", "2 E b", "2 S c", "5 E c", "5 E a"]);
    });
}

#[test]
fn joined_calls_of_an_async_function() {
    async fn pair(log: &Log) -> u32 {
        let mut a = asynchronous::background(log.give("a", 10, 1));
        let mut b = asynchronous::background(log.give("b", 10, 2));
        let mut task = asynchronous::task();
        task.polled().await.start((&mut a, (&mut b, ())));
        while task.polled().await.runs(&mut a, (&mut b, ())) {}
        let a = asynchronous::foreground(a, [0]);
        while task.polled().await.runs(&mut b, ()) {}
        let b = asynchronous::foreground(b, [0]);
        a + b
    }
    virtual_time(|_, log| {
        assert_eq!(run_in_foreground(pair(log)), 3);
        log.expect(["0 S a", "0 S b", "10 E a", "10 E b"]);
    });

    // The same future is `Send`, and the clock runs under another executor.
    bounded(|| {
        let clock = Clock::new();
        let log = Log::new(&clock);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let sum = runtime.block_on({
            let log = log.clone();
            async move {
                tokio::spawn(async move {
                    tokio::select! {
                        biased;
                        sum = pair(&log) => sum,
                        never = clock.run() => match never {},
                    }
                })
                .await
            }
        });
        assert_eq!(sum.unwrap(), 3);
        log.expect(["0 S a", "0 S b", "10 E a", "10 E b"]);
    });
}

#[test]
fn ties_go_by_registration() {
    virtual_time(|clock, log| {
        let late = run_in_background({
            let (clock, log) = (clock.clone(), log.clone());
            async move {
                clock.sleep(1).await;
                log.call("late", 1).await;
            }
        });
        let early = run_in_background(log.call("early", 2));
        run_in_foreground(async { tokio::join!(late, early) });
        log.expect(["0 S early", "1 S late", "2 E early", "2 E late"]);
    });
}

#[test]
fn consequences_come_before_the_next_sleeper() {
    virtual_time(|clock, log| {
        // "a" ends at 1 and hands on to "b", which registers for the same tick
        // as "c"; it is later, and still all of it happens before 2.
        let a = run_in_background(log.call("a", 1));
        let b = run_in_background({
            let log = log.clone();
            async move {
                a.await;
                log.call("b", 0).await;
            }
        });
        let c = run_in_background(log.call("c", 1));
        let d = run_in_background(log.call("d", 2));
        run_in_foreground(async { tokio::join!(b, c, d) });
        log.expect(["0 S a", "0 S c", "0 S d", "1 E a", "1 S b", "1 E c", "1 E b", "2 E d"]);
        assert_eq!(clock.now(), 2);
    });
}

#[test]
fn time_by_hand() {
    virtual_time(|clock, log| {
        let tasks: Vec<Task<()>> = [("a", 5), ("b", 3), ("c", 8)]
            .map(|(name, ticks)| run_in_background(log.call(name, ticks)))
            .into();
        run_in_foreground(clock.sleep(0));
        log.expect(["0 S a", "0 S b", "0 S c"]);
        clock.set(6);
        run_in_foreground(clock.sleep(0));
        log.expect(["6 E b", "6 E a"]);
        clock.advance_by(1);
        assert_eq!(clock.now(), 7);
        run_in_foreground(async {
            for task in tasks {
                task.await;
            }
        });
        log.expect(["8 E c"]);
    });
}

#[test]
fn a_dropped_sleep_holds_nothing() {
    virtual_time(|clock, log| {
        let long = log.call("long", 1000);
        run_in_foreground(async {
            tokio::select! { biased; () = long => (), () = clock.sleep(1) => () }
        });
        run_in_foreground(clock.sleep(1));
        log.expect(["0 S long", "1 D long"]);
        assert_eq!(clock.now(), 2);
    });
}

#[test]
fn a_panic_is_logged() {
    virtual_time(|_, log| {
        let panics = log.trace("a", async { panic!("a") });
        let ended: Result<(), _> = catch_unwind(AssertUnwindSafe(|| run_in_foreground(panics)));
        ended.unwrap_err();
        log.expect(["0 S a", "0 P a"]);
    });
}

#[test]
fn what_never_started_logs_nothing() {
    virtual_time(|_, log| {
        drop(log.call("a", 1));
        let mut polled = std::pin::pin!(log.call("b", 1));
        run_in_foreground(std::future::poll_fn(|cx| {
            assert!(polled.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        }));
        log.expect(["0 S b"]);
    });
}

#[test]
#[should_panic(expected = "  > 0 two     0 2\n  > 0 three")]
fn a_difference_is_shown_line_by_line() {
    let log = Log::new(&Clock::new());
    log.push("one");
    log.push(2);
    log.expect(["0 one", "0 two", "0 three"]);
}

#[test]
#[should_panic(expected = "cannot go back to 3")]
fn time_does_not_go_back() {
    let clock = Clock::new();
    clock.set(4);
    clock.set(3);
}
