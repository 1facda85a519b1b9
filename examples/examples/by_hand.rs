//! The two functions below the attribute: a background task of the thread advances whenever the
//! thread waits in the foreground.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bridge::{run_in_background, run_in_foreground, sleep};

pub(crate) fn line() -> String {
    let ticks = Rc::new(Cell::new(0));
    let ticker = run_in_background({
        let ticks = Rc::clone(&ticks);
        async move {
            loop {
                ticks.set(ticks.get() + 1);
                sleep(Duration::from_millis(1)).await;
            }
        }
    });
    let rows = run_in_background(|| (1..=10).sum::<u32>()); // a thread
    run_in_foreground(sleep(Duration::from_millis(30))); // the ticker ticks meanwhile
    let rows = run_in_foreground(rows);
    ticker.cancel();
    format!(
        "{rows} rows, and {} tick",
        if ticks.get() > 1 { "more than one" } else { "no more than one" }
    )
}

fn main() {
    println!("{}", line());
}
