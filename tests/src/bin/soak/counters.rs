//! What is counted while calls are made, and the panics that are part of it.

use std::panic;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) calls: AtomicU64,
    pub(crate) live: AtomicUsize,
}

/// What each future holds, and each value that may outlive its call.
#[derive(Debug)]
pub(crate) struct Live(Arc<Counters>);

impl Live {
    pub(crate) fn new(counters: &Arc<Counters>) -> Self {
        counters.live.fetch_add(1, Ordering::Relaxed);
        Live(Arc::clone(counters))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is thrown on purpose.
#[derive(Debug)]
pub(crate) struct Thrown;

/// All other panics, wherever they end.
static OTHER_PANICS: AtomicU64 = AtomicU64::new(0);

pub(crate) fn other_panics() -> u64 {
    OTHER_PANICS.load(Ordering::Relaxed)
}

/// From here on the panic hook is silent for what is thrown on purpose, and
/// counts the others.
pub(crate) fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Thrown>() {
                OTHER_PANICS.fetch_add(1, Ordering::Relaxed);
                before(info);
            }
        }));
    });
}
