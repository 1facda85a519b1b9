//! What is left of a call that was cancelled.

use std::time::Duration;

use bridge::run_in_foreground;
use bridge_storefront::clients::{Places, Shop};
use bridge_tests::proxy::{Fault, Kind};

use crate::common::with_servers;

/// sqlx 0.9.0 gives a connection back that is in a transaction, if its `begin` was cancelled after the server
/// had been told: what comes after on that connection is answered, and lost with it.
#[test]
fn what_follows_a_cancelled_begin_is_kept() {
    with_servers(|setting| {
        let proxies = setting.proxies(Duration::ZERO).expect("there are ports");
        let limit = Duration::from_millis(100);
        let places = Places { connections: 1, limit, with_texts: true, ..proxies.places() };
        run_in_foreground(async {
            let direct = Shop::connect(&setting.places()).await.expect("all servers answer");
            let shop = Shop::connect(&places).await.expect("all servers answer");
            let table = sqlx::query("CREATE TABLE after_begin (n int)");
            table.execute(&direct.db).await.expect("it is new");
            proxies
                .postgres
                .set(vec![Fault { request: "BEGIN".to_owned(), kind: Kind::Late(limit / 2) }]);
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
    });
}
