//! Each function beside its serial twin: the times, and whether they give the same.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use bridge::run_in_foreground;
use bridge_timeline::Timeline;
use tracing_subscriber::prelude::*;

use crate::clients::Shop;
use crate::error::Error;
use crate::setting::Setting;
use crate::{overlapped, seed, serial};

/// One function and its twin.
#[derive(Clone, Debug)]
pub struct Pair {
    pub name: &'static str,
    pub serial: Duration,
    pub overlapped: Duration,
    pub is_same: bool,
}

impl Pair {
    /// The time over that of the serial twin.
    pub fn ratio(&self) -> f64 {
        self.overlapped.as_secs_f64() / self.serial.as_secs_f64()
    }
}

/// Times what both forms of a function take and give, the quickest of three.
fn pair<T: PartialEq + Debug>(
    name: &'static str,
    overlapped: impl Fn() -> T,
    serial: impl Fn() -> T,
) -> Pair {
    let timed = |body: &dyn Fn() -> T| {
        let begin = Instant::now();
        let value = body();
        (begin.elapsed(), value)
    };
    let mut pair = Pair { name, serial: Duration::MAX, overlapped: Duration::MAX, is_same: true };
    for _ in 0..3 {
        let (one, other) = (timed(&overlapped), timed(&serial));
        pair.overlapped = pair.overlapped.min(one.0);
        pair.serial = pair.serial.min(other.0);
        pair.is_same &= one.1 == other.1;
    }
    pair
}

/// All that read, and those that may be repeated, with so much latency each way.
///
/// # Errors
///
/// A server does not answer.
pub fn all(setting: &Setting, latency: Duration) -> Result<Vec<Pair>, Error> {
    let proxies = setting.proxies(latency).expect("there are ports");
    let shop = run_in_foreground(Shop::connect(&proxies.places()))?;
    // All connections of the pool are there before time is taken.
    run_in_foreground(async {
        let mut all = Vec::new();
        for _ in 0..16 {
            all.push(shop.call("warm up", shop.db.acquire()).await?);
        }
        Ok::<_, Error>(())
    })?;
    macro_rules! pairs {
        ($($name:literal $($path:ident)::+ ($($argument:expr),*),)*) => {
            vec![$(pair(
                $name,
                || overlapped::shop::$($path)::+(&shop $(, $argument)*),
                || serial::shop::$($path)::+(&shop $(, $argument)*),
            )),*]
        };
    }
    let lines: Vec<(i32, i32)> = (1..=24).map(|flight| (flight, 1)).collect();
    let flights: Vec<_> = seed::flights().into_iter().take(60).collect();
    let ids: Vec<i32> = (1..=100).collect();
    let pairs = pairs! {
        "the page of a flight" pages::flight(7),
        "the first page" pages::home(),
        "a search" pages::search("JFK", "LAX"),
        "the page of a customer" pages::customer(7),
        "a board" pages::board("JFK"),
        "a cart of 24 lines" pages::cart(&lines),
        "100 delays" pages::delays(&ids),
        "an order" orders::sample(),
        "an import of 60 flights" nightly::import(&flights),
        "the cache" nightly::refresh(),
        "an export" nightly::export(),
        "the report of a day" reports::daily(),
        "the airlines" reports::airlines(),
        "whether all answer" reports::health(),
        "an audit" reports::audit(),
    };
    run_in_foreground(shop.close());
    Ok(pairs)
}

/// The page of a flight, as a drawing.
///
/// # Errors
///
/// A server does not answer.
pub fn timeline(setting: &Setting, latency: Duration, width: usize) -> Result<String, Error> {
    let proxies = setting.proxies(latency).expect("there are ports");
    let shop = run_in_foreground(Shop::connect(&proxies.places()))?;
    overlapped::shop::pages::flight(&shop, 7)?;
    let timeline = Timeline::new();
    let subscriber = tracing_subscriber::registry().with(timeline.layer());
    tracing::subscriber::with_default(subscriber, || overlapped::shop::pages::flight(&shop, 7))?;
    run_in_foreground(shop.close());
    Ok(timeline.run().text(width))
}
