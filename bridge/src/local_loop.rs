//! The background tasks of one thread: they advance in each of its foregrounds,
//! in the order in which they were woken, and freeze between.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::Handle;

use crate::context;
use crate::flag::Flag;
use crate::primitives::{
    AtomicBool, AtomicUsize, Mutex, MutexGuard, Thread, current, thread_local,
};

type Id = u64;
type BoxedTask = Pin<Box<dyn Future<Output = ()>>>;

/// How many idle flags a thread keeps.
const POOLED: usize = 64;

thread_local! {
    static LOOP: LocalLoop = LocalLoop::new();
    /// The thread's loop, once it has one. Without a destructor, so that whoever wakes
    /// may ask on any thread and at any time.
    static OWN: Cell<Option<LoopId>> = const { Cell::new(None) };
    /// How often the thread has woken what it scans itself.
    static OWN_WAKES: Cell<usize> = const { Cell::new(0) };
}

/// Which thread's loop it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoopId(NonZeroUsize);

struct LocalLoop {
    id: LoopId,
    ready: Arc<ReadyQueue>,
    /// Of calls that have ended.
    flags: RefCell<Vec<Flag>>,
    /// By id, so that a thread that ends drops its tasks in order.
    tasks: RefCell<BTreeMap<Id, LocalTask>>,
    /// Woken tasks that wait for the next pass, in front of `ready`. Kept here,
    /// so that a foreground inside a task's poll finds them.
    later: RefCell<Vec<Id>>,
    next_id: Cell<Id>,
    /// Counts the passes over the ready queue.
    pass: Cell<u64>,
    thread_waker: Waker,
    /// Shared with each callable that this thread has started and that still
    /// runs.
    callables: Arc<()>,
}

struct LocalTask {
    /// `None` while the task is being polled, further up this thread's stack.
    future: Option<BoxedTask>,
    waker: Arc<TaskWaker>,
    /// The pass that polled it last.
    pass: u64,
}

/// The tasks that were woken, oldest first.
struct ReadyQueue {
    woken: Mutex<VecDeque<Id>>,
    thread: Arc<ThreadWaker>,
}

impl ReadyQueue {
    fn push(&self, id: Id) {
        self.lock().push_back(id);
    }

    fn pop(&self) -> Option<Id> {
        self.lock().pop_front()
    }

    fn push_front(&self, ids: impl DoubleEndedIterator<Item = Id>) {
        let mut woken = self.lock();
        ids.rev().for_each(|id| woken.push_front(id));
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Id>> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct TaskWaker {
    id: Id,
    queued: AtomicBool,
    ready: Arc<ReadyQueue>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.queue();
        self.ready.thread.wake_by_ref();
    }
}

impl TaskWaker {
    fn queue(&self) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.ready.push(self.id);
        }
    }
}

/// Wakes a thread that is parked in a foreground.
struct ThreadWaker {
    thread: Thread,
    /// How often it was woken from outside of its own loop. Not every platform has
    /// larger atomics, and only that it changes is looked at.
    wakes: AtomicUsize,
}

impl ThreadWaker {
    fn of_this_thread() -> Arc<Self> {
        Arc::new(ThreadWaker { thread: current(), wakes: AtomicUsize::new(0) })
    }
}

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        self.thread.unpark();
    }
}

impl LoopId {
    fn next() -> Self {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        LoopId(NonZeroUsize::new(next).expect("threads are fewer"))
    }
}

impl LocalLoop {
    fn new() -> Self {
        // Thread-locals are destroyed in reverse order of their first use: with
        // tokio's used first, our tasks are dropped while it is still there.
        let _ = Handle::try_current();
        let thread = ThreadWaker::of_this_thread();
        let id = LoopId::next();
        let _ = OWN.try_with(|own| own.set(Some(id)));
        LocalLoop {
            id,
            flags: RefCell::default(),
            thread_waker: Waker::from(Arc::clone(&thread)),
            ready: Arc::new(ReadyQueue { woken: Mutex::default(), thread }),
            callables: Arc::default(),
            tasks: RefCell::default(),
            later: RefCell::default(),
            next_id: Cell::new(0),
            pass: Cell::new(0),
        }
    }

    fn spawn(&self, future: BoxedTask) {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let waker = Arc::new(TaskWaker {
            id,
            queued: AtomicBool::new(true),
            ready: Arc::clone(&self.ready),
        });
        let task = LocalTask { future: Some(future), waker, pass: 0 };
        self.tasks.borrow_mut().insert(id, task);
        self.ready.push(id);
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
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    LOOP.with(|local| local.spawn(Box::pin(future)));
}

/// Polls the tasks of the calling thread that were woken; tells whether there
/// were any.
pub(crate) fn run_ready() -> bool {
    LOOP.try_with(LocalLoop::run_ready).unwrap_or(false)
}

/// Wakes all tasks of the calling thread, for places where wakes get lost.
pub(crate) fn wake_all() {
    let _ = LOOP.try_with(LocalLoop::wake_all);
}

/// Calls `body` with the waker that ends a park of the calling thread.
pub(crate) fn with_thread_waker<R>(body: impl FnOnce(&Waker) -> R) -> R {
    let mut body = Some(body);
    let mut call = |waker: &Waker| (body.take().expect("it is called once"))(waker);
    match LOOP.try_with(|local| call(&local.thread_waker)) {
        Ok(value) => value,
        // In a destructor of the thread's own.
        Err(_) => call(&Waker::from(ThreadWaker::of_this_thread())),
    }
}

/// The loop of the calling thread, if this waker ends its parks. A thread that has none,
/// as those of other executors, is not given one.
pub(crate) fn id_of(thread_waker: &Waker) -> Option<LoopId> {
    OWN.try_with(Cell::get).ok().flatten()?;
    let id = |local: &LocalLoop| local.thread_waker.will_wake(thread_waker).then_some(local.id);
    LOOP.try_with(id).ok().flatten()
}

/// Whether this is the loop of the calling thread; counts a wake if it is.
pub(crate) fn wakes_itself(id: LoopId) -> bool {
    let own = OWN.try_with(Cell::get).is_ok_and(|own| own == Some(id));
    if own {
        let _ = OWN_WAKES.try_with(|wakes| wakes.set(wakes.get().wrapping_add(1)));
    }
    own
}

/// How often the calling thread was woken so far.
pub(crate) fn wakes() -> usize {
    let by_others = |local: &LocalLoop| local.ready.thread.wakes.load(Ordering::Relaxed);
    let by_itself = OWN_WAKES.try_with(Cell::get).unwrap_or(0);
    LOOP.try_with(by_others).unwrap_or(0).wrapping_add(by_itself)
}

/// A flag that the calling thread scans, if it keeps one.
#[inline]
pub(crate) fn pooled_flag() -> Option<Flag> {
    LOOP.try_with(|local| local.flags.borrow_mut().pop()).ok().flatten()
}

/// Keeps a flag that is scanned by the thread of this loop, if that is the calling one.
#[inline]
pub(crate) fn pool_flag(id: LoopId, flag: Flag) {
    let _ = LOOP.try_with(|local| {
        let mut flags = local.flags.borrow_mut();
        if local.id == id && flags.len() < POOLED {
            flags.push(flag);
        }
    });
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
