//! Reports: statements that stand where they are used.

use sqlx::Row as _;

use super::background;
use crate::clients::Shop;
use crate::error::Error;
use crate::loads;
use crate::model::Daily;

/// What the day was like.
#[background]
pub fn daily(shop: &Shop) -> Result<Daily, Error> {
    let flown =
        sqlx::query("SELECT /* flown */ count(*) AS n, avg(delay)::float8 AS mean FROM flights");
    let flown = shop.call("flown", flown.fetch_one(&shop.db)).await?;
    let flights = flown.try_get("n").map_err(|error| failed("flown", error))?;
    let mean_delay = flown.try_get("mean").map_err(|error| failed("flown", error))?;
    let cancelled =
        sqlx::query_scalar("SELECT /* gone */ count(*) FROM flights WHERE delay IS NULL");
    let cancelled = shop.call("gone", cancelled.fetch_one(&shop.db)).await?;
    let sold = sqlx::query(
        "SELECT /* sold */ count(*) AS n, coalesce(sum(cents), 0)::int8 AS cents FROM orders \
         WHERE state = 'paid'",
    );
    let sold = shop.call("sold", sold.fetch_one(&shop.db)).await?;
    let orders = sold.try_get("n").map_err(|error| failed("sold", error))?;
    let cents: i64 = sold.try_get("cents").map_err(|error| failed("sold", error))?;
    let rates = loads::rates(shop).await?;
    let euros = cents as f64 / 100.0 * rates.get("EUR").copied().unwrap_or(1.0);
    Ok(Daily { flights, cancelled, mean_delay, orders, cents, euros })
}

fn failed(call: &'static str, error: sqlx::Error) -> Error {
    Error::Call { call, cause: error.into() }
}

/// The mean delay of each airline, the worst first.
#[background]
pub fn airlines(shop: &Shop) -> Result<Vec<(String, f64)>, Error> {
    let query = sqlx::query_scalar("SELECT /* carriers */ carrier FROM airlines ORDER BY carrier");
    let carriers: Vec<String> = shop.call("carriers", query.fetch_all(&shop.db)).await?;
    let mut means = Vec::new();
    #[background(limit = 4)]
    for carrier in &carriers {
        let name = loads::airline(shop, carrier).await?;
        let query = sqlx::query_scalar(
            "SELECT /* of */ avg(delay)::float8 FROM flights WHERE carrier = $1",
        );
        let mean: Option<f64> = shop.call("of", query.bind(carrier).fetch_one(&shop.db)).await?;
        means.extend(name.zip(mean));
    }
    means.sort_by(|one, other| other.1.total_cmp(&one.1));
    Ok(means)
}

/// Whether all servers answer.
#[background]
pub fn health(shop: &Shop) -> Result<(), Error> {
    let one = sqlx::query_scalar::<_, i32>("SELECT /* health */ 1");
    let one = shop.call("database", one.fetch_one(&shop.db)).await?;
    let views = loads::views(shop, 0).await?;
    let notices = loads::notices(shop).await?;
    debug_assert!(one == 1 && views >= 0 && !notices.is_empty());
    Ok(())
}

/// What does not add up: flights whose seats are neither left nor ordered, and payments that no order has.
#[background]
pub fn audit(shop: &Shop) -> Result<(i64, i64), Error> {
    let seats = sqlx::query_scalar(
        "SELECT /* audit */ count(*) FROM flights WHERE seats <> seats_left + coalesce((SELECT sum(seats) \
         FROM orders WHERE flight = flights.id AND state <> 'cancelled'), 0)",
    );
    let seats = shop.call("audit", seats.fetch_one(&shop.db)).await?;
    let open =
        sqlx::query_scalar("SELECT /* open */ count(*) FROM orders WHERE state = 'reserved'");
    let open = shop.call("open", open.fetch_one(&shop.db)).await?;
    Ok((seats, open))
}
