//! Loom's primitives, under the names and with the signatures of std's.
//!
//! `Arc` stays std's, as a waker is made of no other: its counts are not
//! modelled.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use loom::sync::Notify;

pub(crate) use loom::sync::atomic::AtomicBool;
pub(crate) use loom::sync::{Mutex, MutexGuard};

/// A model has no runtime: its threads are coroutines of one thread.
pub(crate) const RUNTIME: bool = false;

pub(crate) struct AtomicUsize(loom::sync::atomic::AtomicUsize);

impl AtomicUsize {
    pub(crate) fn new(value: usize) -> Self {
        AtomicUsize(loom::sync::atomic::AtomicUsize::new(value))
    }

    pub(crate) fn load(&self, ordering: Ordering) -> usize {
        self.0.load(ordering)
    }

    /// A swap. A plain store of another thread comes before or after a swap as a
    /// whole, while loom would put it between what the swap reads and writes.
    pub(crate) fn store(&self, value: usize, ordering: Ordering) {
        self.swap(value, ordering);
    }

    pub(crate) fn swap(&self, value: usize, ordering: Ordering) -> usize {
        self.0.swap(value, ordering)
    }

    pub(crate) fn fetch_or(&self, bits: usize, ordering: Ordering) -> usize {
        self.0.fetch_or(bits, ordering)
    }

    pub(crate) fn fetch_add(&self, more: usize, ordering: Ordering) -> usize {
        self.0.fetch_add(more, ordering)
    }
}

/// A thread and its park token. Loom's own token shows what its giver has written
/// even to a thread that does not park, and is lost where that one waits for a lock.
#[derive(Clone)]
pub(crate) struct Thread(Arc<Notify>);

impl Thread {
    pub(crate) fn unpark(&self) {
        self.0.notify();
    }
}

loom::thread_local! {
    static CURRENT: Thread = Thread(Arc::new(Notify::new()));
}

pub(crate) fn current() -> Thread {
    CURRENT.with(Thread::clone)
}

/// Parks for ever: a wake that is lost is not to be made good by the time limit.
pub(crate) fn park_timeout(_: Duration) {
    current().0.wait();
}

macro_rules! local {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        $(loom::thread_local! { $(#[$doc])* static $name: $type = $init; })*
    };
}
pub(crate) use local as thread_local;
