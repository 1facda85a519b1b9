//! Random nested calls from many threads, for as long as one likes: whether
//! anything is left behind, grows, or stands still.
//!
//! ```sh
//! cargo run --release -p bridge-tests --bin soak -- --seconds 180
//! ```

#![forbid(unsafe_code)]

mod arguments;
mod counters;
mod echo;
mod gauge;
mod places;
mod report;
mod soak;
mod tree;

use std::env;
use std::process::ExitCode;

use arguments::Arguments;
use bridge::Config;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(refused) => {
            eprintln!("{refused}\n{}", arguments::USAGE);
            return ExitCode::FAILURE;
        }
    };
    // So few that blocking code often finds none.
    Config::new().max_blocking_threads(16).init().expect("it is the first use");
    println!("{arguments}");
    let report = soak::run(&arguments, |line| println!("{line}"));
    println!("{report}");
    if report.faults().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use bridge_tests::bounded;

    use super::arguments::{Arguments, Budget};
    use super::soak;

    /// Short, so that the command does not rot; too short for its memory to be
    /// compared.
    #[test]
    fn some_rounds_leave_nothing_behind() {
        let budget = Budget::Rounds(100);
        let arguments = Arguments { budget, threads: 8, seed: 1 };
        let report = bounded(move || soak::run(&arguments, |_| ()));
        assert!(report.faults().is_empty(), "{report}");
        assert!(report.calls > 800, "{report}");
    }
}
