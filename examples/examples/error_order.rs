//! The error that comes out is that of serial code, also where another call fails sooner.

use std::time::Duration;

use bridge::{background, sleep};

async fn fails_after(millis: u64, what: &str) -> Result<u32, String> {
    sleep(Duration::from_millis(millis)).await;
    Err(format!("{what} failed"))
}

#[background]
fn both() -> Result<u32, String> {
    let a = fails_after(20, "the first").await?;
    let b = fails_after(1, "the second").await?;
    Ok(a + b)
}

pub(crate) fn line() -> String {
    both().unwrap_err()
}

fn main() {
    println!("{}", line());
}
