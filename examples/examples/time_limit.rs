//! A time limit on one call, beside another that goes on.

use std::time::Duration;

use bridge::{background, sleep, timeout};

async fn slow() -> &'static str {
    sleep(Duration::from_secs(60)).await;
    "news"
}

async fn load() -> &'static str {
    sleep(Duration::from_millis(5)).await;
    "page"
}

#[background]
fn page() -> String {
    let news = timeout(Duration::from_millis(20), slow()).await;
    let page = load().await;
    format!("{page} with {}", news.unwrap_or("no news"))
}

pub(crate) fn line() -> String {
    page()
}

fn main() {
    println!("{}", line());
}
