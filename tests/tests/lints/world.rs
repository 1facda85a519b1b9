//! What the functions are made of.

use std::future::{Future, ready};

pub use bridge::background;

/// What plain synchronous code has for `.await`.
pub trait Get: Future + Sized {
    fn get(self) -> Self::Output {
        bridge::run_in_foreground(self)
    }
}

impl<F: Future> Get for F {}

#[derive(Debug)]
pub struct Error;

impl From<Error> for String {
    fn from(_: Error) -> Self {
        Self::new()
    }
}

pub struct Pair {
    pub left: u32,
    pub right: u32,
}

pub struct Store {
    pub id: u32,
    pub text: String,
    pub list: Vec<u32>,
}

impl Store {
    pub fn fresh() -> Self {
        Store { id: 1, text: String::new(), list: Vec::new() }
    }
    pub fn load(&self, n: u32) -> impl Future<Output = u32> {
        ready(self.id + n)
    }
}

pub fn number(n: u32) -> impl Future<Output = u32> {
    ready(n)
}
pub fn look(n: &u32) -> impl Future<Output = u32> {
    ready(*n)
}
pub fn next(n: u32) -> impl Future<Output = Result<Option<u32>, Error>> {
    ready(Ok(Some(n)))
}
pub fn fallible(n: u32) -> impl Future<Output = Result<u32, Error>> {
    ready(Ok(n))
}
pub fn option(n: u32) -> impl Future<Output = Option<u32>> {
    ready(Some(n))
}
pub fn stored(id: u32) -> impl Future<Output = Store> {
    ready(Store { id, text: String::new(), list: Vec::new() })
}
pub fn length(text: &str) -> impl Future<Output = u32> {
    ready(text.len() as u32)
}
pub fn seen(text: &str) -> impl Future<Output = &str> {
    ready(text)
}
pub fn taken(text: String) -> impl Future<Output = u32> {
    ready(text.len() as u32)
}
pub fn listed() -> impl Future<Output = Vec<u32>> {
    ready(vec![1])
}
pub fn push(list: &mut Vec<u32>, n: u32) -> impl Future<Output = u32> {
    list.push(n);
    ready(n)
}
pub fn pause() -> impl Future<Output = ()> {
    ready(())
}
pub fn plain(n: u32) -> u32 {
    n
}
pub fn unit() {}
pub fn sum(a: u32, b: u32) -> u32 {
    a + b
}
#[must_use]
pub async fn noted(n: u32) -> u32 {
    n
}
#[deprecated]
pub fn old(n: u32) -> impl Future<Output = u32> {
    ready(n)
}
pub fn apply(function: impl Fn(u32) -> u32) -> impl Future<Output = u32> {
    ready(function(1))
}
pub fn length_of(list: &[u32]) -> impl Future<Output = u32> {
    ready(list.len() as u32)
}
pub fn nothing((): ()) -> impl Future<Output = u32> {
    ready(1)
}
pub fn named(n: u32) -> impl Future<Output = String> {
    ready(n.to_string())
}
