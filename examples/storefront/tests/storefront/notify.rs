//! Notifications: none is lost, and they come in order.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use bridge::run_in_foreground;
use sqlx::postgres::{PgListener, PgPool};

use crate::common::{shop, with_servers};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// How many are sent.
const ALL: i32 = 300;

/// A question beside them.
async fn double(db: &PgPool, n: i32) -> Result<i32> {
    sqlx::query_scalar("SELECT $1 * 2").bind(n).fetch_one(db).await
}

/// The next one, up to the last.
async fn next_of(listener: &mut PgListener) -> Result<Option<i32>> {
    let notification = listener.recv().await?;
    Ok(notification.payload().parse().ok())
}

twins! {
    /// Each notification, and what is asked for it.
    fn gather(db: &PgPool, channel: &str, listens: &Sender<()>) -> Result<Vec<(i32, i32, i32)>> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen(channel).await?;
        listens.send(()).expect("it waits for this");
        let mut gathered = Vec::new();
        while let Ok(notification) = listener.recv().await {
            let Ok(n) = notification.payload().parse::<i32>() else { break };
            let twice = double(db, n).await?;
            let beside = double(db, n + 1).await?;
            gathered.push((n, twice, beside));
        }
        Ok(gathered)
    }

    /// The same for four of them at once.
    fn gather_four_at_once(db: &PgPool, channel: &str, listens: &Sender<()>) -> Result<Vec<(i32, i32, i32)>> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen(channel).await?;
        listens.send(()).expect("it waits for this");
        let mut gathered = Vec::new();
        #[background(limit = 4)]
        while let Some(n) = next_of(&mut listener).await? {
            let twice = double(db, n).await?;
            let beside = double(db, n + 1).await?;
            gathered.push((n, twice, beside));
        }
        Ok(gathered)
    }
}

/// Notifies once somebody listens: each by itself at first, then many at once.
fn notify(db: &PgPool, channel: &str, listens: &Receiver<()>) {
    if listens.recv().is_err() {
        return;
    }
    let sent = run_in_foreground(async {
        for n in 0..50 {
            let query = sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(n.to_string());
            query.execute(db).await?;
        }
        let query = sqlx::query(
            "SELECT pg_notify($1, n::text) FROM generate_series(50, $2 - 1) n ORDER BY n",
        );
        query.bind(channel).bind(ALL).execute(db).await?;
        sqlx::query("SELECT pg_notify($1, 'end')").bind(channel).execute(db).await
    });
    sent.expect("they are sent");
}

type Form = fn(&PgPool, &str, &Sender<()>) -> Result<Vec<(i32, i32, i32)>>;

/// A form of a function with all that are sent.
fn gathered(db: &PgPool, channel_name: &str, form: Form) -> Vec<(i32, i32, i32)> {
    let (listens, listening) = channel();
    thread::scope(|scope| {
        scope.spawn(move || notify(db, channel_name, &listening));
        let gathered = form(db, channel_name, &listens);
        // If it has failed, the other thread need not wait.
        drop(listens);
        gathered.expect("no call fails")
    })
}

/// That both forms get all, in order.
fn expect_all(serial: Form, overlapped: Form, name: &'static str) {
    with_servers(move |setting| {
        let db = shop(setting, name, 6).db;
        let expected: Vec<_> = (0..ALL).map(|n| (n, 2 * n, 2 * n + 2)).collect();
        for (form, channel) in [(serial, format!("{name}_serial")), (overlapped, name.to_owned())] {
            assert_eq!(gathered(&db, &channel, form), expected);
        }
    });
}

#[test]
fn none_is_lost() {
    expect_all(serial::gather, overlapped::gather, "one_by_one");
}

#[test]
fn none_is_lost_with_a_limit() {
    expect_all(serial::gather_four_at_once, overlapped::gather_four_at_once, "four_at_once");
}
