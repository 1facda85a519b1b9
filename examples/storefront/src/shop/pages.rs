//! Pages: they read.

use super::background;
use crate::clients::Shop;
use crate::error::Error;
use crate::loads::{self, DelayLoader};
use crate::model::{Board, Cart, CustomerPage, FlightPage, Home, Search};

/// A flight with all that a customer wants to know of it.
#[background]
pub fn flight(shop: &Shop, id: i32) -> Result<FlightPage, Error> {
    let flight = loads::flight(shop, id).await?;
    let airline = loads::airline(shop, &flight.carrier).await?;
    let plane = loads::plane(shop, flight.tailnum.as_deref()).await?;
    let others = loads::others(shop, &flight.origin, &flight.dest).await?;
    let weather = loads::weather(shop, &flight.origin).await?;
    let seats_left = loads::seats_left(shop, id).await?;
    let cents = loads::quote(shop, id, 1).await?;
    let views = loads::views(shop, id).await?;
    let notices = loads::notices(shop).await?;
    Ok(FlightPage { flight, airline, plane, seats_left, cents, weather, others, views, notices })
}

/// The first page.
#[background]
pub fn home(shop: &Shop) -> Result<Home, Error> {
    let featured = loads::departures(shop, "JFK").await?;
    let destinations = loads::destinations(shop).await?;
    let count = sqlx::query_scalar("SELECT /* count */ count(*) FROM flights");
    let flights = shop.call("count", count.fetch_one(&shop.db)).await?;
    let notices = loads::notices(shop).await?;
    let rates = loads::rates(shop).await?;
    Ok(Home { featured, destinations, flights, notices, rates })
}

/// Flights between two airports, and the cheapest of them.
#[background]
pub fn search(shop: &Shop, origin: &str, dest: &str) -> Result<Search, Error> {
    let flights = loads::between(shop, origin, dest).await?;
    let mean = sqlx::query_scalar(
        "SELECT /* mean */ avg(delay)::float8 FROM flights WHERE origin = $1 AND dest = $2",
    );
    let mean_delay = shop.call("mean", mean.bind(origin).bind(dest).fetch_one(&shop.db)).await?;
    let rates = loads::rates(shop).await?;
    let mut cheapest = None;
    #[background(limit = 8)]
    for flight in flights.iter().take(8) {
        let cents = loads::quote(shop, flight.id, 1).await?;
        cheapest = cheapest.into_iter().chain([cents]).min();
    }
    Ok(Search { flights, cheapest, mean_delay, rates })
}

/// What a customer has ordered.
#[background]
pub fn customer(shop: &Shop, id: i32) -> Result<CustomerPage, Error> {
    let customer = loads::customer(shop, id).await?;
    let orders = loads::orders_of(shop, id).await?;
    let points = loads::points(shop, id).await?;
    let paid = orders.iter().filter(|order| order.state == "paid").map(|order| order.cents).sum();
    Ok(CustomerPage { customer, orders, points, paid })
}

/// What leaves from an airport.
#[background]
pub fn board(shop: &Shop, origin: &str) -> Result<Board, Error> {
    let departures = loads::departures(shop, origin).await?;
    let weather = loads::weather(shop, origin).await?;
    let query = sqlx::query_as(
        "SELECT /* board */ avg(delay)::float8, count(DISTINCT carrier) FROM flights WHERE origin = $1",
    );
    let (mean_delay, airlines) = shop.call("board", query.bind(origin).fetch_one(&shop.db)).await?;
    Ok(Board { departures, weather, mean_delay, airlines })
}

/// What a cart comes to: each line is quoted by itself.
#[background]
pub fn cart(shop: &Shop, lines: &[(i32, i32)]) -> Result<Cart, Error> {
    let mut cart = Cart::default();
    #[background(limit = 16)]
    for &(flight, seats) in lines {
        let left = loads::seats_left(shop, flight).await?;
        let cents = loads::quote(shop, flight, seats).await?;
        if left < seats {
            return Err(Error::SoldOut { flight, left });
        }
        cart.lines.push((flight, cents));
        cart.cents += cents;
    }
    Ok(cart)
}

/// The sum of the delays of some flights, each asked for by itself.
#[background]
pub fn delays(shop: &Shop, flights: &[i32]) -> Result<i64, Error> {
    let mut total = 0;
    #[background(limit = 100)]
    for &flight in flights {
        let delay = loads::delay(shop, flight).await?;
        total += i64::from(delay.unwrap_or(0));
    }
    Ok(total)
}

/// The same, of which those that are in flight together are one statement.
#[background]
pub fn delays_in_batches(delays: &DelayLoader, flights: &[i32]) -> Result<i64, Error> {
    let mut total = 0;
    #[background(limit = 100)]
    for &flight in flights {
        let delay = loads::delay_in_batch(delays, flight).await?;
        total += i64::from(delay.unwrap_or(0));
    }
    Ok(total)
}

/// Eight flights in straight lines: one statement.
#[background]
pub fn eight_delays(delays: &DelayLoader, first: i32) -> Result<i64, Error> {
    let a = loads::delay_in_batch(delays, first).await?;
    let b = loads::delay_in_batch(delays, first + 1).await?;
    let c = loads::delay_in_batch(delays, first + 2).await?;
    let d = loads::delay_in_batch(delays, first + 3).await?;
    let e = loads::delay_in_batch(delays, first + 4).await?;
    let f = loads::delay_in_batch(delays, first + 5).await?;
    let g = loads::delay_in_batch(delays, first + 6).await?;
    let h = loads::delay_in_batch(delays, first + 7).await?;
    Ok([a, b, c, d, e, f, g, h].into_iter().flatten().map(i64::from).sum())
}

/// Flights whose numbers come from the delays of others: two statements.
#[background]
pub fn chained_delays(delays: &DelayLoader, first: i32) -> Result<i64, Error> {
    let mut total = 0;
    #[background(limit = 100)]
    for flight in first..first + 100 {
        let delay = loads::delay_in_batch(delays, flight).await?;
        let next = 1 + delay.unwrap_or(0).rem_euclid(100);
        let other = loads::delay_in_batch(delays, next).await?;
        total += i64::from(other.unwrap_or(0));
    }
    Ok(total)
}
