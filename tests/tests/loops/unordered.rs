//! `#[background(limit = N, unordered)]`: whichever iteration is ready has its turn.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bridge::{background, run_in_foreground};
use bridge_tests::{Clock, Log, both_forms, virtual_time};
use futures_util::{StreamExt, stream};
use tokio::sync::Notify;

type Result<T> = std::result::Result<T, &'static str>;

async fn answer(log: &Log, n: u64, ticks: u64, fails: bool) -> Result<u64> {
    log.give(&n.to_string(), ticks, if fails { Err("failed") } else { Ok(n) }).await
}

/// The rest of an iteration runs when its calls have ended, and the next one begins then.
#[test]
fn rests_run_as_calls_end() {
    both_forms!(body, |log| -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 2, unordered)]
        for (at, ticks) in [30, 10, 10, 20].into_iter().enumerate() {
            let x = log.give(&at.to_string(), ticks, ticks).await;
            log.push(format!("rest {at}"));
            found.push(x);
        }
        found
    });
    let story = [
        "0 S 0",
        "0 S 1",
        "10 E 1",
        "10 rest 1",
        "10 S 2",
        "20 E 2",
        "20 rest 2",
        "20 S 3",
        "30 E 0",
        "30 rest 0",
        "40 E 3",
        "40 rest 3",
    ];
    virtual_time(move |_, log| {
        assert_eq!(body(log), [10, 10, 30, 20]);
        log.expect(story);
    });
    virtual_time(move |_, log| {
        assert_eq!(run_in_foreground(body::awaited(log)), [10, 10, 30, 20]);
        log.expect(story);
    });
}

/// The first error that happens comes out, and cancels the others.
#[test]
fn the_first_error_in_time() {
    both_forms!(body, |log| -> Result<u64> {
        let mut sum = 0;
        #[background(limit = 4, unordered)]
        for n in 0..4 {
            sum += answer(log, n, 40 - 10 * n, n == 1).await?;
            log.push(format!("rest {n}"));
        }
        Ok(sum)
    });
    let story = [
        "0 S 0",
        "0 S 1",
        "0 S 2",
        "0 S 3",
        "10 E 3",
        "10 rest 3",
        "20 E 2",
        "20 rest 2",
        "30 E 1",
        "30 D 0",
    ];
    virtual_time(move |_, log| {
        assert_eq!(body(log), Err("failed"));
        log.expect(story);
    });
    virtual_time(move |_, log| {
        assert_eq!(run_in_foreground(body::awaited(log)), Err("failed"));
        log.expect(story);
    });
}

/// An error that happens while the rest of another iteration runs comes out right after that,
/// ahead of those that have ended well.
#[test]
fn an_error_comes_ahead_of_other_turns() {
    both_forms!(body, |log| -> Result<Vec<u64>> {
        let mut found = Vec::new();
        #[background(limit = 3, unordered)]
        for (n, ticks) in [(0, 10), (1, 12), (2, 15)] {
            let x = answer(log, n, ticks, n == 2).await?;
            log.push(format!("rest {n}"));
            log.give("in it", 10, ()).await;
            found.push(x);
        }
        Ok(found)
    });
    let story = [
        "0 S 0",
        "0 S 1",
        "0 S 2",
        "10 E 0",
        "10 rest 0",
        "10 S in it",
        "12 E 1",
        "15 E 2",
        "20 E in it",
    ];
    virtual_time(move |clock, log| {
        assert_eq!((body(log), clock.now()), (Err("failed"), 20));
        log.expect(story);
    });
    virtual_time(move |clock, log| {
        assert_eq!((run_in_foreground(body::awaited(log)), clock.now()), (Err("failed"), 20));
        log.expect(story);
    });
}

async fn panicking(log: &Log, n: u64) -> u64 {
    assert!(log.give("call", n, n).await > 10, "in the call");
    n
}

/// So does a panic, of a call or of the iterator.
#[test]
fn a_panic_comes_ahead_of_other_turns() {
    both_forms!(of_a_call, |log| -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 3, unordered)]
        for n in [20, 10] {
            let x = panicking(log, n).await;
            found.push(x);
        }
        found
    });
    both_forms!(of_the_iterator, |log| -> Vec<u64> {
        let mut found = Vec::new();
        let items = (0..3).inspect(|n| assert!(*n < 2, "in the iterator"));
        #[background(limit = 3, unordered)]
        for n in items {
            let x = log.give("call", 10, n).await;
            found.push(x);
        }
        found
    });
    let message = |run: fn(&Log) -> Vec<u64>| {
        virtual_time(move |clock, log| {
            let panic = catch_unwind(AssertUnwindSafe(|| run(log))).unwrap_err();
            let static_text = panic.downcast_ref::<&str>().map(ToString::to_string);
            (static_text.or_else(|| panic.downcast_ref::<String>().cloned()), clock.now())
        })
    };
    let of_call = |time| (Some("in the call".to_owned()), time);
    assert_eq!(message(of_a_call), of_call(10));
    assert_eq!(message(|log| run_in_foreground(of_a_call::awaited(log))), of_call(10));
    let of_iterator = (Some("in the iterator".to_owned()), 0);
    assert_eq!(message(of_the_iterator), of_iterator);
    assert_eq!(message(|log| run_in_foreground(of_the_iterator::awaited(log))), of_iterator);
}

/// `break`, `continue` and heads are as in order.
#[test]
fn leaving_and_skipping() {
    both_forms!(body, |log| -> (Vec<u64>, Vec<u64>) {
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        #[background(limit = 8, unordered)]
        for n in 0..8 {
            let Ok(x) = answer(log, n, 100 - 10 * n, n % 2 == 0).await else {
                failed.push(n);
                continue;
            };
            found.push(x);
            if found.len() == 3 {
                break;
            }
        }
        (found, failed)
    });
    let expected = ((vec![7, 5, 3], vec![6, 4]), 70);
    let left = expected.clone();
    virtual_time(move |clock, log| assert_eq!((body(log), clock.now()), left));
    virtual_time(move |clock, log| {
        assert_eq!((run_in_foreground(body::awaited(log)), clock.now()), expected);
    });
}

/// A thousand addresses, one in ten of them slow: the time of `buffer_unordered`, to the tick,
/// and less than in order.
#[test]
fn a_thousand_addresses() {
    async fn fetch(clock: &Clock, n: u64) -> u64 {
        clock.sleep(if n.is_multiple_of(10) { 100 } else { 7 + n % 5 }).await;
        n
    }

    #[background]
    fn in_order(clock: &Clock) -> u64 {
        let mut sum = 0;
        #[background(limit = 16)]
        for n in 0..1000 {
            sum += fetch(clock, n).await;
        }
        sum
    }

    #[background]
    fn unordered(clock: &Clock) -> u64 {
        let mut sum = 0;
        #[background(limit = 16, unordered)]
        for n in 0..1000 {
            sum += fetch(clock, n).await;
        }
        sum
    }

    async fn by_hand(clock: &Clock) -> u64 {
        let all = stream::iter(0..1000).map(|n| fetch(clock, n)).buffer_unordered(16);
        all.fold(0, async |sum, n| sum + n).await
    }

    let time = |run: fn(&Clock) -> u64| {
        virtual_time(move |clock, _| {
            assert_eq!(run(clock), 499_500);
            clock.now()
        })
    };
    let hand = time(|clock| run_in_foreground(by_hand(clock)));
    assert_eq!(time(unordered), hand);
    assert!(time(in_order) > hand);
}

async fn told_of_failure(told: &Notify, n: u64) -> Result<u64> {
    if n == 0 {
        told.notified().await;
        return Err("failed");
    }
    Ok(n)
}

/// Nothing but what begins is ready at once: the failure of the first call, of which the rest of the
/// second one is the cause, comes out ahead of all other rests.
#[test]
fn an_error_comes_ahead_of_iterations_that_are_ready_at_once() {
    both_forms!(body, |log| -> Result<u64> {
        let told = Notify::new();
        let mut sum = 0;
        #[background(limit = 2, unordered)]
        for n in 0..100 {
            sum += told_of_failure(&told, n).await?;
            log.push(format!("rest {n}"));
            told.notify_one();
        }
        Ok(sum)
    });
    virtual_time(|_, log| {
        assert_eq!(body(log), Err("failed"));
        log.expect(["0 rest 1"]);
    });
    virtual_time(|_, log| {
        assert_eq!(run_in_foreground(body::awaited(log)), Err("failed"));
        log.expect(["0 rest 1"]);
    });
}

async fn told_to_go_on(log: &Log, told: &Notify, n: u64) -> u64 {
    if n == 60 {
        told.notified().await;
        log.push("goes on");
    }
    n
}

/// What has been woken goes on beside rests whose turn has come, in order too.
#[test]
fn calls_go_on_beside_iterations_that_are_ready_at_once() {
    both_forms!(body, |log| -> u64 {
        let told = Notify::new();
        let mut sum = 0;
        #[background(limit = 64)]
        for n in 0..100 {
            sum += told_to_go_on(log, &told, n).await;
            log.push(format!("rest {n}"));
            told.notify_one();
        }
        sum
    });
    let goes_on_soon = |log: &Log| {
        let at = log.take().iter().position(|entry| entry == "0 goes on");
        assert!(at.is_some_and(|at| at < 20), "{at:?}");
    };
    virtual_time(move |_, log| {
        assert_eq!(body(log), 4950);
        goes_on_soon(log);
    });
    virtual_time(move |_, log| {
        assert_eq!(run_in_foreground(body::awaited(log)), 4950);
        goes_on_soon(log);
    });
}
