//! A loop of which up to four iterations overlap. What comes after their calls runs in order.

use std::cell::Cell;
use std::time::Duration;

use bridge::{background, sleep};

/// How many are running, and how many were at the most.
#[derive(Default)]
struct Gauge(Cell<u32>, Cell<u32>);

async fn size(page: u32, gauge: &Gauge) -> u32 {
    gauge.0.set(gauge.0.get() + 1);
    gauge.1.set(gauge.1.get().max(gauge.0.get()));
    // Later pages are quicker.
    sleep(Duration::from_millis(u64::from(10 - page))).await;
    gauge.0.set(gauge.0.get() - 1);
    page * page
}

#[background]
fn sizes(gauge: &Gauge) -> Vec<u32> {
    let mut sizes = Vec::new();
    #[background(limit = 4)]
    for page in 1..=8 {
        let size = size(page, gauge).await;
        sizes.push(size);
    }
    sizes
}

pub(crate) fn line() -> String {
    let gauge = Gauge::default();
    let sizes = sizes(&gauge);
    format!("{sizes:?}, {} at a time", gauge.1.get())
}

fn main() {
    println!("{}", line());
}
