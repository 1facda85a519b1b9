//! The tables that are loaded, and the one they are joined into.

use std::collections::HashMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// One flight that was scheduled.
#[derive(Debug, Deserialize)]
pub(crate) struct Flight {
    year: i32,
    carrier: String,
    /// `NA` where it is not known; no plane is called so.
    tailnum: String,
    /// In minutes; none if the flight was cancelled.
    #[serde(deserialize_with = "number_or_na")]
    dep_delay: Option<f64>,
}

/// The name behind a carrier's code.
#[derive(Debug, Deserialize)]
pub(crate) struct Airline {
    carrier: String,
    name: String,
}

/// One aircraft.
#[derive(Debug)]
pub(crate) struct Plane {
    tailnum: String,
    /// In which it was made.
    year: Option<i32>,
    seats: i32,
}

impl From<(String, Option<i32>, i32)> for Plane {
    fn from((tailnum, year, seats): (String, Option<i32>, i32)) -> Self {
        Self { tailnum, year, seats }
    }
}

fn number_or_na<'de, D: Deserializer<'de>>(field: D) -> Result<Option<f64>, D::Error> {
    let text = String::deserialize(field)?;
    match text.as_str() {
        "" | "NA" => Ok(None),
        number => number.parse().map(Some).map_err(D::Error::custom),
    }
}

/// The flights of each airline, summed up.
#[derive(Debug, PartialEq)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq)]
struct Row {
    airline: String,
    flights: usize,
    cancelled: usize,
    delay: Mean,
    age: Mean,
    seats: Mean,
}

/// Joins the flights with their airlines by code and with their planes by tail
/// number. The airline with the most flights comes first.
pub(crate) fn join_tables(flights: &[Flight], airlines: &[Airline], planes: &[Plane]) -> Table {
    let names: HashMap<_, _> = airlines.iter().map(|a| (&a.carrier, &a.name)).collect();
    let planes: HashMap<_, _> = planes.iter().map(|p| (&p.tailnum, p)).collect();
    let mut rows = HashMap::new();
    for flight in flights {
        let row = rows.entry(&flight.carrier).or_insert_with(|| {
            let name = names.get(&flight.carrier).copied();
            Row::new(name.unwrap_or(&flight.carrier).clone())
        });
        row.add(flight, planes.get(&flight.tailnum).copied());
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by(|a, b| (b.flights, &a.airline).cmp(&(a.flights, &b.airline)));
    Table { rows }
}

impl Row {
    fn new(airline: String) -> Self {
        Self {
            airline,
            flights: 0,
            cancelled: 0,
            delay: Mean::default(),
            age: Mean::default(),
            seats: Mean::default(),
        }
    }

    fn add(&mut self, flight: &Flight, plane: Option<&Plane>) {
        self.flights += 1;
        match flight.dep_delay {
            Some(delay) => self.delay.add(delay),
            None => self.cancelled += 1,
        }
        if let Some(plane) = plane {
            self.seats.add(plane.seats.into());
            if let Some(year) = plane.year {
                self.age.add(f64::from(flight.year) - f64::from(year));
            }
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.rows.iter().map(|row| row.airline.chars().count());
        let width = widest.max().unwrap_or(0).max("airline".len());
        writeln!(
            f,
            "{:width$}  flights  cancelled  mean delay  planes  mean age  mean seats",
            "airline"
        )?;
        writeln!(f, "{:width$}                       (minutes)   found   (years)", "")?;
        for row in &self.rows {
            writeln!(
                f,
                "{:width$}  {:>7}  {:>9}  {:>10}  {:>6}  {:>8}  {:>10}",
                row.airline,
                row.flights,
                row.cancelled,
                row.delay,
                row.seats.count,
                row.age,
                row.seats
            )?;
        }
        Ok(())
    }
}

/// A mean that is made one value at a time.
#[derive(Debug, Default, PartialEq)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }
}

impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            f.pad("-")
        } else {
            f.pad(&format!("{:.1}", self.sum / f64::from(self.count)))
        }
    }
}
