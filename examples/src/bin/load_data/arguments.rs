//! What the command line asks for.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};
use reqwest::Url;

pub(crate) const HELP: &str = "\
Loads flights, airlines and planes, once serially and once in the background,
and prints the joined table, a timeline of the calls, and as its last line

    serial N ms, background N ms, ratio R

Usage: load_data [OPTIONS] [FLIGHTS_URL [AIRLINES_URL]]

Arguments:
  FLIGHTS_URL   where to load the flights from: http or https, a CSV file with
                at least the columns year, carrier, tailnum, dep_delay
  AIRLINES_URL  where to load the airlines from: likewise, with at least the
                columns carrier, name

A data set that is given no URL comes from a server that the program runs on the
loopback address. The planes always come from a SQLite database in memory.

Options:
  --delay MS    what the program's own server waits before each answer
                [default: 300]
  --timeout MS  how long one HTTP request may take, from the connection to the
                last byte [default: 10000]
  --timeline FILE
                write the background run: a picture (.svg), a page (.html), or
                JSON for Perfetto (.json)
  -h, --help    print this

Each source is loaded twice, the second time over new connections. The
background run goes first, so what only a first run pays for counts against it.

Exit codes: 0 loaded, 1 a source could not be loaded, 2 wrong usage.
";

/// What to load, and how.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) flights: Option<Url>,
    pub(crate) airlines: Option<Url>,
    pub(crate) delay: Duration,
    pub(crate) timeout: Duration,
    pub(crate) timeline: Option<(PathBuf, Drawing)>,
}

/// How a run is written into a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Drawing {
    Svg,
    Html,
    Json,
}

/// Reads the command line of this process; gives none if it asks for help.
pub(crate) fn parse() -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments {
        flights: None,
        airlines: None,
        delay: Duration::from_millis(300),
        timeout: Duration::from_secs(10),
        timeline: None,
    };
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("delay") => arguments.delay = milliseconds(parser.value()?)?,
            Arg::Long("timeout") => arguments.timeout = milliseconds(parser.value()?)?,
            Arg::Long("timeline") => arguments.timeline = Some(drawing(parser.value()?.into())?),
            Arg::Value(value) if arguments.flights.is_none() => {
                arguments.flights = Some(url(value)?);
            }
            Arg::Value(value) if arguments.airlines.is_none() => {
                arguments.airlines = Some(url(value)?);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(arguments))
}

fn milliseconds(value: OsString) -> Result<Duration, lexopt::Error> {
    // 32 bits: 49 days, far from where adding durations would overflow.
    value.parse::<u32>().map(|n| Duration::from_millis(n.into()))
}

fn drawing(file: PathBuf) -> Result<(PathBuf, Drawing), lexopt::Error> {
    let drawing = match file.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => Drawing::Svg,
        Some("html") => Drawing::Html,
        Some("json") => Drawing::Json,
        _ => return Err(format!("`{}` is no .svg, .html or .json", file.display()).into()),
    };
    Ok((file, drawing))
}

fn url(value: OsString) -> Result<Url, lexopt::Error> {
    value.parse_with(|text| match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) => Err(format!("`{}` is neither http nor https", url.scheme())),
        Err(error) => Err(error.to_string()),
    })
}
