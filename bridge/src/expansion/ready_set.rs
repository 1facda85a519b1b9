//! Which iterations of a loop were woken: a bit for each that is in flight, so that a
//! scan finds one of many at once.
//!
//! An index is taken by iteration after iteration. A waker that is kept by an earlier one
//! wakes a later one in vain, which any future has to bear.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use crate::in_flight::{self, Origin, Watched};
use crate::readiness::{ALL, Ready, Scanner};

/// The indices that were taken so far, by rows of one word.
pub(super) struct ReadySet {
    /// The loop.
    origin: Origin,
    /// Since the first scan.
    scanner: Option<Arc<Scanner>>,
    rows: Vec<Arc<Bits>>,
    /// By index.
    wakers: Vec<Waker>,
}

struct Bits {
    ready: Ready<Arc<Scanner>>,
    /// Those whose iteration is in flight. Only the thread that polls them writes it.
    in_flight: AtomicUsize,
}

impl Bits {
    #[inline]
    fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}

impl Watched for Bits {
    fn pending(&self) -> usize {
        self.in_flight().count_ones() as usize
    }

    fn woken(&self) -> usize {
        (self.ready.raised() & self.in_flight()).count_ones() as usize
    }

    fn scanner(&self) -> Option<&Scanner> {
        Some(self.ready.scanner())
    }
}

/// One bit of a row.
struct Bit {
    bits: Arc<Bits>,
    bit: usize,
}

impl Wake for Bit {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.bits.ready.raise(self.bit);
    }
}

const ROW: usize = usize::BITS as usize;

/// All bits from this one on.
#[inline]
fn from(bit: usize) -> usize {
    ALL << bit
}

impl ReadySet {
    pub(super) fn new(origin: Origin) -> Self {
        ReadySet { origin, scanner: None, rows: Vec::new(), wakers: Vec::new() }
    }

    /// The loop.
    #[inline]
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// The scan is in this context. A scanner that is not known yet gets wakers that know
    /// it, and finds all raised, as none of the old wakers counts.
    #[inline]
    pub(super) fn scanned_in(&mut self, cx: &Context<'_>) {
        if !self.scanner.as_ref().is_some_and(|scanner| scanner.is_woken_by(cx.waker())) {
            self.renew(cx.waker());
        }
    }

    #[cold]
    fn renew(&mut self, scanner: &Waker) {
        let wakers = mem::take(&mut self.wakers).len();
        let before = mem::take(&mut self.rows);
        self.scanner = Some(Arc::new(Scanner::new(scanner)));
        for index in 0..wakers {
            self.extend();
            if let Some(row) = before.get(index / ROW) {
                let in_flight = row.in_flight() & (1 << (index % ROW));
                self.note(index, |before| before | in_flight);
            }
        }
        self.raise_all();
    }

    /// Raises all, for the scanner itself.
    pub(super) fn raise_all(&self) {
        for index in 0..self.wakers.len() {
            self.rows[index / ROW].ready.raise_own(1 << (index % ROW));
        }
    }

    /// Gives an index to an iteration, with its waker, for the [scanner](Self::scanned_in).
    /// Indices are taken in order at first.
    #[inline]
    pub(super) fn take(&mut self, index: usize) -> Option<&Waker> {
        if index >= self.wakers.len() {
            self.extend();
        }
        self.note(index, |in_flight| in_flight | 1 << (index % ROW));
        self.wakers.get(index)
    }

    /// The iteration that has taken this index is no more to be polled.
    #[inline]
    pub(super) fn leave(&mut self, index: usize) {
        self.note(index, |in_flight| in_flight & !(1 << (index % ROW)));
    }

    /// Whether one in flight is raised, for who only looks.
    pub(super) fn is_woken(&self) -> bool {
        self.rows.iter().any(|row| row.woken() > 0)
    }

    #[inline]
    fn note(&self, index: usize, change: impl FnOnce(usize) -> usize) {
        if let Some(row) = self.rows.get(index / ROW) {
            row.in_flight.store(change(row.in_flight()), Ordering::Relaxed);
        }
    }

    /// One more waker, and one more row if none has a bit for it.
    #[cold]
    fn extend(&mut self) {
        let Some(scanner) = &self.scanner else { return };
        let index = self.wakers.len();
        if index.is_multiple_of(ROW) {
            let ready = Ready::new(Arc::clone(scanner), 0);
            let row = Arc::new(Bits { ready, in_flight: AtomicUsize::new(0) });
            in_flight::watch(&row, self.origin);
            self.rows.push(row);
        }
        let bits = Arc::clone(&self.rows[index / ROW]);
        self.wakers.push(Waker::from(Arc::new(Bit { bits, bit: 1 << (index % ROW) })));
    }

    /// Lowers each that is raised, from the first one to the last, then those before it, and gives
    /// it with its waker. What is raised again meanwhile waits for the next scan.
    #[inline]
    pub(super) fn lower_each(&self, first: usize, mut each: impl FnMut(usize, &Waker)) {
        let (first, bit) = (first / ROW, first % ROW);
        let mut bits = from(bit);
        let mut at = first;
        // The row of the first one twice, if it is not the first of its row.
        for _ in 0..self.rows.len() + usize::from(bit != 0) {
            self.lower_row(at, bits, &mut each);
            at += 1;
            if at >= self.rows.len() {
                at = 0;
            }
            bits = if at == first { !from(bit) } else { ALL };
        }
    }

    #[inline]
    fn lower_row(&self, at: usize, bits: usize, each: &mut impl FnMut(usize, &Waker)) {
        let Some(row) = self.rows.get(at) else { return };
        let mut found = row.ready.found(bits);
        while found != 0 {
            let bit = found & found.wrapping_neg();
            found ^= bit;
            // Now, and not all of them before: what has been woken and is not polled yet is seen to
            // be so, by a foreground that stands still in one of these polls.
            row.ready.lower_own(bit);
            let index = at * ROW + bit.trailing_zeros() as usize;
            if let Some(waker) = self.wakers.get(index) {
                each(index, waker);
            }
        }
    }
}

#[cfg(all(test, not(bridge_loom)))]
mod tests {
    use std::task::{Context, Waker};

    use super::{ROW, ReadySet};
    use crate::in_flight::Origin;
    use crate::parking;

    const LAST: usize = 2 * ROW;

    fn scanned_by_this_thread(set: &mut ReadySet) {
        parking::with_waker(|waker| set.scanned_in(&Context::from_waker(waker)));
    }

    fn with_all_wakers() -> ReadySet {
        let mut set = ReadySet::new(Origin::call::<()>());
        scanned_by_this_thread(&mut set);
        for index in 0..=LAST {
            assert!(set.take(index).is_some());
        }
        set
    }

    fn lowered(set: &ReadySet, first: usize) -> Vec<usize> {
        let mut lowered = Vec::new();
        set.lower_each(first, |index, _| lowered.push(index));
        lowered
    }

    #[test]
    fn all_that_are_raised_are_lowered_in_their_order() {
        let set = with_all_wakers();
        assert!(lowered(&set, 0).is_empty());
        let raise = || {
            for raised in [LAST, 3, ROW, ROW - 1] {
                set.wakers[raised].wake_by_ref();
            }
        };
        for (first, order) in [
            (0, [3, ROW - 1, ROW, LAST]),
            (4, [ROW - 1, ROW, LAST, 3]),
            (ROW - 1, [ROW - 1, ROW, LAST, 3]),
            (ROW, [ROW, LAST, 3, ROW - 1]),
            (ROW + 1, [LAST, 3, ROW - 1, ROW]),
            (LAST + 1, [3, ROW - 1, ROW, LAST]),
        ] {
            raise();
            assert_eq!(lowered(&set, first), order, "from {first}");
            assert!(lowered(&set, first).is_empty());
        }
    }

    #[test]
    fn one_that_is_raised_meanwhile_waits_for_the_next_scan() {
        let set = with_all_wakers();
        set.wakers[1].wake_by_ref();
        let mut polled = Vec::new();
        set.lower_each(0, |index, waker| {
            polled.push(index);
            waker.wake_by_ref();
            set.wakers[2].wake_by_ref();
        });
        assert_eq!(polled, [1]);
        assert_eq!(lowered(&set, 0), [1, 2]);
    }

    #[test]
    fn another_scanner_finds_all_raised() {
        let mut set = with_all_wakers();
        scanned_by_this_thread(&mut set);
        assert!(lowered(&set, 0).is_empty(), "it is the same one");
        set.leave(5);
        set.scanned_in(&Context::from_waker(Waker::noop()));
        assert_eq!(lowered(&set, 0), (0..=LAST).collect::<Vec<_>>());
        assert!(lowered(&set, 0).is_empty());
        let in_flight: u32 = set.rows.iter().map(|row| row.in_flight().count_ones()).sum();
        assert_eq!(in_flight as usize, LAST, "as before");
    }
}
