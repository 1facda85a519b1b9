//! A client that is kept for the life of the process, with the connections that
//! it pools, serves calls from threads and runtimes that come and go.

mod places;
mod server;

use std::io;
use std::iter::empty;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use bridge::background;
use bridge_tests::bounded;
use reqwest::Client;
use tokio::io::BufReader;
use tokio::net::TcpStream;

use places::Place;
use server::Server;

const THREADS: u64 = 8;
const CALLS: u64 = 1_000;

/// Each call has two requests under way at the most.
const AT_A_TIME: usize = 2 * THREADS as usize;

/// A tenth of the requests. The client opens a connection while it waits for one
/// to become idle, and keeps both, so that there are some more than it needs.
const CONNECTIONS: usize = 200;

/// Connections are made in a place that goes, and used in the others.
const IN_TURN: &[Place] = &[Place::CurrentThread, Place::MultiThread, Place::Thread];

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    // Only the first call of the process sets it; the others fail.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Loopback needs no proxy, and HTTP none of the system's certificates.
    let client = Client::builder().no_proxy().tls_certs_only(empty());
    client.build().expect("it has a cryptography provider")
});

/// Two requests, each answered with the double.
#[background]
fn by_http(server: &Server, number: u64) -> reqwest::Result<u64> {
    let one = ask(server, number).await?;
    let other = ask(server, number + 1).await?;
    Ok(one + other)
}

async fn ask(server: &Server, number: u64) -> reqwest::Result<u64> {
    let body = CLIENT.get(server.url(number)).send().await?.text().await?;
    Ok(body.parse().expect("the answer is a number"))
}

/// The same with connections that no task of a client drives: each is polled by
/// the thread that uses it, and made by another one most of the time.
#[background]
fn by_tcp(server: &Server, pool: &Pool, number: u64) -> io::Result<u64> {
    let one = pool.ask(server, number).await?;
    let other = pool.ask(server, number + 1).await?;
    Ok(one + other)
}

#[derive(Default)]
struct Pool(Mutex<Vec<BufReader<TcpStream>>>);

impl Pool {
    async fn ask(&self, server: &Server, number: u64) -> io::Result<u64> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => server.connect().await?,
        };
        let answer = server::ask(&mut connection, number).await?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(answer)
    }
}

/// Makes the calls, a share on each thread, in these places in turn.
fn calls(places: &'static [Place], call: impl Fn(u64) -> u64 + Send + Sync + 'static) {
    let call = Arc::new(call);
    thread::scope(|scope| {
        for first in 0..THREADS {
            let call = &call;
            scope.spawn(move || {
                let own = (first..CALLS).step_by(THREADS as usize);
                for (number, place) in own.zip(places.iter().cycle()) {
                    let call = Arc::clone(call);
                    let sum = place.run(move || call(number));
                    assert_eq!(sum, 2 * number + 2 * (number + 1), "{place:?}");
                }
            });
        }
    });
}

fn http_from(places: &'static [Place]) {
    bounded(move || {
        let server = Arc::new(Server::start());
        let own = Arc::clone(&server);
        calls(places, move |number| by_http(&own, number).unwrap());
        let connections = server.connections();
        assert!(connections <= CONNECTIONS, "{connections} connections");
    });
}

#[test]
fn http_from_threads() {
    http_from(&[Place::Thread]);
}

#[test]
fn http_from_current_thread_runtimes() {
    http_from(&[Place::CurrentThread]);
}

#[test]
fn http_from_multi_thread_runtimes() {
    http_from(&[Place::MultiThread]);
}

#[test]
fn http_from_all_of_them_in_turn() {
    http_from(IN_TURN);
}

/// Here each connection that is idle is found.
#[test]
fn tcp_from_all_of_them_in_turn() {
    bounded(|| {
        let (server, pool) = (Arc::new(Server::start()), Pool::default());
        let own = Arc::clone(&server);
        calls(IN_TURN, move |number| by_tcp(&own, &pool, number).unwrap());
        let connections = server.connections();
        assert!(connections <= AT_A_TIME, "{connections} connections");
    });
}
