//! Readiness: which of the futures that one scanner drives were woken.
//!
//! There is a bit for each future. Whoever wakes it raises the bit, and a scan lowers it
//! before it polls. A bit outlives any park token: a nested foreground may eat the token
//! that was meant for an outer one, and the outer one still finds the bit when it scans
//! again.
//!
//! Most futures are done when they are polled first, or are woken by the thread that
//! scans them. So neither costs an atomic exchange: the bits know their scanner from the
//! beginning, and have a second part, which that one alone writes.

use std::borrow::Borrow;
use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::task::Waker;

use crate::parking::{self, ThreadId};
use crate::primitives::{AtomicUsize, thread_local};

thread_local! {
    /// Set while the thread's innermost foreground polls all that it can reach.
    static POLL_ALL: Cell<bool> = const { Cell::new(false) };
}

/// All bits of a word.
pub(crate) const ALL: usize = usize::MAX;

/// A word of bits that are scanned by one scanner.
///
/// Any thread touches `raised`, by an exchange unless it only looks. Only the scanner touches
/// `own`, so that plain loads and stores do.
pub(crate) struct Ready<S> {
    /// What was raised by a thread that does not scan, or that scans in a task.
    raised: AtomicUsize,
    /// What was raised by the thread that scans in a foreground, and what a scan has found in
    /// `raised` and has not lowered yet.
    own: AtomicUsize,
    scanner: S,
}

impl<S: Borrow<Scanner>> Ready<S> {
    /// With these bits raised.
    pub(crate) fn new(scanner: S, bits: usize) -> Self {
        Ready { raised: AtomicUsize::new(0), own: AtomicUsize::new(bits), scanner }
    }

    #[inline]
    pub(crate) fn scanner(&self) -> &Scanner {
        self.scanner.borrow()
    }

    /// For one that nobody else has.
    pub(crate) fn scanner_mut(&mut self) -> &mut S {
        &mut self.scanner
    }

    /// What is raised, for who only looks.
    pub(crate) fn raised(&self) -> usize {
        self.own.load(Ordering::Relaxed) | self.raised.load(Ordering::Relaxed)
    }

    /// Raises these bits, and wakes the scanner unless it is who raises them.
    pub(crate) fn raise(&self, bits: usize) {
        if self.scanner().is_this_thread() {
            self.raise_own(bits);
        } else if self.raised.fetch_or(bits, Ordering::AcqRel) & bits == 0 {
            // Otherwise whoever has raised them wakes the scanner.
            self.scanner().waker.wake_by_ref();
        }
    }

    /// Raises these bits, for the scanner itself.
    #[inline]
    pub(crate) fn raise_own(&self, bits: usize) {
        // What is written as a whole is not read.
        let others = if bits == ALL { 0 } else { self.own.load(Ordering::Relaxed) };
        self.own.store(others | bits, Ordering::Relaxed);
    }

    /// Lowers all bits; gives those that were raised.
    #[inline]
    pub(crate) fn lower(&self) -> usize {
        let own = self.own.load(Ordering::Relaxed);
        self.own.store(0, Ordering::Relaxed);
        own | self.lower_raised()
    }

    /// Those of these bits that are raised. They stay so until each is [lowered](Self::lower_own).
    #[inline]
    pub(crate) fn found(&self, bits: usize) -> usize {
        let own = self.own.load(Ordering::Relaxed);
        let raised = self.lower_raised();
        if raised != 0 {
            self.own.store(own | raised, Ordering::Relaxed);
        }
        (own | raised) & bits
    }

    /// Lowers a bit that a scan has found, for the scanner itself.
    #[inline]
    pub(crate) fn lower_own(&self, bit: usize) {
        self.own.store(self.own.load(Ordering::Relaxed) & !bit, Ordering::Relaxed);
    }

    /// Lowers what others have raised; gives it.
    ///
    /// An exchange if there is something: the poll has to see what each of them has
    /// written before it did. One that is not seen yet has not woken the scanner yet, who
    /// then looks again.
    #[inline]
    fn lower_raised(&self) -> usize {
        let may_be = !self.scanner().is_a_thread() || self.raised.load(Ordering::Relaxed) != 0;
        if may_be { self.raised.swap(0, Ordering::AcqRel) } else { 0 }
    }

    /// Raises these bits alone and wakes nobody, for a new owner that is about to be polled.
    #[inline]
    pub(crate) fn reset(&self, bits: usize) {
        self.raised.store(0, Ordering::Relaxed);
        self.own.store(bits, Ordering::Relaxed);
    }
}

/// Who scans: a thread in the foreground, or an async task.
pub(crate) struct Scanner {
    waker: Waker,
    /// Nobody if it is a task.
    thread: ThreadId,
}

impl Scanner {
    /// Who is woken by this.
    pub(crate) fn new(waker: &Waker) -> Self {
        Scanner { waker: waker.clone(), thread: parking::id_of(waker) }
    }

    /// Nobody, who is woken in vain.
    pub(crate) fn nobody() -> Self {
        Scanner { waker: Waker::noop().clone(), thread: ThreadId::NOBODY }
    }

    #[inline]
    pub(crate) fn is_woken_by(&self, waker: &Waker) -> bool {
        self.waker.will_wake(waker)
    }

    /// Its thread, if it scans in the foreground, or nobody.
    pub(crate) fn thread(&self) -> ThreadId {
        self.thread
    }

    /// Whether it is a thread, whose park token lets it see what was written before it was
    /// given. The tasks of other executors may be woken once for two wakes, of which
    /// only an exchange is sure to see the second.
    #[inline]
    fn is_a_thread(&self) -> bool {
        self.thread != ThreadId::NOBODY
    }

    /// Whether it is the thread that asks, which then counts it as a wake. It scans all
    /// that it has before it parks: nothing else has to be done.
    #[inline]
    fn is_this_thread(&self) -> bool {
        self.thread.wakes_itself()
    }
}

/// While it is held, all is polled as if it had been woken, for places where wakes get
/// lost: the calls of an `async fn` as well, which only its own joins know. The setting
/// before comes back when this is dropped, as foregrounds nest.
pub(crate) struct PollAll {
    before: bool,
}

impl PollAll {
    pub(crate) fn set(all: bool) -> Self {
        PollAll { before: POLL_ALL.try_with(|own| own.replace(all)).unwrap_or(false) }
    }

    #[inline]
    pub(crate) fn is_set() -> bool {
        POLL_ALL.try_with(Cell::get).unwrap_or(false)
    }
}

impl Drop for PollAll {
    fn drop(&mut self) {
        let _ = POLL_ALL.try_with(|own| own.set(self.before));
    }
}
