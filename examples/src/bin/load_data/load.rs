//! The load function, once in the background and once serial.

use crate::error::LoadError;
use crate::sources::{Sources, fetch_airlines, fetch_flights, query_planes};
use crate::tables::{Table, join_tables};

#[bridge::background]
pub(crate) fn load_in_background(sources: &Sources) -> Result<Table, LoadError> {
    let flights = fetch_flights(sources).await?;
    let airlines = fetch_airlines(sources).await?;
    let planes = query_planes(sources).await?;
    Ok(join_tables(&flights, &airlines, &planes))
}

/// The same, one call after the other.
#[bridge::background(serial)]
pub(crate) fn load_serially(sources: &Sources) -> Result<Table, LoadError> {
    let flights = fetch_flights(sources).await?;
    let airlines = fetch_airlines(sources).await?;
    let planes = query_planes(sources).await?;
    Ok(join_tables(&flights, &airlines, &planes))
}
