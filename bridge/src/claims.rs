//! Blocking code that no thread has begun, while the calling thread waits for it: the thread runs
//! it itself.
//!
//! The pool of blocking threads has an end, and blocking code that waits for blocking code may use
//! it up: a function that calls itself twice, ten times deep, wants a thousand threads. Whoever
//! comes first claims the code: a thread of the pool, or a foreground that joins it and has nothing
//! else to do. So a pool that is full is slow, and no deadlock.

use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::primitives::{RUNTIME, thread_local};
use crate::runtime::Process;

/// Blocking code that has been handed to the pool.
pub(crate) trait Claimable: Send + Sync {
    /// Since when it has waited for a thread, if none has begun it.
    fn waits_since(&self) -> Option<Instant>;

    /// Runs it, unless somebody else has claimed it.
    fn run(&self);
}

thread_local! {
    static JOINED: RefCell<Joined> = const { RefCell::new(Joined { jobs: Vec::new(), from: 0 }) };
}

/// What the calling thread waits for.
struct Joined {
    jobs: Vec<Weak<dyn Claimable>>,
    /// Those before this one are joined further up the stack than what the thread has claimed last
    /// and runs: nested in each other, they could use up the stack.
    from: usize,
}

/// How long a foreground leaves it to the pool. The calls beside the code stand still while it runs
/// it, so that it has to be sure that no thread is coming.
fn patience() -> Duration {
    let limit = if RUNTIME { Process::get().blocking_threads } else { None };
    match limit {
        Some(limit) if ON_THREADS.load(Ordering::Relaxed) >= limit => Duration::from_millis(1),
        // All that is known is that none has come: what else uses the pool is not ours.
        _ => Duration::from_millis(50),
    }
}

/// How many threads of the pool run what was handed to it here.
static ON_THREADS: AtomicUsize = AtomicUsize::new(0);

/// Runs something on a thread of the pool.
pub(crate) fn on_a_thread(job: &dyn Claimable) {
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            ON_THREADS.fetch_sub(1, Ordering::Relaxed);
        }
    }
    ON_THREADS.fetch_add(1, Ordering::Relaxed);
    let _counted = Counted;
    job.run();
}

/// The calling thread waits for this.
pub(crate) fn join(job: &Arc<dyn Claimable>) {
    if job.waits_since().is_none() {
        return;
    }
    let _ = JOINED.try_with(|joined| {
        let jobs = &mut joined.borrow_mut().jobs;
        if !jobs.iter().any(|known| Weak::as_ptr(known).addr() == Arc::as_ptr(job).addr()) {
            jobs.push(Arc::downgrade(job));
        }
    });
}

/// Runs what has waited for long, the first if there are several; else gives the time until one
/// will have.
pub(crate) fn run_one(now: Instant) -> Result<(), Option<Duration>> {
    let Ok(next) = JOINED.try_with(|joined| joined.borrow_mut().next(now)) else {
        return Err(None);
    };
    let job = next?;
    let _nested = Nested::begin();
    job.run();
    Ok(())
}

impl Joined {
    fn next(&mut self, now: Instant) -> Result<Arc<dyn Claimable>, Option<Duration>> {
        let mut left = None;
        let mut at = self.from;
        if at == self.jobs.len() {
            return Err(None);
        }
        let patience = patience();
        while let Some(known) = self.jobs.get(at) {
            let waiting = known.upgrade().and_then(|job| Some((job.waits_since()?, job)));
            let Some((since, job)) = waiting else {
                self.jobs.remove(at);
                continue;
            };
            match patience.saturating_sub(now.duration_since(since)) {
                Duration::ZERO => {
                    self.jobs.remove(at);
                    return Ok(job);
                }
                time => left = Some(left.map_or(time, |left: Duration| left.min(time))),
            }
            at += 1;
        }
        Err(left)
    }
}

/// While it is held, only what is joined from now on is claimed.
struct Nested {
    before: usize,
}

impl Nested {
    fn begin() -> Self {
        let begin = |joined: &RefCell<Joined>| {
            let Joined { jobs, from } = &mut *joined.borrow_mut();
            mem::replace(from, jobs.len())
        };
        Nested { before: JOINED.try_with(begin).unwrap_or(0) }
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        let _ = JOINED.try_with(|joined| joined.borrow_mut().from = self.before);
    }
}
