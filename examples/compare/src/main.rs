//! Measures `#[background]` beside everything that one would write in its place, in one
//! run, turn by turn.
//!
//! See `compare --help` for what it can be given.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "it reports what it has measured, as it goes")]

mod arguments;
mod critical;
mod loops;
mod measure;
mod overhead;
mod seed;
mod summary;
mod threads;

use std::process::ExitCode;

use crate::arguments::{HELP, Part};
use crate::seed::Server;
use crate::summary::Summary;

fn main() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("compare: {message} (try `compare --help`)");
            return ExitCode::from(2);
        }
    };
    let server = match Server::start() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("compare: its own server did not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let size = arguments.size;
    let mut summary = Summary::default();
    for part in arguments.parts {
        match part {
            Part::Seed => seed::measure(size, &server, &mut summary),
            Part::Overhead => overhead::measure(size, &mut summary),
            Part::Loops => loops::measure(size, &mut summary),
            Part::Critical => critical::measure(size, &mut summary),
            Part::Threads => threads::measure(size, &server),
        }
    }
    println!("{summary}");
    ExitCode::SUCCESS
}
