//! What is in the database before anything runs: the data sets of the examples.

use redis::AsyncCommands;
use serde::{Deserialize, Deserializer};
use sqlx::{AssertSqlSafe, Executor};

use crate::clients::Shop;
use crate::error::Error;
use crate::model::Flight;

/// How many customers there are; each tenth may not order.
pub const CUSTOMERS: i32 = 200;

#[derive(Deserialize)]
struct FlightRow {
    carrier: String,
    flight: i32,
    tailnum: String,
    origin: String,
    dest: String,
    #[serde(deserialize_with = "minutes")]
    dep_delay: Option<i32>,
}

fn minutes<'de, D: Deserializer<'de>>(text: D) -> Result<Option<i32>, D::Error> {
    Ok(String::deserialize(text)?.parse().ok())
}

/// The flights of the data set, numbered from 1.
pub fn flights() -> Vec<Flight> {
    let mut rows = csv::Reader::from_reader(&include_bytes!("../../data/flights.csv")[..]);
    let rows = rows.deserialize::<FlightRow>().map(|row| row.expect("it is a flight"));
    rows.zip(1..)
        .map(|(row, id)| Flight {
            id,
            carrier: row.carrier,
            number: row.flight,
            tailnum: (row.tailnum != "NA").then_some(row.tailnum),
            origin: row.origin,
            dest: row.dest,
            delay: row.dep_delay,
        })
        .collect()
}

/// Makes the tables anew, and fills them and the cache.
///
/// # Errors
///
/// A server does not answer.
pub async fn fill(shop: &Shop) -> Result<(), Error> {
    let planes = include_str!("../../data/planes.sql");
    // The table is of the schema.
    let planes = planes.split_once('\n').map_or("", |(_, rows)| rows);
    let schema = concat!(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n",
        include_str!("../schema.sql")
    );
    let mut connection = shop.call("fill", shop.db.acquire()).await?;
    shop.call("fill", connection.execute(AssertSqlSafe(schema))).await?;
    shop.call("fill", connection.execute(AssertSqlSafe(planes))).await?;

    let mut airlines = csv::Reader::from_reader(&include_bytes!("../../data/airlines.csv")[..]);
    let airlines = airlines.deserialize::<(String, String)>().map(|row| row.expect("an airline"));
    let (carriers, names): (Vec<_>, Vec<_>) = airlines.unzip();
    let query = sqlx::query("INSERT INTO airlines SELECT * FROM unnest($1::text[], $2::text[])");
    shop.call("fill", query.bind(carriers).bind(names).execute(&mut *connection)).await?;

    let query = sqlx::query(
        "INSERT INTO customers SELECT n, 'Customer ' || n, n % 10 <> 0 FROM generate_series(1, $1) n",
    );
    shop.call("fill", query.bind(CUSTOMERS).execute(&mut *connection)).await?;

    let flights = flights();
    let column = |of: fn(&Flight) -> String| flights.iter().map(of).collect::<Vec<_>>();
    let tailnums: Vec<_> = flights.iter().map(|flight| flight.tailnum.clone()).collect();
    let numbers: Vec<_> = flights.iter().map(|flight| flight.number).collect();
    let delays: Vec<_> = flights.iter().map(|flight| flight.delay).collect();
    let query = sqlx::query(
        "INSERT INTO flights SELECT row_number() OVER (), carrier, number, f.tailnum, origin, dest, delay, \
         coalesce(p.seats, 100), coalesce(p.seats, 100) \
         FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::int[]) \
         WITH ORDINALITY f (carrier, number, tailnum, origin, dest, delay, n) \
         LEFT JOIN planes p ON p.tailnum = f.tailnum ORDER BY n",
    );
    let query = query.bind(column(|flight| flight.carrier.clone())).bind(numbers).bind(tailnums);
    let query = query.bind(column(|flight| flight.origin.clone()));
    let query = query.bind(column(|flight| flight.dest.clone())).bind(delays);
    shop.call("fill", query.execute(&mut *connection)).await?;
    shop.call("fill", connection.execute("ANALYZE")).await?;

    let mut cache = shop.cache.clone();
    shop.call("fill", redis::cmd("FLUSHALL").exec_async(&mut cache)).await?;
    for flight in flights.iter().take(50) {
        let () =
            shop.call("fill", cache.set(format!("views:{}", flight.id), flight.number)).await?;
    }
    let tops = [("ORD", 30), ("LAX", 40), ("MIA", 25), ("BOS", 20), ("ATL", 45), ("SFO", 35)];
    for (dest, flights) in tops {
        let () = shop.call("fill", cache.zadd("destinations", dest, flights)).await?;
    }
    Ok(())
}
