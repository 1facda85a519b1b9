//! What workers do.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use bridge_fleet::{Handlers, Job, running};
use serde::{Deserialize, Serialize};

/// A part of the flights of a day, as CSV without its head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Which part.
    pub number: u64,
    /// Its lines.
    pub csv: String,
}

/// What was in a part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Which part.
    pub number: u64,
    /// How many flights.
    pub flights: u64,
    /// Of each airline, how many and how many minutes they were late in sum.
    pub airlines: BTreeMap<String, (u64, i64)>,
}

/// Reads a part.
pub const SUMMARISE: Job<Chunk, Summary> = Job::new("summarise");

/// Waits for so many milliseconds, and gives them back.
pub const WAIT: Job<u64, u64> = Job::new("wait");

/// Gives back what it is given.
pub const ECHO: Job<u64, u64> = Job::new("echo");

/// Reads a part, as [`SUMMARISE`] does.
///
/// # Errors
///
/// A line is no flight.
pub fn summarise(chunk: &Chunk) -> Result<Summary, csv::Error> {
    let mut summary = Summary { number: chunk.number, ..Summary::default() };
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(chunk.csv.as_bytes());
    for row in rows.records() {
        let row = row?;
        let carrier = row.get(3).unwrap_or_default().to_owned();
        let delay: i64 = row.get(8).and_then(|text| text.parse().ok()).unwrap_or(0);
        let (flights, minutes) = summary.airlines.entry(carrier).or_default();
        *flights += 1;
        *minutes += delay;
        summary.flights += 1;
    }
    Ok(summary)
}

/// All of them. A part takes so much longer, as if more were to be done. If there is a log, each run of a part is noted there by its id: a program that must not do
/// something twice would look there first.
pub fn handlers(log: Option<PathBuf>, longer: Duration) -> Handlers {
    Handlers::new()
        .serve(SUMMARISE, move |chunk: Chunk| {
            if let (Some(log), Some(running)) = (&log, running()) {
                let line = format!("{}\n", running.id());
                let file = OpenOptions::new().append(true).create(true).open(log);
                file.and_then(|mut file| file.write_all(line.as_bytes()))
                    .map_err(|error| error.to_string())?;
            }
            std::thread::sleep(longer);
            summarise(&chunk).map_err(|error| error.to_string())
        })
        // By a thread, as a timer of tokio is up to a millisecond late.
        .serve(WAIT, |ms: u64| {
            std::thread::sleep(Duration::from_millis(ms));
            Ok::<_, std::convert::Infallible>(ms)
        })
        .serve_async(ECHO, async |n: u64| Ok::<_, std::convert::Infallible>(n))
}

/// So many parts: the flights of the data set, over and over.
pub fn chunks(count: u64) -> Vec<Chunk> {
    let lines: Vec<_> = include_str!("../../data/flights.csv").lines().skip(1).collect();
    let parts: Vec<String> = lines.chunks(20).map(|lines| lines.join("\n")).collect();
    let numbered = (0..count).zip(parts.iter().cycle());
    numbered.map(|(number, csv)| Chunk { number, csv: csv.clone() }).collect()
}
