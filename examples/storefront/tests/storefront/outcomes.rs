//! Each function does what its serial twin does: as it is, under faults, and after many orders at random.

use std::time::Duration;

use bridge::run_in_foreground;
use bridge_storefront::clients::{Places, Shop};
use bridge_storefront::proxy::{Fault, Kind};
use bridge_storefront::{batching, pages};

use crate::setting;

#[test]
fn functions_give_what_their_serial_twins_give() {
    let Some(setting) = setting() else { return };
    for pair in pages::all(&setting, Duration::ZERO).expect("all servers answer") {
        assert!(pair.is_same, "{pair:?}");
    }
}

#[test]
fn loads_by_key_come_in_batches() {
    let Some(setting) = setting() else { return };
    let ways = batching::all(&setting, Duration::ZERO).expect("all servers answer");
    let statements: Vec<_> = ways.iter().map(|way| (way.name, way.statements)).collect();
    let expected = [
        ("serial", 100),
        ("`join_all`, by hand", 100),
        ("a loop with `limit = 100`", 100),
        ("the same, in batches", 1),
        ("in batches, serially", 100),
        ("eight `let`s, in batches", 1),
        ("100 chains of two, in batches", 2),
    ];
    assert_eq!(statements, expected);
    for way in &ways[..5] {
        assert_eq!(way.total, ways[0].total, "{way:?}");
    }
}

/// sqlx 0.9.0 gives a connection back that is in a transaction, if its `begin` was cancelled after the server
/// had been told: what comes after on that connection is answered, and lost with it.
#[test]
fn what_follows_a_cancelled_begin_is_kept() {
    let Some(setting) = setting() else { return };
    let proxies = setting.proxies(Duration::ZERO).expect("there are ports");
    let limit = Duration::from_millis(100);
    let places = Places { connections: 1, limit, with_texts: true, ..proxies.places() };
    run_in_foreground(async {
        let direct = Shop::connect(&setting.places()).await.expect("all servers answer");
        let shop = Shop::connect(&places).await.expect("all servers answer");
        let table = sqlx::query("CREATE TABLE after_begin (n int)");
        table.execute(&direct.db).await.expect("it is new");
        proxies.postgres.set(vec![Fault {
            request: "BEGIN".to_owned(),
            kind: Kind::Late(limit / 2),
        }]);
        let begin = bridge::timeout(limit / 4, shop.db.begin()).await;
        assert!(begin.is_err(), "it was cancelled");
        // By the same connection, when it is back.
        let insert = sqlx::query("INSERT INTO after_begin VALUES (1)");
        bridge::timeout(Duration::from_secs(10), insert.execute(&shop.db))
            .await
            .expect("in time")
            .expect("it is answered");
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM after_begin");
        assert_eq!(count.fetch_one(&direct.db).await.expect("it is there"), 1);
        shop.close().await;
        direct.close().await;
    });
}
