//! What runs by night: an import, a cache, an export.

use futures_util::StreamExt;
use sqlx::Row as _;

use super::background;
use crate::clients::Shop;
use crate::error::Error;
use crate::loads;
use crate::model::{Flight, Row};

/// Writes flights down, up to 8 at once; how many have a plane in the registry.
#[background]
pub fn import(shop: &Shop, flights: &[Flight]) -> Result<usize, Error> {
    let mut known = 0;
    #[background(limit = 8)]
    for flight in flights {
        let plane = loads::plane(shop, flight.tailnum.as_deref()).await?;
        let seats = plane.as_ref().map_or(100, |plane| plane.seats);
        let row = Row { flight: flight.clone(), seats };
        #[background]
        let written = loads::upsert_flight(shop, &row).await;
        written?;
        known += usize::from(plane.is_some());
    }
    Ok(known)
}

/// Tells the cache how many flights go where.
#[background]
pub fn refresh(shop: &Shop) -> Result<usize, Error> {
    let query = sqlx::query_scalar("SELECT /* dests */ DISTINCT dest FROM flights ORDER BY dest");
    let dests: Vec<String> = shop.call("dests", query.fetch_all(&shop.db)).await?;
    #[background(limit = 16)]
    for dest in &dests {
        let query = sqlx::query_scalar("SELECT /* to */ count(*) FROM flights WHERE dest = $1");
        let flights: i64 = shop.call("to", query.bind(dest).fetch_one(&shop.db)).await?;
        loads::set_destination(shop, dest, flights).await?;
    }
    Ok(dests.len())
}

/// Reads all planes as they come, and sums up their seats.
#[background]
pub fn export(shop: &Shop) -> Result<(usize, i64), Error> {
    let mut rows = sqlx::query("SELECT /* export */ tailnum, seats FROM planes").fetch(&shop.db);
    let (mut planes, mut seats) = (0, 0);
    while let Some(row) = shop.call("export", async { rows.next().await.transpose() }).await? {
        planes += 1;
        seats += i64::from(row.get::<i32, _>("seats"));
    }
    Ok((planes, seats))
}
