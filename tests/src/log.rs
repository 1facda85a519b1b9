//! An event log under virtual time, and what writes to it.
//!
//! | entry | meaning |
//! |---|---|
//! | `0 S a` | at tick 0, `a` was polled for the first time |
//! | `10 E a` | at tick 10, `a` ended with its value |
//! | `3 P a` | at tick 3, `a` panicked |
//! | `3 D a` | at tick 3, `a` was cancelled after its start; or a [`Droppable`] was dropped |
//! | `7 anything` | at tick 7, [`Log::push`] |

use std::fmt::{self, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::clock::{Clock, Sleep};

/// An event log. Clones write to the same one.
#[derive(Clone, Debug)]
pub struct Log {
    clock: Clock,
    entries: Arc<Mutex<Vec<String>>>,
}

impl Log {
    /// An empty log, stamped by `clock`.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Log { clock: clock.clone(), entries: Arc::default() }
    }

    /// Appends an entry.
    pub fn push(&self, event: impl Display) {
        let entry = format!("{} {event}", self.clock.now());
        self.lock().push(entry);
    }

    /// Takes the entries since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lock())
    }

    /// Takes the entries and compares them.
    ///
    /// # Panics
    ///
    /// If they differ from `expected`, with both beside each other.
    #[track_caller]
    pub fn expect<const N: usize>(&self, expected: [&str; N]) {
        let seen = self.take();
        assert!(seen == expected, "{}", beside(&expected, &seen));
    }

    /// An asynchronous call that takes so many ticks.
    pub fn call(&self, name: &str, ticks: u64) -> Traced<Sleep> {
        self.trace(name, self.clock.sleep(ticks))
    }

    /// An asynchronous call that gives `value` after so many ticks.
    pub fn give<T>(
        &self,
        name: &str,
        ticks: u64,
        value: T,
    ) -> Traced<impl Future<Output = T> + use<T>> {
        let sleep = self.clock.sleep(ticks);
        self.trace(name, async move {
            sleep.await;
            value
        })
    }

    /// Logs the start and the end of any future.
    pub fn trace<F: Future>(&self, name: &str, future: F) -> Traced<F> {
        Traced {
            name: name.to_owned(),
            log: self.clone(),
            progress: Progress::New,
            future: Box::pin(future),
        }
    }

    /// A value that logs when it is dropped.
    #[must_use]
    pub fn droppable(&self, name: &str) -> Droppable {
        Droppable { name: name.to_owned(), log: self.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both logs line by line, with a mark where they part.
fn beside(expected: &[&str], seen: &[String]) -> String {
    let width = expected.iter().map(|entry| entry.len()).chain([8]).max().unwrap_or(8);
    let mut text = format!("the log differs\n    {:width$}  seen\n", "expected");
    for line in 0..expected.len().max(seen.len()) {
        let left = expected.get(line).copied().unwrap_or("");
        let right = seen.get(line).map_or("", String::as_str);
        let mark = if left == right { ' ' } else { '>' };
        let _ = writeln!(text, "  {mark} {left:width$}  {right}");
    }
    text
}

/// The future of [`Log::call`], [`Log::give`] and [`Log::trace`].
#[must_use = "futures do nothing unless polled"]
pub struct Traced<F> {
    name: String,
    log: Log,
    progress: Progress,
    // Boxed, to be polled without a pin projection. Dropped after the entry.
    future: Pin<Box<F>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    New,
    Running,
    Ended,
}

impl<F: Future> Future for Traced<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        if this.progress == Progress::New {
            this.progress = Progress::Running;
            this.log.push(format_args!("S {}", this.name));
        }
        let poll = catch_unwind(AssertUnwindSafe(|| this.future.as_mut().poll(cx)));
        let end = match poll {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(_)) => 'E',
            Err(_) => 'P',
        };
        this.progress = Progress::Ended;
        this.log.push(format_args!("{end} {}", this.name));
        poll.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

impl<F> Drop for Traced<F> {
    fn drop(&mut self) {
        if self.progress == Progress::Running {
            self.log.push(format_args!("D {}", self.name));
        }
    }
}

impl<F> fmt::Debug for Traced<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Traced").field(&self.name).field(&self.progress).finish()
    }
}

/// A value that logs `D name` when it is dropped.
#[derive(Debug)]
pub struct Droppable {
    name: String,
    log: Log,
}

impl Drop for Droppable {
    fn drop(&mut self) {
        self.log.push(format_args!("D {}", self.name));
    }
}
