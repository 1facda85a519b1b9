//! Fleets on real servers: what callers get, whatever happens to workers and servers.
//!
//! Where `nats-server` is not installed each test says so, and is left out.

#![forbid(unsafe_code)]

mod calls;
mod faults;
mod worlds;

use bridge::run_in_foreground;
use bridge_fleet_load::cluster::{self, Cluster};
use bridge_tests::bounded;

/// Runs a test on a server of its own, within the limit.
#[track_caller]
fn with_server<F>(body: impl FnOnce(Cluster) -> F + Send + 'static)
where
    F: Future<Output = ()>,
{
    bounded(move || {
        if cluster::is_installed() {
            let cluster = Cluster::start(1).expect("it starts");
            run_in_foreground(body(cluster));
        } else {
            println!("left out: not installed: nats-server");
        }
    });
}
