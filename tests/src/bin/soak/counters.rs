//! What is counted while calls are made, and the panics that are part of it.

use std::panic;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) calls: AtomicU64,
    live: Arc<()>,
}

/// What each future holds, and each value that may outlive its call.
pub(crate) type Live = Arc<()>;

impl Counters {
    pub(crate) fn hold(&self) -> Live {
        Arc::clone(&self.live)
    }

    pub(crate) fn live(&self) -> usize {
        Arc::strong_count(&self.live) - 1
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
