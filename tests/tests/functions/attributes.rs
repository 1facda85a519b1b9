//! Other attributes: `#[cfg]` wherever it can stand, and those that rewrite a function
//! too, above and below.

use std::sync::atomic::{AtomicU64, Ordering};

use bridge::{background, run_in_foreground};
use bridge_tests::{Log, virtual_time};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, instrument};

async fn ten(log: &Log, n: u32) -> u32 {
    log.give(&format!("call {n}"), 10, n).await
}

/// The value of a function, and the time that it takes.
fn run<T: Send + 'static>(function: impl FnOnce(&Log) -> T + Send + 'static) -> (T, u64) {
    virtual_time(move |clock, log| (function(log), clock.now()))
}

mod conditional {
    use super::*;

    struct Pair {
        left: u32,
        #[cfg(not(test))]
        missing: Missing,
        #[cfg(test)]
        right: u32,
    }

    #[cfg(not(test))]
    #[background]
    fn missing() -> Missing {
        let a = missing().await;
        a
    }

    #[background]
    fn everywhere(log: &Log, #[cfg(not(test))] missing: Missing, #[cfg(test)] there: u32) -> u32 {
        #[cfg(not(test))]
        let a = missing(log).await;
        #[cfg(test)]
        let a = ten(log, 1).await;
        let b = ten(log, there).await;
        #[cfg(not(test))]
        return missing;
        #[cfg(not(test))]
        missing(log).await;
        #[cfg(not(test))]
        for missing in missing().await {
            missing.await;
        }
        let pair = Pair {
            left: ten(log, 3).await,
            #[cfg(not(test))]
            missing: missing().await,
            #[cfg(test)]
            right: ten(log, 4).await,
        };
        let Pair {
            left,
            #[cfg(not(test))]
            missing,
            #[cfg(test)]
            right,
        } = pair;
        let c = match ten(log, 5).await {
            #[cfg(not(test))]
            missing::Missing => missing().await,
            #[cfg(test)]
            5 => ten(log, 6).await,
            _ => 0,
        };
        let list = [
            ten(log, 7).await,
            #[cfg(not(test))]
            missing().await,
            #[cfg(test)]
            ten(log, 8).await,
        ];
        #[cfg(test)]
        {
            a + b + c + left + right + list[0] + list[1]
        }
        #[cfg(not(test))]
        {
            missing
        }
    }

    #[test]
    fn cfg() {
        let (value, time) = run(|log| everywhere(log, 2));
        assert_eq!((value, time), (1 + 2 + 3 + 4 + 6 + 7 + 8, 80));
    }

    #[cfg_attr(test, background)]
    #[cfg_attr(not(test), missing)]
    fn attribute(log: &Log) -> u32 {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        a + b
    }

    #[test]
    fn cfg_attr() {
        assert_eq!(run(attribute), (3, 10));
    }
}

/// Counts spans.
#[derive(Default)]
struct Spans(AtomicU64);

impl Subscriber for Spans {
    /// Not of those of the feature `tracing`.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() != "bridge"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {
        DEPTH.set(DEPTH.get() + 1);
    }
    fn exit(&self, _: &Id) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

thread_local! {
    static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// How deep in spans it is polled.
async fn depth(log: &Log, n: u32) -> u32 {
    ten(log, n).await;
    DEPTH.get()
}

mod instrumented {
    use super::*;

    #[instrument(skip_all)]
    #[background]
    fn above(log: &Log) -> u32 {
        let a = depth(log, 1).await;
        let b = depth(log, 2).await;
        10 * a + b
    }

    #[background]
    #[instrument(skip_all)]
    fn below(log: &Log) -> u32 {
        let a = depth(log, 1).await;
        let b = depth(log, 2).await;
        10 * a + b
    }

    #[background]
    #[instrument(skip_all, err)]
    async fn below_an_async_fn(log: &Log) -> Result<u32, String> {
        let a = depth(log, 1).await;
        let b = depth(log, 2).await;
        Ok(10 * a + b)
    }

    #[test]
    fn calls_are_in_the_span() {
        let spans = |function: fn(&Log) -> u32| {
            run(move |log| tracing::subscriber::with_default(Spans::default(), || function(log)))
        };
        assert_eq!(spans(above), (11, 10));
        assert_eq!(spans(below), (11, 10));
        assert_eq!(spans(|log| run_in_foreground(below_an_async_fn(log)).unwrap()), (11, 10));
    }
}

mod tests {
    use super::*;

    async fn soon(n: u32) -> u32 {
        tokio::task::yield_now().await;
        n
    }

    #[test]
    #[background]
    fn test_above() {
        let a = soon(1).await;
        let b = soon(2).await;
        assert_eq!(a + b, 3);
    }

    #[background]
    #[test]
    fn test_below() {
        let a = soon(1).await;
        let b = soon(2).await;
        assert_eq!(a + b, 3);
    }

    #[test]
    #[background]
    #[should_panic(expected = "`left == right` failed")]
    fn test_that_panics() {
        let a = soon(1).await;
        let b = soon(2).await;
        assert_eq!(a, b);
    }

    #[background]
    #[tokio::test(flavor = "multi_thread")]
    async fn tokio_test_below() -> Result<(), String> {
        let a = async { Ok::<_, String>(soon(1).await) }.await?;
        let b = soon(2).await;
        (a + b == 3).then_some(()).ok_or_else(String::new)
    }
}

mod traits {
    use super::*;
    use async_trait::async_trait;

    #[async_trait]
    trait Store: Sync {
        async fn get(&self, log: &Log, n: u32) -> Result<u32, String>;

        async fn add(&mut self, log: &Log, n: u32) -> u32;

        async fn all(&mut self, log: &Log, list: &mut Vec<u32>) -> Option<usize>;

        #[background]
        async fn provided(&self, log: &Log) -> Result<u32, String> {
            let a = self.get(log, 1).await?;
            let b = self.get(log, 2).await?;
            Ok(a + b)
        }

        #[background]
        fn blocking(&self, log: &Log) -> Result<u32, String> {
            let a = self.get(log, 1).await?;
            let b = self.get(log, 2).await?;
            Ok(a + b)
        }
    }

    struct Numbers(u32);

    #[async_trait]
    impl Store for Numbers {
        #[background]
        async fn get(&self, log: &Log, n: u32) -> Result<u32, String> {
            let a = ten(log, n).await;
            let b = ten(log, self.0).await;
            if a > 5 { Err(format!("{a} is too much")) } else { Ok(a + b) }
        }

        #[background]
        async fn add(&mut self, log: &Log, n: u32) -> u32 {
            let a = ten(log, n).await;
            let b = self.get(log, n).await.unwrap_or_default();
            self.0 += a + b;
            self.0
        }

        /// What is changed is changed in order.
        #[background]
        async fn all(&mut self, log: &Log, list: &mut Vec<u32>) -> Option<usize> {
            async fn push(log: &Log, list: &mut Vec<u32>, n: u32) -> Option<u32> {
                list.push(ten(log, n).await);
                Some(n)
            }
            let a = self.add(log, 1).await;
            let b = push(log, list, a).await?;
            let c = self.add(log, b).await;
            let d = push(log, list, c).await?;
            list.push(d);
            Some(list.len())
        }
    }

    #[test]
    fn async_trait() {
        let get = |n: u32| move |log: &Log| run_in_foreground(Numbers(1).get(log, n));
        assert_eq!(run(get(1)), (Ok(2), 10));
        assert_eq!(run(get(6)), (Err("6 is too much".to_owned()), 10));
        assert_eq!(run(|log| run_in_foreground(Numbers(1).add(log, 2))), (6, 10));
        let all = |log: &Log| {
            let (mut numbers, mut list) = (Numbers(1), vec![]);
            let length = run_in_foreground(numbers.all(log, &mut list));
            (numbers.0, list, length)
        };
        assert_eq!(run(all), ((16, vec![4, 16, 16], Some(3)), 40));
        assert_eq!(run(|log| run_in_foreground(Numbers(1).provided(log))), (Ok(5), 10));
        assert_eq!(run(|log| Numbers(1).blocking(log)), (Ok(5), 10));
    }
}

/// Those that put the body into a function or a future of their own.
mod rewritten {
    use super::*;
    use std::cell::Cell;

    use async_recursion::async_recursion;
    use async_trait::async_trait;
    use cached::proc_macro::{cached, once};
    use rstest::rstest;

    #[async_recursion(?Send)]
    #[background]
    async fn recursion_above(log: &Log, n: u32) -> u32 {
        let a = ten(log, n).await;
        let b = ten(log, 2).await;
        if n > 1 { a + recursion_above(log, n - 1).await } else { a + b }
    }

    #[background]
    #[async_recursion(?Send)]
    async fn recursion_below(log: &Log, n: u32) -> u32 {
        let a = ten(log, n).await;
        let b = ten(log, 2).await;
        if n > 1 { a + recursion_below(log, n - 1).await } else { a + b }
    }

    #[background]
    #[cached(key = "u32", convert = r#"{ n }"#)]
    fn cached_below(log: &Log, n: u32) -> u32 {
        let a = ten(log, n).await;
        let b = ten(log, 2).await;
        a + b
    }

    #[background]
    #[cached(key = "u32", convert = r#"{ n }"#)]
    async fn cached_below_async(log: &Log, n: u32) -> u32 {
        let a = ten(log, n).await;
        let b = ten(log, 2).await;
        a + b
    }

    #[background]
    #[once]
    fn once_below(log: &Log) -> u32 {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        a + b
    }

    #[background]
    #[once]
    async fn once_below_async(log: &Log) -> u32 {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        a + b
    }

    #[async_trait]
    trait Load {
        #[background]
        #[instrument(skip_all, ret)]
        async fn both(&self, log: &Log) -> u32 {
            let a = ten(log, 1).await;
            let b = ten(log, 2).await;
            a + b
        }
    }

    struct Loader;
    impl Load for Loader {}

    thread_local! {
        /// The call that has started last.
        static LAST: Cell<u32> = const { Cell::new(0) };
    }

    #[background]
    #[tokio::main(flavor = "current_thread")]
    async fn main_below() -> Vec<&'static str> {
        async fn told(n: u32) -> &'static str {
            LAST.set(n);
            tokio::task::yield_now().await;
            if LAST.get() == n { "alone" } else { "beside another" }
        }
        let a = told(1).await;
        let b = told(2).await;
        vec![a, b]
    }

    #[background]
    #[rstest]
    #[case(1)]
    #[case(2)]
    fn rstest_below(#[case] n: u32) {
        let a = async { n }.await;
        let b = async { 3 - n }.await;
        assert_eq!(a + b, 3);
    }

    #[background]
    #[rstest]
    #[case(1)]
    #[tokio::test]
    async fn rstest_below_of_tokio(#[case] n: u32) {
        let a = async { n }.await;
        let b = async { 3 - n }.await;
        assert_eq!(a + b, 3);
    }

    #[test]
    fn calls_overlap() {
        assert_eq!(run(|log| run_in_foreground(recursion_above(log, 2))), (5, 20));
        assert_eq!(run(|log| run_in_foreground(recursion_below(log, 2))), (5, 20));
        assert_eq!(run(|log| cached_below(log, 1) + cached_below(log, 1)), (6, 10));
        let awaited = |log: &Log| run_in_foreground(cached_below_async(log, 1));
        assert_eq!(run(move |log| awaited(log) + awaited(log)), (6, 10));
        assert_eq!(run(|log| once_below(log) + once_below(log)), (6, 10));
        assert_eq!(run(|log| run_in_foreground(once_below_async(log))), (3, 10));
        assert_eq!(run(|log| run_in_foreground(Loader.both(log))), (3, 10));
        assert_eq!(main_below(), ["beside another", "alone"]);
    }
}

/// Lint attributes on a call hold for what is bound and for what is called, however the two are
/// written down.
mod lints {
    #![deny(warnings, reason = "a lint that is not allowed is an error here")]

    use super::*;

    #[deprecated]
    async fn old(log: &Log, n: u32) -> u32 {
        ten(log, n).await
    }

    #[background]
    fn allowed(log: &Log) -> u32 {
        #[allow(deprecated, reason = "the new one is not there yet")]
        let a = old(log, 1).await;
        let b = ten(log, 2).await;
        #[allow(unused_variables, reason = "it is called for what it does")]
        let c = ten(log, 3).await;
        a + b
    }

    #[background]
    fn expected(log: &Log) -> u32 {
        #[expect(deprecated, reason = "the new one is not there yet")]
        let a = old(log, 1).await;
        #[expect(unused_variables, reason = "it is called for what it does")]
        let b = ten(log, 2).await;
        #[expect(deprecated, unused_variables, reason = "both of that")]
        let c = old(log, 3).await;
        a
    }

    #[background]
    fn chained(log: &Log) -> u32 {
        #[expect(deprecated, reason = "the new one is not there yet")]
        let a = old(log, 1).await;
        #[cfg_attr(test, allow(deprecated))]
        let b = old(log, 2).await;
        #[rustfmt::skip]
        let c = ten(log,   a).await;
        b + c
    }

    #[test]
    fn hold_for_start_and_join() {
        assert_eq!(run(allowed), (3, 10));
        assert_eq!(run(expected), (1, 10));
        assert_eq!(run(chained), (3, 20));
    }
}

/// Markers may be written by their paths.
#[test]
fn markers_by_path() {
    #[bridge::background]
    fn marked(log: &Log) -> u32 {
        let mut sum = 0;
        #[bridge::background(limit = 2)]
        for n in 0..4 {
            let n = ten(log, n).await;
            sum += n;
        }
        #[::bridge::background]
        ten(log, 5).await;
        #[bridge::foreground]
        let a = ten(log, 6).await;
        let b = ten(log, 7).await;
        sum + a + b
    }

    assert_eq!(run(marked), (19, 50));
}
