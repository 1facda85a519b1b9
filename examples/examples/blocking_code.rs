//! Blocking code on threads, with nothing asynchronous in it.

use std::thread;
use std::time::{Duration, Instant};

use bridge::background;

/// What waits for a disk, or for a client that knows no async.
fn query(rows: u32) -> Result<u32, String> {
    thread::sleep(Duration::from_millis(50));
    Ok(rows)
}

#[background]
fn total() -> Result<u32, String> {
    #[background]
    let orders = query(3)?;
    #[background]
    let invoices = query(4)?;
    Ok(orders + invoices)
}

pub(crate) fn line() -> String {
    let begun = Instant::now();
    let total = total().expect("both are there");
    let waits = if begun.elapsed() < Duration::from_millis(95) { "one wait" } else { "two waits" };
    format!("{total} rows after {waits}")
}

fn main() {
    println!("{}", line());
}
