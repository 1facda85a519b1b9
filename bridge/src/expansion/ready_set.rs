//! Which iterations of a loop were woken: a bit for each that is in flight, so that a
//! scan finds one of many at once.
//!
//! An index is taken by iteration after iteration. A waker that is kept by an earlier one
//! wakes a later one in vain, which any future has to bear.

use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use crate::readiness::{ALL, Ready, Scanner};

/// The indices that were taken so far, by rows of one word.
#[derive(Default)]
pub(super) struct ReadySet {
    /// Since the first scan.
    scanner: Option<Arc<Scanner>>,
    rows: Vec<Row>,
}

struct Row {
    ready: Arc<Ready<Arc<Scanner>>>,
    /// In order.
    wakers: Vec<Waker>,
}

/// One bit of a row.
struct Bit {
    ready: Arc<Ready<Arc<Scanner>>>,
    bit: usize,
}

impl Wake for Bit {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.raise(self.bit);
    }
}

const ROW: usize = usize::BITS as usize;

impl Row {
    /// With so many wakers, all of them raised.
    fn raised(scanner: &Arc<Scanner>, wakers: usize) -> Self {
        let ready = Arc::new(Ready::new(Arc::clone(scanner), first_bits(wakers)));
        let mut row = Row { ready, wakers: Vec::new() };
        row.extend_to(wakers);
        row
    }

    fn extend_to(&mut self, wakers: usize) {
        while self.wakers.len() < wakers {
            let bit = Bit { ready: Arc::clone(&self.ready), bit: 1 << self.wakers.len() };
            self.wakers.push(Waker::from(Arc::new(bit)));
        }
    }
}

fn first_bits(count: usize) -> usize {
    if count == 0 { 0 } else { ALL >> (ROW - count) }
}

impl ReadySet {
    /// The scan is in this context. A scanner that is not known yet gets wakers that know
    /// it, and finds all raised, as none of the old wakers counts.
    pub(super) fn scanned_in(&mut self, cx: &Context<'_>) {
        if self.scanner.as_ref().is_some_and(|scanner| scanner.is_woken_by(cx.waker())) {
            return;
        }
        let scanner = Arc::new(Scanner::new(cx.waker()));
        for row in &mut self.rows {
            *row = Row::raised(&scanner, row.wakers.len());
        }
        self.scanner = Some(scanner);
    }

    /// Raises all, for the scanner itself.
    pub(super) fn raise_all(&self) {
        self.rows.iter().for_each(|row| row.ready.raise_own(first_bits(row.wakers.len())));
    }

    /// The waker of an index, for who is polled in a [scan](Self::scanned_in). Indices are
    /// taken in order at first.
    pub(super) fn waker(&mut self, index: usize) -> Option<&Waker> {
        let scanner = self.scanner.as_ref()?;
        let (row, at) = (index / ROW, index % ROW);
        while self.rows.len() <= row {
            self.rows.push(Row::raised(scanner, 0));
        }
        self.rows[row].extend_to(at + 1);
        self.rows[row].wakers.get(at)
    }

    /// Lowers the first of these that is raised, and gives it.
    pub(super) fn lower_first(&self, indices: Range<usize>) -> Option<usize> {
        let mut bits = ALL << (indices.start % ROW);
        for (at, row) in self.rows.iter().enumerate().skip(indices.start / ROW) {
            let Some(left) = indices.end.checked_sub(at * ROW) else { break };
            if left < ROW {
                bits &= first_bits(left);
            }
            if let Some(bit) = row.ready.lower_first(bits) {
                return Some(at * ROW + bit);
            }
            bits = ALL;
        }
        None
    }
}
