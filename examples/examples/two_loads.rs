//! Two loads in the time of one.

use std::time::{Duration, Instant};

use bridge::{background, sleep};

async fn load(number: u32) -> u32 {
    sleep(Duration::from_millis(50)).await;
    number
}

#[background]
fn sum() -> u32 {
    let a = load(40).await;
    let b = load(2).await;
    a + b
}

pub(crate) fn line() -> String {
    let begun = Instant::now();
    let sum = sum();
    // One after the other they would take 100 ms.
    let waits = if begun.elapsed() < Duration::from_millis(95) { "one wait" } else { "two waits" };
    format!("{sum} after {waits}")
}

fn main() {
    println!("{}", line());
}
