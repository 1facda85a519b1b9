//! A limit of the server that one of two calls runs into.

use std::sync::atomic::{AtomicUsize, Ordering};

use bridge::run_in_foreground;
use sqlx::postgres::PgPool;

use crate::common::{expect_usable, run, shop, shop_with, with_servers};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// How often calls have begun, ended, and been dropped before their end.
#[derive(Default)]
struct Calls {
    begun: AtomicUsize,
    ended: AtomicUsize,
    dropped: AtomicUsize,
}

impl Calls {
    fn counts(&self) -> [usize; 3] {
        [&self.begun, &self.ended, &self.dropped].map(|count| count.load(Ordering::Relaxed))
    }

    /// Counts a call.
    async fn count<T>(&self, call: impl Future<Output = T>) -> T {
        struct Running<'a>(&'a Calls, bool);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                let count = if self.1 { &self.0.ended } else { &self.0.dropped };
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        let mut running = Running(self, false);
        self.begun.fetch_add(1, Ordering::Relaxed);
        let value = call.await;
        running.1 = true;
        value
    }
}

/// Takes longer than its server allows.
async fn slow(db: &PgPool) -> Result<i32> {
    sqlx::query_scalar("SELECT 1 FROM pg_sleep(60)").fetch_one(db).await
}

/// Does not.
async fn quick(db: &PgPool, calls: &Calls) -> Result<i32> {
    calls.count(sqlx::query_scalar("SELECT 2").fetch_one(db)).await
}

/// Waits for a row that another transaction has locked.
async fn locked(db: &PgPool, calls: &Calls) -> Result<i32> {
    let query = sqlx::query_scalar("SELECT n FROM locked FOR SHARE");
    calls.count(query.fetch_one(db)).await
}

twins! {
    /// The limit fires in the upper call.
    fn upper(db: &PgPool, calls: &Calls) -> Result<i32> {
        let one = slow(db).await?;
        let other = quick(db, calls).await?;
        Ok(one + other)
    }

    /// The limit fires in the lower one.
    fn lower(db: &PgPool, calls: &Calls) -> Result<i32> {
        let one = quick(db, calls).await?;
        let other = slow(db).await?;
        Ok(one + other)
    }

    /// The limit fires while the lower call waits, on a pool that has none.
    fn beside(limited: &PgPool, unlimited: &PgPool, calls: &Calls) -> Result<i32> {
        let one = slow(limited).await?;
        let other = locked(unlimited, calls).await?;
        Ok(one + other)
    }
}

const CANCELLED: &str = "canceling statement due to statement timeout";

/// The code and the text of an error of the server.
fn told(error: &sqlx::Error) -> (String, String) {
    let error = error.as_database_error().expect("the server says it");
    (error.code().expect("it has a code").into_owned(), error.message().to_owned())
}

#[test]
fn a_statement_limit_gives_the_serial_error_and_leaves_the_pool_usable() {
    with_servers(|setting| {
        let limit = [("statement_timeout", "250ms")];
        let limited =
            shop_with(setting, 2, |options| options.application_name("limits").options(limit)).db;
        let forms: [fn(&PgPool, &Calls) -> _; 4] =
            [serial::upper, overlapped::upper, serial::lower, overlapped::lower];
        // Serially what is below a call that fails does not begin.
        for (form, begun) in forms.into_iter().zip([0, 1, 1, 1]) {
            let calls = Calls::default();
            let error = form(&limited, &calls).expect_err("it takes too long");
            assert_eq!(told(&error), ("57014".to_owned(), CANCELLED.to_owned()));
            let [has_begun, ended, dropped] = calls.counts();
            assert_eq!((has_begun, ended + dropped), (begun, begun));
            expect_usable(&limited);
        }
    });
}

#[test]
fn the_other_call_is_cancelled_and_its_connection_usable() {
    with_servers(|setting| {
        let limit = [("statement_timeout", "250ms")];
        let limited = shop_with(setting, 2, |options| options.options(limit)).db;
        let unlimited = shop(setting, "unlimited", 2).db;
        let holder = shop(setting, "holder", 1).db;
        run(&holder, "CREATE TABLE locked (n int); INSERT INTO locked VALUES (3)");
        let forms: [fn(&PgPool, &PgPool, &Calls) -> _; 2] = [serial::beside, overlapped::beside];
        for (form, counts) in forms.into_iter().zip([[0, 0, 0], [1, 0, 1]]) {
            let lock = run_in_foreground(async {
                let mut lock = holder.begin().await?;
                sqlx::query("SELECT n FROM locked FOR UPDATE").execute(&mut *lock).await?;
                Ok::<_, sqlx::Error>(lock)
            });
            let lock = lock.expect("the row is locked");
            let calls = Calls::default();
            let error = form(&limited, &unlimited, &calls).expect_err("it takes too long");
            assert_eq!(told(&error), ("57014".to_owned(), CANCELLED.to_owned()));
            assert_eq!(calls.counts(), counts);
            run_in_foreground(lock.rollback()).expect("the row is free");
            expect_usable(&limited);
            expect_usable(&unlimited);
            let row = run_in_foreground(locked(&unlimited, &calls)).expect("the row is free");
            assert_eq!(row, 3);
        }
    });
}
