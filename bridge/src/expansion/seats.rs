//! Which iterations of a loop were woken: a bit for each that is in flight, so that a
//! scan finds one of many at once.
//!
//! A seat is taken by iteration after iteration. A waker that is kept by an earlier one
//! wakes a later one in vain, which any future has to bear.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Wake, Waker};

use crate::flag::Scanner;
use crate::primitives::AtomicUsize;

/// The seats that were taken so far, by rows of one word.
pub(super) struct Seats {
    scanner: Arc<Scanner>,
    rows: Vec<Row>,
}

struct Row {
    woken: Arc<Woken>,
    wakers: Vec<Waker>,
}

/// A bit for each seat of a row, as in a [flag](crate::flag).
struct Woken {
    /// By a thread that does not scan it, or that scans it in a task.
    raised: AtomicUsize,
    /// By the thread that scans it in a foreground.
    own: AtomicUsize,
    scanner: Arc<Scanner>,
}

struct Seat {
    row: Arc<Woken>,
    bit: usize,
}

impl Wake for Seat {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let row = &self.row;
        if row.scanner.is_this_thread() {
            row.own.store(row.own.load(Ordering::Relaxed) | self.bit, Ordering::Relaxed);
        } else if row.raised.fetch_or(self.bit, Ordering::AcqRel) & self.bit == 0 {
            // Otherwise whoever has raised it wakes the scanner.
            row.scanner.wake();
        }
    }
}

const ROW: usize = usize::BITS as usize;

impl Seats {
    /// Seats that are scanned by who this wakes.
    pub(super) fn new(scanner: &Waker) -> Self {
        Seats { scanner: Arc::new(Scanner::new(scanner)), rows: Vec::new() }
    }

    pub(super) fn are_scanned_by(&self, scanner: &Waker) -> bool {
        self.scanner.is_woken_by(scanner)
    }

    /// The waker of a seat. Seats are taken in order at first.
    pub(super) fn waker(&mut self, seat: usize) -> &Waker {
        let (row, at) = (seat / ROW, seat % ROW);
        while self.rows.len() <= row {
            let woken = Arc::new(Woken {
                raised: AtomicUsize::new(0),
                own: AtomicUsize::new(0),
                scanner: Arc::clone(&self.scanner),
            });
            self.rows.push(Row { woken, wakers: Vec::new() });
        }
        let Row { woken, wakers } = &mut self.rows[row];
        while wakers.len() <= at {
            let seat = Seat { row: Arc::clone(woken), bit: 1 << wakers.len() };
            wakers.push(Waker::from(Arc::new(seat)));
        }
        &wakers[at]
    }

    /// As if none had been woken, for who is about to poll them all: the next wake of each
    /// has to reach the scanner again.
    pub(super) fn lower(&self) {
        for row in &self.rows {
            row.woken.own.store(0, Ordering::Relaxed);
            row.woken.raised.swap(0, Ordering::AcqRel);
        }
    }

    /// The first of these that was woken, which then is no more.
    pub(super) fn take_woken(&self, seats: Range<usize>) -> Option<usize> {
        let mut bits = usize::MAX << (seats.start % ROW);
        for (at, row) in self.rows.iter().enumerate().skip(seats.start / ROW) {
            let Some(left) = seats.end.checked_sub(at * ROW) else { break };
            if left < ROW {
                bits &= !(usize::MAX << left);
            }
            if let Some(bit) = row.woken.take_first(bits) {
                return Some(at * ROW + bit);
            }
            bits = usize::MAX;
        }
        None
    }
}

impl Woken {
    /// The first of these bits that is set, which then is no more.
    ///
    /// An exchange if another thread has set it: the poll has to see what each of them
    /// has written before it did. One that is not seen yet has not woken the scanner
    /// yet, who then looks again.
    fn take_first(&self, bits: usize) -> Option<usize> {
        let own = self.own.load(Ordering::Relaxed);
        let raised = match self.scanner.is_a_thread() {
            true => self.raised.load(Ordering::Relaxed),
            false => self.raised.fetch_or(0, Ordering::AcqRel),
        };
        let woken = (own | raised) & bits;
        if woken == 0 {
            return None;
        }
        let first = woken.trailing_zeros();
        let bit = 1 << first;
        self.own.store(own & !bit, Ordering::Relaxed);
        if raised & bit != 0 {
            self.raised.fetch_and(!bit, Ordering::AcqRel);
        }
        Some(first as usize)
    }
}
