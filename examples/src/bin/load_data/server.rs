//! The program's own HTTP server: two CSV files, each answered after a delay.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use bridge::run_in_foreground;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::time::sleep;

const FLIGHTS: &str = include_str!("../../../data/flights.csv");
const AIRLINES: &str = include_str!("../../../data/airlines.csv");

/// A server on the loopback address, for as long as the process lives.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
}

impl Server {
    /// Starts to serve, at a port that the system chooses.
    pub(crate) fn start(delay: Duration) -> io::Result<Self> {
        let listener = run_in_foreground(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/flights.csv", get(move || answer(FLIGHTS, delay)))
            .route("/airlines.csv", get(move || answer(AIRLINES, delay)));
        // On the runtime's own threads: a server is to run whether or not some
        // thread is in the foreground.
        bridge::runtime().spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address })
    }

    pub(crate) fn flights(&self) -> Url {
        self.url("/flights.csv")
    }

    pub(crate) fn airlines(&self) -> Url {
        self.url("/airlines.csv")
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("it is a well-formed URL")
    }
}

async fn answer(csv: &'static str, delay: Duration) -> impl IntoResponse {
    sleep(delay).await;
    ([(CONTENT_TYPE, "text/csv; charset=utf-8")], csv)
}
