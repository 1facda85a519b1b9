//! Where the calling thread stands towards tokio, and how to block there.

use std::cell::Cell;

use tokio::runtime::{Handle, RuntimeFlavor, TryCurrentError, worker_index};

use crate::runtime::runtime;

/// What a thread may do while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It may park until it is woken.
    Free,
    /// It blocks the scheduler of a current-thread runtime, which holds back
    /// some of the wakes: it may only nap, and then polls again unasked.
    Scheduler,
}

thread_local! {
    /// Set while this thread is inside [`enter`], with the place found there.
    static ENTERED: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Runs `body` where futures of this crate may be polled, dropped and waited
/// for: inside the runtime's context, on a thread that may block.
pub(crate) fn enter<R>(body: impl FnOnce(Place) -> R) -> R {
    let current = Handle::try_current();
    if current.as_ref().is_err_and(TryCurrentError::is_thread_local_destroyed) {
        // In a destructor of the thread's own: there is no context any more.
        return body(Place::Free);
    }
    let current = current.ok();
    if let (Ok(Some(place)), Some(current)) = (ENTERED.try_with(Cell::get), &current)
        && current.id() == runtime().id()
    {
        return body(place);
    }

    let scheduled = worker_index().is_some();
    let flavor = current.map(|handle| handle.runtime_flavor());
    match flavor {
        Some(RuntimeFlavor::CurrentThread) => mark(Place::Scheduler, body),
        // Hand the worker's tasks to another thread before our own runtime
        // becomes the current one: tokio hands them to the current runtime.
        Some(_) if scheduled => tokio::task::block_in_place(|| mark(Place::Free, body)),
        _ => mark(Place::Free, body),
    }
}

fn mark<R>(place: Place, body: impl FnOnce(Place) -> R) -> R {
    /// Restores the mark when the body is left, by a panic too.
    struct Restore(Option<Place>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = ENTERED.try_with(|entered| entered.set(self.0));
        }
    }

    let _restore = Restore(ENTERED.try_with(|entered| entered.replace(Some(place))).ok().flatten());
    let _context = runtime().enter();
    body(place)
}
