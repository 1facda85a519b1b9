//! The function that has the attribute: it is the same on this machine and on a fleet.

use std::collections::BTreeMap;

use bridge::background;
use bridge_fleet::{Fleet, FleetError};

use crate::jobs::{Chunk, SUMMARISE};

/// What all parts come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How many parts.
    pub parts: u64,
    /// How many flights.
    pub flights: u64,
    /// Of each airline, how many and how many minutes they were late in sum.
    pub airlines: BTreeMap<String, (u64, i64)>,
}

/// Reads all parts, up to so many at once; tells of each that is done.
///
/// # Errors
///
/// A part could not be read.
#[background]
pub fn report(
    fleet: &Fleet,
    chunks: &[Chunk],
    limit: usize,
    done: &dyn Fn(u64),
) -> Result<Report, FleetError> {
    let mut report = Report::default();
    #[background(limit = limit)]
    for chunk in chunks {
        let summary = fleet.call(SUMMARISE, chunk).await?;
        report.parts += 1;
        report.flights += summary.flights;
        for (carrier, (flights, minutes)) in summary.airlines {
            let airline = report.airlines.entry(carrier).or_default();
            airline.0 += flights;
            airline.1 += minutes;
        }
        done(summary.number);
    }
    Ok(report)
}
