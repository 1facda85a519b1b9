//! The seed's function, two loads and what is made of both, over HTTP and over raw TCP.

mod http;
mod peers;
mod server;
mod tcp;

use std::time::Duration;

use crate::arguments::Size;
use crate::measure::Peers;
use crate::summary::Summary;

use self::http::Http;
pub(crate) use self::peers::{join, ours, serial, spawned, threads};
pub(crate) use self::server::Server;
pub(crate) use self::tcp::Tcp;

/// What an answer takes: as from a database in the next room.
pub(crate) const DELAY: Duration = Duration::from_millis(5);

/// When it answers, in words.
pub(crate) fn after(delay: Duration) -> String {
    if delay.is_zero() { "at once".to_owned() } else { format!("after {delay:?}") }
}

/// What two data sets are loaded from, in both ways.
pub(crate) trait Source: Clone + Send + Sync + 'static {
    /// Gives the length of what was loaded.
    fn load(&self) -> impl Future<Output = usize> + Send;

    fn load_blocking(&self) -> usize;

    /// The same with connections of its own: those of a runtime live there.
    fn another(&self) -> Self;
}

pub(crate) fn measure(size: Size, server: &Server, summary: &mut Summary) {
    for delay in [DELAY, Duration::ZERO] {
        let title = |protocol| format!("seed, {protocol}, answered {}", after(delay));
        let rounds = match delay.is_zero() {
            true => size.pick(3, 300, 2_000),
            false => size.pick(3, 50, 400),
        };

        let http = Http::new(server, delay);
        let mut peers = Peers::new();
        peers::add_all(&mut peers, &http);
        let blocking = http.on_threads();
        peers.add("threads, reqwest::blocking", move || peers::two_threads(|| blocking.load()));
        let over_http = peers.interleave(rounds);
        over_http.print(&title("HTTP"));

        let mut peers = Peers::new();
        peers::add_all(&mut peers, &Tcp::new(server, delay));
        let over_tcp = peers.interleave(rounds);
        over_tcp.print(&title("TCP"));

        for measured in [over_http, over_tcp] {
            if delay.is_zero() {
                summary.local.add(measured.ratio_to(peers::CURRENT_THREAD));
            } else {
                summary.join.add(measured.ratio_to(peers::JOIN));
                summary.serial.add(measured.ratio_to(peers::SERIAL));
                summary.threads.add(measured.ratio_to(peers::THREADS));
            }
        }
    }
}
