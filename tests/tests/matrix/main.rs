//! Each bridge from synchronous code into async code, called in each context,
//! with each operation: what works is a table.
//!
//! A cell of the table runs in a process of its own under a watchdog, so that a
//! hang, an abort or a panic is its verdict and not the end of the run. A test
//! run holds our own bridges only: all is `ok` but what [`expected`] names. The
//! whole table, as Markdown, and a line for each cell:
//!
//! ```text
//! MATRIX=all cargo test -p bridge-tests --test matrix -- --nocapture
//! ```
//!
//! One cell, here, to look into it:
//!
//! ```text
//! MATRIX_CELL='run_in_foreground / main thread / sleep' cargo test -p bridge-tests --test matrix
//! ```
//!
//! There is no test harness: it would run each test on a thread, and the main
//! thread is a context.

#![forbid(unsafe_code)]

mod arguments;
mod at_drop;
mod bridges;
mod cell;
mod contexts;
mod expected;
mod operations;
mod table;

use std::env;
use std::process::ExitCode;

use arguments::Arguments;
use cell::{CELL, Cell};
use table::Table;

fn main() -> ExitCode {
    if let Ok(name) = env::var(CELL) {
        Cell::named(&name).run();
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::of_process();
    if arguments.leaves_out("matrix") {
        return ExitCode::SUCCESS;
    }
    if arguments.has("--list") {
        println!("matrix: test");
        return ExitCode::SUCCESS;
    }

    let all = env::var("MATRIX").is_ok_and(|columns| columns == "all");
    let table = Table::of(if all { Cell::all() } else { Cell::ours() });
    if all || arguments.has("--nocapture") {
        println!("{}\n{}", table.lines(), table.markdown());
    }
    let unexpected = table.unexpected();
    print!("{unexpected}");
    println!("matrix: {}", table.summary());
    if unexpected.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
