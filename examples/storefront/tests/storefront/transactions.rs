//! Transactions: their statements run in order and on one connection, they roll back, and their locks hold.

use std::sync::Once;
use std::thread;

use bridge::run_in_foreground;
use sqlx::postgres::{PgConnection, PgPool};
use tokio::sync::Barrier;

use crate::common::{expect_usable, run, shop, with_servers};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Writes a statement down, and tells on which connection that was.
async fn note(db: &mut PgConnection, run: &str, name: &str) -> Result<i32> {
    let query = sqlx::query_scalar(
        "INSERT INTO notes (run, name, connection) VALUES ($1, $2, pg_backend_pid()) RETURNING connection",
    );
    query.bind(run).bind(name).fetch_one(db).await
}

/// Reads beside a transaction: on which connection. It waits for who meets it.
async fn beside(db: &PgPool, carrier: &str, meet: &Barrier) -> Result<i32> {
    let query = sqlx::query_scalar("SELECT pg_backend_pid() FROM airlines WHERE carrier = $1");
    let connection = query.bind(carrier).fetch_one(db).await?;
    meet.wait().await;
    Ok(connection)
}

/// Writes a statement down, and waits for who meets it.
async fn note_and_meet(
    db: &mut PgConnection,
    (run, name): (&str, &str),
    meet: &Barrier,
) -> Result<i32> {
    let connection = note(db, run, name).await?;
    meet.wait().await;
    Ok(connection)
}

/// Divides.
async fn divide(db: &mut PgConnection, by: i32) -> Result<i32> {
    sqlx::query_scalar("SELECT 1 / $1").bind(by).fetch_one(db).await
}

/// A number that nobody writes.
async fn count_of(db: &PgPool, carrier: &str) -> Result<i64> {
    let query = sqlx::query_scalar("SELECT count(*) FROM airlines WHERE carrier = $1");
    query.bind(carrier).fetch_one(db).await
}

twins! {
    /// Four statements in a transaction, and reads of the pool above and between them. If two are to meet, it
    /// ends only if they overlap.
    fn ordered(db: &PgPool, run: &str, meet: &Barrier) -> Result<(Vec<i32>, Vec<i32>)> {
        let above = beside(db, "UA", meet).await?;
        let also_above = beside(db, "DL", meet).await?;
        let mut tx = db.begin().await?;
        let first = note(&mut tx, run, "first").await?;
        let between = beside(db, "UA", meet).await?;
        let second = note_and_meet(&mut tx, (run, "second"), meet).await?;
        sqlx::query("INSERT INTO notes (run, name, connection) VALUES ($1, 'third', pg_backend_pid())")
            .bind(run)
            .execute(&mut *tx)
            .await?;
        let also_between = beside(db, "UA", meet).await?;
        let last_between = beside(db, "DL", meet).await?;
        let fourth = note(&mut tx, run, "fourth").await?;
        tx.commit().await?;
        let reads = vec![above, also_above, between, also_between, last_between];
        Ok((vec![first, second, fourth], reads))
    }

    /// The second statement of its transaction fails, if it is to.
    fn divided(db: &PgPool, run: &str, by: i32) -> Result<i32> {
        let one = count_of(db, "UA").await?;
        let other = count_of(db, "DL").await?;
        let mut tx = db.begin().await?;
        let first = note(&mut tx, run, "first").await?;
        let part = divide(&mut tx, by).await?;
        let second = note(&mut tx, run, "second").await?;
        tx.commit().await?;
        assert_eq!((first, one), (second, other));
        Ok(part)
    }

    /// Reads a counter and writes it, under a lock of its row; other reads overlap.
    fn increase(db: &PgPool, counter: &str) -> Result<i64> {
        let one = count_of(db, "UA").await?;
        let none = count_of(db, "none").await?;
        let mut tx = db.begin().await?;
        let query = sqlx::query_scalar("SELECT value FROM counters WHERE name = $1 FOR UPDATE");
        let value: i64 = query.bind(counter).fetch_one(&mut *tx).await?;
        let also_one = count_of(db, "DL").await?;
        let value = value + one + none * also_one;
        let query = sqlx::query("UPDATE counters SET value = $2 WHERE name = $1");
        query.bind(counter).bind(value).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(value)
    }
}

/// The tables of all tests here.
fn make_tables(db: &PgPool) {
    static TABLES: Once = Once::new();
    TABLES.call_once(|| {
        run(
            db,
            "CREATE TABLE notes (n serial PRIMARY KEY, run text, name text, connection int); \
             CREATE TABLE counters (name text PRIMARY KEY, value int8 NOT NULL)",
        );
    });
}

/// What a run has noted, in order.
fn notes(db: &PgPool, run: &str) -> Vec<(String, i32)> {
    let query = sqlx::query_as("SELECT name, connection FROM notes WHERE run = $1 ORDER BY n");
    run_in_foreground(query.bind(run).fetch_all(db)).expect("the notes are read")
}

#[test]
fn statements_of_a_transaction_run_in_order_on_one_connection() {
    with_servers(|setting| {
        let db = shop(setting, "in order", 4).db;
        let forms = [
            ("serial", serial::ordered as fn(&PgPool, &str, &Barrier) -> _, 1),
            ("overlapped", overlapped::ordered, 2),
        ];
        make_tables(&db);
        for round in 0..20 {
            for (name, ordered, meeting) in forms {
                let run = format!("in order, {name} {round}");
                let (own, reads) =
                    ordered(&db, &run, &Barrier::new(meeting)).expect("all calls succeed");
                let connection = own[0];
                assert!(own.iter().all(|&other| other == connection), "{own:?}");
                // Those between are of the pool.
                assert!(!reads[2..].contains(&connection), "{reads:?}, {connection}");
                let expected = ["first", "second", "third", "fourth"];
                let expected = expected.map(|name| (name.to_owned(), connection));
                assert_eq!(notes(&db, &run), expected);
            }
        }
    });
}

#[test]
fn a_failure_in_a_transaction_rolls_it_back() {
    with_servers(|setting| {
        // The one connection is the one that has failed.
        let db = shop(setting, "rolled back", 1).db;
        make_tables(&db);
        let forms = [
            ("serial", serial::divided as fn(&PgPool, &str, i32) -> _),
            ("overlapped", overlapped::divided),
        ];
        let mut errors = Vec::new();
        for (name, divided) in forms {
            for round in 0..20 {
                let run = format!("rolled back, {name} {round}");
                errors.push(divided(&db, &run, 0).expect_err("it divides by 0").to_string());
                assert_eq!(notes(&db, &run), []);
                let query = sqlx::query_scalar("SELECT pg_current_xact_id_if_assigned() IS NULL");
                let is_outside: bool =
                    run_in_foreground(query.fetch_one(&db)).expect("the connection is usable");
                assert!(is_outside);
                assert_eq!(divided(&db, &run, 1).expect("it divides by 1"), 1);
                let names: Vec<_> = notes(&db, &run).into_iter().map(|(name, _)| name).collect();
                assert_eq!(names, ["first", "second"]);
            }
        }
        assert!(errors.iter().all(|error| error.contains("division by zero")), "{errors:?}");
        errors.dedup();
        assert_eq!(errors.len(), 1, "{errors:?}");
        expect_usable(&db);
    });
}

/// All threads increase one counter at once, in so many rounds each.
fn increase_at_once(
    db: &PgPool,
    (threads, rounds): (i64, i64),
    counter: &'static str,
    increase: fn(&PgPool, &str) -> Result<i64>,
) {
    make_tables(db);
    let query = sqlx::query("INSERT INTO counters VALUES ($1, 0)").bind(counter);
    run_in_foreground(query.execute(db)).expect("the counter is made");
    let mut seen: Vec<i64> = thread::scope(|scope| {
        let each = || {
            let one = || increase(db, counter).expect("no call fails");
            (0..rounds).map(|_| one()).collect::<Vec<_>>()
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(each)).collect();
        all.into_iter().flat_map(|one| one.join().expect("it does not panic")).collect()
    });
    let query = sqlx::query_scalar("SELECT value FROM counters WHERE name = $1").bind(counter);
    let value: i64 = run_in_foreground(query.fetch_one(db)).expect("the counter is read");
    assert_eq!(value, threads * rounds);
    seen.sort_unstable();
    assert_eq!(seen, (1..=threads * rounds).collect::<Vec<_>>());
}

#[test]
fn no_update_is_lost_between_two_threads() {
    with_servers(|setting| {
        // One for the transaction of each thread, and one for each read beside them.
        let db = shop(setting, "two threads", 4).db;
        increase_at_once(&db, (2, 50), "two, serial", serial::increase);
        increase_at_once(&db, (2, 50), "two, overlapped", overlapped::increase);
    });
}

#[test]
fn no_update_is_lost_among_eight_threads() {
    with_servers(|setting| {
        let db = shop(setting, "eight threads", 16).db;
        increase_at_once(&db, (8, 25), "eight, serial", serial::increase);
        increase_at_once(&db, (8, 25), "eight, overlapped", overlapped::increase);
    });
}
