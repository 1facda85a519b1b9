//! The panic hook: silent for the panics that the test throws, which it counts.

use std::cell::Cell;
use std::panic;

use crate::functions::Payload;

thread_local! {
    static REPORTED: Cell<usize> = const { Cell::new(0) };
}

/// From here on the hook counts them, by thread, and hands on all others.
pub(crate) fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload().is::<Payload>() {
            REPORTED.set(REPORTED.get() + 1);
        } else {
            before(info);
        }
    }));
}

/// How many have been reported on this thread.
pub(crate) fn reported() -> usize {
    REPORTED.get()
}
