//! The background tasks of one thread: they advance in each of its foregrounds,
//! in the order in which they were woken, and freeze between.
//!
//! # Handles
//!
//! - `LocalTask` is the loop's own. There is one for each task that has not ended, and it
//!   alone holds the future.
//! - `TaskWaker` is what wakes a task. There is any number, on any thread. One that outlives
//!   its task wakes in vain.
//! - An id in the ready queue stands for a wake that no poll has answered yet. There is one
//!   for each task at the most.
//! - What the user holds, [`Task`](crate::Task), shares the outcome with the future. The loop
//!   knows nothing of it.
//!
//! # States
//!
//! | a task is | its `future` | `queued` | its id |
//! |---|---|---|---|
//! | queued, as it begins | there | true | in `woken` or in `later` |
//! | polled | taken out | false | nowhere |
//! | polled, and woken meanwhile | taken out | true | in `woken` or in `later` |
//! | idle | there | false | nowhere |
//! | ended | gone, with the task | any | nowhere, or in `woken`, where it is skipped |
//!
//! `queued` is false before the poll begins, so that a wake during the poll queues the task
//! again.
//!
//! A pass over the ready queue polls each task once at the most. What is woken again in the
//! same pass waits in `later`, and goes first in the next one. A foreground inside a task's
//! poll makes passes of its own. A task that is polled further up the stack waits in `later`
//! too, until the stack is back there.
//!
//! # Who may touch what
//!
//! - The thread of the loop alone touches `tasks` and what is in them, `later`, `next_id` and
//!   `pass`. It holds no borrow while it polls or drops a future, as either may come back
//!   here: it may start tasks, and bring others to the foreground.
//! - Any thread touches `queued`, by an exchange. The one before a poll lets the poll see what
//!   was written before a wake that has found `queued` true, and so has done nothing else.
//! - Any thread touches `woken`, under its lock, which is held for no longer than that.
//! - The thread clones `callables`, and each thread of the blocking pool drops its clone.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use tokio::runtime::Handle;

use crate::budget;
use crate::context;
use crate::in_flight::{Origin, Pending, Watched, Woken};
use crate::parking::{self, ThreadId};
use crate::primitives::{AtomicBool, Mutex, MutexGuard, thread_local};
use crate::readiness::Scanner;

type Id = u64;
type BoxedTask = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static LOOP: LocalLoop = LocalLoop::new();
}

/// What a thread has in the background.
struct LocalLoop {
    ready: Arc<ReadyQueue>,
    /// By id, so that a thread that ends drops its tasks in order.
    tasks: RefCell<BTreeMap<Id, LocalTask>>,
    /// Woken tasks that wait for the next pass, in front of `ready`. Kept here,
    /// so that a foreground inside a task's poll finds them.
    later: RefCell<Vec<Id>>,
    next_id: Cell<Id>,
    /// Counts the passes over the ready queue.
    pass: Cell<u64>,
    /// Shared with each callable that this thread has started and that still
    /// runs.
    callables: Arc<()>,
}

/// A task that has not ended.
struct LocalTask {
    /// `None` while the task is being polled, further up this thread's stack.
    future: Option<BoxedTask>,
    waker: Arc<TaskWaker>,
    origin: Origin,
    since: Instant,
    /// The pass that polled it last.
    pass: u64,
}

struct ReadyQueue {
    queue: Mutex<Queue>,
    /// The thread of the loop.
    id: ThreadId,
    /// Ends a park of the thread.
    thread: Waker,
}

#[derive(Default)]
struct Queue {
    /// The tasks that were woken, oldest first.
    woken: VecDeque<Id>,
    /// Who awaits a task of the loop under another executor, and is woken to run it: one for each
    /// task, by its address.
    awaiting: BTreeMap<usize, Waker>,
}

impl ReadyQueue {
    /// Gives those who are to be woken to run the loop.
    fn push(&self, id: Id) -> impl Iterator<Item = Waker> {
        let mut queue = self.lock();
        queue.woken.push_back(id);
        mem::take(&mut queue.awaiting).into_values()
    }

    fn pop(&self) -> Option<Id> {
        self.lock().woken.pop_front()
    }

    fn push_front(&self, ids: impl DoubleEndedIterator<Item = Id>) {
        let mut queue = self.lock();
        ids.rev().for_each(|id| queue.woken.push_front(id));
    }

    /// Wakes this one when a task is woken, as it awaits this task.
    fn wake_too(&self, task: usize, awaiting: &Waker) {
        self.lock().awaiting.insert(task, awaiting.clone());
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes a task, and the thread that polls it.
struct TaskWaker {
    id: Id,
    /// Whether the id is in the ready queue, or waits to be put there.
    queued: AtomicBool,
    ready: Arc<ReadyQueue>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.queue();
        // Its own thread finds the task when it scans.
        if !self.ready.id.wakes_itself() {
            self.ready.thread.wake_by_ref();
        }
    }
}

impl Watched for TaskWaker {
    fn pending(&self) -> usize {
        1
    }

    fn woken(&self) -> usize {
        usize::from(self.queued.load(Ordering::Relaxed))
    }

    fn scanner(&self) -> Option<&Scanner> {
        None
    }
}

impl TaskWaker {
    /// Wakes the task, but not its thread.
    fn queue(&self) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.ready.push(self.id).for_each(Waker::wake);
        }
    }
}

impl LocalLoop {
    fn new() -> Self {
        // Thread-locals are destroyed in reverse order of their first use: with
        // tokio's used first, our tasks are dropped while it is still there.
        let _ = Handle::try_current();
        let thread = parking::with_waker(Waker::clone);
        let id = parking::id_of(&thread);
        LocalLoop {
            ready: Arc::new(ReadyQueue { queue: Mutex::default(), id, thread }),
            callables: Arc::default(),
            tasks: RefCell::default(),
            later: RefCell::default(),
            next_id: Cell::new(0),
            pass: Cell::new(0),
        }
    }

    fn spawn(&self, future: BoxedTask, origin: Origin) {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let waker = Arc::new(TaskWaker {
            id,
            queued: AtomicBool::new(true),
            ready: Arc::clone(&self.ready),
        });
        let since = Instant::now();
        let task = LocalTask { future: Some(future), waker, origin, since, pass: 0 };
        self.tasks.borrow_mut().insert(id, task);
        self.ready.push(id).for_each(Waker::wake);
    }

    /// Polls what was woken, each task once at the most; tells whether there
    /// was any.
    fn run_ready(&self) -> bool {
        if self.tasks.borrow().is_empty() {
            return false;
        }
        let pass = self.pass.get() + 1;
        self.pass.set(pass);
        let mut ran = false;
        self.requeue_later();
        while let Some(id) = self.ready.pop() {
            // The borrow ends before the poll, which may come back here.
            let taken = match self.tasks.borrow_mut().get_mut(&id) {
                None => continue,
                Some(task) if task.pass >= pass => None,
                Some(task) => task.future.take().map(|future| {
                    task.pass = pass;
                    (future, Arc::clone(&task.waker))
                }),
            };
            let Some((mut future, task_waker)) = taken else {
                self.later.borrow_mut().push(id);
                continue;
            };
            // An exchange, as a wake that finds the task queued does no more: the
            // poll has to see what was written before it.
            task_waker.queued.swap(false, Ordering::AcqRel);
            let waker = Waker::from(task_waker);
            budget::fill_if_spent();
            let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
            ran = true;
            let finished = {
                let mut tasks = self.tasks.borrow_mut();
                match poll {
                    Poll::Ready(()) => {
                        tasks.remove(&id);
                        Some(future)
                    }
                    Poll::Pending => {
                        tasks.get_mut(&id).and_then(|task| task.future.replace(future))
                    }
                }
            };
            // With the value of a task that nobody holds; if its destructor
            // panics, that is not the affair of this foreground.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(finished)));
        }
        self.requeue_later();
        ran
    }

    fn requeue_later(&self) {
        self.ready.push_front(self.later.take().into_iter());
    }

    /// Those that were woken while they are polled, further up the stack.
    fn woken(&self, found: &mut Vec<Woken>) {
        let tasks = self.tasks.borrow();
        let polled = tasks.values().filter(|task| task.future.is_none());
        found.extend(
            polled.filter_map(|task| {
                Woken::of(Arc::<TaskWaker>::downgrade(&task.waker), task.origin)
            }),
        );
    }

    /// Those that have not ended.
    fn pending(&self, found: &mut Vec<Pending>) {
        let tasks = self.tasks.borrow();
        found.extend(tasks.values().map(|task| Pending {
            origin: task.origin,
            count: 1,
            since: Some(task.since),
        }));
    }

    /// Wakes all tasks, in order.
    fn wake_all(&self) {
        for task in self.tasks.borrow().values() {
            task.waker.queue();
        }
    }
}

impl Drop for LocalLoop {
    fn drop(&mut self) {
        if self.tasks.get_mut().is_empty() {
            // A thread that had none makes no runtime at its end.
            return;
        }
        context::enter(|_| {
            while let Some(task) = self.tasks.get_mut().pop_first() {
                drop(task);
            }
        });
    }
}

/// Gives `future` to the calling thread's loop.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static, origin: Origin) {
    LOOP.with(|local| local.spawn(Box::pin(future), origin));
}

/// The tasks of the calling thread that were woken while they are polled, further up its stack.
pub(crate) fn woken(found: &mut Vec<Woken>) {
    let _ = LOOP.try_with(|local| local.woken(found));
}

/// The tasks of the calling thread that have not ended.
pub(crate) fn pending(found: &mut Vec<Pending>) {
    let _ = LOOP.try_with(|local| local.pending(found));
}

/// Polls the tasks of the calling thread that were woken; tells whether there
/// were any.
pub(crate) fn run_ready() -> bool {
    LOOP.try_with(LocalLoop::run_ready).unwrap_or(false)
}

/// Runs the tasks of the calling thread that were woken, for one that awaits this one of them under
/// an executor that is none of ours, and wakes it when others are.
pub(crate) fn run_for(task: usize, awaiting: &Waker) {
    let _entered = context::enter_scope();
    let _ = LOOP.try_with(|local| {
        // Before they run, as they may wake each other.
        local.ready.wake_too(task, awaiting);
        budget::poll_budgeted(&mut |_| _ = local.run_ready());
    });
}

/// Whether the calling thread has a task that has not ended.
pub(crate) fn has_tasks() -> bool {
    LOOP.try_with(|local| !local.tasks.borrow().is_empty()).unwrap_or(false)
}

/// Wakes all tasks of the calling thread, for places where wakes get lost.
pub(crate) fn wake_all() {
    let _ = LOOP.try_with(LocalLoop::wake_all);
}

/// What a callable holds that the calling thread starts, as long as it runs; a
/// thread that ends counts no more.
pub(crate) fn callable() -> impl Send + 'static {
    LOOP.try_with(|local| Arc::clone(&local.callables)).unwrap_or_default()
}

/// Whether a callable of the calling thread runs still.
pub(crate) fn callables_run() -> bool {
    LOOP.try_with(|local| Arc::strong_count(&local.callables) > 1).unwrap_or(false)
}
