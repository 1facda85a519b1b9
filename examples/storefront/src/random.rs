//! Orders at random, under faults at random: what the database and the payments come to in the end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bridge::run_in_foreground;

use crate::clients::{Places, Shop};
use crate::error::Error;
use crate::model::Order;
use crate::setting::Setting;
use crate::{overlapped, serial};
use bridge_tests::Random;
use bridge_tests::proxy::{Fault, Kind, Proxy};

/// What came of many orders.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub runs: usize,
    /// Runs that a fault has met.
    pub struck: usize,
    /// Orders that were given.
    pub given: usize,
    pub sold_out: usize,
    pub refused: usize,
    pub failed: usize,
    /// What was settled at the end: paid, cancelled.
    pub settled: (usize, usize),
    /// What does not hold, in words.
    pub broken: Vec<String>,
}

/// What an order asks for, and of which server.
const REQUESTS: [(bool, &str); 10] = [
    (false, "/* customer */"),
    (false, "/* flight */"),
    (false, "BEGIN"),
    (false, "/* lock */"),
    (false, "/* insert */"),
    (false, "/* take */"),
    (false, "COMMIT"),
    (false, "/* state */"),
    (true, "GET /quotes"),
    (true, "POST /charges"),
];

/// How long a call may take: a late request comes after that.
const LIMIT: Duration = Duration::from_millis(60);

/// Runs so many orders of 4 threads, half of them as serial twins, and then settles what was left half-way.
///
/// # Errors
///
/// A server does not answer without a fault.
pub fn run(setting: &Setting, runs: usize) -> Result<Outcome, Error> {
    let begun = AtomicUsize::new(0);
    let parts: Vec<Result<(Outcome, Vec<Order>), Error>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let begun = &begun;
                scope.spawn(move || orders(setting, worker, begun, runs))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("it does not panic")).collect()
    });
    let (mut outcome, mut given) = (Outcome::default(), Vec::new());
    for part in parts {
        let (part, orders) = part?;
        outcome.runs += part.runs;
        outcome.struck += part.struck;
        outcome.given += part.given;
        outcome.sold_out += part.sold_out;
        outcome.refused += part.refused;
        outcome.failed += part.failed;
        given.extend(orders);
    }
    let shop = run_in_foreground(Shop::connect(&setting.places()))?;
    // What is on its way has its end.
    thread::sleep(3 * LIMIT);
    outcome.settled = overlapped::shop::orders::settle(&shop)?;
    outcome.broken = broken(setting, &shop, &given)?;
    run_in_foreground(shop.close());
    Ok(outcome)
}

fn orders(
    setting: &Setting,
    worker: u64,
    begun: &AtomicUsize,
    runs: usize,
) -> Result<(Outcome, Vec<Order>), Error> {
    let mut random = Random::new(worker);
    let (mut outcome, mut given) = (Outcome::default(), Vec::new());
    let proxies = setting.proxies(Duration::ZERO).expect("there are ports");
    let places = Places { connections: 8, limit: LIMIT, with_texts: true, ..proxies.places() };
    let shop = run_in_foreground(Shop::connect(&places))?;
    while begun.fetch_add(1, Ordering::SeqCst) < runs {
        outcome.runs += 1;
        let proxy: &Proxy = {
            let (service, request) = REQUESTS[random.below(10) as usize];
            let kind = match random.below(10) {
                0..=2 => Some(Kind::CutRequest),
                3..=5 => Some(Kind::CutAnswer),
                6 => Some(Kind::Dribble),
                7 => {
                    Some([Kind::BlackHole, Kind::Late(2 * LIMIT)][random.below(2) as usize].clone())
                }
                _ => None,
            };
            let proxy = if service { &proxies.service } else { &proxies.postgres };
            let fault = kind.map(|kind| Fault { request: request.to_owned(), kind });
            proxy.set(fault.into_iter().collect());
            proxy
        };
        let before = proxy.struck();
        let customer = 1 + random.below(30) as i32;
        let flight = 1 + random.below(40) as i32;
        let seats = 1 + random.below(12) as i32;
        let place = match random.below(2) {
            0 => serial::shop::orders::place,
            _ => overlapped::shop::orders::place,
        };
        let placed = place(&shop, customer, flight, seats);
        outcome.struck += usize::from(proxy.struck() > before);
        proxy.set(Vec::new());
        match placed {
            Ok(order) => {
                outcome.given += 1;
                // Some change their mind.
                match random.below(4) {
                    0 if overlapped::shop::orders::cancel(&shop, order.id).is_ok() => {}
                    0 => {}
                    _ => given.push(order),
                }
            }
            Err(Error::SoldOut { .. }) => outcome.sold_out += 1,
            Err(Error::Refused(_)) => outcome.refused += 1,
            Err(_) => outcome.failed += 1,
        }
    }
    run_in_foreground(shop.close());
    Ok((outcome, given))
}

/// What has to hold once that all is settled.
fn broken(setting: &Setting, shop: &Shop, given: &[Order]) -> Result<Vec<String>, Error> {
    let mut broken = Vec::new();
    let (seats, open) = overlapped::shop::reports::audit(shop)?;
    if seats > 0 {
        broken.push(format!("{seats} flights whose seats are neither left nor ordered"));
    }
    if open > 0 {
        broken.push(format!("{open} orders that are neither paid nor cancelled"));
    }
    let query = sqlx::query_as("SELECT id, cents, state FROM orders");
    let rows: Vec<(i64, i64, String)> =
        run_in_foreground(shop.call("orders", query.fetch_all(&shop.db)))?;
    let orders: BTreeMap<i64, (i64, String)> =
        rows.into_iter().map(|(id, cents, state)| (id, (cents, state))).collect();
    let ledger = setting.service.ledger();
    for (id, (cents, state)) in &orders {
        match (state.as_str(), ledger.get(id)) {
            ("paid", Some(paid)) if paid == cents => {}
            ("cancelled", None) => {}
            (state, paid) => broken.push(format!("order {id} is {state}, and {paid:?} was paid")),
        }
    }
    for id in ledger.keys().filter(|id| !orders.contains_key(id)) {
        broken.push(format!("{id} was paid, and is no order"));
    }
    for order in given {
        if orders.get(&order.id).is_none_or(|(_, state)| state != "paid") {
            broken.push(format!("order {} was given, and is not paid", order.id));
        }
    }
    Ok(broken)
}
