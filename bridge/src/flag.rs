//! Readiness flags: which of the futures that one thread drives was woken.
//!
//! Each future under a foreground has a flag of its own, so that a scan polls
//! only what was woken. A flag outlives any park token: a nested foreground may
//! eat the token that was meant for an outer one, and the outer one still finds
//! the flag when it scans again.
//!
//! Most futures are done when they are polled first, or are woken by the thread that
//! scans them. So neither costs an atomic exchange: a flag knows its scanner from the
//! beginning, and has a second part, which that thread alone writes. Flags are recycled
//! by thread: a call costs no allocation for its waker.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};

use crate::parking::{self, ThreadId};
use crate::primitives::{AtomicBool, thread_local};

thread_local! {
    /// Set while the thread's innermost foreground polls all that it can reach.
    static UNASKED: Cell<bool> = const { Cell::new(false) };
    /// Flags of the thread's calls that have ended.
    static POOL: RefCell<Vec<Flag>> = const { RefCell::new(Vec::new()) };
}

/// How many idle flags a thread keeps.
const POOLED: usize = 64;

struct State {
    /// By a thread that does not scan it, or that scans it in a task.
    raised: AtomicBool,
    /// By the thread that scans it in a foreground.
    own: AtomicBool,
    scanner: Scanner,
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.scanner.is_this_thread() {
            self.own.store(true, Ordering::Relaxed);
        } else if !self.raised.swap(true, Ordering::AcqRel) {
            // Otherwise whoever has raised it wakes the scanner.
            self.scanner.waker.wake_by_ref();
        }
    }
}

/// Who scans flags: a thread in the foreground, or an async task.
pub(crate) struct Scanner {
    waker: Waker,
    /// Of the thread.
    id: Option<ThreadId>,
}

impl Scanner {
    pub(crate) fn new(waker: &Waker) -> Self {
        Scanner { waker: waker.clone(), id: parking::id_of(waker) }
    }

    /// Whether it is the thread that asks, which then counts it as a wake. It scans all
    /// of its flags before it parks: nothing else has to be done.
    pub(crate) fn is_this_thread(&self) -> bool {
        self.id.is_some_and(ThreadId::wakes_itself)
    }

    /// Whether it is a thread, whose park token lets it see what was written before it was
    /// given. The tasks of other executors may be woken once for two wakes, of which
    /// only an exchange is sure to see the second.
    pub(crate) fn is_a_thread(&self) -> bool {
        self.id.is_some()
    }

    pub(crate) fn is_woken_by(&self, waker: &Waker) -> bool {
        self.waker.will_wake(waker)
    }

    pub(crate) fn wake(&self) {
        self.waker.wake_by_ref();
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

    pub(crate) fn is_set() -> bool {
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
                flag.0.state.raised.store(false, Ordering::Relaxed);
                flag.0.state.own.store(true, Ordering::Relaxed);
                flag
            }
            None => parking::with_waker(Flag::new),
        }
    }

    /// A flag that is scanned by who this wakes.
    pub(crate) fn new(scanner: &Waker) -> Self {
        let state = Arc::new(State {
            raised: AtomicBool::new(false),
            own: AtomicBool::new(true),
            scanner: Scanner::new(scanner),
        });
        let waker = Waker::from(Arc::clone(&state));
        Flag(Box::new(Parts { state, waker }))
    }

    /// Polls with this flag's waker.
    #[inline]
    pub(crate) fn poll<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> T) -> T {
        self.lower();
        poll(&mut Context::from_waker(&self.0.waker))
    }

    /// Polls with this flag's waker if the flag is raised, or [unasked](Unasked).
    ///
    /// A scanner that the flag does not know gets one that it does, and polls.
    #[inline]
    pub(crate) fn poll_if_raised<T>(
        &mut self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Option<Poll<T>> {
        if !self.0.state.scanner.is_woken_by(cx.waker()) {
            *self = Flag::new(cx.waker());
        }
        if self.lower() || Unasked::is_set() {
            Some(poll(&mut Context::from_waker(&self.0.waker)))
        } else {
            None
        }
    }

    /// Lowers the flag; tells whether it was raised.
    ///
    /// An exchange if another thread has raised it: the poll has to see what each of
    /// them has written before it did. One that is not seen yet has not woken the
    /// scanner yet, who then looks again.
    #[inline]
    fn lower(&self) -> bool {
        let own = self.0.state.own.load(Ordering::Relaxed);
        self.0.state.own.store(false, Ordering::Relaxed);
        let State { raised, scanner, .. } = &*self.0.state;
        let may_be = !scanner.is_a_thread() || raised.load(Ordering::Relaxed);
        let raised = may_be && raised.swap(false, Ordering::AcqRel);
        own || raised
    }

    /// Gives the flag back to the thread's pool, unless a waker of it is still
    /// held somewhere, which could then wake the flag's next owner.
    #[inline]
    pub(crate) fn recycle(self) {
        const OURS: usize = 2; // `state` and `waker`
        if Arc::strong_count(&self.0.state) == OURS
            && self.0.state.scanner.id.is_some_and(ThreadId::is_this_thread)
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
