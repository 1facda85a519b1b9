//! What a thread keeps for its next use, and is not used now.

use std::cell::Cell;

/// Up to `MOST` of them, which come back in the reverse order. In cells, as a call takes one, and
/// gives it back.
pub(crate) struct Idle<T, const MOST: usize> {
    /// So many, from the first on.
    kept: [Cell<Option<T>>; MOST],
    count: Cell<usize>,
}

impl<T, const MOST: usize> Idle<T, MOST> {
    pub(crate) const fn new() -> Self {
        Idle { kept: [const { Cell::new(None) }; MOST], count: Cell::new(0) }
    }

    #[inline]
    pub(crate) fn take(&self) -> Option<T> {
        let last = self.count.get().wrapping_sub(1);
        let one = self.kept.get(last)?.take()?;
        self.count.set(last);
        Some(one)
    }

    /// Keeps it, or drops it if there are as many as may be.
    #[inline]
    pub(crate) fn give_back(&self, one: T) {
        let count = self.count.get();
        if let Some(place) = self.kept.get(count) {
            place.set(Some(one));
            self.count.set(count + 1);
        }
    }

    pub(crate) fn each(&self, mut look: impl FnMut(&T)) {
        for place in self.kept.iter().take(self.count.get()) {
            let one = place.take();
            one.iter().for_each(&mut look);
            place.set(one);
        }
    }
}
