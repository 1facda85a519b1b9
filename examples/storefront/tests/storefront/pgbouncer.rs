//! A pooler between the clients and the database.
//!
//! sqlx prepares a statement ahead of the transaction that runs it. So a pooler that gives each transaction another
//! connection takes texts outside of a transaction, and inside of one statements that have no name. The functions
//! of the storefront, whose statements have names, go through one that gives each client a connection.

use std::collections::HashSet;
use std::thread;

use bridge::run_in_foreground;
use bridge_storefront::clients::Shop;
use bridge_storefront::model::Order;
use bridge_storefront::setting::Setting;
use bridge_storefront::{overlapped as shop_overlapped, serial as shop_serial};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Row as _};

use crate::common::{run, shop, shop_with, with_servers};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Clients that lead through the pooler; each has a connection.
fn pooled(setting: &Setting) -> Shop {
    let port = setting.servers.pgbouncer.port();
    shop_with(setting, 4, |options| options.port(port).database("storefront_sessions"))
}

#[test]
fn a_page_is_the_same_through_a_pooler() {
    with_servers(|setting| {
        let (direct, pooled) = (shop(setting, "pages, direct", 4), pooled(setting));
        thread::scope(|scope| {
            for thread in 0..8 {
                let (direct, pooled) = (&direct, &pooled);
                scope.spawn(move || {
                    for flight in 500 + 5 * thread..505 + 5 * thread {
                        let page = shop_overlapped::shop::pages::flight(pooled, flight);
                        assert!(page.is_ok(), "{page:?}");
                        assert_eq!(page, shop_serial::shop::pages::flight(direct, flight));
                    }
                });
            }
        });
    });
}

#[test]
fn an_order_is_the_same_through_a_pooler() {
    with_servers(|setting| {
        let (direct, pooled) = (shop(setting, "orders, direct", 4), pooled(setting));
        thread::scope(|scope| {
            for flight in 131..139 {
                let (direct, pooled) = (&direct, &pooled);
                scope.spawn(move || {
                    let place = shop_overlapped::shop::orders::place;
                    let twin = shop_serial::shop::orders::place;
                    let unnumbered = |order| Order { id: 0, ..order };
                    let order = place(pooled, flight, flight, 1).expect("it is placed");
                    let cancelled = shop_overlapped::shop::orders::cancel(pooled, order.id);
                    assert_eq!(cancelled.map(|order| order.state).as_deref(), Ok("cancelled"));
                    let other = twin(direct, flight, flight, 1).expect("it is placed");
                    assert_eq!(unnumbered(order), unnumbered(other));
                    // More than there are.
                    let refused = place(pooled, flight, flight, 1000);
                    assert!(refused.is_err(), "{refused:?}");
                    assert_eq!(refused, twin(direct, flight, flight, 1000));
                });
            }
        });
    });
}

/// A number that nobody writes, asked for by a text.
async fn count_of(db: &PgPool, carrier: &str) -> Result<i64> {
    let text = format!("SELECT count(*) FROM airlines WHERE carrier = '{carrier}'");
    sqlx::raw_sql(AssertSqlSafe(text)).fetch_one(db).await?.try_get(0)
}

/// A counter that stays as it is until the end of the transaction, and the connection at the server.
async fn lock_value(db: &mut PgConnection, counter: &str) -> Result<(i64, i32)> {
    let query = sqlx::query_as(
        "SELECT value, pg_backend_pid() FROM pooled_counters WHERE name = $1 FOR UPDATE",
    );
    query.bind(counter).persistent(false).fetch_one(db).await
}

/// Writes it, and gives the connection.
async fn set_value(db: &mut PgConnection, counter: &str, value: i64) -> Result<i32> {
    let query = sqlx::query_scalar(
        "UPDATE pooled_counters SET value = $2 WHERE name = $1 RETURNING pg_backend_pid()",
    );
    query.bind(counter).bind(value).persistent(false).fetch_one(db).await
}

twins! {
    /// Reads a counter and writes it, under a lock of its row: the new value, and both connections.
    fn increase(db: &PgPool, counter: &str) -> Result<(i64, [i32; 2])> {
        let one = count_of(db, "UA").await?;
        let none = count_of(db, "none").await?;
        let mut tx = db.begin().await?;
        let (value, read_on) = lock_value(&mut tx, counter).await?;
        let value = value + one + none;
        let written_on = set_value(&mut tx, counter, value).await?;
        tx.commit().await?;
        Ok((value, [read_on, written_on]))
    }
}

#[test]
fn a_transaction_keeps_its_connection_behind_a_pooler() {
    with_servers(|setting| {
        let direct = shop(setting, "pooled counters", 1).db;
        run(
            &direct,
            "CREATE TABLE pooled_counters (name text PRIMARY KEY, value int8 NOT NULL); \
             INSERT INTO pooled_counters VALUES ('serial', 0), ('overlapped', 0)",
        );
        let options = PgConnectOptions::clone(&direct.connect_options());
        let options = options.port(setting.servers.pgbouncer.port());
        // More than the pooler has.
        let pool = PgPoolOptions::new().max_connections(16).connect_with(options);
        let pooled = run_in_foreground(pool).expect("the pooler answers");
        for (counter, increase) in [
            ("serial", serial::increase as fn(&PgPool, &str) -> _),
            ("overlapped", overlapped::increase),
        ] {
            let pooled = &pooled;
            let each = move || {
                let one = |_| increase(pooled, counter).expect("no call fails");
                (0..25).map(one).collect::<Vec<_>>()
            };
            let all: Vec<_> = thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(each)).collect();
                all.into_iter().flat_map(|one| one.join().expect("it does not panic")).collect()
            });
            let mut values: Vec<_> = all.iter().map(|(value, _)| *value).collect();
            values.sort_unstable();
            assert_eq!(values, (1..=200).collect::<Vec<i64>>(), "{counter}");
            assert!(all.iter().all(|(_, [read_on, written_on])| read_on == written_on), "{all:?}");
            let connections: HashSet<_> = all.iter().map(|(_, [read_on, _])| read_on).collect();
            assert!(connections.len() <= 4, "{connections:?}");
        }
    });
}
