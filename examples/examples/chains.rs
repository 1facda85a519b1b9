//! Two chains of fetch, parse and fetch in the time of one: what only computes runs in the chain
//! that needs it, `?` and all.

use std::num::ParseIntError;
use std::time::{Duration, Instant};

use bridge::{background, sleep};

async fn fetch(id: u32) -> String {
    sleep(Duration::from_millis(30)).await;
    (10 * id).to_string()
}

#[background]
fn both() -> Result<String, ParseIntError> {
    let text = fetch(1).await;
    let id = text.parse::<u32>()?;
    let one = fetch(id).await;

    let text = fetch(2).await;
    let id = text.parse::<u32>()?;
    let two = fetch(id).await;

    Ok(one + " and " + &two)
}

pub(crate) fn line() -> String {
    let begun = Instant::now();
    let both = both().expect("they are numbers");
    // One after the other, four fetches would take 120 ms.
    let time = if begun.elapsed() < Duration::from_millis(110) { "two" } else { "four" };
    format!("{both} in the time of {time} fetches")
}

fn main() {
    println!("{}", line());
}
