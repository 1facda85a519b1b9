//! The attribute on an `async fn`: the same plan, with joins that await, on any executor.

use std::time::{Duration, Instant};

use bridge::background;
use tokio::time::sleep;

async fn load(number: u32) -> u32 {
    sleep(Duration::from_millis(50)).await;
    number
}

#[background]
async fn sum() -> u32 {
    let a = load(40).await;
    let b = load(2).await;
    a + b
}

pub(crate) fn line() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let begun = Instant::now();
    let sum = runtime.expect("it can be built").block_on(sum());
    let waits = if begun.elapsed() < Duration::from_millis(95) { "one wait" } else { "two waits" };
    format!("{sum} after {waits}, in a runtime of its own")
}

fn main() {
    println!("{}", line());
}
