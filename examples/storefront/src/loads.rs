//! What the annotated functions call: one question to one server each, or one command.
//!
//! Each statement has a name in it, by which tests find it on its way.

use std::collections::{BTreeMap, HashMap};

use dataloader::{BatchFn, non_cached::Loader};
use redis::AsyncCommands;
use sqlx::postgres::PgConnection;
use sqlx::{PgPool, Row as _};

use crate::clients::Shop;
use crate::error::Error;
use crate::model::{Customer, Flight, Order, Plane, Row};
use crate::service::{Charge, Weather};

type FlightRow = (i32, String, i32, Option<String>, String, String, Option<i32>);

fn flight_of((id, carrier, number, tailnum, origin, dest, delay): FlightRow) -> Flight {
    Flight { id, carrier, number, tailnum, origin, dest, delay }
}

type OrderRow = (i64, i32, i32, i32, i64, String);

fn order_of((id, customer, flight, seats, cents, state): OrderRow) -> Order {
    Order { id, customer, flight, seats, cents, state }
}

/// A flight.
///
/// # Errors
///
/// It is not there, or the call fails.
pub async fn flight(shop: &Shop, id: i32) -> Result<Flight, Error> {
    let query = sqlx::query_as(
        "SELECT /* flight */ id, carrier, number, tailnum, origin, dest, delay FROM flights WHERE id = $1",
    );
    let found = shop.call("flight", query.bind(id).fetch_optional(&shop.db)).await?;
    found.map(flight_of).ok_or(Error::NoFlight(id))
}

/// The name of an airline.
///
/// # Errors
///
/// The call fails.
pub async fn airline(shop: &Shop, carrier: &str) -> Result<Option<String>, Error> {
    let query = sqlx::query_scalar("SELECT /* airline */ name FROM airlines WHERE carrier = $1");
    shop.call("airline", query.bind(carrier).fetch_optional(&shop.db)).await
}

/// A plane, if it is in the registry.
///
/// # Errors
///
/// The call fails.
pub async fn plane(shop: &Shop, tailnum: Option<&str>) -> Result<Option<Plane>, Error> {
    let query = sqlx::query_as("SELECT /* plane */ year, seats FROM planes WHERE tailnum = $1");
    let found = shop.call("plane", query.bind(tailnum).fetch_optional(&shop.db)).await?;
    Ok(found.map(|(year, seats)| Plane { year, seats }))
}

/// How many seats are left.
///
/// # Errors
///
/// The call fails.
pub async fn seats_left(shop: &Shop, flight: i32) -> Result<i32, Error> {
    let query = sqlx::query_scalar("SELECT /* seats */ seats_left FROM flights WHERE id = $1");
    let found = shop.call("seats_left", query.bind(flight).fetch_optional(&shop.db)).await?;
    found.ok_or(Error::NoFlight(flight))
}

/// Other flights of the same day between two airports.
///
/// # Errors
///
/// The call fails.
pub async fn others(shop: &Shop, origin: &str, dest: &str) -> Result<Vec<i32>, Error> {
    let query = sqlx::query_scalar(
        "SELECT /* others */ id FROM flights WHERE origin = $1 AND dest = $2 ORDER BY id LIMIT 5",
    );
    shop.call("others", query.bind(origin).bind(dest).fetch_all(&shop.db)).await
}

/// All flights between two airports.
///
/// # Errors
///
/// The call fails.
pub async fn between(shop: &Shop, origin: &str, dest: &str) -> Result<Vec<Flight>, Error> {
    let query = sqlx::query_as(
        "SELECT /* between */ id, carrier, number, tailnum, origin, dest, delay FROM flights \
         WHERE origin = $1 AND dest = $2 ORDER BY id",
    );
    let found = shop.call("between", query.bind(origin).bind(dest).fetch_all(&shop.db)).await?;
    Ok(found.into_iter().map(flight_of).collect())
}

/// The first of those that leave an airport.
///
/// # Errors
///
/// The call fails.
pub async fn departures(shop: &Shop, origin: &str) -> Result<Vec<Flight>, Error> {
    let query = sqlx::query_as(
        "SELECT /* departures */ id, carrier, number, tailnum, origin, dest, delay FROM flights \
         WHERE origin = $1 ORDER BY id LIMIT 20",
    );
    let found = shop.call("departures", query.bind(origin).fetch_all(&shop.db)).await?;
    Ok(found.into_iter().map(flight_of).collect())
}

/// A customer.
///
/// # Errors
///
/// It is not there, or the call fails.
pub async fn customer(shop: &Shop, id: i32) -> Result<Customer, Error> {
    let query =
        sqlx::query_as("SELECT /* customer */ id, name, is_active FROM customers WHERE id = $1");
    let found = shop.call("customer", query.bind(id).fetch_optional(&shop.db)).await?;
    let (id, name, is_active) = found.ok_or(Error::NoCustomer(id))?;
    Ok(Customer { id, name, is_active })
}

/// What a customer has ordered.
///
/// # Errors
///
/// The call fails.
pub async fn orders_of(shop: &Shop, customer: i32) -> Result<Vec<Order>, Error> {
    let query = sqlx::query_as(
        "SELECT /* orders */ id, customer, flight, seats, cents, state FROM orders \
         WHERE customer = $1 ORDER BY id",
    );
    let found = shop.call("orders", query.bind(customer).fetch_all(&shop.db)).await?;
    Ok(found.into_iter().map(order_of).collect())
}

/// An order.
///
/// # Errors
///
/// It is not there, or the call fails.
pub async fn order(shop: &Shop, id: i64) -> Result<Order, Error> {
    let query = sqlx::query_as(
        "SELECT /* order */ id, customer, flight, seats, cents, state FROM orders WHERE id = $1",
    );
    let found = shop.call("order", query.bind(id).fetch_optional(&shop.db)).await?;
    found.map(order_of).ok_or(Error::NoOrder(id))
}

/// How often a page was seen.
///
/// # Errors
///
/// The call fails.
pub async fn views(shop: &Shop, flight: i32) -> Result<i64, Error> {
    let mut cache = shop.cache.clone();
    let key = format!("views:{flight}");
    let views: Option<i64> = shop.call("views", cache.get(key)).await?;
    Ok(views.unwrap_or(0))
}

/// The points of a customer.
///
/// # Errors
///
/// The call fails.
pub async fn points(shop: &Shop, customer: i32) -> Result<i64, Error> {
    let mut cache = shop.cache.clone();
    let key = format!("points:{customer}");
    let points: Option<i64> = shop.call("points", cache.get(key)).await?;
    Ok(points.unwrap_or(0))
}

/// The airports that most flights go to.
///
/// # Errors
///
/// The call fails.
pub async fn destinations(shop: &Shop) -> Result<Vec<String>, Error> {
    let mut cache = shop.cache.clone();
    shop.call("destinations", cache.zrevrange("destinations", 0, 4)).await
}

/// Notes how many flights go to an airport.
///
/// # Errors
///
/// The call fails.
pub async fn set_destination(shop: &Shop, dest: &str, flights: i64) -> Result<(), Error> {
    let mut cache = shop.cache.clone();
    shop.call("set_destination", cache.zadd("destinations", dest, flights)).await
}

/// Adds points.
///
/// # Errors
///
/// The call fails.
pub async fn add_points(shop: &Shop, customer: i32, points: i64) -> Result<i64, Error> {
    let mut cache = shop.cache.clone();
    shop.call("add_points", cache.incr(format!("points:{customer}"), points)).await
}

async fn get<T: serde::de::DeserializeOwned>(
    shop: &Shop,
    call: &'static str,
    path: &str,
) -> Result<T, Error> {
    let answer = shop.call(call, shop.http.get(shop.url(path)).send()).await?;
    let answer =
        answer.error_for_status().map_err(|error| Error::Call { call, cause: error.into() })?;
    shop.call(call, answer.json()).await
}

/// What some seats cost, in cents.
///
/// # Errors
///
/// The call fails.
pub async fn quote(shop: &Shop, flight: i32, seats: i32) -> Result<i64, Error> {
    get(shop, "quote", &format!("/quotes/{flight}?seats={seats}")).await
}

/// The weather at an airport.
///
/// # Errors
///
/// The call fails.
pub async fn weather(shop: &Shop, origin: &str) -> Result<Weather, Error> {
    get(shop, "weather", &format!("/weather/{origin}")).await
}

/// What all should know.
///
/// # Errors
///
/// The call fails.
pub async fn notices(shop: &Shop) -> Result<Vec<String>, Error> {
    get(shop, "notices", "/notices").await
}

/// What a dollar is in other currencies.
///
/// # Errors
///
/// The call fails.
pub async fn rates(shop: &Shop) -> Result<BTreeMap<String, f64>, Error> {
    get(shop, "rates", "/rates").await
}

/// Whether an order was paid at the service.
///
/// # Errors
///
/// The call fails.
pub async fn charged(shop: &Shop, order: i64) -> Result<Option<i64>, Error> {
    get(shop, "charged", &format!("/charges/{order}")).await
}

/// Takes a payment. Asked twice, it takes it once.
///
/// # Errors
///
/// It is refused, or the call fails.
pub async fn charge(shop: &Shop, order: i64, cents: i64) -> Result<(), Error> {
    let charge = Charge { key: order, cents };
    let sent = shop.http.post(shop.url("/charges")).json(&charge).send();
    let answer = shop.call("charge", sent).await?;
    if answer.status() == reqwest::StatusCode::PAYMENT_REQUIRED {
        return Err(Error::Refused(order));
    }
    answer
        .error_for_status()
        .map_err(|error| Error::Call { call: "charge", cause: error.into() })?;
    Ok(())
}

/// Gives a payment back. Asked twice, it does so once.
///
/// # Errors
///
/// The call fails.
pub async fn refund(shop: &Shop, order: i64) -> Result<(), Error> {
    let sent = shop.http.delete(shop.url(&format!("/charges/{order}"))).send();
    let answer = shop.call("refund", sent).await?;
    answer
        .error_for_status()
        .map_err(|error| Error::Call { call: "refund", cause: error.into() })?;
    Ok(())
}

/// How many seats are left, which stay so until the end of the transaction.
///
/// # Errors
///
/// The call fails.
pub async fn lock_seats(shop: &Shop, tx: &mut PgConnection, flight: i32) -> Result<i32, Error> {
    let query =
        sqlx::query_scalar("SELECT /* lock */ seats_left FROM flights WHERE id = $1 FOR UPDATE");
    let found = shop.call("lock_seats", query.bind(flight).fetch_optional(tx)).await?;
    found.ok_or(Error::NoFlight(flight))
}

/// Takes seats away, or gives them back.
///
/// # Errors
///
/// The call fails.
pub async fn take_seats(
    shop: &Shop,
    tx: &mut PgConnection,
    flight: i32,
    seats: i32,
) -> Result<(), Error> {
    let query =
        sqlx::query("UPDATE /* take */ flights SET seats_left = seats_left - $2 WHERE id = $1");
    shop.call("take_seats", query.bind(flight).bind(seats).execute(tx)).await?;
    Ok(())
}

/// Writes an order down, and gives its number.
///
/// # Errors
///
/// The call fails.
pub async fn insert_order(
    shop: &Shop,
    tx: &mut PgConnection,
    (customer, flight): (i32, i32),
    (seats, cents): (i32, i64),
) -> Result<i64, Error> {
    let query = sqlx::query_scalar(
        "INSERT /* insert */ INTO orders (customer, flight, seats, cents, state) \
         VALUES ($1, $2, $3, $4, 'reserved') RETURNING id",
    );
    let query = query.bind(customer).bind(flight).bind(seats).bind(cents);
    shop.call("insert_order", query.fetch_one(tx)).await
}

/// Gives an order another state, if it has this one; tells whether it had.
///
/// # Errors
///
/// The call fails.
pub async fn set_state(
    shop: &Shop,
    tx: &mut PgConnection,
    order: i64,
    (from, to): (&str, &str),
) -> Result<bool, Error> {
    let query =
        sqlx::query("UPDATE /* state */ orders SET state = $3 WHERE id = $1 AND state = $2");
    let query = query.bind(order).bind(from).bind(to);
    Ok(shop.call("set_state", query.execute(tx)).await?.rows_affected() == 1)
}

/// Begins a transaction.
///
/// # Errors
///
/// The call fails.
pub async fn begin(shop: &Shop) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, Error> {
    shop.call("begin", shop.db.begin()).await
}

/// Ends a transaction.
///
/// # Errors
///
/// The call fails: it may have been done.
pub async fn commit(
    shop: &Shop,
    tx: sqlx::Transaction<'static, sqlx::Postgres>,
) -> Result<(), Error> {
    shop.call("commit", tx.commit()).await
}

/// The orders that are neither paid nor cancelled.
///
/// # Errors
///
/// The call fails.
pub async fn reserved(shop: &Shop) -> Result<Vec<Order>, Error> {
    let query = sqlx::query_as(
        "SELECT /* reserved */ id, customer, flight, seats, cents, state FROM orders \
         WHERE state = 'reserved' ORDER BY id",
    );
    let found = shop.call("reserved", query.fetch_all(&shop.db)).await?;
    Ok(found.into_iter().map(order_of).collect())
}

/// How many seats a plane has, or 100 if it is not in the registry.
///
/// # Errors
///
/// The call fails.
pub async fn seats_of(shop: &Shop, tailnum: Option<&str>) -> Result<i32, Error> {
    let query = sqlx::query_scalar("SELECT /* seats_of */ seats FROM planes WHERE tailnum = $1");
    let found = shop.call("seats_of", query.bind(tailnum).fetch_optional(&shop.db)).await?;
    Ok(found.unwrap_or(100))
}

/// Writes a flight down, or what is new of it.
///
/// # Errors
///
/// The call fails.
pub async fn upsert_flight(shop: &Shop, row: &Row) -> Result<(), Error> {
    let query = sqlx::query(
        "INSERT /* upsert */ INTO flights \
         (id, carrier, number, tailnum, origin, dest, delay, seats, seats_left) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
         ON CONFLICT (id) DO UPDATE SET tailnum = $4, delay = $7",
    );
    let Row { flight, seats } = row;
    let query = query.bind(flight.id).bind(&flight.carrier).bind(flight.number);
    let query = query.bind(&flight.tailnum).bind(&flight.origin).bind(&flight.dest);
    shop.call("upsert", query.bind(flight.delay).bind(seats).execute(&shop.db)).await?;
    Ok(())
}

/// Delays by flight, asked for in batches.
pub struct Delays(pub PgPool);

impl BatchFn<i32, Option<i32>> for Delays {
    async fn load(&mut self, flights: &[i32]) -> HashMap<i32, Option<i32>> {
        let query = sqlx::query("SELECT /* delays */ id, delay FROM flights WHERE id = ANY($1)");
        let rows = query.bind(flights).fetch_all(&self.0).await;
        // Who finds no value has an error.
        rows.unwrap_or_default().iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

/// Collects flights, and asks for all of them at once.
pub type DelayLoader = Loader<i32, Option<i32>, Delays>;

/// The delay of a flight, asked for with others.
///
/// # Errors
///
/// It is not there, or the call fails.
pub async fn delay_in_batch(delays: &DelayLoader, flight: i32) -> Result<Option<i32>, Error> {
    bridge::quiescent().await;
    delays.try_load(flight).await.map_err(|_| Error::NoFlight(flight))
}

/// The delay of a flight, asked for by itself.
///
/// # Errors
///
/// It is not there, or the call fails.
pub async fn delay(shop: &Shop, flight: i32) -> Result<Option<i32>, Error> {
    let query = sqlx::query_scalar("SELECT /* delays */ delay FROM flights WHERE id = $1");
    let found = shop.call("delay", query.bind(flight).fetch_optional(&shop.db)).await?;
    found.ok_or(Error::NoFlight(flight))
}
