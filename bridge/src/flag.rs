//! Readiness flags: which of the futures that one thread drives was woken.
//!
//! Each future under a foreground has a flag of its own, so that a scan polls
//! only what was woken. A flag outlives any park token: a nested foreground may
//! eat the token that was meant for an outer one, and the outer one still finds
//! the flag when it scans again. Flags are recycled by thread, so that a call
//! costs no allocation for its waker.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};

use crate::primitives::{AtomicBool, AtomicWaker, thread_local};

/// How many idle flags a thread keeps.
const POOLED: usize = 64;

thread_local! {
    static POOL: RefCell<Vec<Flag>> = const { RefCell::new(Vec::new()) };
    /// Set while the thread's innermost foreground polls all that it can reach.
    static UNASKED: Cell<bool> = const { Cell::new(false) };
}

struct State {
    raised: AtomicBool,
    /// Who scans this flag: a thread in the foreground, or an async task.
    scanner: AtomicWaker,
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.raised.store(true, Ordering::Release);
        self.scanner.wake();
    }
}

/// Whether flags that are not raised are polled too, for places where wakes get
/// lost: those of the calls of an `async fn` as well, which only its own joins
/// know. The setting before comes back when this is dropped, as foregrounds nest.
pub(crate) struct Unasked {
    before: bool,
}

impl Unasked {
    pub(crate) fn set(unasked: bool) -> Self {
        Unasked { before: UNASKED.try_with(|own| own.replace(unasked)).unwrap_or(false) }
    }

    fn is_set() -> bool {
        UNASKED.try_with(Cell::get).unwrap_or(false)
    }
}

impl Drop for Unasked {
    fn drop(&mut self) {
        let _ = UNASKED.try_with(|own| own.set(self.before));
    }
}

/// A flag and the waker that raises it. New flags are raised, so that what they
/// stand for is polled at least once.
pub(crate) struct Flag {
    state: Arc<State>,
    waker: Waker,
}

impl Flag {
    pub(crate) fn new() -> Self {
        let pooled = POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten();
        if let Some(flag) = pooled {
            flag.state.raised.store(true, Ordering::Relaxed);
            return flag;
        }
        let state = Arc::new(State { raised: AtomicBool::new(true), scanner: AtomicWaker::new() });
        let waker = Waker::from(Arc::clone(&state));
        Flag { state, waker }
    }

    /// Polls with this flag's waker if the flag is raised, or [unasked](Unasked).
    ///
    /// The scanner in `cx` is told of the next wake either way.
    pub(crate) fn poll_if_raised<T>(
        &self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Option<Poll<T>> {
        // Register first: a wake between the two finds the scanner.
        self.state.scanner.register(cx.waker());
        if self.state.raised.swap(false, Ordering::AcqRel) || Unasked::is_set() {
            Some(poll(&mut Context::from_waker(&self.waker)))
        } else {
            None
        }
    }

    /// Gives the flag back to the thread's pool, unless a waker of it is still
    /// held somewhere, which could then wake the flag's next owner.
    pub(crate) fn recycle(self) {
        const OURS: usize = 2; // `state` and `waker`
        if Arc::strong_count(&self.state) == OURS {
            // A waker keeps alive what it wakes: a task of another executor.
            drop(self.state.scanner.take());
            let _ = POOL.try_with(|pool| {
                let mut pool = pool.borrow_mut();
                if pool.len() < POOLED {
                    pool.push(self);
                }
            });
        }
    }
}
