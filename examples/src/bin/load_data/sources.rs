//! What is loaded: the asynchronous calls, one for each data set.

use reqwest::Url;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

use crate::arguments::Arguments;
use crate::error::LoadError;
use crate::http::HttpSource;
use crate::server::Server;
use crate::tables::{Airline, Flight, Plane};

const PLANES: &str = include_str!("../../../data/planes.sql");

/// All that one run loads from.
#[derive(Debug)]
pub(crate) struct Sources {
    flights: HttpSource,
    airlines: HttpSource,
    planes: SqlitePool,
}

impl Sources {
    /// The sources that `arguments` name, or else `server`'s, behind new HTTP
    /// clients that have no connection yet.
    pub(crate) fn new(
        arguments: &Arguments,
        server: &Server,
        planes: &SqlitePool,
    ) -> Result<Self, LoadError> {
        let source = |given: &Option<Url>, own| match given {
            Some(url) => HttpSource::elsewhere(url.clone(), arguments.timeout),
            None => HttpSource::own(own, arguments.timeout),
        };
        Ok(Self {
            flights: source(&arguments.flights, server.flights())?,
            airlines: source(&arguments.airlines, server.airlines())?,
            planes: planes.clone(),
        })
    }
}

/// Builds the planes' database, in memory.
pub(crate) async fn open_planes() -> Result<SqlitePool, LoadError> {
    // One connection, kept for ever: each has a memory of its own.
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect("sqlite::memory:")
        .await?;
    sqlx::raw_sql(PLANES).execute(&pool).await?;
    Ok(pool)
}

pub(crate) async fn fetch_flights(sources: &Sources) -> Result<Vec<Flight>, LoadError> {
    sources.flights.rows().await
}

pub(crate) async fn fetch_airlines(sources: &Sources) -> Result<Vec<Airline>, LoadError> {
    sources.airlines.rows().await
}

pub(crate) async fn query_planes(sources: &Sources) -> Result<Vec<Plane>, LoadError> {
    let query = sqlx::query_as("SELECT tailnum, year, seats FROM planes");
    let rows: Vec<(String, Option<i32>, i32)> = query.fetch_all(&sources.planes).await?;
    Ok(rows.into_iter().map(Plane::from).collect())
}
