//! Where threads meet: atomics, locks, the park token, thread-locals. The wake
//! protocol takes them from here, so that its models run the crate's own code on
//! those of loom.

#[cfg(all(test, bridge_loom))]
mod modelled;

#[cfg(all(test, bridge_loom))]
pub(crate) use modelled::*;
#[cfg(not(all(test, bridge_loom)))]
pub(crate) use real::*;

#[cfg(not(all(test, bridge_loom)))]
mod real {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use std::sync::{Mutex, MutexGuard};
    pub(crate) use std::thread::{Thread, current, park_timeout};
    pub(crate) use std::thread_local;

    /// Whether there is a tokio runtime.
    pub(crate) const RUNTIME: bool = true;
}
