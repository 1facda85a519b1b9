//! What is loaded: blocking code, from files and from SQLite.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use csv::StringRecord;
use rusqlite::Connection;

/// What each source waits first, as a disk across a network would.
pub(crate) static DELAY: OnceLock<Duration> = OnceLock::new();

/// Why a file could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}: {1}")]
    Read(PathBuf, io::Error),
    #[error("{0}: {1}")]
    Csv(PathBuf, csv::Error),
    #[error("{0}: {1}")]
    Sqlite(PathBuf, rusqlite::Error),
}

/// The aircraft of a database, summed up.
#[derive(Debug, PartialEq)]
pub(crate) struct Planes {
    pub(crate) count: u32,
    pub(crate) seats: u32,
}

pub(crate) fn read_csv(path: &Path) -> Result<Vec<StringRecord>, Error> {
    let text = read(path)?;
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    rows.collect::<Result<_, _>>().map_err(|error| Error::Csv(path.to_owned(), error))
}

/// Builds a database from a file of statements, in memory, and asks it.
pub(crate) fn query_planes(path: &Path) -> Result<Planes, Error> {
    let statements = read(path)?;
    let planes = || {
        let database = Connection::open_in_memory()?;
        database.execute_batch(&statements)?;
        let sums = "SELECT count(*), sum(seats) FROM planes";
        database.query_row(sums, (), |row| Ok(Planes { count: row.get(0)?, seats: row.get(1)? }))
    };
    planes().map_err(|error| Error::Sqlite(path.to_owned(), error))
}

pub(crate) fn count_lines(path: &Path) -> Result<usize, Error> {
    Ok(read(path)?.lines().count())
}

fn read(path: &Path) -> Result<String, Error> {
    thread::sleep(DELAY.get().copied().unwrap_or_default());
    std::fs::read_to_string(path).map_err(|error| Error::Read(path.to_owned(), error))
}
