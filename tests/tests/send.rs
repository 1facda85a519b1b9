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
    async fn finish(self, log: &Log) -> Result<u32, String> {
        Ok(log.give("finish", 1, self.0).await)
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
    let f = open.finish(log).await?;
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
