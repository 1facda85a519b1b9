//! The values that the written functions handle.

use std::fmt;

use super::cx::{Cx, Key, Kind};

/// A value that is moved, and logs when it is dropped as a local.
pub struct Val {
    pub n: u64,
    key: Key,
    cx: Cx,
    logs: bool,
}

impl Val {
    pub fn new(cx: &Cx, key: Key, n: u64) -> Self {
        Val { n, key, cx: cx.clone(), logs: true }
    }

    pub fn parameter(cx: &Cx, site: u32) -> Self {
        let key = cx.turn(site);
        Val::new(cx, key, u64::from(site))
    }
}

impl Clone for Val {
    fn clone(&self) -> Self {
        Val { n: self.n, key: self.key, cx: self.cx.clone(), logs: true }
    }
}

impl Drop for Val {
    fn drop(&mut self) {
        if self.logs {
            self.cx.push(Kind::Drop, self.key, format!("drop {} = {}", self.key, self.n % 1000));
        }
    }
}

impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.n)
    }
}

impl fmt::Debug for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.n)
    }
}

/// Several places in one.
#[derive(Debug)]
pub struct Pair {
    pub a: Val,
    pub b: Val,
    pub k: u64,
}

/// The error of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fail(pub u32);

impl Fail {
    /// The error where it was found.
    #[must_use]
    pub fn at(self, site: u32) -> Self {
        Fail(self.0 * 1000 + site)
    }
}

/// An error that `?` converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other(pub u32);

impl From<Other> for Fail {
    fn from(other: Other) -> Self {
        Fail(other.0 + 500_000)
    }
}

/// An alias with one parameter, as most crates have one.
pub type Outcome<T> = Result<T, Fail>;

/// What a chain begins with; its drop is not logged.
pub struct Page(pub u64);

/// Something to lock.
pub struct Lock {
    pub cx: Cx,
    pub site: u32,
}

/// What is locked, until it is dropped.
pub struct Guard {
    pub n: u64,
    pub key: Key,
    pub cx: Cx,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.cx.release(self.key);
    }
}

/// What a method belongs to.
pub struct Host {
    pub a: Val,
    pub b: Val,
    pub k: u64,
}

/// What a call is given.
pub trait Arg {
    /// Its value at the start.
    fn look(&self) -> String;
    /// It changes what it may change, before the end.
    fn touch(&mut self, _by: u64) {}
    /// It is the call's from now on.
    fn given(&mut self, _to: Key) {}
}

impl Arg for () {
    fn look(&self) -> String {
        String::new()
    }
}

impl Arg for u64 {
    fn look(&self) -> String {
        self.to_string()
    }
}

impl Arg for usize {
    fn look(&self) -> String {
        self.to_string()
    }
}

impl Arg for &u64 {
    fn look(&self) -> String {
        self.to_string()
    }
}

impl Arg for &mut u64 {
    fn look(&self) -> String {
        self.to_string()
    }
    fn touch(&mut self, by: u64) {
        **self = **self * 3 % 1000 + by % 7;
    }
}

impl Arg for String {
    fn look(&self) -> String {
        self.clone()
    }
}

impl Arg for &String {
    fn look(&self) -> String {
        (*self).clone()
    }
}

impl Arg for Val {
    fn look(&self) -> String {
        self.n.to_string()
    }
    fn given(&mut self, to: Key) {
        self.logs = false;
        self.cx.trace.borrow_mut().given.push((self.key, to));
    }
}

impl Arg for &Val {
    fn look(&self) -> String {
        self.n.to_string()
    }
}

impl Arg for &mut Val {
    fn look(&self) -> String {
        self.n.to_string()
    }
    fn touch(&mut self, by: u64) {
        self.n = self.n * 3 % 1000 + by % 7;
    }
}

impl Arg for Pair {
    fn look(&self) -> String {
        format!("{self:?}")
    }
    fn given(&mut self, to: Key) {
        self.a.given(to);
        self.b.given(to);
    }
}

impl Arg for Box<Pair> {
    fn look(&self) -> String {
        (**self).look()
    }
    fn given(&mut self, to: Key) {
        (**self).given(to);
    }
}

impl Arg for &Pair {
    fn look(&self) -> String {
        format!("{self:?}")
    }
}

impl Arg for &mut Pair {
    fn look(&self) -> String {
        format!("{self:?}")
    }
    fn touch(&mut self, by: u64) {
        (&mut self.a).touch(by);
        (&mut self.b).touch(by + 1);
        (&mut self.k).touch(by + 2);
    }
}

impl<A: Arg, B: Arg> Arg for (A, B) {
    fn look(&self) -> String {
        format!("{}, {}", self.0.look(), self.1.look())
    }
    fn touch(&mut self, by: u64) {
        self.0.touch(by);
        self.1.touch(by + 1);
    }
    fn given(&mut self, to: Key) {
        self.0.given(to);
        self.1.given(to);
    }
}

impl<A: Arg, B: Arg, C: Arg> Arg for (A, B, C) {
    fn look(&self) -> String {
        format!("{}, {}, {}", self.0.look(), self.1.look(), self.2.look())
    }
    fn touch(&mut self, by: u64) {
        self.0.touch(by);
        self.1.touch(by + 1);
        self.2.touch(by + 2);
    }
    fn given(&mut self, to: Key) {
        self.0.given(to);
        self.1.given(to);
        self.2.given(to);
    }
}

impl Arg for &Host {
    fn look(&self) -> String {
        format!("{} {} {}", self.a, self.b, self.k)
    }
}

impl Arg for Host {
    fn look(&self) -> String {
        (&self).look()
    }
    fn given(&mut self, to: Key) {
        self.a.given(to);
        self.b.given(to);
    }
}

impl Arg for Box<Host> {
    fn look(&self) -> String {
        (&**self).look()
    }
    fn given(&mut self, to: Key) {
        (**self).given(to);
    }
}

impl Arg for &mut Host {
    fn look(&self) -> String {
        format!("{} {} {}", self.a, self.b, self.k)
    }
    fn touch(&mut self, by: u64) {
        (&mut self.a).touch(by);
        (&mut self.b).touch(by + 1);
        (&mut self.k).touch(by + 2);
    }
}

impl Arg for Option<Val> {
    fn look(&self) -> String {
        format!("{self:?}")
    }
    fn given(&mut self, to: Key) {
        if let Some(value) = self {
            value.given(to);
        }
    }
}

impl Arg for &Option<Val> {
    fn look(&self) -> String {
        format!("{self:?}")
    }
}

impl Arg for Vec<Val> {
    fn look(&self) -> String {
        format!("{self:?}")
    }
    fn given(&mut self, to: Key) {
        self.iter_mut().for_each(|value| value.given(to));
    }
}

impl Arg for &Vec<Val> {
    fn look(&self) -> String {
        format!("{self:?}")
    }
}

/// What a function gives, as text.
pub fn shown(value: impl fmt::Debug) -> String {
    format!("{value:?}")
}
