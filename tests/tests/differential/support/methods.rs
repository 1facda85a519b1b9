//! Calls that are methods: inherent ones and a trait's, with each kind of `self`.

use super::calls::{attempt, count, get, num, run};
use super::cx::Cx;
use super::values::*;

impl Page {
    pub async fn read(self, cx: &Cx, site: u32) -> Outcome<Val> {
        attempt(cx, site, self.0).await
    }

    pub async fn peek(&self, cx: &Cx, site: u32) -> Val {
        get(cx, site, self.0).await
    }
}

impl Val {
    pub async fn look_up(&self, cx: &Cx, site: u32) -> Val {
        get(cx, site, self).await
    }

    pub async fn change(&mut self, cx: &Cx, site: u32) -> u64 {
        num(cx, site, self).await
    }

    pub async fn consume(self, cx: &Cx, site: u32) -> Outcome<u64> {
        count(cx, site, self).await
    }
}

/// The same by way of a trait.
pub trait Asks: Sized {
    async fn inquire(&self, cx: &Cx, site: u32) -> Val;
    async fn amend(&mut self, cx: &Cx, site: u32) -> u64;
    async fn exhaust(self, cx: &Cx, site: u32) -> Outcome<u64>;
    async fn unbox(self: Box<Self>, cx: &Cx, site: u32) -> Val;
}

impl Asks for Val {
    async fn inquire(&self, cx: &Cx, site: u32) -> Val {
        get(cx, site, self).await
    }

    async fn amend(&mut self, cx: &Cx, site: u32) -> u64 {
        num(cx, site, self).await
    }

    async fn exhaust(self, cx: &Cx, site: u32) -> Outcome<u64> {
        count(cx, site, self).await
    }

    async fn unbox(self: Box<Self>, cx: &Cx, site: u32) -> Val {
        get(cx, site, *self).await
    }
}

impl Host {
    pub async fn ask(&self, cx: &Cx, site: u32) -> Val {
        get(cx, site, self).await
    }

    pub async fn alter(&mut self, cx: &Cx, site: u32) -> u64 {
        num(cx, site, self).await
    }

    pub async fn spend(self, cx: &Cx, site: u32) -> Val {
        get(cx, site, self).await
    }

    pub async fn spend_box(self: Box<Self>, cx: &Cx, site: u32) -> Val {
        get(cx, site, self).await
    }
}

impl Lock {
    pub async fn lock(&self) -> Guard {
        let (key, n, _) = run(&self.cx, self.site, true, &mut ()).await;
        self.cx.hold(key);
        Guard { n, key, cx: self.cx.clone() }
    }

    pub async fn acquire(&self, site: u32) -> Guard {
        let (key, n, _) = run(&self.cx, site, true, &mut ()).await;
        self.cx.hold(key);
        Guard { n, key, cx: self.cx.clone() }
    }
}
