//! The future of an annotated `async fn` is as `Send` as the plain one, runs under
//! any executor, and drops what it has started when it is dropped.

use bridge::background;
use bridge_tests::{Log, virtual_time};

fn send<T: Send>(value: T) -> T {
    value
}

struct Owned(u32);

async fn load(log: &Log, name: &str, ticks: u64) -> Result<Owned, String> {
    Ok(log.give(name, ticks, Owned(1)).await)
}

async fn look(log: &Log, name: &str, value: &Owned) -> Result<u32, String> {
    Ok(log.give(name, 1, value.0).await)
}

async fn take(log: &Log, name: &str, value: Owned) -> Result<u32, String> {
    Ok(log.give(name, 1, value.0).await)
}

impl Owned {
    async fn total(self, log: &Log) -> Result<u32, String> {
        Ok(log.give("total", 1, self.0).await)
    }
}

/// Side by side, shared in a slot, passed on, lent, and joined ahead.
#[background]
async fn every_way(log: &Log) -> Result<u32, String> {
    let slow = load(log, "slow", 10).await?;
    let shared = load(log, "shared", 1).await?;
    let a = look(log, "a", &shared).await?;
    let b = look(log, "b", &shared).await?;
    let passed = load(log, "passed", 1).await?;
    let c = take(log, "c", passed).await?;
    let lent = load(log, "lent", 1).await?;
    let d = look(log, "d", &lent).await?;
    let e = take(log, "e", lent).await?;
    let open = load(log, "open", 1).await?;
    let f = open.total(log).await?;
    Ok(slow.0 + shared.0 + a + b + c + d + e + f)
}

#[test]
fn every_way_of_passing_a_value_is_send() {
    virtual_time(|clock, log| {
        let sum = bridge::run_in_foreground(send(every_way(log)));
        assert_eq!(sum, Ok(8));
        assert_eq!(clock.now(), 10, "all but `slow` goes on beside it");
    });
}

/// One body under the attribute and without it: both are `Send`, and come to the
/// same.
macro_rules! both_are_send {
    (|$log:ident| $($name:ident($($param:ident: $ty:ty = $given:expr),*) -> $output:ty $body:block)*) => {$(
        #[test]
        fn $name() {
            #[background]
            async fn annotated($log: &Log, $($param: $ty),*) -> $output $body
            #[background(serial)]
            async fn plain($log: &Log, $($param: $ty),*) -> $output $body
            virtual_time(|_, log| {
                let ours = bridge::run_in_foreground(send(annotated(log, $($given),*)));
                let twin = bridge::run_in_foreground(send(plain(log, $($given),*)));
                assert_eq!(ours, twin);
            });
        }
    )*};
}

/// It may be sent, and not be shared.
struct Unshared(std::cell::Cell<u32>);

async fn unshared(log: &Log, name: &str, ticks: u64) -> Unshared {
    Unshared(std::cell::Cell::new(log.give(name, ticks, 2).await))
}

fn next(page: &Unshared) -> Result<u32, String> {
    Ok(page.0.get() + 1)
}

both_are_send! {
    |log|
    two_chains_of_what_is_not_shared() -> Result<u32, String> {
        let page = unshared(log, "page", 5).await;
        let after = next(&page)?;
        let one = log.give("one", 1, after).await;
        let other = unshared(log, "other", 1).await;
        let after = next(&other)?;
        let two = log.give("two", 5, after).await;
        Ok(one + two)
    }
    a_name_that_is_bound_anew() -> Result<u32, String> {
        let page = unshared(log, "page", 5).await;
        let after = next(&page)?;
        let one = log.give("one", 1, after).await;
        let page = unshared(log, "other", 1).await;
        let after = next(&page)?;
        let two = log.give("two", 5, after).await;
        Ok(one + two)
    }
    a_page_that_two_calls_follow() -> Result<u32, String> {
        let page = unshared(log, "page", 1).await;
        let after = next(&page)?;
        let one = log.give("one", 1, after).await;
        let again = next(&page)?;
        let two = log.give("two", 5, again).await;
        let other = unshared(log, "other", 1).await;
        let after = next(&other)?;
        let three = log.give("three", 5, after).await;
        Ok(one + two + three)
    }
    operands() -> Result<(u32, u32), String> {
        let owned = load(log, "owned", 2).await?;
        Ok((look(log, "a", &owned).await?, look(log, "b", &owned).await?))
    }
    branches(flag: bool = true) -> Result<u32, String> {
        let owned = load(log, "owned", 2).await?;
        let other = load(log, "other", 1).await?;
        if flag {
            let a = look(log, "a", &owned).await?;
            let b = look(log, "b", &other).await?;
            return Ok(a + b);
        }
        take(log, "c", owned).await
    }
    loops_of_their_own(names: &[String] = &["a".to_owned(), "b".to_owned()]) -> Result<u32, String> {
        let mut sum = 0;
        for name in names {
            let one = load(log, name, 1).await?;
            let two = load(log, name, 2).await?;
            sum += one.0 + two.0;
        }
        Ok(sum)
    }
    a_limit_and_owned_items(names: Vec<String> = vec!["a".to_owned(), "b".to_owned()]) -> Result<u32, String> {
        let mut sum = 0;
        #[background(limit = 2)]
        for name in names {
            let owned = load(log, &name, 1).await?;
            let more = look(log, &name, &owned).await?;
            sum += take(log, &name, owned).await? + more;
        }
        Ok(sum)
    }
    a_limit_and_items_to_change(sizes: &mut [u32] = &mut [1, 2, 3]) -> Result<u32, String> {
        #[background(limit = 2)]
        for size in sizes.iter_mut() {
            let owned = load(log, "owned", 1).await?;
            log.call("rest", 1).await;
            *size += owned.0;
        }
        Ok(sizes.iter().sum())
    }
    a_limit_inside_a_limit(names: &[String] = &["a".to_owned(), "b".to_owned()]) -> Result<u32, String> {
        let mut sum = 0;
        #[background(limit = 2)]
        for name in names {
            let outer = load(log, name, 1).await?;
            #[background(limit = 3)]
            for n in 0..outer.0 + 2 {
                let inner = load(log, name, 1).await?;
                sum += n + take(log, name, inner).await?;
            }
        }
        Ok(sum)
    }
    blocking_code(text: String = "12".to_owned()) -> Result<u32, String> {
        let owned = load(log, "owned", 1).await?;
        #[background]
        let n = text.parse::<u32>().map_err(|error| error.to_string())?;
        Ok(owned.0 + n)
    }
    an_async_block_left_alone() -> Result<u32, String> {
        let owned = load(log, "owned", 1).await?;
        let inner = async move { take(log, "a", owned).await };
        let other = load(log, "other", 1).await?;
        Ok(inner.await? + other.0)
    }
}

/// Methods of every kind of `self`, and of traits.
#[test]
fn methods_are_send() {
    trait Counts {
        fn count(&mut self, log: &Log) -> impl Future<Output = Result<u32, String>> + Send;
    }
    struct Counter(u32);
    impl Counter {
        #[background]
        async fn shared(&self, log: &Log) -> Result<u32, String> {
            let a = load(log, "a", 1).await?;
            let b = load(log, "b", 1).await?;
            Ok(self.0 + a.0 + b.0)
        }

        #[background]
        async fn owned(self, log: &Log) -> Result<u32, String> {
            let a = load(log, "a", 1).await?;
            let b = look(log, "b", &a).await?;
            Ok(self.0 + b)
        }
    }
    impl Counts for Counter {
        #[background]
        async fn count(&mut self, log: &Log) -> Result<u32, String> {
            #[background(limit = 2)]
            for n in 0..3 {
                let one = load(log, "one", 1).await?;
                self.0 += n + one.0;
            }
            self.shared(log).await
        }
    }
    virtual_time(|_, log| {
        let mut counter = Counter(0);
        assert_eq!(bridge::run_in_foreground(send(counter.count(log))), Ok(8));
        assert_eq!(bridge::run_in_foreground(send(counter.owned(log))), Ok(7));
    });
}

#[test]
fn under_another_executor() {
    let log = Log::new(&bridge_tests::Clock::new());
    let ready = spawnable(&log);
    let value = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime is made")
        .block_on(async { tokio::spawn(ready).await.expect("it does not panic") });
    assert_eq!(value, 3);
}

/// A `'static` future, for `tokio::spawn`.
fn spawnable(log: &Log) -> impl Future<Output = u32> + Send + use<> {
    #[background]
    async fn body(log: Log) -> u32 {
        let a = log.trace("a", std::future::ready(1)).await;
        let b = log.trace("b", tokio::task::yield_now()).await;
        let c = log.trace("c", std::future::ready(2)).await;
        let () = b;
        a + c
    }
    body(log.clone())
}

#[test]
fn dropped_half_way() {
    virtual_time(|clock, log| {
        #[background]
        async fn body(log: &Log) -> u32 {
            let _local = log.droppable("local");
            let a = log.give("a", 10, 1).await;
            let b = log.give("b", 20, 2).await;
            a + b
        }
        let future = body(log);
        let limited = async {
            tokio::select! {
                sum = future => Some(sum),
                () = clock.sleep(5) => None,
            }
        };
        assert_eq!(bridge::run_in_foreground(limited), None);
        log.expect(["0 S a", "0 S b", "5 D b", "5 D a", "5 D local"]);
    });
}
