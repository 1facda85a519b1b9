//! A virtual clock: time that passes when nothing else is left to do.
//!
//! [`Clock::sleep`] is awaited like any timer. [`Clock::run`] is the idle task
//! beside it: once everything that could run has run, it moves the clock to the
//! next deadline and wakes *one* sleeper, by deadline, and at the same deadline
//! by registration. The next one is woken only after that one has had all its
//! consequences. So each interleaving is exact: a foreground whose sleep was
//! registered before a ticker's ends before the ticker ticks.
//!
//! Sleeps may be awaited anywhere on the thread that runs the clock: in its
//! foregrounds, nested ones too, in its background tasks, and in the calls of a
//! `#[background]` function. Waiting for another thread or a socket does not
//! hold the clock: time passes as soon as *this* thread has nothing to do. With
//! no sleeper left, it stands still and costs nothing.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bridge::{Task, run_in_background};

/// Polls of the idle task without a change among the sleepers, until it takes
/// the thread to be idle.
///
/// The loop polls the idle task once in each scan, and everything that was
/// woken too. A wake that is handed on from task to task takes a scan a hand;
/// longer chains than this, without a sleep in between, would be overtaken.
const IDLE: u32 = 16;

/// A virtual clock, at tick 0 when new. Clones show the same time.
#[derive(Clone)]
pub struct Clock {
    state: Arc<Mutex<State>>,
}

/// By deadline, then by registration.
type Key = (u64, u64);

#[derive(Default)]
struct State {
    now: u64,
    registered: u64,
    /// Counts what happens among the sleepers: one starts, ends, or is dropped.
    changes: u64,
    sleepers: BTreeMap<Key, Waker>,
    /// The idle task, while there is no sleeper.
    idle: Option<Waker>,
}

impl Clock {
    /// A clock of its own, at tick 0.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "tests say `Clock::new()`")]
    pub fn new() -> Self {
        Clock { state: Arc::default() }
    }

    /// The tick that the clock shows.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.lock().now
    }

    /// Sleeps for so many ticks, counted from the first poll.
    ///
    /// A sleep of 0 is a single step of the loop: it ends after what is ready
    /// and what has expired before it.
    pub fn sleep(&self, ticks: u64) -> Sleep {
        Sleep { clock: self.clone(), progress: Progress::New(ticks) }
    }

    /// Moves the clock by hand to `tick`, as if the user had taken so long.
    /// Sleepers that expire by it are woken with the next foreground, in order.
    ///
    /// # Panics
    ///
    /// If `tick` is in the past.
    #[track_caller]
    pub fn set(&self, tick: u64) {
        let mut state = self.lock();
        let now = state.now;
        state.now = tick.max(now);
        drop(state);
        assert!(tick >= now, "the clock shows {now}, and cannot go back to {tick}");
    }

    /// Moves the clock by hand, like [`set`](Self::set).
    pub fn advance_by(&self, ticks: u64) {
        self.lock().now += ticks;
    }

    /// The idle task, to be polled beside what the clock is for: given to
    /// [`run_in_background`], or raced in a `select!` under another executor.
    /// It never ends.
    pub fn run(&self) -> Run {
        Run { clock: self.clone(), seen: 0, unchanged: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Clock")
            .field("now", &state.now)
            .field("sleepers", &state.sleepers.keys())
            .finish()
    }
}

/// Calls `body` with a new clock that runs on this thread meanwhile.
pub fn with_clock<R>(body: impl FnOnce(&Clock) -> R) -> R {
    /// Stops the clock, after a panic too.
    struct Stop(Task<Infallible>);
    impl Drop for Stop {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }

    let clock = Clock::new();
    let _stop = Stop(run_in_background(clock.run()));
    body(&clock)
}

/// The future of [`Clock::sleep`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Sleep {
    clock: Clock,
    progress: Progress,
}

#[derive(Clone, Copy, Debug)]
enum Progress {
    New(u64),
    Asleep(Key),
    Ended,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let clock = self.clock.clone();
        let mut state = clock.lock();
        // Foreign code runs in wakers and in their drops: never under the lock.
        match self.progress {
            Progress::New(ticks) => {
                let key = (state.now + ticks, state.registered);
                state.registered += 1;
                state.changes += 1;
                state.sleepers.insert(key, waker);
                let idle = state.idle.take();
                drop(state);
                self.progress = Progress::Asleep(key);
                idle.into_iter().for_each(Waker::wake);
                Poll::Pending
            }
            // Time alone ends no sleep: it is this one's turn when it is woken.
            Progress::Asleep(key) => match state.sleepers.get_mut(&key) {
                Some(sleeper) => {
                    let previous = std::mem::replace(sleeper, waker);
                    drop(state);
                    drop(previous);
                    Poll::Pending
                }
                None => {
                    state.changes += 1;
                    drop(state);
                    self.progress = Progress::Ended;
                    Poll::Ready(())
                }
            },
            Progress::Ended => panic!("a sleep was polled after its end"),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Progress::Asleep(key) = self.progress {
            let mut state = self.clock.lock();
            state.changes += 1;
            let sleeper = state.sleepers.remove(&key);
            drop(state);
            drop(sleeper);
        }
    }
}

/// The future of [`Clock::run`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Run {
    clock: Clock,
    /// The changes that were counted at the last poll, and the polls since.
    seen: u64,
    unchanged: u32,
}

impl Future for Run {
    type Output = Infallible;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Infallible> {
        let clock = self.clock.clone();
        let mut state = clock.lock();
        self.unchanged = if state.changes == self.seen { self.unchanged + 1 } else { 0 };
        self.seen = state.changes;

        let mut sleeper = None;
        if self.unchanged >= IDLE {
            self.unchanged = 0;
            if let Some(((deadline, _), waker)) = state.sleepers.pop_first() {
                state.now = state.now.max(deadline);
                sleeper = Some(waker);
            }
        }
        let again = !state.sleepers.is_empty();
        let previous = if again { None } else { state.idle.replace(cx.waker().clone()) };
        drop(state);
        drop(previous);

        // The sleeper first: the loop runs tasks in the order of their wakes.
        sleeper.into_iter().for_each(Waker::wake);
        if again {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
