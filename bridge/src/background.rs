//! The background: what is started now, to be brought to the foreground later.

use std::any::Any;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::claims::{self, Claimable};
use crate::in_flight::Origin;
use crate::local_loop;
use crate::runtime::runtime;
use crate::task::{OnThread, Running, Shared, Task};
use crate::trace::{self, Span};

/// Starts `target` in the background and returns its [`Task`]: the shell's `&`.
///
/// - A **future** belongs to the calling thread's loop. It need not be
///   [`Send`], starts with the thread's next foreground, and advances in every
///   one, whatever that one waits for, in first-in first-out order with the
///   thread's other tasks. Between foregrounds it is frozen. Another executor that
///   awaits a task of its thread, in an `async fn` or a `LocalSet`, runs the loop as a
///   foreground does.
/// - A **callable** (`FnOnce() -> T`) starts at once on the blocking pool, in a
///   thread of its own; it and its value must be `Send`. Where the pool has no thread left, the
///   foreground that joins it runs it itself after a while, and what runs beside it in that
///   foreground waits meanwhile. So callables that wait for callables, however deep, never stand
///   still, unless one waits for a lock that such a neighbour holds.
/// - A **[`Task`]** is handed back as it is.
///
/// In a [`#[background]`](macro@crate::background) function a callable is a call if
/// it is awaited, `let rows = run_in_background(move || query(&path)).await;`, and
/// starts where the call does, in an `async fn` too: it goes on while nobody polls.
///
/// ```
/// use bridge::{run_in_background, run_in_foreground};
///
/// let sum = run_in_background(|| (1..=10u64).sum::<u64>()); // on a thread
/// let answer = run_in_background(async { 42 });             // on this loop
/// assert_eq!(run_in_foreground(async { sum.await + answer.await }), 97);
/// ```
///
/// # Panics
///
/// With a future, if the calling thread ends and its loop has been destroyed already, as in
/// the destructor of a task or of a thread-local. A panic of the target is kept for whoever
/// brings the task to the foreground.
///
/// # Cancellation
///
/// Dropping the task does not cancel it; [`Task::cancel`] does. Tasks of a
/// thread that ends are cancelled with it, in order. (So is one that is started by the
/// destructor of a thread-local, on a thread that has had no loop before.) A callable that
/// runs cannot be stopped: it outlives what was to take its value.
#[track_caller]
pub fn run_in_background<Kind, T: Target<Kind>>(target: T) -> T::Task {
    target.start(Location::caller())
}

/// What [`run_in_background`] takes: a future, a callable, or a [`Task`].
///
/// `Kind` tells the two implementations apart and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run in the background",
    label = "no future, no callable that may move to a thread, and no `Task`",
    note = "a callable (`move || …`), which marked blocking code is too, takes no arguments; it and its value must be `Send + 'static`, as it runs on a thread of its own: no `Rc`, and an error as `Box<dyn Error + Send + Sync>`",
    note = "a future (`load(1)`, `async {{ … }}`) must own what it uses (`'static`)"
)]
pub trait Target<Kind> {
    /// What the task will give.
    type Output;
    /// A [`Task`], by who runs it.
    type Task;

    #[doc(hidden)]
    fn start(self, location: &'static Location<'static>) -> Self::Task;
}

mod kind {
    #[derive(Debug)]
    pub struct Awaitable;
    #[derive(Debug)]
    pub struct Callable;
}

impl<F> Target<kind::Awaitable> for F
where
    F: Future + 'static,
{
    type Output = F::Output;
    type Task = Task<F::Output>;

    fn start(self, location: &'static Location<'static>) -> Task<F::Output> {
        let mut target = Some(self);
        let any = &mut target as &mut dyn Any;
        if let Some(task) = any.downcast_mut::<Option<Task<F::Output>>>() {
            return task.take().expect("it was put there a line above");
        }
        if let Some(task) = any.downcast_mut::<Option<Task<F::Output, OnThread>>>() {
            return task.take().expect("it was put there a line above").into();
        }
        let future = target.expect("only a task is taken out");
        let shared = Shared::new();
        let origin = Origin::task::<F>(location);
        let future = trace::traced(origin, future);
        local_loop::spawn(Running::new(future, Arc::clone(&shared)), origin);
        Task::on_loop(shared)
    }
}

impl<C, T> Target<kind::Callable> for C
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    type Output = T;
    type Task = Task<T, OnThread>;

    fn start(self, location: &'static Location<'static>) -> Task<T, OnThread> {
        let shared = Shared::new();
        let mut span = Span::of_blocking::<C>(location);
        let callable = move || {
            let value = span.within(self);
            // Before anybody is told of the value.
            span.close();
            value
        };
        let job = Arc::new(Job {
            callable: Mutex::new(Some((callable, local_loop::callable()))),
            since: Instant::now(),
            shared: Arc::clone(&shared),
        });
        let queued = Arc::clone(&job);
        runtime().spawn_blocking(move || claims::on_a_thread(&*queued));
        Task::on_thread(shared, job)
    }
}

/// A callable that runs once.
struct Job<C, Running, T> {
    /// Until somebody begins it, with what is held while it runs.
    callable: Mutex<Option<(C, Running)>>,
    since: Instant,
    shared: Arc<Shared<T>>,
}

impl<C, Running, T> Job<C, Running, T> {
    fn lock(&self) -> MutexGuard<'_, Option<(C, Running)>> {
        self.callable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: FnOnce() -> T + Send, Running: Send, T: Send> Claimable for Job<C, Running, T> {
    fn waits_since(&self) -> Option<Instant> {
        self.lock().as_ref().map(|_| self.since)
    }

    fn run(&self) {
        let claimed = self.lock().take();
        if let Some((callable, running)) = claimed {
            self.shared.complete_with(callable);
            drop(running);
        }
    }
}
