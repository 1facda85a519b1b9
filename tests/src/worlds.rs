//! Random worlds for loops with a limit: durations, failures and panics of calls, by their names
//! and arguments, so that they do not depend on the order in which the calls are made.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::clock::Clock;

/// What is different from run to run.
pub struct World {
    seed: u64,
    /// How many iterations overlap.
    pub limit: usize,
    clock: Clock,
    seen: Rc<RefCell<Vec<String>>>,
    in_flight: Rc<Cell<usize>>,
    /// The most calls that were in flight at once.
    peak: Cell<usize>,
    /// What has failed, in the order of time.
    failures: RefCell<Vec<String>>,
}

/// An item that says when it is dropped.
pub struct Item {
    /// Its number.
    pub n: u64,
    seen: Rc<RefCell<Vec<String>>>,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.seen.borrow_mut().push(format!("drop {}", self.n));
    }
}

/// What gives the items one after the other, each after a while.
pub struct Source<'a> {
    world: &'a World,
    items: std::vec::IntoIter<Item>,
}

impl Source<'_> {
    /// The next item.
    ///
    /// # Panics
    ///
    /// Of a few items, as the world says.
    pub async fn next(&mut self) -> Option<Item> {
        let item = self.items.next()?;
        let drawn = self.world.draw("next", item.n);
        for _ in 0..drawn % 3 {
            self.world.clock.sleep(drawn / 8 % 3).await;
        }
        assert!(!drawn.is_multiple_of(61), "next {}", item.n);
        Some(item)
    }

    /// The same, which fails of a few items.
    ///
    /// # Errors
    ///
    /// The name of the call, and the item.
    ///
    /// # Panics
    ///
    /// As [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<Item>, String> {
        let Some(item) = self.next().await else { return Ok(None) };
        match self.world.draw("try", item.n).is_multiple_of(37) {
            true => Err(format!("try_next {}", item.n)),
            false => Ok(Some(item)),
        }
    }
}

struct InFlight(Rc<Cell<usize>>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// SplitMix64's finaliser: what a call of this name and argument draws.
fn draw(seed: u64, name: &str, n: u64) -> u64 {
    let salt = name.bytes().fold(n, |sum, byte| sum.wrapping_mul(131) + u64::from(byte));
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt << 7);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a call gives in the world of a seed, without its time: what [`World::get`] gives.
///
/// # Errors
///
/// Its name and its argument, a few times.
///
/// # Panics
///
/// A few times, with the same.
pub fn get(seed: u64, name: &str, n: u64) -> Result<u64, String> {
    let drawn = draw(seed, name, n);
    assert!(!drawn.is_multiple_of(89), "{name} {n}");
    match drawn.is_multiple_of(41) {
        true => Err(format!("{name} {n}")),
        false => Ok(drawn / 64 % 100),
    }
}

impl World {
    /// The world of this seed.
    #[must_use]
    pub fn new(seed: u64, clock: &Clock) -> Self {
        World {
            seed,
            limit: 1 + seed as usize % 7,
            clock: clock.clone(),
            seen: Rc::default(),
            in_flight: Rc::default(),
            peak: Cell::new(0),
            failures: RefCell::default(),
        }
    }

    fn draw(&self, name: &str, n: u64) -> u64 {
        draw(self.seed, name, n)
    }

    /// A few items, which say when they are dropped.
    pub fn items(&self) -> impl Iterator<Item = Item> + use<> {
        let seen = Rc::clone(&self.seen);
        let end = 3 + self.draw("items", 0) % 12;
        (0..end).map(move |n| Item { n, seen: Rc::clone(&seen) })
    }

    /// The same, to be asked for.
    pub fn source(&self) -> Source<'_> {
        Source { world: self, items: self.items().collect::<Vec<_>>().into_iter() }
    }

    /// A call.
    ///
    /// # Errors
    ///
    /// Its name and its argument, a few times.
    ///
    /// # Panics
    ///
    /// A few times, with the same.
    pub async fn get(&self, name: &str, n: u64) -> Result<u64, String> {
        let drawn = self.draw(name, n);
        let _one = InFlight(Rc::clone(&self.in_flight));
        self.in_flight.set(self.in_flight.get() + 1);
        self.peak.set(self.peak.get().max(self.in_flight.get()));
        for _ in 0..drawn % 3 {
            self.clock.sleep(drawn / 8 % 5).await;
        }
        get(self.seed, name, n)
            .inspect_err(|failure| self.failures.borrow_mut().push(failure.clone()))
    }

    /// A function that waits by itself, beside nothing.
    ///
    /// # Panics
    ///
    /// If something runs ahead.
    pub fn alone(&self, n: u64) {
        assert_eq!(self.in_flight.get(), 0, "nothing runs ahead");
        self.say("alone", n);
    }

    /// Says something in the rest of an iteration.
    pub fn say(&self, what: &str, n: u64) {
        self.seen.borrow_mut().push(format!("{what} {n}"));
    }

    /// How a run came out, and what was seen of it up to the cancelling of what ran
    /// ahead, which the twin has not begun.
    ///
    /// # Panics
    ///
    /// If something is left in flight.
    pub fn outcome<T>(self, run: impl FnOnce(&World) -> Result<T, String>) -> Outcome<T> {
        let result = catch_unwind(AssertUnwindSafe(|| run(&self)));
        let result = result.map_err(|payload| payload.downcast_ref::<String>().cloned());
        assert_eq!(self.in_flight.get(), 0, "nothing is left in flight");
        let seen = self.seen.take();
        let begun = |entry: &&String| {
            let n = entry.strip_prefix("drop ");
            n.is_none_or(|n| seen.contains(&format!("rest {n}")))
        };
        Outcome {
            seen: seen.iter().filter(begun).cloned().collect(),
            result,
            peak: self.peak.get(),
            failures: self.failures.take(),
        }
    }
}

/// What came of a run.
#[derive(Debug, PartialEq)]
pub struct Outcome<T> {
    /// The value, the error, or the message of the panic.
    pub result: Result<Result<T, String>, Option<String>>,
    /// What was said, and dropped, in order.
    pub seen: Vec<String>,
    /// The most calls that were in flight at once.
    pub peak: usize,
    /// What has failed, in the order of time.
    pub failures: Vec<String>,
}
