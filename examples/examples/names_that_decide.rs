//! A call waits if its name says that it acts. The attribute's words and a marker overrule that.

use std::cell::RefCell;
use std::time::Duration;

use bridge::{background, sleep};

type Log = RefCell<Vec<&'static str>>;

async fn step(log: &Log, begins: &'static str, ends: &'static str) {
    log.borrow_mut().push(begins);
    sleep(Duration::from_millis(5)).await;
    log.borrow_mut().push(ends);
}

async fn load(log: &Log) -> u32 {
    step(log, "load", "loaded").await;
    1
}

async fn insert(log: &Log) -> u32 {
    step(log, "insert", "inserted").await;
    2
}

#[background]
fn in_order(log: &Log) -> u32 {
    let a = load(log).await;
    let b = insert(log).await;
    a + b
}

#[background(queries(insert))]
fn side_by_side(log: &Log) -> u32 {
    let a = load(log).await;
    let b = insert(log).await;
    a + b
}

pub(crate) fn line() -> String {
    let said = |function: fn(&Log) -> u32| {
        let log = Log::default();
        assert_eq!(function(&log), 3);
        log.into_inner().join(" ")
    };
    format!("{} | {}", said(in_order), said(side_by_side))
}

fn main() {
    println!("{}", line());
}
