//! Loads three data sets, two over HTTP and one from SQLite, with one body
//! under both forms of `#[background]`, and shows when each call ran.
//!
//! See `load_data --help` for what it can be given.

#![forbid(unsafe_code)]

mod arguments;
mod error;
mod http;
mod load;
mod server;
mod sources;
mod tables;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;

use bridge::run_in_foreground;
use bridge_timeline::{Run, Timeline};
use tracing_subscriber::prelude::*;

use crate::arguments::{Arguments, Drawing, HELP};
use crate::error::LoadError;
use crate::load::{load_in_background, load_serially};
use crate::server::Server;
use crate::sources::{Sources, open_planes};
use crate::tables::Table;

fn main() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return print(HELP),
        Err(message) => {
            eprintln!("load_data: {message} (try `load_data --help`)");
            return ExitCode::from(2);
        }
    };
    match compare(&arguments) {
        Ok(report) => print(&report),
        Err(error) => {
            eprintln!("load_data: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Loads the sources both ways and reports on it.
///
/// Both runs start with new HTTP clients, so both pay for their connections,
/// and with the database open. The background run goes first: what only the
/// first run pays for (warming up the process, the DNS, a server's cache)
/// counts against it.
fn compare(arguments: &Arguments) -> Result<String, LoadError> {
    let server = Server::start(arguments.delay).map_err(LoadError::Server)?;
    let planes = run_in_foreground(open_planes())?;
    let sources = || Sources::new(arguments, &server, &planes);
    let timeline = Timeline::new();
    tracing_subscriber::registry().with(timeline.layer()).init();

    let (table, background) = measure(load_in_background, &sources()?, &timeline)?;
    let (serial_table, serial) = measure(load_serially, &sources()?, &timeline)?;
    if let Some((file, drawing)) = &arguments.timeline {
        let text = match drawing {
            Drawing::Svg => background.svg(WIDTH),
            Drawing::Html => background.html(),
            Drawing::Json => background.trace_events(),
        };
        let written = fs::write(file, text);
        written.map_err(|cause| LoadError::Timeline { file: file.clone(), cause })?;
    }

    let mut report = format!("{table}\n");
    if table != serial_table {
        report += "the sources changed between the runs: the serial run's table differs\n\n";
    }
    let _ = writeln!(report, "{}\n{}", serial.text(COLUMNS), background.text(COLUMNS));
    let (serial, background) = (milliseconds(&serial), milliseconds(&background));
    let ratio = background as f64 / serial.max(1) as f64;
    let _ = writeln!(report, "serial {serial} ms, background {background} ms, ratio {ratio:.2}");
    Ok(report)
}

/// How wide a picture is, in pixels.
const WIDTH: usize = 900;
/// How wide a drawing in the terminal is.
const COLUMNS: usize = 80;

/// Either twin of the load function.
type Load = fn(&Sources) -> Result<Table, LoadError>;

fn measure(load: Load, sources: &Sources, timeline: &Timeline) -> Result<(Table, Run), LoadError> {
    timeline.clear();
    let table = load(sources)?;
    Ok((table, timeline.run()))
}

fn milliseconds(run: &Run) -> u64 {
    let took = run.longest().map(|longest| run.duration(longest)).unwrap_or_default();
    (took.as_secs_f64() * 1000.0).round() as u64
}

/// Prints to standard output, which may be a pipe that nobody reads any more.
fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
