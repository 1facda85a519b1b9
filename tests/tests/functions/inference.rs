//! The join of a call asks whether its value is a guard. That it settles no type, and
//! is settled by whatever does, however late.

#![allow(clippy::unused_async, reason = "the calls are there for their types")]

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use bridge::background;

async fn collected<C: FromIterator<u32>>() -> C {
    [1, 2].into_iter().collect()
}

async fn parsed<T: FromStr>(text: &str) -> Result<T, T::Err> {
    text.parse()
}

async fn made<T: Default>() -> T {
    T::default()
}

async fn shown(value: u32) -> impl Display {
    value
}

#[test]
fn by_what_comes_after() {
    #[background]
    fn body() -> Result<String, std::num::ParseIntError> {
        let all = collected().await;
        let number = parsed("3").await?;
        let none = async { None }.await;
        let map = async { HashMap::new() }.await;
        let made = made().await;
        let add = async { |x: u32| x + 1 }.await;
        let failed = async { Err("late") }.await;
        let mut map = map;
        map.insert(1_u8, 'x');
        let text: Option<&str> = none;
        let failed: Result<(), &str> = failed;
        let all: Vec<u32> = all;
        Ok(format!("{all:?} {} {text:?} {map:?} {} {failed:?}", add(number), u8::max(made, 4)))
    }
    assert_eq!(body().unwrap(), r#"[1, 2] 4 None {1: 'x'} 4 Err("late")"#);
}

#[test]
fn by_a_fallback() {
    #[background]
    fn body() -> bool {
        let whole = async { 1 }.await;
        let real = async { 1.5 }.await;
        let unit = async { [()] }.await;
        let [()] = unit;
        f64::from(whole) < real
    }
    assert!(body());
}

/// Nothing says what these are.
#[test]
fn of_what_diverges() {
    #[background]
    #[allow(unused_variables, unreachable_code, reason = "nothing is known of them")]
    fn body(go: bool) -> Option<u32> {
        let never = async { if go { unreachable!() } else { panic!("as meant") } }.await;
        let fails = async { Ok::<_, ()>(unreachable!()) }.await;
        let lacks = async { Some(unreachable!()) }.await;
        None
    }
    let payload = std::panic::catch_unwind(|| body(false)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"as meant"));
}

#[test]
fn of_what_has_no_name() {
    #[background]
    fn body<I: Iterator<Item: Display>>(mut items: I) -> String {
        let first = async { items.next() }.await;
        let opaque = shown(7).await;
        let boxed = async { Box::new(2) as Box<dyn Display> }.await;
        format!("{} {opaque} {boxed}", first.unwrap())
    }
    assert_eq!(body([5].into_iter()), "5 7 2");

    #[background]
    fn again(left: u32) -> impl Display {
        if left > 0 {
            let inner = async { again(left - 1).to_string() }.await;
            let other = shown(left).await;
            return format!("{other}{inner}");
        }
        String::from(".")
    }
    assert_eq!(again(3).to_string(), "321.");
}

/// A value in a slot that has to be declared above where its call starts.
#[test]
fn of_a_slot_above_its_call() {
    struct Value(u32);
    async fn call(own: u32, of: &[&Value]) -> Value {
        Value(own + of.iter().map(|value| value.0).sum::<u32>())
    }
    #[background]
    fn body() -> u32 {
        let v0 = call(1, &[]).await;
        let v1 = call(2, &[]).await;
        let v2 = call(3, &[&v0, &v1]).await;
        let v3 = call(4, &[&v1, &v2]).await;
        let v4 = call(5, &[&v1, &v3]).await;
        let v5 = call(6, &[&v3]).await;
        let v6 = call(7, &[&v0, &v2, &v5]).await;
        let v7 = call(8, &[&v2]).await;
        let v8 = call(9, &[&v7]).await;
        let v9 = call(10, &[&v4]).await;
        v6.0 + v8.0 + v9.0
    }
    assert_eq!(body(), 32 + 23 + 29);
}

#[test]
fn in_an_async_function() {
    #[background]
    async fn body(left: u32) -> Option<Vec<u32>> {
        if left == 0 {
            return Some(Vec::new());
        }
        let all = collected().await;
        let inner = Box::pin(body(left - 1)).await?;
        let mut all: Vec<u32> = all;
        all.extend(inner);
        Some(all)
    }
    assert_eq!(bridge::run_in_foreground(body(2)), Some(vec![1, 2, 1, 2]));
}
