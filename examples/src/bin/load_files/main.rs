//! Loads files and a SQLite database with plain blocking code, serially and in
//! the background, and shows how long both took.
//!
//! See `load_files --help` for what it can be given.

#![forbid(unsafe_code)]

mod load;
mod sources;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lexopt::{Arg, Parser, ValueExt};

use crate::load::{background, serial};
use crate::sources::{DELAY, Error};

const HELP: &str = "\
Loads flights, airlines and planes from a folder, and counts the lines of its files,
once in the background and once serially, and prints as its last line

    serial N ms, background N ms, ratio R

Usage: load_files [OPTIONS] [FOLDER]

Arguments:
  FOLDER      where flights.csv, airlines.csv and planes.sql are
              [default: the data of the examples]

Options:
  --delay MS  what each file waits before it is read, as a disk across a network
              would [default: 100]
  -h, --help  print this

Exit codes: 0 loaded, 1 a file could not be loaded, 2 wrong usage.
";

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

fn main() -> ExitCode {
    let (folder, delay) = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return print(HELP),
        Err(error) => {
            eprintln!("load_files: {error} (try `load_files --help`)");
            return ExitCode::from(2);
        }
    };
    DELAY.get_or_init(|| delay);
    match compare(&folder) {
        Ok(report) => print(&report),
        Err(error) => {
            eprintln!("load_files: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Option<(PathBuf, Duration)>, lexopt::Error> {
    let (mut folder, mut delay) = (None, Duration::from_millis(100));
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("delay") => {
                delay = Duration::from_millis(parser.value()?.parse::<u32>()?.into());
            }
            Arg::Value(value) if folder.is_none() => folder = Some(PathBuf::from(value)),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some((folder.unwrap_or_else(|| PathBuf::from(FOLDER)), delay)))
}

/// Loads both ways and reports on it.
fn compare(folder: &Path) -> Result<String, Error> {
    let files = ["README.md", "airlines.csv", "flights.csv", "planes.sql"];
    let paths = files.map(|file| folder.join(file));

    let begun = Instant::now();
    let (loaded, lines) = (background::load(folder)?, background::lines(&paths)?);
    let overlapped = begun.elapsed();
    let begun = Instant::now();
    let twin = (serial::load(folder)?, serial::lines(&paths)?);
    let serially = begun.elapsed();

    let mut report = String::new();
    for (file, lines) in files.iter().zip(&lines) {
        let _ = writeln!(report, "{file:13} {lines:>5} lines");
    }
    let _ = writeln!(
        report,
        "{} flights, {} airlines, {} planes with {} seats",
        loaded.flights, loaded.airlines, loaded.planes.count, loaded.planes.seats
    );
    if (loaded, lines) != twin {
        report += "the files changed between the runs: the serial run loaded others\n";
    }
    let ratio = overlapped.as_secs_f64() / serially.as_secs_f64();
    let (serial, background) = (serially.as_millis(), overlapped.as_millis());
    let _ = writeln!(report, "\nserial {serial} ms, background {background} ms, ratio {ratio:.2}");
    Ok(report)
}

/// Prints to standard output, which may be a pipe that nobody reads any more.
fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
