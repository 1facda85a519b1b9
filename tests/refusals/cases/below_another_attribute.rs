//! Attributes that take the calls out of sight of one below them.

use bridge::background;
use cached::proc_macro::cached;
use tracing::instrument;

async fn get(n: u32) -> u32 {
    n
}

#[instrument]
#[background]
async fn instrumented() -> u32 {
    let a = get(1).await;
    let b = get(2).await;
    a + b
}

#[cached]
#[background]
async fn kept() -> u32 {
    let a = get(1).await;
    let b = get(2).await;
    a + b
}

#[tokio::main]
#[background]
async fn main() {
    let a = get(1).await;
    let b = get(2).await;
    println!("{}", a + b);
}
