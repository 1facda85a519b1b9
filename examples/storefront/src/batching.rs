//! A hundred loads by key: how many statements the server has run, and how long that took.

use std::time::{Duration, Instant};

use bridge::run_in_foreground;
use dataloader::non_cached::Loader;
use futures_util::future::try_join_all;

use crate::clients::Shop;
use crate::error::Error;
use crate::loads::{self, DelayLoader, Delays};
use crate::setting::Setting;
use crate::{overlapped, serial};

/// One way to load them.
#[derive(Clone, Debug)]
pub struct Way {
    pub name: &'static str,
    /// As the server has counted.
    pub statements: i64,
    pub time: Duration,
    pub total: i64,
}

/// How the hundred are loaded, one way after the other, with so much latency each way.
///
/// # Errors
///
/// A server does not answer.
pub fn all(setting: &Setting, latency: Duration) -> Result<Vec<Way>, Error> {
    let proxies = setting.proxies(latency).expect("there are ports");
    let shop = run_in_foreground(Shop::connect(&proxies.places()))?;
    let direct = run_in_foreground(Shop::connect(&setting.places()))?;
    let flights: Vec<i32> = (1..=100).collect();
    let loader = || -> DelayLoader { Loader::new(Delays(shop.db.clone())) };
    let way = |name, run: &dyn Fn() -> Result<i64, Error>| {
        // Connections and statements are prepared.
        run()?;
        reset(&direct)?;
        let begin = Instant::now();
        let total = run()?;
        Ok::<_, Error>(Way { name, time: begin.elapsed(), total, statements: statements(&direct)? })
    };
    let ways = vec![
        way("serial", &|| serial::shop::pages::delays(&shop, &flights))?,
        way("`join_all`, by hand", &|| {
            run_in_foreground(async {
                let loads = flights.iter().map(|&flight| loads::delay(&shop, flight));
                let delays = try_join_all(loads).await?;
                Ok(delays.into_iter().flatten().map(i64::from).sum())
            })
        })?,
        way("a loop with `limit = 100`", &|| overlapped::shop::pages::delays(&shop, &flights))?,
        way("the same, in batches", &|| {
            overlapped::shop::pages::delays_in_batches(&loader(), &flights)
        })?,
        way("in batches, serially", &|| {
            serial::shop::pages::delays_in_batches(&loader(), &flights)
        })?,
        way("eight `let`s, in batches", &|| overlapped::shop::pages::eight_delays(&loader(), 1))?,
        way("100 chains of two, in batches", &|| {
            overlapped::shop::pages::chained_delays(&loader(), 1)
        })?,
    ];
    run_in_foreground(shop.close());
    run_in_foreground(direct.close());
    Ok(ways)
}

fn reset(shop: &Shop) -> Result<(), Error> {
    run_in_foreground(async {
        let query = sqlx::query("SELECT pg_stat_statements_reset()");
        shop.call("reset", query.execute(&shop.db)).await?;
        Ok(())
    })
}

/// How many statements that load delays the server has run.
fn statements(shop: &Shop) -> Result<i64, Error> {
    let query = sqlx::query_scalar(
        "SELECT coalesce(sum(calls), 0)::int8 FROM pg_stat_statements WHERE query LIKE 'SELECT /* delays */%'",
    );
    run_in_foreground(shop.call("statements", query.fetch_one(&shop.db)))
}
