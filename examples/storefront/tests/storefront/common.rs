//! The servers that all tests share, and ways to them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bridge::run_in_foreground;
use bridge_storefront::clients::{Places, Shop};
use bridge_storefront::setting::Setting;
use bridge_tests::bounded;
use sqlx::postgres::{PgConnectOptions, PgPool};

/// One for the whole binary. The servers end with the process.
static SETTING: LazyLock<Result<Arc<Setting>, String>> =
    LazyLock::new(|| Setting::start().expect("the servers start").map(Arc::new));

/// Runs a test with the servers, within the limit, or says what is not installed.
#[track_caller]
pub(crate) fn with_servers(body: impl FnOnce(&Setting) + Send + 'static) {
    bounded(|| match &*SETTING {
        Ok(setting) => body(setting),
        Err(missing) => println!("left out: not installed: {missing}"),
    });
}

/// The servers with so many connections. No call fails because another one is slow.
pub(crate) fn places(setting: &Setting, connections: u32) -> Places {
    Places { connections, limit: Duration::from_secs(60), ..setting.places() }
}

/// Clients with so many connections, which the server knows by a name.
pub(crate) fn shop(setting: &Setting, name: &str, connections: u32) -> Shop {
    shop_with(setting, connections, |options| options.application_name(name))
}

/// Clients with so many connections, which are set up in some other way.
pub(crate) fn shop_with(
    setting: &Setting,
    connections: u32,
    options: impl FnOnce(PgConnectOptions) -> PgConnectOptions,
) -> Shop {
    run_in_foreground(async {
        let mut shop =
            Shop::connect(&places(setting, connections)).await.expect("the servers answer");
        let options = options(PgConnectOptions::clone(&shop.db.connect_options()));
        let pool = shop.db.options().clone().connect_with(options);
        shop.db.close().await;
        shop.db = pool.await.expect("the database answers");
        shop
    })
}

/// Runs statements that give nothing.
pub(crate) fn run(db: &PgPool, statements: &'static str) {
    run_in_foreground(sqlx::raw_sql(statements).execute(db)).expect("the statements run");
}

/// All connections of a pool at once, and that each of them answers.
pub(crate) fn expect_usable(db: &PgPool) {
    run_in_foreground(async {
        let mut all = Vec::new();
        for _ in 0..db.options().get_max_connections() {
            all.push(db.acquire().await.expect("there is a connection"));
        }
        for connection in &mut all {
            let one = sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(&mut **connection).await;
            assert_eq!(one.expect("it answers"), 1);
        }
    });
}
