//! The instructions and the allocations of calls and of loops with a limit, beside what one would
//! write by hand: exact, so that they can be compared between commits, whatever else the machine
//! does.
//!
//! ```sh
//! apt-get install valgrind
//! cargo bench -p bridge-compare --bench instructions
//! ```
//!
//! Each number is what one more run takes, or one more iteration: this program is run twice under
//! valgrind, with more and with fewer, and the difference is counted. A row fails that takes more
//! of its peer's than it did when it was written down; its aim may be lower.
//!
//! `ROWS=loop` runs the rows whose names hold that.

#![forbid(unsafe_code)]

#[path = "../../src/overhead/chains.rs"]
mod chains;
mod count;
#[path = "../../src/overhead/functions.rs"]
#[expect(dead_code, reason = "not all of them are counted")]
mod functions;
mod loops;
mod rows;

use std::env;
use std::process::ExitCode;

use self::count::Counted;
use self::rows::Row;

fn main() -> ExitCode {
    let rows = rows::all();
    if let Some(Counted { row, way, times }) = Counted::of_this_process() {
        rows[row].run(way, times);
        return ExitCode::SUCCESS;
    }
    let wanted = env::var("ROWS").unwrap_or_default();
    let mut over = Vec::new();
    println!(
        "| | instructions | of the peer | ratio | aim | at most | allocations | of the peer |\n\
         |---|---|---|---|---|---|---|---|"
    );
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.name.contains(&wanted)) {
        let counts = match row.counts(index) {
            Ok(counts) => counts,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        };
        let [ours, peer] = counts;
        let ratio = ours.instructions as f64 / peer.instructions as f64;
        let Row { name, aim, at_most, .. } = row;
        println!(
            "| {name} | {} | {} | {ratio:.2} | {aim} | {at_most} | {} | {} |",
            ours.instructions, peer.instructions, ours.allocations, peer.allocations
        );
        if ratio > *at_most {
            over.push(name);
        }
    }
    for name in &over {
        eprintln!("{name}: more than before");
    }
    if over.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
