// The rows; `form!` makes a function of the form that is tested of each body.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bridge::background;
use bridge_tests::{Droppable, Log, virtual_time};
use tokio::sync::Mutex;

type Result<T> = std::result::Result<T, &'static str>;

/// Two calls that share nothing overlap.
#[test]
fn row_01_overlap() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let x = log.give("a", 10, 1).await;
            let y = log.give("b", 10, 2).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 3);
        log.expect(["0 S a", "0 S b", "10 E a", "10 E b"]);
    });
}

/// A call that uses another's value waits for it.
#[test]
fn row_02_value() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let x = log.give("a", 10, 1).await;
            let y = sum(log, "b", 10, &x, 1).await;
            y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 2);
        log.expect(["0 S a", "10 E a", "10 S b", "20 E b"]);
    });
}

/// A diamond.
#[test]
fn row_03_diamond() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let x = log.give("a", 10, 1).await;
            let b = sum(log, "b", 10, &x, 10).await;
            let c = sum(log, "c", 10, &x, 20).await;
            let d = sum(log, "d", 10, &b, c).await;
            d
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 32);
        log.expect(["0 S a", "10 E a", "10 S b", "10 S c", "20 E b", "20 E c", "20 S d", "30 E d"]);
    });
}

/// Crossed: the quick chain does not wait for the slow call beside it.
#[test]
fn row_04_crossed() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let a = log.give("a", 1, 1).await;
            let b = log.give("b", 10, 2).await;
            let x = sum(log, "f", 1, &b, 0).await;
            let y = sum(log, "g", 10, &a, 0).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 3);
        log.expect(["0 S a", "0 S b", "1 E a", "1 S g", "10 E b", "10 S f", "11 E g", "11 E f"]);
    });
}

/// The N.
#[test]
fn row_05_the_n() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let a = log.give("a", 1, 1).await;
            let b = log.give("b", 2, 2).await;
            let c = sum(log, "c", 2, &a, 0).await;
            let d = sum(log, "d", 1, &a, b).await;
            c + d
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 4);
        log.expect(["0 S a", "0 S b", "1 E a", "1 S c", "2 E b", "2 S d", "3 E c", "3 E d"]);
    });
}

/// Chains with `?`, side by side.
#[test]
fn row_06_chains() {
    struct Response<'a>(&'a Log, &'static str);
    impl<'a> Response<'a> {
        async fn text(self) -> Result<&'static str> {
            self.0.give(&format!("text {}", self.1), 10, Ok(self.1)).await
        }
    }
    async fn get<'a>(log: &'a Log, url: &'static str) -> Result<Response<'a>> {
        log.give(&format!("get {url}"), 10, ()).await;
        Ok(Response(log, url))
    }
    form! {
        #[background]
        fn body(log: &Log) -> Result<String> {
            let r1 = get(log, "1").await?;
            let t1 = r1.text().await?;
            let r2 = get(log, "2").await?;
            let t2 = r2.text().await?;
            Ok(format!("{t1}{t2}"))
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log).unwrap(), "12");
        log.expect([
            "0 S get 1",
            "0 S get 2",
            "10 E get 1",
            "10 S text 1",
            "10 E get 2",
            "10 S text 2",
            "20 E text 1",
            "20 E text 2",
        ]);
    });
}

/// An effect waits for what is above, and holds back what is below.
#[test]
fn row_07_effect() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let x = log.give("a", 10, 1).await;
            log.call("w", 10).await;
            let y = log.give("b", 10, 2).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 3);
        log.expect(["0 S a", "10 E a", "10 S w", "20 E w", "20 S b", "30 E b"]);
    });
}

/// A value that is never used still arrives.
#[test]
fn row_08_unused() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            #[expect(unused_variables)]
            let unused = log.give("a", 10, 1).await;
            let y = log.give("b", 1, 2).await;
            y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 2);
        log.expect(["0 S a", "0 S b", "1 E b", "10 E a"]);
    });
}

/// A lock that logs when it is taken and given back.
struct Guarded<'a> {
    log: &'a Log,
    mutex: Mutex<()>,
}

struct Held<'a>(&'a Log, #[expect(dead_code)] tokio::sync::MutexGuard<'a, ()>);

impl Guarded<'_> {
    async fn lock(&self) -> Held<'_> {
        self.log.call("lock", 10).await;
        Held(self.log, self.mutex.lock().await)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.push("D guard");
    }
}

/// What comes after a lock runs under it.
#[test]
fn row_09_guard() {
    form! {
        #[background]
        fn body(log: &Log, m: &Guarded<'_>) -> u32 {
            let _g = m.lock().await;
            let x = log.give("a", 10, 1).await;
            let y = log.give("b", 10, 2).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, &Guarded { log, mutex: Mutex::new(()) }), 3);
        log.expect(["0 S lock", "10 E lock", "10 S a", "10 S b", "20 E a", "20 E b", "20 D guard"]);
    });
}

/// Under any name.
#[test]
fn row_10_named_guard() {
    form! {
        #[background]
        fn body(log: &Log, m: &Guarded<'_>) -> u32 {
            let state = m.lock().await;
            let x = log.give("a", 10, 1).await;
            let y = log.give("b", 10, 2).await;
            drop(state);
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, &Guarded { log, mutex: Mutex::new(()) }), 3);
        log.expect(["0 S lock", "10 E lock", "10 S a", "10 S b", "20 E a", "20 E b", "20 D guard"]);
    });
}

/// Until it is dropped.
#[test]
fn row_11_dropped_guard() {
    form! {
        #[background]
        fn body(log: &Log, m: &Guarded<'_>) -> u32 {
            let g = m.lock().await;
            let x = log.give("a", 10, 1).await;
            drop(g);
            let y = log.give("b", 10, 2).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, &Guarded { log, mutex: Mutex::new(()) }), 3);
        log.expect(["0 S lock", "10 E lock", "10 S a", "20 E a", "20 D guard", "20 S b", "30 E b"]);
    });
}

/// What is bound to nothing is ordered, and dropped at once.
#[test]
fn row_12_let_nothing() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let _ = log.give("a", 10, log.droppable("value")).await;
            let y = log.give("b", 10, 2).await;
            y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 2);
        log.expect(["0 S a", "10 E a", "10 D value", "10 S b", "20 E b"]);
    });
}

/// The error that comes out is the serial one.
#[test]
fn row_13_first_error() {
    form! {
        #[background]
        fn body(log: &Log) -> Result<u32> {
            let x: u32 = log.give("a", 10, Err("a")).await?;
            let y: u32 = log.give("b", 1, Err("b")).await?;
            Ok(x + y)
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), Err("a"));
        log.expect(["0 S a", "0 S b", "1 E b", "10 E a"]);
    });
}

/// An error cancels what runs, before the locals go.
#[test]
fn row_14_cancelled() {
    form! {
        #[background]
        fn body(log: &Log) -> Result<u32> {
            let local = log.droppable("local");
            let x: u32 = log.give("a", 1, Err("a")).await?;
            let y: u32 = log.give("b", 10, Ok((&local, 2).1)).await?;
            let z: u32 = log.give("c", 10, Ok(3)).await?;
            Ok(x + y + z)
        }
    }
    virtual_time(|clock, log| {
        assert_eq!(body(log), Err("a"));
        log.expect(["0 S a", "0 S b", "0 S c", "1 E a", "1 D c", "1 D b", "1 D local"]);
        bridge::run_in_foreground(clock.sleep(100));
        log.expect([]);
    });
}

/// `strict` starts nothing below a `?`.
#[test]
fn row_15_strict() {
    form! {
        #[background(strict)]
        fn body(log: &Log) -> Result<u32> {
            let x: u32 = log.give("a", 1, Err("a")).await?;
            let y: u32 = log.give("b", 10, Ok(2)).await?;
            let z: u32 = log.give("c", 10, Ok(3)).await?;
            Ok(x + y + z)
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), Err("a"));
        log.expect(["0 S a", "1 E a"]);
    });
}

/// A panic comes out at the join, as it was thrown.
#[test]
fn row_16_panic() {
    async fn panics(log: &Log) -> u32 {
        log.call("b", 1).await;
        std::panic::panic_any(77_u32)
    }
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let x = log.give("a", 10, 1).await;
            let y = panics(log).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        let payload = catch_unwind(AssertUnwindSafe(|| body(log))).unwrap_err();
        assert_eq!(payload.downcast_ref::<u32>(), Some(&77));
        log.expect(["0 S a", "0 S b", "1 E b", "10 E a"]);
    });
}

/// Calls that change a place come before those that look at it.
#[test]
fn row_17_mutable_place() {
    async fn inc(log: &Log, n: &mut u32) {
        log.call("inc", 10).await;
        *n += 1;
    }
    async fn get(log: &Log, name: &str, n: &u32) -> u32 {
        log.give(name, 10, *n).await
    }
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let mut n = 1;
            inc(log, &mut n).await;
            let p = get(log, "p", &n).await;
            let q = get(log, "q", &n).await;
            p + q
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 4);
        log.expect(["0 S inc", "10 E inc", "10 S p", "10 S q", "20 E p", "20 E q"]);
    });
}

/// A move waits for those that borrow.
#[test]
fn row_18_move() {
    async fn get(log: &Log, v: &[u32]) -> u32 {
        log.give("p", 10, v.len() as u32).await
    }
    async fn take(log: &Log, v: Vec<u32>) -> u32 {
        log.give("q", 10, v.len() as u32).await
    }
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let v = vec![1, 2, 3];
            let p = get(log, &v).await;
            let q = take(log, v).await;
            p + q
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 6);
        log.expect(["0 S p", "10 E p", "10 S q", "20 E q"]);
    });
}

/// The calls of one iteration overlap, iterations do not.
#[test]
fn row_19_loop() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let mut sum = 0;
            for i in 0..3 {
                let x = log.give(&format!("a{i}"), 10, i).await;
                let y = log.give(&format!("b{i}"), 10, i).await;
                sum += x + y;
            }
            sum
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 6);
        log.expect([
            "0 S a0", "0 S b0", "10 E a0", "10 E b0", "10 S a1", "10 S b1", "20 E a1", "20 E b1",
            "20 S a2", "20 S b2", "30 E a2", "30 E b2",
        ]);
    });
}

/// No speculation past `&&`.
#[test]
fn row_20_lazy() {
    form! {
        #[background]
        fn body(log: &Log) -> bool {
            log.give("p", 10, false).await && log.give("q", 10, true).await
        }
    }
    virtual_time(|_, log| {
        assert!(!body(log));
        log.expect(["0 S p", "10 E p"]);
    });
}

/// A log line waits for what is above, and does not hold back what is below.
#[test]
fn row_21_log_line() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            macro_rules! info {
                ($log:expr, $text:literal) => {
                    $log.push(format!($text))
                };
            }
            let x = log.give("a", 10, 1).await;
            info!(log, "mid");
            let y = log.give("b", 10, 2).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 3);
        log.expect(["0 S a", "0 S b", "10 E a", "10 mid", "10 E b"]);
    });
}

/// A `let … else` checks in its turn; what is below has started.
#[test]
fn row_22_let_else() {
    form! {
        #[background]
        fn body(log: &Log, given: Option<u32>) -> u32 {
            let Some(x) = log.give("a", 5, given).await else { return 0 };
            let y = log.give("b", 10, 2).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, Some(1)), 3);
        log.expect(["0 S a", "0 S b", "5 E a", "10 E b"]);
        assert_eq!(body(log, None), 0);
        log.expect(["10 S a", "10 S b", "15 E a", "15 D b"]);
    });
}

/// A name that is bound anew.
#[test]
fn row_23_shadowing() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let x = log.give("a", 10, (log.droppable("first"), 1)).await;
            let x = log.give("b", 10, (log.droppable("second"), x.1 + 1)).await;
            log.call("tail", 1).await;
            x.1
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 2);
        log.expect([
            "0 S a",
            "10 E a",
            "10 S b",
            "20 E b",
            "20 S tail",
            "21 E tail",
            "21 D second",
            "21 D first",
        ]);
    });
}

/// Names that are bound anew by calls, which overlap: all is dropped as serially.
#[test]
fn row_23_shadowed_by_calls() {
    form! {
        #[background]
        fn body(log: &Log, one: Droppable, two: Droppable) -> u32 {
            let x = (one, 1);
            let x = held(log.give("a", 10, x.1)).await;
            let y = (two, 2);
            let y = held(log.give("b", 5, y.1)).await;
            log.call("tail", 1).await;
            x.1 + y.1
        }
    }
    async fn held(call: impl Future<Output = u32>) -> (&'static str, u32) {
        ("held", call.await)
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, log.droppable("one"), log.droppable("two")), 3);
        log.expect([
            "0 S a",
            "0 S b",
            "5 E b",
            "10 E a",
            "10 S tail",
            "11 E tail",
            "11 D two",
            "11 D one",
        ]);
    });
}

/// Arguments are evaluated from left to right.
#[test]
fn row_24_arguments() {
    form! {
        #[background]
        fn body(log: &Log, next: &dyn Fn() -> u32) -> Vec<u32> {
            vec![give(log, "a", next()).await, give(log, "b", next()).await]
        }
    }
    async fn give(log: &Log, name: &str, n: u32) -> u32 {
        log.give(name, 10, n).await
    }
    virtual_time(|_, log| {
        let counter = RefCell::new(0);
        let next = || {
            *counter.borrow_mut() += 1;
            *counter.borrow()
        };
        assert_eq!(body(log, &next), [1, 2]);
        log.expect(["0 S a", "0 S b", "10 E a", "10 E b"]);
    });
}

/// A call may hold what the foreground awaits.
#[test]
fn row_25_held_by_a_call() {
    async fn hold(log: &Log, mutex: Arc<Mutex<u32>>) -> u32 {
        let mut held = mutex.lock_owned().await;
        log.call("a", 10).await;
        *held += 1;
        *held
    }
    async fn wait(log: &Log, mutex: &Mutex<u32>) -> u32 {
        let held = mutex.lock().await;
        log.give("b", 10, *held).await
    }
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let mutex = Arc::new(Mutex::new(1));
            let x = hold(log, mutex.clone()).await;
            let y = wait(log, &mutex).await;
            y * 10 + x
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 22);
        log.expect(["0 S a", "10 E a", "10 S b", "20 E b"]);
    });
}

async fn sum(log: &Log, name: &str, ticks: u64, x: &u32, y: u32) -> u32 {
    log.give(name, ticks, x + y).await
}

/// Beyond the table: a value is lent to those that look at it, and then taken,
/// while the thread waits for something else.
#[test]
fn lent_then_taken() {
    async fn look(log: &Log, name: &str, ticks: u64, v: &str) -> usize {
        log.give(name, ticks, v.len()).await
    }
    async fn take(log: &Log, v: String) -> String {
        log.give("take", 1, v + "!").await
    }
    form! {
        #[background]
        fn body(log: &Log) -> String {
            let slow = log.give("slow", 10, 1).await;
            let v = log.give("v", 1, String::from("abc")).await;
            let p = look(log, "p", 2, &v).await;
            let q = look(log, "q", 4, &v).await;
            let t = take(log, v).await;
            format!("{slow}{p}{q}{t}")
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), "133abc!");
        log.expect([
            "0 S slow",
            "0 S v",
            "1 E v",
            "1 S p",
            "1 S q",
            "3 E p",
            "5 E q",
            "5 S take",
            "6 E take",
            "10 E slow",
        ]);
    });
}

/// Beyond the table: operands that share a place are awaited one after the other, in one call.
#[test]
fn operands_of_one_place() {
    async fn grow(log: &Log, v: &mut Vec<u32>) -> usize {
        v.push(1);
        log.give("grow", 10, v.len()).await
    }
    async fn look(log: &Log, v: &[u32]) -> usize {
        log.give("look", 10, v.len()).await
    }
    form! {
        #[background]
        fn body(log: &Log) -> usize {
            let mut v = vec![1];
            let n = grow(log, &mut v).await * 10 + look(log, &v).await;
            let b = log.give("b", 10, 1).await;
            let m = look(log, &v).await;
            n + b + m
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 20 + 2 + 1 + 2);
        log.expect([
            "0 S grow",
            "0 S b",
            "10 E grow",
            "10 S look",
            "10 E b",
            "20 E look",
            "20 S look",
            "30 E look",
        ]);
    });
}

/// Beyond the table: what a block asks, and what an expression asks twice, is asked again after
/// that.
#[test]
fn asked_again_after_a_block() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let a = {
                let n = log.give("a", 10, 1).await;
                n + 1
            };
            let b = log.give("a", 10, 1).await + log.give("a", 10, 1).await;
            let c = log.give("a", 10, 1).await;
            a + b + c
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 5);
        log.expect([
            "0 S a", "10 E a", "10 S a", "20 E a", "20 S a", "30 E a", "30 S a", "40 E a",
        ]);
    });
}

/// Beyond the table: the value of a block starts with the calls above it in the block, if the
/// block is no call itself, as it changes what is outside.
#[test]
fn value_of_a_block() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let mut steps = 0;
            let x = {
                steps += 1;
                let a = log.give("a", 10, 1).await;
                log.give("b", 10, 2).await + a
            };
            x + steps
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 4);
        log.expect(["0 S a", "0 S b", "10 E a", "10 E b"]);
    });
}

/// Beyond the table: what an assertion compares overlaps, and what its message awaits runs only
/// where it does not hold.
#[test]
fn assertion() {
    form! {
        #[background]
        fn body(log: &Log, holds: u32) -> u32 {
            assert_eq!(log.give("a", 10, 1).await, log.give("b", 10, 1).await, "{holds}");
            assert_eq!(log.give("c", 10, 1).await, holds, "{}", log.give("d", 10, 1).await);
            holds
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, 1), 1);
        log.expect(["0 S a", "0 S b", "10 E a", "10 E b", "10 S c", "20 E c"]);
        let failed = catch_unwind(AssertUnwindSafe(|| body(log, 2)));
        assert!(failed.is_err());
        log.expect(["20 S a", "20 S b", "30 E a", "30 E b", "30 S c", "40 E c", "40 S d", "50 E d"]);
    });
}

/// Beyond the table: a field that one arm takes is dropped in its turn where another arm runs.
#[test]
fn field_taken_in_one_arm() {
    async fn keep<T>(log: &Log, name: &str, value: T) -> u32 {
        log.give(name, 10, value).await;
        1
    }
    form! {
        #[background]
        fn body(log: &Log, taken: bool) -> u32 {
            let pair = (log.droppable("first"), 3);
            let n = if taken { keep(log, "a", pair.0).await } else { keep(log, "b", 2).await };
            let m = keep(log, "c", &pair.1).await;
            log.push("added");
            n + m
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, false), 2);
        log.expect(["0 S b", "10 E b", "10 S c", "20 E c", "20 added", "20 D first"]);
    });
}

/// Beyond the table: what fails has its value on its way to a call that is wanted ahead
/// of its turn, and that never starts.
#[test]
fn chained_to_a_failure() {
    async fn look(log: &Log, v: String) -> Result<usize> {
        Ok(log.give("look", 1, v.len()).await)
    }
    form! {
        #[background]
        fn body(log: &Log) -> Result<usize> {
            let slow = log.give("slow", 10, Ok::<_, &str>(1)).await?;
            let v: String = log.give("v", 1, Err::<String, _>("v fails")).await?;
            let len = look(log, v).await?;
            let sum = log.give("a", 1, 1).await + log.give("b", 1, len).await;
            Ok(slow + sum)
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), Err("v fails"));
        log.expect(["0 S slow", "0 S v", "0 S a", "1 E v", "1 E a", "10 E slow"]);
    });
}

/// Beyond the table: a value is handed on, and what looks at another one in its
/// slot may go on borrowing from it.
#[test]
fn passed_and_shared() {
    struct Row(String);
    async fn find<'a>(log: &Log, rows: &'a [Row]) -> &'a Row {
        log.give("find", 1, &rows[0]).await
    }
    async fn more(log: &Log, row: &Row) -> usize {
        log.give("more", 1, row.0.len()).await
    }
    form! {
        #[background]
        fn body(log: &Log) -> String {
            let slow = log.give("slow", 10, 1).await;
            let rows = log.give("rows", 1, vec![Row(String::from("abc"))]).await;
            let row = find(log, &rows).await;
            let len = more(log, row).await;
            format!("{slow}{len}")
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), "13");
        log.expect([
            "0 S slow",
            "0 S rows",
            "1 E rows",
            "1 S find",
            "2 E find",
            "2 S more",
            "3 E more",
            "10 E slow",
        ]);
    });
}

/// Beyond the table: a guard that no type tells is refused at run time.
#[test]
#[cfg(debug_assertions)]
fn unknown_guard() {
    type Held<'a> = (tokio::sync::MutexGuard<'a, u32>,);
    async fn enter<'a>(log: &Log, mutex: &'a Mutex<u32>) -> Held<'a> {
        log.call("enter", 1).await;
        (mutex.lock().await,)
    }
    form! {
        #[background]
        fn body(log: &Log, mutex: &Mutex<u32>) -> u32 {
            let state = enter(log, mutex).await;
            let x = log.give("x", 2, 1).await;
            *state.0 + x
        }
    }
    form! {
        #[background]
        fn told(log: &Log, mutex: &Mutex<u32>) -> u32 {
            #[foreground]
            let state = enter(log, mutex).await;
            let x = log.give("x", 2, 1).await;
            *state.0 + x
        }
    }
    virtual_time(|_, log| {
        let panic = catch_unwind(AssertUnwindSafe(|| body(log, &Mutex::new(1)))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("write `#[foreground]` on the statement"), "{message}");
        assert_eq!(told(log, &Mutex::new(1)), 2);
    });
}

/// A branch that holds no effect is one call, which is planned inside.
#[test]
fn row_29_a_branch_as_a_call() {
    form! {
        #[background]
        fn body(log: &Log, asks: bool) -> u32 {
            let x = if asks {
                let a = log.give("a", 10, 1).await;
                let b = log.give("b", 10, 2).await;
                a + b
            } else {
                0
            };
            let y = log.give("c", 10, 3).await;
            x + y
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, true), 6);
        log.expect(["0 S a", "0 S b", "0 S c", "10 E a", "10 E b", "10 E c"]);
        assert_eq!(body(log, false), 3);
        log.expect(["10 S c", "20 E c"]);
    });
}

/// A `match` of which an arm leaves: what is awaited is the call.
#[test]
fn row_30_a_match_that_leaves() {
    form! {
        #[background]
        fn body(log: &Log, given: Result<u32>) -> Result<u32> {
            let x = match log.give("a", 5, given).await {
                Ok(x) => x,
                Err("a") => return Err("a, as it is"),
                Err(error) => return Err(error),
            };
            let y = log.give("b", 10, Ok(2)).await?;
            Ok(x + y)
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, Ok(1)), Ok(3));
        log.expect(["0 S a", "0 S b", "5 E a", "10 E b"]);
        assert_eq!(body(log, Err("a")), Err("a, as it is"));
        log.expect(["10 S a", "10 S b", "15 E a", "15 D b"]);
    });
}

/// What a chain derives between its calls.
struct Doc<'a> {
    text: &'a str,
    id: u32,
}

/// Fails on an empty text, and panics on `"!"`.
fn parse(text: &str) -> Result<Doc<'_>> {
    let id = match text {
        "" => return Err("empty"),
        "!" => panic!("no document"),
        text => text.len() as u32,
    };
    Ok(Doc { text, id })
}

/// Two chains of a call, a derivation with a `?` and another call take the time of one, in
/// whatever order they come to their ends. The error is that of the serial twin.
#[test]
fn row_27_and_28_chains_with_derivations() {
    form! {
        #[background]
        fn body(log: &Log, first: [u64; 2], texts: [String; 2], more: [Result<u32>; 2]) -> Result<u32> {
            let [one, other] = texts;
            let t = log.give("t", first[0], one).await;
            let d = parse(&t)?;
            let a = sum_of(log, "a", &d.id, more[0]).await?;
            let v = log.give("u", first[1], other).await;
            let e = parse(&v)?;
            let b = sum_of(log, "b", &e.id, more[1]).await?;
            Ok(a + b)
        }
    }
    async fn sum_of(log: &Log, name: &str, id: &u32, more: Result<u32>) -> Result<u32> {
        let more = log.give(name, 10, more).await?;
        Ok(id + more)
    }
    virtual_time(|_, log| {
        let texts = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        let well = [Ok(10), Ok(20)];
        assert_eq!(body(log, [10, 10], texts("xx", "yyy"), well), Ok(35));
        log.expect(["0 S t", "0 S u", "10 E t", "10 S a", "10 E u", "10 S b", "20 E a", "20 E b"]);
        // Uneven.
        assert_eq!(body(log, [20, 1], texts("xx", "yyy"), well), Ok(35));
        log.expect(["20 S t", "20 S u", "21 E u", "21 S b", "31 E b", "40 E t", "40 S a", "50 E a"]);
        assert_eq!(body(log, [1, 20], texts("xx", "yyy"), well), Ok(35));
        log.expect(["50 S t", "50 S u", "51 E t", "51 S a", "61 E a", "70 E u", "70 S b", "80 E b"]);
        // The first derivation fails, and so does the second chain, earlier.
        assert_eq!(body(log, [10, 1], texts("", ""), [Ok(1), Ok(2)]), Err("empty"));
        log.expect(["80 S t", "80 S u", "81 E u", "90 E t"]);
        assert_eq!(body(log, [10, 1], texts("", "y"), [Ok(1), Err("b")]), Err("empty"));
        log.expect(["90 S t", "90 S u", "91 E u", "91 S b", "100 E t", "100 D b"]);
        // A panic is kept for its turn as well.
        assert_eq!(body(log, [1, 1], texts("x", "!"), [Err("a"), Ok(2)]), Err("a"));
        log.expect(["100 S t", "100 S u", "101 E t", "101 S a", "101 E u", "111 E a"]);
    });
}

/// A derivation borrows from what its chain gives, and both are used in the foreground too.
#[test]
fn row_27_values_that_are_used_in_the_foreground_too() {
    form! {
        #[background]
        fn body(log: &Log) -> Result<String> {
            let x = log.give("x", 30, 1).await;
            let t = log.give("t", 10, "text".to_owned()).await;
            let d = parse(&t)?;
            let a = give(log, "a", &d.id).await;
            Ok(format!("{x} {a} {} {}", d.text, t.len()))
        }
    }
    async fn give(log: &Log, name: &str, n: &u32) -> u32 {
        log.give(name, 10, *n).await
    }
    virtual_time(|_, log| {
        assert_eq!(body(log).as_deref(), Ok("1 4 text 4"));
        log.expect(["0 S x", "0 S t", "10 E t", "10 S a", "20 E a", "30 E x"]);
    });
}

/// A derivation that has its inputs runs ahead of a call above, and keeps its panic: what fails
/// first serially comes out.
#[test]
fn row_36_a_panic_of_a_derivation() {
    form! {
        #[background]
        fn body(log: &Log, checked: Result<u32>, v: &[u32]) -> Result<u32> {
            let a = log.give("a", 10, checked).await?;
            let first = v[0];
            let b = give(log, "b", first).await;
            Ok(a + b)
        }
    }
    async fn give(log: &Log, name: &str, n: u32) -> u32 {
        log.give(name, 10, n).await
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, Ok(1), &[2]), Ok(3));
        log.expect(["0 S a", "0 S b", "10 E a", "10 E b"]);
        assert_eq!(body(log, Err("check"), &[]), Err("check"));
        log.expect(["10 S a", "20 E a"]);
        let panicked = catch_unwind(AssertUnwindSafe(|| body(log, Ok(1), &[])));
        assert!(panicked.is_err());
        log.expect(["20 S a", "30 E a"]);
    });
}

/// Changes of a local run in their order, and what they await overlaps.
#[test]
fn row_32_changes_of_a_local() {
    form! {
        #[background]
        fn body(log: &Log) -> Vec<u32> {
            let mut all = Vec::new();
            all.push(log.give("a", 10, 1).await);
            all.push(log.give("b", 5, 2).await);
            all
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), [1, 2]);
        log.expect(["0 S a", "0 S b", "5 E b", "10 E a"]);
    });
}

/// What the head of a branch awaits starts with the calls above, and so does what the value
/// awaits.
#[test]
fn heads_and_values_start_early() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let mut seen = 0;
            let a = log.give("a", 10, 1).await;
            if log.give("b", 10, true).await {
                seen += a;
            }
            let c = log.give("c", 10, 3).await;
            seen + c + log.give("d", 10, 4).await
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 8);
        log.expect([
            "0 S a", "0 S b", "10 E a", "10 E b", "10 S c", "10 S d", "20 E c", "20 E d",
        ]);
    });
}

/// What an arm or an `else` mentions that only leaves, the value does not borrow from.
#[test]
fn what_leaves_gives_nothing() {
    form! {
        #[background]
        fn body(log: &Log, given: Option<Vec<u32>>, own: String) -> usize {
            let Some(mut a) = given else { return own.len() };
            let x = log.give("x", 10, a.as_mut_slice()).await;
            let y = log.give("y", 10, own.len()).await;
            let given = log.give("z", 1, Some(vec![1])).await;
            let mut b = match given { Some(b) => b, None => return own.len() };
            let p = log.give("p", 10, &mut b).await;
            let q = log.give("q", 10, own.len()).await;
            x.len() + y + p.len() + q
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, Some(vec![1, 2]), "abc".to_owned()), 9);
        log.expect([
            "0 S x", "0 S y", "0 S z", "1 E z", "10 E x", "10 E y", "10 S p", "10 S q", "20 E p", "20 E q",
        ]);
    });
}

/// Each operand of an expression waits for what it needs, and for nothing else.
#[test]
fn operands_are_chained() {
    form! {
        #[background]
        fn body(log: &Log) -> Result<u32> {
            let x = log.give("x", 10, 1).await;
            let y = log.give("y", 1, 2).await;
            Ok(both(log.give("c", 5, x).await, log.give("d", 5, Ok(y)).await?))
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), Ok(3));
        log.expect(["0 S x", "0 S y", "1 E y", "1 S d", "6 E d", "10 E x", "10 S c", "15 E c"]);
    });
}

/// Operands that need the same place are awaited in their order, and all else beside them.
#[test]
fn operands_that_depend_on_each_other() {
    form! {
        #[background]
        fn body(log: &Log, n: &mut u32) -> Result<u32> {
            let a = log.give("a", 10, 1).await;
            Ok(both(raise(log, "b", &mut *n).await?, raise(log, "c", &mut *n).await?) + a)
        }
    }
    async fn raise(log: &Log, name: &str, n: &mut u32) -> Result<u32> {
        *n += 1;
        log.give(name, 5, Ok(*n)).await
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, &mut 1), Ok(6));
        log.expect(["0 S a", "0 S b", "5 E b", "5 S c", "10 E a", "10 E c"]);
    });
}

fn both(left: u32, right: u32) -> u32 {
    left + right
}

/// A field that a call takes out of a box is no bar to what uses the rest of it.
#[test]
fn a_field_out_of_a_box() {
    struct Job {
        name: String,
        rows: Vec<u32>,
    }
    async fn name(log: &Log, name: String) -> usize {
        log.give("name", 10, name.len()).await
    }
    async fn rows(log: &Log, rows: &[u32]) -> usize {
        log.give("rows", 10, rows.len()).await
    }
    form! {
        #[background]
        fn body(log: &Log, job: Box<Job>) -> usize {
            let a = log.give("a", 10, 1).await;
            let n = name(log, job.name).await;
            let m = rows(log, &job.rows).await;
            a + n + m
        }
    }
    virtual_time(|_, log| {
        assert_eq!(body(log, Box::new(Job { name: "abc".to_owned(), rows: vec![1, 2] })), 6);
        log.expect(["0 S a", "0 S name", "0 S rows", "10 E a", "10 E name", "10 E rows"]);
    });
}

/// A call is chained below a `let` that no call needs, below a pattern, and to a value that is
/// bound as `mut`.
#[test]
fn what_is_declared_ahead() {
    form! {
        #[background]
        fn body(log: &Log) -> u32 {
            let a = log.give("a", 10, 1).await;
            let n = Some(a + 1);
            let b = log.give("b", 1, 2).await;
            let c = successor(log, "c", &b).await;
            n.unwrap_or(0) + b + c
        }
        }
    form! {
        #[background]
        fn pattern(log: &Log) -> u32 {
            let (ref x, mut z) = log.give("x", 10, (1_u32, 2_u32)).await;
            let mut b = log.give("b", 1, 2).await;
            let c = successor(log, "c", &b).await;
            z += 1;
            b += 1;
            x + z + b + c
        }
    }
    async fn successor(log: &Log, name: &str, n: &u32) -> u32 {
        log.give(name, 5, *n + 1).await
    }
    virtual_time(|_, log| {
        assert_eq!(body(log), 7);
        log.expect(["0 S a", "0 S b", "1 E b", "1 S c", "6 E c", "10 E a"]);
        assert_eq!(pattern(log), 10);
        log.expect(["10 S x", "10 S b", "11 E b", "11 S c", "16 E c", "20 E x"]);
    });
}
