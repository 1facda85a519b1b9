//! The park of a thread: who it is, what wakes it, and how often it was woken.
//!
//! A foreground parks its thread, and any thread may end the park by the thread's waker.
//! What the thread wakes itself, it finds when it scans again: that is only counted.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Wake, Waker};

use crate::primitives::{AtomicUsize, Thread, current, thread_local};

thread_local! {
    static PARKING: Parking = Parking::new();
    static OWN: Own = const { Own { id: Cell::new(None), wakes: Cell::new(0) } };
}

/// What a thread knows of itself. Without a destructor, so that whoever wakes may ask on any
/// thread and at any time; and in one place, as each thread-local is looked for by itself.
struct Own {
    /// Once something may wake the thread.
    id: Cell<Option<ThreadId>>,
    /// How often the thread has woken what it scans itself.
    wakes: Cell<usize>,
}

impl Own {
    fn is(&self, id: ThreadId) -> bool {
        self.id.get() == Some(id)
    }
}

/// A thread that parks in its foregrounds. No id is given twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadId(NonZeroUsize);

impl ThreadId {
    /// The id of no thread, so that whether it is the calling one is a single comparison.
    pub(crate) const NOBODY: Self = ThreadId(NonZeroUsize::MIN);

    fn next() -> Self {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(2);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        ThreadId(NonZeroUsize::new(next).expect("threads are fewer"))
    }

    /// Whether it is the calling thread.
    #[inline]
    pub(crate) fn is_this_thread(self) -> bool {
        OWN.try_with(|own| own.is(self)).unwrap_or(false)
    }

    /// Whether it is the calling thread, which then has woken itself: that is counted.
    pub(crate) fn wakes_itself(self) -> bool {
        OWN.try_with(|own| {
            let is_own = own.is(self);
            if is_own {
                own.wakes.set(own.wakes.get().wrapping_add(1));
            }
            is_own
        })
        .unwrap_or(false)
    }
}

struct Parking {
    unparker: Arc<Unparker>,
    /// It wakes the unparker.
    waker: Waker,
}

impl Parking {
    fn new() -> Self {
        let _ = OWN.try_with(|own| own.id.set(Some(ThreadId::next())));
        let unparker = Unparker::of_this_thread();
        Parking { waker: Waker::from(Arc::clone(&unparker)), unparker }
    }
}

/// Ends the park of a thread.
struct Unparker {
    thread: Thread,
    /// How often the thread was woken by this. Not every platform has larger atomics, and
    /// only that it changes is looked at.
    wakes: AtomicUsize,
}

impl Unparker {
    fn of_this_thread() -> Arc<Self> {
        Arc::new(Unparker { thread: current(), wakes: AtomicUsize::new(0) })
    }
}

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        self.thread.unpark();
    }
}

/// Calls `body` with the waker that ends a park of the calling thread; does not in a destructor of the
/// thread's own, where none is left.
#[inline]
pub(crate) fn try_with_waker<R>(body: impl FnOnce(&Waker) -> R) -> Option<R> {
    PARKING.try_with(|parking| body(&parking.waker)).ok()
}

/// Calls `body` with a waker that ends a park of the calling thread.
#[inline]
pub(crate) fn with_waker<R>(body: impl FnOnce(&Waker) -> R) -> R {
    let mut body = Some(body);
    let value = try_with_waker(|waker| body.take().map(|body| body(waker))).flatten();
    match (value, body) {
        (Some(value), _) => value,
        (None, body) => at_the_end(body.expect("it was not called")),
    }
}

#[cold]
#[inline(never)]
fn at_the_end<R>(body: impl FnOnce(&Waker) -> R) -> R {
    body(&Waker::from(Unparker::of_this_thread()))
}

/// The calling thread, if this waker ends its parks, or nobody. A thread that has never
/// parked, as those of other executors, is not made one that may.
pub(crate) fn id_of(waker: &Waker) -> ThreadId {
    let own = OWN.try_with(|own| own.id.get()).ok().flatten();
    let is_its = |parking: &Parking| parking.waker.will_wake(waker);
    match own {
        Some(own) if PARKING.try_with(is_its).unwrap_or(false) => own,
        _ => ThreadId::NOBODY,
    }
}

/// Whether this waker leads to what the calling thread scans, through whatever stands between:
/// it is woken, to see.
pub(crate) fn wakes_this_thread(waker: &Waker) -> bool {
    let by_itself = || OWN.try_with(|own| own.wakes.get()).unwrap_or(0);
    let before = by_itself();
    waker.wake_by_ref();
    by_itself() != before
}

/// How often the calling thread was woken so far.
pub(crate) fn wakes() -> usize {
    let by_waker = |parking: &Parking| parking.unparker.wakes.load(Ordering::Relaxed);
    let by_itself = OWN.try_with(|own| own.wakes.get()).unwrap_or(0);
    PARKING.try_with(by_waker).unwrap_or(0).wrapping_add(by_itself)
}
