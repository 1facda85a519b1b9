//! What the functions give.

use std::collections::BTreeMap;

use crate::service::Weather;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    pub id: i32,
    pub carrier: String,
    pub number: i32,
    pub tailnum: Option<String>,
    pub origin: String,
    pub dest: String,
    /// Minutes.
    pub delay: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plane {
    pub year: Option<i32>,
    pub seats: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub id: i32,
    pub name: String,
    pub is_active: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: i64,
    pub customer: i32,
    pub flight: i32,
    pub seats: i32,
    pub cents: i64,
    pub state: String,
}

/// What a customer sees of a flight.
#[derive(Clone, Debug, PartialEq)]
pub struct FlightPage {
    pub flight: Flight,
    pub airline: Option<String>,
    pub plane: Option<Plane>,
    pub seats_left: i32,
    pub cents: i64,
    pub weather: Weather,
    pub others: Vec<i32>,
    pub views: i64,
    pub notices: Vec<String>,
}

/// The first page.
#[derive(Clone, Debug, PartialEq)]
pub struct Home {
    pub featured: Vec<Flight>,
    pub destinations: Vec<String>,
    pub flights: i64,
    pub notices: Vec<String>,
    pub rates: BTreeMap<String, f64>,
}

/// What was found between two airports.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    pub flights: Vec<Flight>,
    pub cheapest: Option<i64>,
    pub mean_delay: Option<f64>,
    pub rates: BTreeMap<String, f64>,
}

/// A customer's own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerPage {
    pub customer: Customer,
    pub orders: Vec<Order>,
    pub points: i64,
    pub paid: i64,
}

/// What leaves from an airport.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    pub departures: Vec<Flight>,
    pub weather: Weather,
    pub mean_delay: Option<f64>,
    pub airlines: i64,
}

/// What a cart holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart {
    pub lines: Vec<(i32, i64)>,
    pub cents: i64,
}

/// What a day was like.
#[derive(Clone, Debug, PartialEq)]
pub struct Daily {
    pub flights: i64,
    pub cancelled: i64,
    pub mean_delay: Option<f64>,
    pub orders: i64,
    pub cents: i64,
    pub euros: f64,
}

/// A row of the nightly import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub flight: Flight,
    pub seats: i32,
}
