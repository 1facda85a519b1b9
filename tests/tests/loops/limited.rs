//! Loops with a limit: `#[background(limit = N)] for`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bridge::{background, run_in_foreground};
use bridge_tests::{Clock, Log, virtual_time};
use tokio::sync::Semaphore;

type Result<T> = std::result::Result<T, &'static str>;

/// Two at a time: the next begins with the end of the first, whose rest has run
/// by then.
#[test]
fn the_calls_overlap_and_the_rest_is_in_order() {
    #[background]
    fn body(log: &Log) -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 2)]
        for (at, ticks) in [30, 10, 10].into_iter().enumerate() {
            let x = log.give(&format!("{at}"), ticks, ticks).await;
            log.push(format!("rest {at}"));
            found.push(x);
        }
        found
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), [30, 10, 10]);
        log.expect([
            "0 S 0",
            "0 S 1",
            "10 E 1",
            "30 E 0",
            "30 rest 0",
            "30 S 2",
            "30 rest 1",
            "40 E 2",
            "40 rest 2",
        ]);
    });
}

/// A thousand iterations: as many in flight as may be, at every moment, in no more
/// time than that takes.
#[test]
fn a_thousand_at_a_limit_of_sixteen() {
    struct InFlight<'a>(&'a Cell<usize>);
    impl Drop for InFlight<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }
    async fn call(clock: &Clock, flight: &Cell<usize>, peak: &Cell<usize>, n: u64) -> u64 {
        let _one = InFlight(flight);
        flight.set(flight.get() + 1);
        peak.set(peak.get().max(flight.get()));
        clock.sleep(10).await;
        n
    }
    #[background]
    fn body(clock: &Clock, flight: &Cell<usize>, peak: &Cell<usize>) -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 16)]
        for n in 0..1000 {
            let x = call(clock, flight, peak, n).await;
            found.push(x);
        }
        found
    }
    virtual_time(|clock, _| {
        let (flight, peak) = (Cell::new(0), Cell::new(0));
        assert_eq!(body(clock, &flight, &peak), (0..1000).collect::<Vec<_>>());
        assert_eq!((flight.get(), peak.get()), (0, 16));
        assert_eq!(clock.now(), 1000_u64.div_ceil(16) * 10);
    });
}

/// The ideal times of loops as they are typed first: eight calls of 10, four at a time.
#[test]
fn heads_take_no_longer_than_their_calls() {
    #[background]
    fn pushes(log: &Log) -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 4)]
        for n in 0..8 {
            found.push(log.give("call", 10, n).await);
        }
        found
    }
    #[background]
    fn skips(log: &Log) -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 4)]
        for n in 0..8 {
            let Some(x) = log.give("call", 10, Some(n).filter(|n| n % 2 == 0)).await else {
                continue;
            };
            found.push(x);
        }
        found
    }
    #[background]
    fn collects_failures(log: &Log) -> Vec<u64> {
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        #[background(limit = 4)]
        for n in 0..8 {
            let x = match log.give("call", 10, if n < 5 { Ok(n) } else { Err(n) }).await {
                Ok(x) => x,
                Err(error) => {
                    failed.push(error);
                    continue;
                }
            };
            found.push(x);
        }
        found.append(&mut failed);
        found
    }
    #[background]
    fn sums(log: &Log) -> Vec<u64> {
        let mut sum = 0;
        #[background(limit = 4)]
        for n in 0..8 {
            sum += log.give("call", 10, n).await;
        }
        vec![sum]
    }
    #[background]
    fn statements(log: &Log) -> Vec<u64> {
        #[background(limit = 4)]
        for n in 0..8 {
            log.give("call", 10, n).await;
        }
        Vec::new()
    }
    #[background]
    fn skips_ahead(log: &Log) -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 4)]
        for n in 0..16 {
            if n % 2 == 1 {
                continue;
            }
            found.push(log.give("call", 10, n).await);
        }
        found
    }
    #[background]
    fn fills(log: &Log) -> Vec<u64> {
        let mut found = vec![9; 8];
        #[background(limit = 4)]
        for n in 0..8 {
            found[n as usize] = log.give("call", 10, n).await;
        }
        found
    }
    #[background]
    fn fills_behind_references(log: &Log) -> Vec<u64> {
        let mut found = vec![0, 10, 20, 30, 40, 50, 60, 70];
        #[background(limit = 4)]
        for n in &mut found {
            *n = log.give("call", 10, *n / 10).await;
        }
        found
    }
    #[background]
    fn fills_entries(log: &Log) -> Vec<u64> {
        let mut found = BTreeMap::new();
        #[background(limit = 4)]
        for n in 0..8 {
            found.entry(n % 5).or_insert(log.give("call", 10, n).await);
        }
        found.into_values().collect()
    }
    #[background]
    fn prints(log: &Log) -> Vec<u64> {
        #[background(limit = 4)]
        for n in 0..8 {
            println!("{n}: {}", log.give("call", 10, n).await);
        }
        Vec::new()
    }
    let run = |body: fn(&Log) -> Vec<u64>| virtual_time(move |clock, log| (body(log), clock.now()));
    let all: Vec<u64> = (0..8).collect();
    assert_eq!(run(fills), (all.clone(), 20));
    assert_eq!(run(fills_behind_references), (all.clone(), 20));
    assert_eq!(run(fills_entries), (vec![0, 1, 2, 3, 4], 20));
    assert_eq!(run(prints), (vec![], 20));
    assert_eq!(run(pushes), (all.clone(), 20));
    assert_eq!(run(skips), (vec![0, 2, 4, 6], 20));
    assert_eq!(run(collects_failures), (all, 20));
    assert_eq!(run(sums), (vec![28], 20));
    assert_eq!(run(statements), (vec![], 20));
    // What is skipped holds a place until its turn.
    assert_eq!(run(skips_ahead), ((0..16).step_by(2).collect(), 40));
}

/// Bindings that depend on each other are planned like any other, in each
/// iteration.
#[test]
fn the_leading_bindings_have_a_plan() {
    #[background]
    fn body(log: &Log) -> Result<u64> {
        let mut sum = 0;
        #[background(limit = 4)]
        for n in 0..4_u64 {
            let name = format!("{n}");
            let a = log.give(&name, 10, Ok(n)).await?;
            let b = log.give("b", 10, n).await;
            let c = log.give("c", 10, a + b).await;
            sum += c;
        }
        Ok(sum)
    }
    virtual_time(|clock, log| {
        assert_eq!(body(log), Ok(12));
        assert_eq!(clock.now(), 20, "{:?}", log.take());
    });
}

/// Iterations go on while the rest of one waits: in place, in a call, in an
/// operand, under a branch, in a loop inside.
#[test]
fn the_rest_waits_beside_them() {
    #[background]
    fn body(clock: &Clock, log: &Log) -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 2)]
        for n in 0..2 {
            let x = steps(clock, n).await;
            log.call("in place", 10).await;
            let a = log.give("a", 10, x).await;
            let b = log.give("b", 10, x).await;
            found.push(a + b);
            if n == 0 {
                found.push(log.give("c", 5, 1).await + log.give("d", 5, 2).await);
                for _ in 0..2 {
                    log.call("inner", 5).await;
                }
            }
        }
        found
    }
    /// 10 steps for the first, 45 for the others.
    async fn steps(clock: &Clock, n: u64) -> u64 {
        let steps = if n == 0 { 10 } else { 45 };
        for _ in 0..steps {
            clock.sleep(1).await;
        }
        n
    }
    virtual_time(|clock, log| {
        assert_eq!(body(clock, log), [0, 3, 2]);
        assert_eq!(clock.now(), 45 + 20, "{:?}", log.take());
    });
}

/// With a limit of 1 the loop is its serial twin.
#[test]
fn one_at_a_time_is_serial() {
    macro_rules! body {
        ($attribute:meta, $name:ident) => {
            #[$attribute]
            fn $name(log: &Log) -> Result<u64> {
                let mut sum = 0;
                #[background(limit = 1)]
                for n in log_each(log, 3) {
                    let a = log.give("a", 10, Ok(n)).await?;
                    log.push("rest");
                    sum += a + log.give("b", 5, 1).await;
                }
                Ok(sum)
            }
        };
    }
    body!(background, overlapping);
    body!(background(serial), serial);
    fn log_each(log: &Log, end: u64) -> impl Iterator<Item = u64> {
        (0..end).inspect(|n| log.push(format!("next {n}")))
    }
    virtual_time(|_, log| {
        assert_eq!(overlapping(log), Ok(6));
        let ours: Vec<String> = log.take().iter().map(|entry| event(entry)).collect();
        assert_eq!(serial(log), Ok(6));
        let twin: Vec<String> = log.take().iter().map(|entry| event(entry)).collect();
        assert_eq!(ours, twin);
    });
}

fn event(entry: &str) -> String {
    entry.split_once(' ').map_or(entry, |(_, event)| event).to_owned()
}

/// An error comes out in the turn of its iteration, whatever failed first; what
/// runs ahead is cancelled.
#[test]
fn an_error_waits_for_its_turn() {
    #[background]
    fn body(log: &Log, done: &mut Vec<u64>) -> Result<()> {
        #[background(limit = 4)]
        for (n, ticks) in [20, 10, 1, 50].into_iter().enumerate() {
            let found = if n == 1 { Err("second") } else { Err("third") };
            let found = if n == 0 { Ok(ticks) } else { found };
            let x = log.give(&n.to_string(), ticks, found).await?;
            done.push(x);
        }
        Ok(())
    }
    virtual_time(|_, log| {
        let mut done = Vec::new();
        assert_eq!(body(log, &mut done), Err("second"));
        assert_eq!(done, [20]);
        log.expect(["0 S 0", "0 S 1", "0 S 2", "0 S 3", "1 E 2", "10 E 1", "20 E 0", "20 D 3"]);
    });
}

/// Leaving the loop cancels what runs ahead, the last first; `continue` does not.
#[test]
fn break_cancels_what_runs_ahead() {
    #[background]
    fn body(log: &Log) -> u64 {
        let mut last = 0;
        #[background(limit = 3)]
        'all: for n in 0.. {
            let x = log.give(&n.to_string(), 10 + n, n).await;
            if x == 0 {
                continue 'all;
            }
            last = x;
            if x == 1 {
                break 'all;
            }
        }
        last
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 1);
        log.expect(["0 S 0", "0 S 1", "0 S 2", "10 E 0", "10 S 3", "11 E 1", "11 D 3", "11 D 2"]);
    });
}

/// The iterator is at most so far ahead, and no further than its end.
#[test]
fn the_iterator_is_at_most_the_limit_ahead() {
    #[background]
    fn body(log: &Log, limit: usize, taken: &Cell<u64>) {
        #[background(limit = limit / 2)]
        for n in (0..5).inspect(|n| taken.set(*n)) {
            let x = log.give("x", 10, n).await;
            log.push(format!("at {x}, taken {}", taken.get()));
        }
    }
    virtual_time(|_, log| {
        body(log, 6, &Cell::new(0));
        let seen: Vec<_> = log.take().iter().map(|entry| event(entry)).collect();
        let rests: Vec<_> = seen.iter().filter(|event| event.starts_with("at")).collect();
        assert_eq!(
            rests,
            ["at 0, taken 2", "at 1, taken 3", "at 2, taken 4", "at 3, taken 4", "at 4, taken 4"]
        );
    });
}

/// The panic of an iterator comes out when the iterations before it have run.
#[test]
fn an_iterator_that_panics() {
    #[background]
    fn body(log: &Log, done: &mut Vec<u64>) {
        #[background(limit = 4)]
        for n in (0..4).inspect(|n| assert!(*n < 2, "the third item")) {
            let x = log.give("x", 10, n).await;
            done.push(x);
        }
    }
    virtual_time(|clock, log| {
        let mut done = Vec::new();
        let panic = catch_unwind(AssertUnwindSafe(|| body(log, &mut done))).expect_err("it panics");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the third item"));
        assert_eq!((done, clock.now()), (vec![0, 1], 10));
    });
}

/// So does that of a call; what runs ahead is cancelled.
#[test]
fn a_call_that_panics() {
    #[background]
    fn body(log: &Log, done: &mut Vec<u64>) {
        #[background(limit = 4)]
        for n in 0..4 {
            let x = log.trace("x", fails(log, n)).await;
            done.push(x);
        }
    }
    async fn fails(log: &Log, n: u64) -> u64 {
        assert!(n != 1, "the second item");
        log.call("inside", 10 * n).await;
        n
    }
    virtual_time(|_, log| {
        let mut done = Vec::new();
        let panic = catch_unwind(AssertUnwindSafe(|| body(log, &mut done))).expect_err("it panics");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the second item"));
        assert_eq!(done, [0]);
        let seen: Vec<_> = log.take().iter().map(|entry| event(entry)).collect();
        // The others were dropped, the last first.
        assert_eq!(seen[seen.len() - 4..], ["D x", "D inside", "D x", "D inside"]);
    });
}

/// A limit of 0 that only shows when it runs.
#[test]
fn no_iteration_at_a_time() {
    #[background]
    fn body(log: &Log, limit: usize) {
        #[background(limit = limit)]
        for n in 0..4 {
            let x = log.give("x", 10, n).await;
            log.push(x);
        }
    }
    virtual_time(|_, log| {
        let panic = catch_unwind(AssertUnwindSafe(|| body(log, 0))).expect_err("it panics");
        let message = panic.downcast_ref::<&str>().expect("it says so");
        assert!(message.contains("limit"), "{message}");
        log.expect([]);
    });
}

/// What the leading calls still hold is dropped after what the rest uses, and
/// before the next iteration begins.
#[test]
fn what_an_iteration_holds_lives_as_long_as_it() {
    #[background]
    fn body(log: &Log) {
        #[background(limit = 2)]
        for item in [log.droppable("item 0"), log.droppable("item 1"), log.droppable("item 2")] {
            let held = log.droppable("held");
            let found = log.give("x", 10, log.droppable("found")).await;
            let size = std::mem::size_of_val(&held);
            log.push(format!("rest {}", size > 0));
            let _ = &found;
            log.push("end");
            let _ = &item;
        }
    }
    virtual_time(|_, log| {
        body(log);
        let seen: Vec<_> = log.take().iter().map(|entry| event(entry)).collect();
        let first_drop = seen.iter().position(|event| event == "D found").expect("it is dropped");
        let end = seen.iter().position(|event| event == "end").expect("it ends");
        assert!(end < first_drop, "{seen:?}");
    });
}

/// Moved items, borrowed ones, changed ones; disjoint fields of `self`.
#[test]
fn items_and_places() {
    struct Store {
        log: Log,
        seen: Vec<String>,
        total: usize,
    }
    impl Store {
        #[background]
        fn fill(&mut self, names: Vec<String>, sizes: &mut [(u64, usize)]) -> Result<usize> {
            #[background(limit = 2)]
            for name in names {
                let size = self.log.give(&name, 10, Ok(name.len())).await?;
                self.seen.push(name);
                self.total += size;
            }
            #[background(limit = 3)]
            for (ticks, size) in sizes.iter_mut() {
                let more = self.log.give("more", *ticks, *ticks).await;
                *size += more as usize;
            }
            #[background(limit = 8)]
            for mut name in self.seen.clone() {
                let mut tail = self.log.give("tail", 1, String::from("!")).await;
                tail.push('?');
                name.push_str(&tail);
                self.seen.push(name);
            }
            Ok(self.total)
        }
    }
    virtual_time(|clock, log| {
        let mut store = Store { log: log.clone(), seen: Vec::new(), total: 0 };
        let mut sizes = [(10, 1), (20, 2)];
        let names = vec!["a".to_owned(), "bc".to_owned()];
        assert_eq!(store.fill(names, &mut sizes), Ok(3));
        assert_eq!(store.seen, ["a", "bc", "a!?", "bc!?"]);
        assert_eq!(sizes, [(10, 11), (20, 22)]);
        assert_eq!(clock.now(), 10 + 20 + 1);
    });
}

/// A loop in the rest of a loop: both go on while the inner rest waits.
#[test]
fn a_loop_inside_a_loop() {
    #[background]
    fn body(log: &Log) -> Vec<u64> {
        let mut found = Vec::new();
        #[background(limit = 2)]
        for n in 0..2_u64 {
            let iterations = log.give("outer", 10 + 20 * n, n).await;
            #[background(limit = 2)]
            for m in 0..2 {
                let values = log.give("inner", 10, iterations + m).await;
                log.call("wait", 5).await;
                let iteration = log.give("last", 1, values).await;
                found.push(iteration);
            }
        }
        found
    }
    virtual_time(|clock, log| {
        assert_eq!(body(log), [0, 1, 1, 2]);
        // 10, inner 10, 2 · 6; the second outer call has ended at 30.
        assert_eq!(clock.now(), 32 + 22, "{:?}", log.take());
    });
}

/// The same on an `async fn`, whose future is `Send`.
#[test]
fn on_an_async_function() {
    #[background]
    async fn body(log: &Log, names: &[String]) -> Result<Vec<usize>> {
        let mut sizes = Vec::new();
        #[background(limit = 2)]
        for name in names {
            let size = log.give(name, 10, Ok(name.len())).await?;
            log.call("rest", 5).await;
            sizes.push(size);
        }
        Ok(sizes)
    }
    fn send<T: Send>(value: T) -> T {
        value
    }
    virtual_time(|_, log| {
        let names = ["a".to_owned(), "bc".to_owned(), "def".to_owned()];
        assert_eq!(run_in_foreground(send(body(log, &names))), Ok(vec![1, 2, 3]));
        log.expect([
            "0 S a",
            "0 S bc",
            "10 E a",
            "10 S rest",
            "10 E bc",
            "15 E rest",
            "15 S def",
            "15 S rest",
            "20 E rest",
            "25 E def",
            "25 S rest",
            "30 E rest",
        ]);
        // Dropped half-way, it drops what it has started.
        let mut half = Box::pin(body(log, &names));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(half.as_mut().poll(&mut cx).is_pending());
        drop(half);
        log.expect(["30 S a", "30 S bc", "30 D bc", "30 D a"]);
    });
}

/// Of two places each iteration takes one first, and keeps it to its end: the first in order
/// always gets on.
#[test]
fn a_permit_that_is_taken_first_leads() {
    macro_rules! body {
        ($attribute:meta, $name:ident) => {
            #[$attribute]
            fn $name(log: &Log, places: &Semaphore) -> Vec<u64> {
                let mut found = Vec::new();
                #[background(limit = 4)]
                for (n, ticks) in [10, 20, 10, 20, 10].into_iter().enumerate() {
                    let permit = places.acquire().await.expect("it is open");
                    let x = log.give(&n.to_string(), ticks, ticks).await;
                    found.push(x);
                    drop(permit);
                }
                found
            }
        };
    }
    body!(background, overlapping);
    body!(background(serial), serial);
    virtual_time(|clock, log| {
        let places = Semaphore::new(2);
        let found = overlapping(log, &places);
        log.expect([
            "0 S 0", "0 S 1", "10 E 0", "10 S 2", "20 E 1", "20 S 3", "20 E 2", "20 S 4", "30 E 4",
            "40 E 3",
        ]);
        assert_eq!((clock.now(), places.available_permits()), (40, 2));
        assert_eq!(found, serial(log, &places));
    });
}

/// What is given back before the turn may be taken in the rest too.
#[test]
fn a_permit_in_a_block_leads() {
    #[background]
    fn body(log: &Log, places: &Semaphore) -> u64 {
        let mut sum = 0;
        #[background(limit = 4)]
        for n in 0..4 {
            let a = log.give("a", 5, n).await;
            let b = {
                let _permit = places.acquire().await.expect("it is open");
                log.give("b", 10, a).await
            };
            let _permit = places.acquire().await.expect("it is open");
            sum += log.give("c", 1, b).await;
        }
        sum
    }
    virtual_time(|clock, log| {
        assert_eq!(body(log, &Semaphore::new(1)), 6);
        assert_eq!(clock.now(), 49, "{:?}", log.take());
    });
}

/// That iterations overlap, the marker says; within one what acts keeps its order.
#[test]
fn what_acts_overlaps_with_other_iterations_only() {
    #[background]
    fn body(log: &Log) -> u64 {
        let mut sum = 0;
        #[background(limit = 2)]
        for n in 0..2 {
            let id = insert(log, n).await;
            let count = log.give(&format!("count {n}"), 10, 1).await;
            sum += id + count;
        }
        sum
    }
    async fn insert(log: &Log, n: u64) -> u64 {
        log.give(&format!("insert {n}"), 10, n).await
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 3);
        log.expect([
            "0 S insert 0",
            "0 S insert 1",
            "10 E insert 0",
            "10 S count 0",
            "10 E insert 1",
            "10 S count 1",
            "20 E count 0",
            "20 E count 1",
        ]);
    });
}

/// A function that waits by itself drives no iteration: before it runs, all that run ahead come
/// to their ends, and none begins.
#[test]
fn the_foreground_of_a_rest_has_nothing_beside_it() {
    macro_rules! body {
        ($name:ident, $($asynchronous:tt)?) => {
            #[background]
            $($asynchronous)? fn $name(log: &Log) -> u64 {
                let mut sum = 0;
                #[background(limit = 2)]
                for (n, ticks) in [10, 30, 10].into_iter().enumerate() {
                    let x = log.give(&n.to_string(), ticks, ticks).await;
                    log.push(format!("rest {n}"));
                    #[foreground]
                    audit(log);
                    sum += x;
                }
                sum
            }
        };
    }
    body!(blocking,);
    body!(asynchronous, async);
    fn audit(log: &Log) {
        run_in_foreground(log.call("audit", 5));
    }
    let expected = [
        "0 S 0",
        "0 S 1",
        "10 E 0",
        "10 rest 0",
        "30 E 1",
        "30 S audit",
        "35 E audit",
        "35 S 2",
        "35 rest 1",
        "45 E 2",
        "45 S audit",
        "50 E audit",
        "50 rest 2",
        "50 S audit",
        "55 E audit",
    ];
    virtual_time(move |_, log| {
        assert_eq!(blocking(log), 50);
        log.expect(expected);
    });
    virtual_time(move |_, log| {
        assert_eq!(run_in_foreground(asynchronous(log)), 50);
        log.expect(expected);
    });
}

/// What an iteration ahead holds while it runs, such a function may need.
#[test]
fn the_foreground_of_a_rest_gets_what_iterations_hold() {
    #[background]
    fn body(log: &Log, places: &Semaphore) -> u64 {
        let mut sum = 0;
        #[background(limit = 3)]
        for n in 0..4_u64 {
            let x = {
                let _permit = places.acquire().await.expect("it is open");
                log.give("x", 10, n).await
            };
            if x.is_multiple_of(2) {
                #[foreground]
                let y = count(log, places);
                sum += y;
            }
            sum += x;
        }
        sum
    }
    fn count(log: &Log, places: &Semaphore) -> u64 {
        let _permit = run_in_foreground(places.acquire()).expect("it is open");
        run_in_foreground(log.give("count", 5, 100))
    }
    virtual_time(|clock, log| {
        assert_eq!(body(log, &Semaphore::new(1)), 206);
        assert_eq!(clock.now(), 50, "{:?}", log.take());
    });
}

/// What fails ahead meanwhile comes out in its turn.
#[test]
fn what_fails_before_a_foreground_waits_for_its_turn() {
    #[background]
    fn body(log: &Log) -> Result<u64> {
        let mut sum = 0;
        #[background(limit = 3)]
        for n in 0..4 {
            let x =
                log.give(&n.to_string(), 10, if n == 1 { Err("second") } else { Ok(n) }).await?;
            #[foreground]
            log.push(format!("alone {x}"));
            sum += x;
        }
        Ok(sum)
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), Err("second"));
        log.expect([
            "0 S 0",
            "0 S 1",
            "0 S 2",
            "10 E 0",
            "10 E 1",
            "10 E 2",
            "10 alone 0",
            "10 S 3",
            "10 D 3",
        ]);
    });
}
