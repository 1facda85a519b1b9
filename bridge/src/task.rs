//! The handle of something that was started in the background.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::claims::{self, Claimable};
use crate::local_loop;
use crate::parking;
use crate::primitives::{Mutex, MutexGuard};

/// What [`run_in_background`](crate::run_in_background) has started: the
/// shell's job. It is a future itself, so it can be brought to the foreground,
/// awaited, raced or timed like any other, under any executor.
///
/// A `Task<T>` stands for a future of the thread that has started it, and stays there: it is not
/// [`Send`]. Whoever awaits it drives it, and the thread's other tasks beside it. A
/// `Task<T, OnThread>` stands for a callable, which has a thread of its own, and may be awaited
/// anywhere.
///
/// Dropping a `Task` leaves what it stands for running, as the shell does.
///
/// ```
/// use bridge::{run_in_background, run_in_foreground};
///
/// let double = run_in_background(async { 2 * 21 });
/// assert!(!double.is_finished()); // it starts with the next foreground
/// assert_eq!(run_in_foreground(double), 42);
/// ```
///
/// # Panics
///
/// A task that has panicked is silent until it is awaited, which then panics
/// with the same payload. Awaiting a task that was cancelled panics, and so
/// does polling one again after it has given its value.
pub struct Task<T, Runner = OnLoop> {
    shared: Arc<Shared<T>>,
    awaited: Awaited,
    runner: PhantomData<Runner>,
}

/// Runs the future of a [`Task`]: the loop of the thread that has started it.
#[derive(Debug)]
pub struct OnLoop(PhantomData<*const ()>);

/// Runs the callable of a [`Task`]: a thread of its own.
#[derive(Debug)]
pub struct OnThread(());

impl<T> Task<T> {
    /// Of a future.
    pub(crate) fn on_loop(shared: Arc<Shared<T>>) -> Self {
        Task { shared, awaited: Awaited::OnLoop(None), runner: PhantomData }
    }
}

impl<T> Task<T, OnThread> {
    /// Of a callable.
    pub(crate) fn on_thread(shared: Arc<Shared<T>>, callable: Arc<dyn Claimable>) -> Self {
        Task { shared, awaited: Awaited::OnThread(callable), runner: PhantomData }
    }
}

/// For those who keep both kinds in one place.
impl<T> From<Task<T, OnThread>> for Task<T> {
    fn from(task: Task<T, OnThread>) -> Self {
        Task { shared: task.shared, awaited: task.awaited, runner: PhantomData }
    }
}

/// What the one who awaits a task has to do with it.
enum Awaited {
    /// The foreground that joins it may run it.
    OnThread(Arc<dyn Claimable>),
    /// Who has awaited it last.
    OnLoop(Option<Awaiter>),
}

struct Awaiter {
    waker: Waker,
    /// It leads to a foreground, or to a task, of the thread: then the loop runs. Otherwise its
    /// executor is another one, which has to run the loop.
    is_ours: bool,
    /// How often it was asked where a waker leads.
    asked: u8,
}

impl Awaiter {
    /// To ask costs a wake. Who comes with another waker each time would be woken without end: it
    /// has to run the loop, which is never wrong.
    const OFTEN: u8 = 8;

    fn of(waker: &Waker, before: Option<Awaiter>) -> Self {
        let asked = before.as_ref().map_or(0, |before| before.asked);
        if let Some(known) = before.filter(|before| before.waker.will_wake(waker)) {
            return known;
        }
        let is_ours = asked < Self::OFTEN && parking::wakes_this_thread(waker);
        Awaiter { waker: waker.clone(), is_ours, asked: asked.saturating_add(1) }
    }
}

impl Awaited {
    /// A task is awaited in this context, and has not ended.
    fn by(&mut self, cx: &Context<'_>, task: usize) {
        match self {
            Awaited::OnThread(callable) => claims::join(callable),
            Awaited::OnLoop(awaiter) => {
                let known = Awaiter::of(cx.waker(), awaiter.take());
                if !awaiter.insert(known).is_ours {
                    local_loop::run_for(task, cx.waker());
                }
            }
        }
    }
}

impl<T, Runner> Task<T, Runner> {
    /// Asks for the task to be cancelled: its future is dropped with the next
    /// run of its thread's loop. Nothing happens to a finished task. A blocking
    /// callable that already runs cannot be stopped; its value is dropped.
    pub fn cancel(&self) {
        let mut state = self.shared.lock();
        if let State::Running { cancelled, driver, .. } = &mut *state {
            *cancelled = true;
            let driver = driver.take();
            drop(state);
            if let Some(driver) = driver {
                driver.wake();
            }
        }
    }

    /// Whether the task has ended: with its value, by a panic, or cancelled.
    /// A cancellation counts once the loop has carried it out.
    pub fn is_finished(&self) -> bool {
        !matches!(*self.shared.lock(), State::Running { .. })
    }
}

impl<T, Runner> Future for Task<T, Runner> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        if this.shared.awaits(cx) {
            this.awaited.by(cx, Arc::as_ptr(&this.shared).addr());
            if this.shared.awaits(cx) {
                return Poll::Pending;
            }
        }
        match std::mem::replace(&mut *this.shared.lock(), State::Taken) {
            State::Finished(value) => Poll::Ready(value),
            State::Panicked(payload) => resume_unwind(payload),
            State::Cancelled => panic!("a cancelled task was brought to the foreground"),
            State::Taken => panic!("a task was polled after it had given its value"),
            State::Running { .. } => unreachable!("handled above"),
        }
    }
}

// What it stands for stays where it is.
impl<T, Runner> Unpin for Task<T, Runner> {}

impl<T, Runner> fmt::Debug for Task<T, Runner> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match *self.shared.lock() {
            State::Running { cancelled: false, .. } => "running",
            State::Running { cancelled: true, .. } => "to be cancelled",
            State::Finished(_) => "finished",
            State::Panicked(_) => "panicked",
            State::Cancelled => "cancelled",
            State::Taken => "taken",
        };
        f.debug_tuple("Task").field(&format_args!("{state}")).finish()
    }
}

/// What the task and its runner share.
pub(crate) struct Shared<T>(Mutex<State<T>>);

enum State<T> {
    Running {
        cancelled: bool,
        /// Who drives the future, to be woken by `cancel`.
        driver: Option<Waker>,
        /// Who awaits the task.
        waiter: Option<Waker>,
    },
    Finished(T),
    Panicked(Box<dyn Any + Send>),
    Cancelled,
    Taken,
}

impl<T> Shared<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Shared(Mutex::new(State::Running {
            cancelled: false,
            driver: None,
            waiter: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it runs still; then whoever polls in this context is woken at its end.
    fn awaits(&self, cx: &Context<'_>) -> bool {
        let State::Running { waiter, .. } = &mut *self.lock() else { return false };
        match waiter {
            Some(waiter) => waiter.clone_from(cx.waker()),
            None => *waiter = Some(cx.waker().clone()),
        }
        true
    }

    /// Runs `body` and keeps what it ends with, for the foreground.
    pub(crate) fn complete_with(&self, body: impl FnOnce() -> T) {
        self.end(catch_unwind(AssertUnwindSafe(body)));
    }

    fn end(&self, result: thread::Result<T>) {
        let mut state = self.lock();
        let (ended, discarded) = match (&*state, result) {
            (State::Running { cancelled: true, .. }, result) => (State::Cancelled, Some(result)),
            (_, Ok(value)) => (State::Finished(value), None),
            (_, Err(payload)) => (State::Panicked(payload), None),
        };
        let previous = std::mem::replace(&mut *state, ended);
        drop(state);
        // A destructor may use the task, or panic: not under the lock, and not
        // before the state has changed.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(discarded)));
        if let State::Running { waiter: Some(waiter), .. } = previous {
            waiter.wake();
        }
    }
}

/// A future on its way to a task's value, which ends when it is cancelled.
pub(crate) struct Running<F: Future> {
    future: Option<Pin<Box<F>>>,
    shared: Arc<Shared<F::Output>>,
}

impl<F: Future> Running<F> {
    pub(crate) fn new(future: F, shared: Arc<Shared<F::Output>>) -> Self {
        Running { future: Some(Box::pin(future)), shared }
    }

    fn cancelled(&self, cx: &Context<'_>) -> bool {
        match &mut *self.shared.lock() {
            State::Running { cancelled: true, .. } => true,
            State::Running { driver, .. } => {
                *driver = Some(cx.waker().clone());
                false
            }
            _ => false,
        }
    }

    /// Drops the future before its end.
    fn cancel(&mut self) {
        if let State::Running { cancelled, .. } = &mut *self.shared.lock() {
            *cancelled = true;
        }
        let _ = self.drop_future();
        // `end` sees the mark of the cancellation and keeps no payload.
        self.shared.end(Err(Box::new("cancelled")));
    }

    /// Drops the future, whose destructor may panic like its code.
    fn drop_future(&mut self) -> thread::Result<()> {
        let future = self.future.take();
        catch_unwind(AssertUnwindSafe(|| drop(future)))
    }
}

impl<F: Future> Future for Running<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.cancelled(cx) {
            this.cancel();
            return Poll::Ready(());
        }
        let Some(future) = &mut this.future else {
            return Poll::Ready(());
        };
        let poll = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        let result = match poll {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(payload) => Err(payload),
        };
        let dropped = this.drop_future();
        this.shared.end(result.and_then(|value| dropped.map(|()| value)));
        Poll::Ready(())
    }
}

impl<F: Future> Unpin for Running<F> {}

/// A task of a thread that ends is cancelled: whoever awaits it is told.
impl<F: Future> Drop for Running<F> {
    fn drop(&mut self) {
        if self.future.is_some() {
            self.cancel();
        }
    }
}
