//! Which iterations of a loop were woken: a bit for each that is in flight, so that a
//! scan finds one of many at once.
//!
//! An index is taken by iteration after iteration. A waker that is kept by an earlier one
//! wakes a later one in vain, which any future has to bear.

use std::ops::Range;
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
    rows: Vec<Row>,
}

struct Row {
    bits: Arc<Bits>,
    /// In order.
    wakers: Vec<Waker>,
}

struct Bits {
    ready: Ready<Arc<Scanner>>,
    /// Those whose iteration is in flight. Only the thread that polls them writes it.
    in_flight: AtomicUsize,
}

impl Bits {
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

impl Row {
    /// With so many wakers, all of them raised.
    fn raised(scanner: &Arc<Scanner>, wakers: usize, in_flight: usize, origin: Origin) -> Self {
        let ready = Ready::new(Arc::clone(scanner), first_bits(wakers));
        let bits = Arc::new(Bits { ready, in_flight: AtomicUsize::new(in_flight) });
        in_flight::watch(&bits, origin);
        let mut row = Row { bits, wakers: Vec::new() };
        row.extend_to(wakers);
        row
    }

    fn extend_to(&mut self, wakers: usize) {
        while self.wakers.len() < wakers {
            let bit = Bit { bits: Arc::clone(&self.bits), bit: 1 << self.wakers.len() };
            self.wakers.push(Waker::from(Arc::new(bit)));
        }
    }
}

fn first_bits(count: usize) -> usize {
    if count == 0 { 0 } else { ALL >> (ROW - count) }
}

impl ReadySet {
    pub(super) fn new(origin: Origin) -> Self {
        ReadySet { origin, scanner: None, rows: Vec::new() }
    }

    /// The loop.
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
        let scanner = Arc::new(Scanner::new(scanner));
        for row in &mut self.rows {
            *row = Row::raised(&scanner, row.wakers.len(), row.bits.in_flight(), self.origin);
        }
        self.scanner = Some(scanner);
    }

    /// Raises all, for the scanner itself.
    pub(super) fn raise_all(&self) {
        self.rows.iter().for_each(|row| row.bits.ready.raise_own(first_bits(row.wakers.len())));
    }

    /// Makes a waker for an index, if it has none, for the [scanner](Self::scanned_in).
    /// Indices are taken in order at first.
    #[inline]
    pub(super) fn take(&mut self, index: usize) {
        if self.waker(index).is_none() {
            self.extend_to(index);
        }
        self.note(index, |in_flight, bit| in_flight | bit);
    }

    /// The iteration that has taken this index is no more to be polled.
    #[inline]
    pub(super) fn leave(&mut self, index: usize) {
        self.note(index, |in_flight, bit| in_flight & !bit);
    }

    #[inline]
    fn note(&self, index: usize, change: impl FnOnce(usize, usize) -> usize) {
        if let Some(row) = self.rows.get(index / ROW) {
            let noted = change(row.bits.in_flight(), 1 << (index % ROW));
            row.bits.in_flight.store(noted, Ordering::Relaxed);
        }
    }

    #[cold]
    fn extend_to(&mut self, index: usize) {
        let Some(scanner) = &self.scanner else { return };
        let (row, at) = (index / ROW, index % ROW);
        while self.rows.len() <= row {
            self.rows.push(Row::raised(scanner, 0, 0, self.origin));
        }
        self.rows[row].extend_to(at + 1);
    }

    /// The waker of an index that was [taken](Self::take).
    #[inline]
    pub(super) fn waker(&self, index: usize) -> Option<&Waker> {
        self.rows.get(index / ROW)?.wakers.get(index % ROW)
    }

    /// Lowers the first of these that is raised, and gives it.
    pub(super) fn lower_first(&self, indices: Range<usize>) -> Option<usize> {
        let mut bits = ALL << (indices.start % ROW);
        for (at, row) in self.rows.iter().enumerate().skip(indices.start / ROW) {
            let Some(left) = indices.end.checked_sub(at * ROW) else { break };
            if left < ROW {
                bits &= first_bits(left);
            }
            if let Some(bit) = row.bits.ready.lower_first(bits) {
                return Some(at * ROW + bit);
            }
            bits = ALL;
        }
        None
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
        (0..=LAST).for_each(|index| set.take(index));
        set
    }

    #[test]
    fn the_first_of_a_range_is_lowered_whichever_its_row() {
        let set = with_all_wakers();
        for raised in [LAST, 3, ROW, ROW - 1] {
            set.waker(raised).unwrap().wake_by_ref();
        }
        assert_eq!(set.lower_first(4..ROW - 1), None);
        assert_eq!(set.lower_first(4..usize::MAX), Some(ROW - 1));
        assert_eq!(set.lower_first(4..usize::MAX), Some(ROW));
        assert_eq!(set.lower_first(0..usize::MAX), Some(3));
        assert_eq!(set.lower_first(0..LAST), None);
        assert_eq!(set.lower_first(0..usize::MAX), Some(LAST));
        assert_eq!(set.lower_first(0..usize::MAX), None);
    }

    #[test]
    fn another_scanner_finds_all_raised() {
        let mut set = with_all_wakers();
        scanned_by_this_thread(&mut set);
        assert_eq!(set.lower_first(0..usize::MAX), None, "it is the same one");
        set.scanned_in(&Context::from_waker(Waker::noop()));
        for index in 0..=LAST {
            assert_eq!(set.lower_first(0..usize::MAX), Some(index));
        }
        assert_eq!(set.lower_first(0..usize::MAX), None);
    }
}
