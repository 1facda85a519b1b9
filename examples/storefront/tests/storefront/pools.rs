//! Small pools under many threads: all end, and the server never has more connections than the pool.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use bridge::run_in_foreground;
use bridge_storefront::clients::Shop;
use bridge_storefront::model::{FlightPage, Order};
use bridge_storefront::setting::Setting;
use bridge_storefront::{overlapped, serial};
use sqlx::postgres::PgPool;

use crate::common::{shop, with_servers};

/// Flights that are looked at, and that no test writes.
const PAGES: i32 = 400;
/// Flights and customers of a pool, which orders are placed for.
const ORDERS: i32 = 8;

/// How many connections of this name the server has, at most, until all is done.
fn most_connections(db: &PgPool, name: &str, is_done: &AtomicBool) -> i64 {
    let mut most = 0;
    while !is_done.load(Ordering::Relaxed) {
        let query = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND pg_sleep(0.005) IS NOT NULL",
        );
        let now: i64 = run_in_foreground(query.bind(name).fetch_one(db)).expect("they are counted");
        most = most.max(now);
    }
    most
}

/// An order without its number, of which each has another.
fn unnumbered(order: Order) -> Order {
    Order { id: 0, ..order }
}

/// What a thread does: a page, and each fourth an order.
fn work(shop: &Shop, thread: i32, first: i32) -> (FlightPage, Option<Order>) {
    let page = overlapped::shop::pages::flight(shop, PAGES + thread).expect("the page is there");
    let own = first + thread / 4 % ORDERS;
    let order = (thread % 4 == 0)
        .then(|| overlapped::shop::orders::place(shop, own, own, 1).expect("it is placed"));
    (page, order)
}

/// The same serially, on a pool that is large.
fn work_serially(shop: &Shop, thread: i32, first: i32) -> (FlightPage, Option<Order>) {
    let page = serial::shop::pages::flight(shop, PAGES + thread).expect("the page is there");
    let own = first + thread / 4 % ORDERS;
    let order = (thread % 4 == 0)
        .then(|| serial::shop::orders::place(shop, own, own, 1).expect("it is placed"));
    (page, order)
}

/// So many threads at once on so many connections. The orders are of flights and customers from `first`.
fn expect_same(setting: &Setting, connections: u32, first: i32) {
    let twin = shop(setting, "pools, serial", 16);
    let name = format!("pools, {connections}");
    let small = shop(setting, &name, connections);
    for threads in [16, 64] {
        let is_done = AtomicBool::new(false);
        let most = thread::scope(|scope| {
            let most = scope.spawn(|| most_connections(&twin.db, &name, &is_done));
            let small = &small;
            let all: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || work(small, thread, first)))
                .collect();
            let all: Vec<_> = all.into_iter().map(thread::ScopedJoinHandle::join).collect();
            is_done.store(true, Ordering::Relaxed);
            for (thread, given) in (0..).zip(all) {
                let (page, order) = given.expect("it does not panic");
                let (twin_page, twin_order) = work_serially(&twin, thread, first);
                assert_eq!(page, twin_page);
                assert_eq!(order.map(unnumbered), twin_order.map(unnumbered));
            }
            most.join().expect("it does not panic")
        });
        assert!((1..=i64::from(connections)).contains(&most), "{most} of {connections}");
    }
    expect_orders(&twin, first);
}

/// Both forms have placed as many: 4 of 16 threads, and 16 of 64.
fn expect_orders(shop: &Shop, first: i32) {
    let sold = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE state = 'paid'), sum(seats) FROM orders \
         WHERE flight >= $1 AND flight < $2",
    );
    let sold: (i64, i64, i64) =
        run_in_foreground(sold.bind(first).bind(first + ORDERS).fetch_one(&shop.db))
            .expect("they are counted");
    assert_eq!(sold, (40, 40, 40));
    let taken = sqlx::query_scalar(
        "SELECT sum(seats - seats_left) FROM flights WHERE id >= $1 AND id < $2",
    );
    let taken: i64 = run_in_foreground(taken.bind(first).bind(first + ORDERS).fetch_one(&shop.db))
        .expect("they are counted");
    assert_eq!(taken, 40);
}

#[test]
fn one_connection_is_enough() {
    with_servers(|setting| expect_same(setting, 1, 101));
}

#[test]
fn two_connections_are_enough() {
    with_servers(|setting| expect_same(setting, 2, 111));
}

#[test]
fn four_connections_are_enough() {
    with_servers(|setting| expect_same(setting, 4, 121));
}
