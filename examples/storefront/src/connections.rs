//! What is connected to the servers.

use bridge::run_in_foreground;

use crate::clients::Shop;
use crate::error::Error;
use crate::setting::Setting;

/// How many connections the database and the cache have, without those that count them.
///
/// # Errors
///
/// A server does not answer.
pub fn count(setting: &Setting) -> Result<i64, Error> {
    run_in_foreground(async {
        let shop = Shop::connect(&setting.places()).await?;
        let query = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' \
             AND pid <> pg_backend_pid() AND application_name = 'storefront'",
        );
        let database: i64 = shop.call("connections", query.fetch_one(&shop.db)).await?;
        let mut cache = shop.cache.clone();
        let mut list = redis::cmd("CLIENT");
        list.arg("LIST");
        let clients: String = shop.call("connections", list.query_async(&mut cache)).await?;
        let clients = clients.lines().filter(|line| !line.trim().is_empty()).count() as i64 - 1;
        shop.close().await;
        Ok(database + clients)
    })
}
