//! Every way out of a `#[background]` function, past calls in every state: what
//! comes out, what is dropped when, and that nothing stays.

mod cell;
mod expected;
mod functions;
mod hook;
mod run;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bridge_tests::virtual_time;

use cell::Cell;

/// One test for the whole product, as the panic hook is the process's.
#[test]
fn every_exit_past_every_state() {
    hook::install();
    let cells: Vec<_> = Cell::all().collect();
    let failures: Vec<_> = cells.iter().filter_map(failure).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cells fail, the first of them:\n{}",
        failures.len(),
        cells.len(),
        failures[..failures.len().min(3)].join("\n"),
    );
}

/// What is wrong with a cell, under its name.
fn failure(cell: &Cell) -> Option<String> {
    let expected = expected::of(cell);
    let own = *cell;
    let run = AssertUnwindSafe(|| virtual_time(move |clock, log| run::seen(own, clock, log)));
    match catch_unwind(run) {
        Ok(seen) if seen == expected => None,
        Ok(seen) => Some(format!("{cell}\n    expected {expected}\n        seen {seen}")),
        Err(payload) => Some(format!("{cell}\n    {}", message(&*payload))),
    }
}

/// What a panic says.
fn message(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
