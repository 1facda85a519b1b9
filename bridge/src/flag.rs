//! The readiness flag of one future, which is its waker.
//!
//! Each future under a foreground has a flag of its own, so that a scan polls only what
//! was woken. Flags are recycled by thread: a call costs no allocation for its waker.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::parking;
use crate::primitives::thread_local;
use crate::readiness::{ALL, PollAll, Ready, Scanner};

thread_local! {
    /// Flags of the thread's calls that have ended.
    static POOL: RefCell<Vec<Flag>> = const { RefCell::new(Vec::new()) };
}

/// How many idle flags a thread keeps.
const POOLED: usize = 64;

/// Of a flag all bits are one.
struct State(Ready<Scanner>);

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.raise(ALL);
    }
}

/// A flag and the waker that raises it. New flags are raised, so that what they
/// stand for is polled at least once.
///
/// In a box, as it is moved often: into a call, and back into the pool.
pub(crate) struct Flag(Box<Parts>);

struct Parts {
    state: Arc<State>,
    waker: Waker,
}

impl Flag {
    /// A flag that the calling thread scans in its foregrounds.
    #[inline]
    pub(crate) fn of_this_thread() -> Self {
        match POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten() {
            Some(flag) => {
                flag.ready().reset();
                flag
            }
            None => parking::with_waker(Flag::new),
        }
    }

    /// A flag that is scanned by who this wakes.
    pub(crate) fn new(scanner: &Waker) -> Self {
        let state = Arc::new(State(Ready::new(Scanner::new(scanner), ALL)));
        let waker = Waker::from(Arc::clone(&state));
        Flag(Box::new(Parts { state, waker }))
    }

    #[inline]
    fn ready(&self) -> &Ready<Scanner> {
        &self.0.state.0
    }

    /// Polls with this flag's waker.
    #[inline]
    pub(crate) fn poll<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> T) -> T {
        self.ready().lower();
        poll(&mut Context::from_waker(&self.0.waker))
    }

    /// Polls with this flag's waker if the flag is raised, or if [all](PollAll) are polled.
    ///
    /// A scanner that the flag does not know gets one that it does, and polls.
    #[inline]
    pub(crate) fn poll_if_raised<T>(
        &mut self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Option<Poll<T>> {
        if !self.ready().scanner().is_woken_by(cx.waker()) {
            *self = Flag::new(cx.waker());
        }
        if self.ready().lower() != 0 || PollAll::is_set() {
            Some(poll(&mut Context::from_waker(&self.0.waker)))
        } else {
            None
        }
    }

    /// Gives the flag back to the thread's pool, unless a waker of it is still
    /// held somewhere, which could then wake the flag's next owner.
    #[inline]
    pub(crate) fn recycle(self) {
        const OURS: usize = 2; // `state` and `waker`
        if Arc::strong_count(&self.0.state) == OURS
            && self.ready().scanner().thread().is_this_thread()
        {
            let _ = POOL.try_with(|pool| {
                let mut pool = pool.borrow_mut();
                if pool.len() < POOLED {
                    pool.push(self);
                }
            });
        }
    }
}
