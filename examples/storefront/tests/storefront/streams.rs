//! A large result, row by row.

use futures_util::StreamExt;
use sqlx::Row as _;
use sqlx::postgres::{PgPool, PgRow};

use crate::common::{shop, with_servers};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// How many rows it has.
const ROWS: i64 = 200_000;

/// What is in a row.
async fn number(row: Result<PgRow>) -> Result<i64> {
    row?.try_get(0)
}

twins! {
    /// One row after the other.
    fn sum(db: &PgPool) -> Result<(i64, i64)> {
        let mut rows = sqlx::query("SELECT n FROM generate_series(1::int8, $1) n").bind(ROWS).fetch(db);
        let (mut count, mut sum) = (0, 0);
        while let Some(row) = rows.next().await {
            let n = number(row).await?;
            count += 1;
            sum += n;
        }
        Ok((count, sum))
    }

    /// Eight rows at once; they come in order.
    fn sum_eight_at_once(db: &PgPool) -> Result<(i64, i64)> {
        let mut rows = sqlx::query("SELECT n FROM generate_series(1::int8, $1) n").bind(ROWS).fetch(db);
        let (mut count, mut sum) = (0, 0);
        #[background(limit = 8)]
        while let Some(row) = rows.next().await {
            let n = number(row).await?;
            count += 1;
            sum += n;
            assert_eq!(count, n);
        }
        Ok((count, sum))
    }

    /// It ends in the middle: the connection still has rows to give.
    fn first(db: &PgPool) -> Result<i64> {
        let mut rows = sqlx::query("SELECT n FROM generate_series(1::int8, $1) n").bind(ROWS).fetch(db);
        let mut last = 0;
        #[background(limit = 8)]
        while let Some(row) = rows.next().await {
            let n = number(row).await?;
            last = n;
            if n == 100 {
                break;
            }
        }
        Ok(last)
    }
}

#[test]
fn all_rows_come() {
    with_servers(|setting| {
        let db = shop(setting, "rows", 1).db;
        for form in [serial::sum, overlapped::sum] {
            assert_eq!(form(&db).expect("no call fails"), (ROWS, ROWS * (ROWS + 1) / 2));
        }
    });
}

#[test]
fn all_rows_come_with_a_limit() {
    with_servers(|setting| {
        let db = shop(setting, "rows with a limit", 1).db;
        for form in [serial::sum_eight_at_once, overlapped::sum_eight_at_once] {
            assert_eq!(form(&db).expect("no call fails"), (ROWS, ROWS * (ROWS + 1) / 2));
        }
    });
}

#[test]
fn a_stream_that_is_left_leaves_its_connection_usable() {
    with_servers(|setting| {
        // The one connection is used again each time.
        let db = shop(setting, "left", 1).db;
        for form in [serial::first, overlapped::first, serial::first, overlapped::first] {
            assert_eq!(form(&db).expect("no call fails"), 100);
        }
    });
}
