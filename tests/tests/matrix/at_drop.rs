//! Code that runs in a destructor.

use std::cell::RefCell;

use crate::contexts::Body;

/// Runs the body when it is dropped.
pub(crate) struct AtDrop(Option<Body>);

impl AtDrop {
    pub(crate) fn new(body: Body) -> Self {
        AtDrop(Some(body))
    }
}

impl Drop for AtDrop {
    fn drop(&mut self) {
        if let Some(body) = self.0.take() {
            body();
        }
    }
}

thread_local! {
    /// Thread-locals are destroyed in the reverse order of their first use.
    static AT_EXIT: RefCell<Option<AtDrop>> = const { RefCell::new(None) };
}

/// Runs the body in the destructor of a thread-local of the calling thread.
pub(crate) fn at_thread_exit(body: Body) {
    AT_EXIT.set(Some(AtDrop::new(body)));
}
