//! The HTTP service of the storefront: quotes, weather, notices, and payments that are known by a key.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// What a payment above this many cents comes to: it is refused.
pub const REFUSED_FROM: i64 = 400_000;

/// One hour at an airport.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weather {
    pub origin: String,
    pub hour: u32,
    /// Degrees Fahrenheit.
    pub temp: f64,
    /// Miles per hour.
    pub wind_speed: f64,
    /// Miles.
    pub visib: f64,
}

/// A payment, or the wish for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The order.
    pub key: i64,
    pub cents: i64,
}

/// What has been paid, by order.
pub type Ledger = BTreeMap<i64, i64>;

#[derive(Default)]
struct Books {
    paid: Mutex<Ledger>,
    weather: HashMap<String, Weather>,
}

impl Books {
    fn paid(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.paid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A service on a thread of its own, until it is dropped.
pub struct Service {
    pub address: SocketAddr,
    books: Arc<Books>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Service {
    /// Begins to listen, on a free port of the loopback address.
    ///
    /// # Errors
    ///
    /// There is no port.
    pub fn start() -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut weather = HashMap::new();
        let mut rows = csv::Reader::from_reader(&include_bytes!("../../data/weather.csv")[..]);
        for row in rows.deserialize::<Weather>().flatten() {
            weather.insert(row.origin.clone(), row);
        }
        let books = Arc::new(Books { paid: Mutex::default(), weather });
        let app = Router::new()
            .route("/quotes/{flight}", get(quote))
            .route("/weather/{origin}", get(weather_at))
            .route("/notices", get(notices))
            .route("/rates", get(rates))
            .route("/charges", post(charge))
            .route("/charges/{key}", get(charged).delete(refund))
            .with_state(Arc::clone(&books));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("it is one");
                tokio::select! {
                    _ = axum::serve(listener, app) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Service { address, books, stop: Some(stop), thread: Some(thread) })
    }

    /// Forgets all payments.
    pub fn clear(&self) {
        self.books.paid().clear();
    }

    /// What has been paid.
    pub fn ledger(&self) -> Ledger {
        self.books.paid().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Deserialize)]
struct Seats {
    seats: i64,
}

async fn quote(Path(flight): Path<i64>, Query(Seats { seats }): Query<Seats>) -> Json<i64> {
    Json(seats * (5_000 + flight * 37 % 40_000))
}

async fn weather_at(
    State(books): State<Arc<Books>>,
    Path(origin): Path<String>,
) -> Result<Json<Weather>, StatusCode> {
    books.weather.get(&origin).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn notices() -> Json<Vec<String>> {
    Json(vec!["Be at the gate 45 minutes before departure.".to_owned()])
}

async fn rates() -> Json<BTreeMap<String, f64>> {
    Json([("EUR", 0.76), ("GBP", 0.61)].map(|(name, rate)| (name.to_owned(), rate)).into())
}

/// A key that is known is paid already: so who asks twice pays once.
async fn charge(State(books): State<Arc<Books>>, Json(asked): Json<Charge>) -> StatusCode {
    if asked.cents >= REFUSED_FROM {
        return StatusCode::PAYMENT_REQUIRED;
    }
    books.paid().entry(asked.key).or_insert(asked.cents);
    StatusCode::OK
}

async fn charged(State(books): State<Arc<Books>>, Path(key): Path<i64>) -> Json<Option<i64>> {
    Json(books.paid().get(&key).copied())
}

async fn refund(State(books): State<Arc<Books>>, Path(key): Path<i64>) -> StatusCode {
    books.paid().remove(&key);
    StatusCode::OK
}
