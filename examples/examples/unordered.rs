//! Whichever iteration is ready first has its turn.

use std::time::Duration;

use bridge::{background, sleep};

async fn load(millis: u64) -> u64 {
    sleep(Duration::from_millis(millis)).await;
    millis
}

#[background]
fn as_they_come() -> Vec<u64> {
    let mut loaded = Vec::new();
    #[background(limit = 3, unordered)]
    for millis in [60, 1, 30] {
        let millis = load(millis).await;
        loaded.push(millis);
    }
    loaded
}

pub(crate) fn line() -> String {
    format!("{:?}", as_they_come())
}

fn main() {
    println!("{}", line());
}
