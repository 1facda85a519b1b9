//! The rows: where a bridge is called.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;

use bridge_tests::dimension;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, block_in_place, coop, spawn_blocking, spawn_local};

use crate::at_drop::{AtDrop, at_thread_exit};
use crate::bridges::Bridge;
use crate::operations::Operation;

/// The synchronous code that calls the bridge.
pub(crate) type Body = Box<dyn FnOnce() + Send>;

/// How deep calls are nested, and a stack for it in debug builds.
const DEEP: u32 = 1_000;
const DEEP_STACK: usize = 256 << 20;

dimension! {
    Context {
        MainThread => "main thread",
        Thread => "std thread",
        ThreadEntered => "std thread, current-thread runtime entered",
        Rayon => "rayon pool",
        BlockingOfMulti => "spawn_blocking, multi-thread runtime",
        BlockingOfCurrent => "spawn_blocking, current-thread runtime",
        BlockingBlockOn => "block_on in spawn_blocking",
        OtherExecutor => "another executor's block_on",
        OneWorker => "task, 1 worker",
        OneWorkerSpent => "task, 1 worker, budget spent",
        TwoWorkers => "task, 2 workers",
        TwoWorkersSpent => "task, 2 workers, budget spent",
        MultiBlockOn => "block_on, multi-thread runtime",
        MultiLocalSet => "LocalSet, multi-thread runtime",
        MultiRunUntil => "run_until of a LocalSet, multi-thread runtime",
        InPlaceLocalSet => "LocalSet in block_in_place",
        CurrentBlockOn => "block_on, current-thread runtime",
        CurrentShared => "block_on, current-thread runtime that another thread runs",
        TokioTest => "#[tokio::test]",
        CurrentTask => "task, current-thread runtime",
        CurrentTaskSpent => "task, current-thread runtime, budget spent",
        CurrentLocalSet => "LocalSet, current-thread runtime",
        CurrentEnteredOwn => "block_on, current-thread runtime, the bridge's entered",
        CurrentEnteredOther => "block_on, current-thread runtime, another one entered",
        Nested => "nested once",
        NestedWoken => "nested once, the outer call woken meanwhile",
        NestedDeep => "nested 1,000 deep",
        OwnTask => "task, the bridge's own runtime",
        Unwinding => "Drop while unwinding",
        ThreadLocal => "destructor of a thread-local",
        ThreadLocalLate => "destructor of a thread-local, after tokio's",
    }
}

impl Context {
    /// Whether the calling thread runs the scheduler of a current-thread
    /// runtime, so that this runtime stands still while a bridge is called.
    pub(crate) fn blocks_its_runtime(self) -> bool {
        matches!(
            self,
            Self::CurrentBlockOn
                | Self::TokioTest
                | Self::CurrentTask
                | Self::CurrentTaskSpent
                | Self::CurrentLocalSet
        )
    }

    /// Whether the calling thread runs a `LocalSet`, and no scheduler, so that
    /// only the tasks of that one stand still.
    pub(crate) fn blocks_a_local_set(self) -> bool {
        matches!(self, Self::MultiLocalSet | Self::MultiRunUntil | Self::InPlaceLocalSet)
    }

    /// Whether the operation makes sense here.
    pub(crate) fn allows(self, operation: Operation) -> bool {
        let has_runtime = match self {
            Self::MainThread
            | Self::Thread
            // Nobody runs it.
            | Self::ThreadEntered
            | Self::Rayon
            | Self::OtherExecutor
            | Self::Nested
            | Self::NestedWoken
            | Self::NestedDeep
            | Self::Unwinding
            | Self::ThreadLocal => false,
            Self::ThreadLocalLate => return operation.needs_no_tokio_context(),
            _ => true,
        };
        match operation {
            // It takes as much as a dozen of the others.
            Operation::Recursion => matches!(
                self,
                Self::MainThread | Self::OneWorker | Self::CurrentBlockOn | Self::Nested
            ),
            Operation::CallersLocalTask => {
                self.blocks_a_local_set() || self == Self::CurrentLocalSet
            }
            operation => has_runtime || !operation.is_the_callers(),
        }
    }

    /// Calls `body` in this context. Its panics come out, unless they abort.
    pub(crate) fn run(self, bridge: impl Bridge, body: Body) {
        match self {
            Self::MainThread => body(),
            Self::Thread => on_a_thread(thread::Builder::new(), body),
            Self::ThreadEntered => {
                on_a_thread(thread::Builder::new(), || entered(current().handle(), body));
            }
            Self::Rayon => {
                let pool = rayon_core::ThreadPoolBuilder::new().num_threads(1).build();
                pool.unwrap().install(body);
            }
            Self::BlockingOfMulti => {
                multi(1).block_on(async { spawn_blocking(body).await.unwrap() });
            }
            Self::BlockingOfCurrent => {
                current().block_on(async { spawn_blocking(body).await.unwrap() });
            }
            Self::BlockingBlockOn => {
                let blocking = || Handle::current().block_on(async { body() });
                multi(1).block_on(async { spawn_blocking(blocking).await.unwrap() });
            }
            Self::OtherExecutor => futures_executor::block_on(async { body() }),
            Self::OneWorker => in_a_task(&multi(1), body),
            Self::OneWorkerSpent => in_a_spent_task(&multi(1), body),
            Self::TwoWorkers => in_a_task(&multi(2), body),
            Self::TwoWorkersSpent => in_a_spent_task(&multi(2), body),
            Self::MultiBlockOn => multi(2).block_on(async { body() }),
            Self::MultiLocalSet => multi(2).block_on(in_a_local_task(body)),
            Self::MultiRunUntil => {
                LocalSet::new().block_on(&multi(2), async { body() });
            }
            Self::InPlaceLocalSet => {
                let local = || Handle::current().block_on(in_a_local_task(body));
                let task = async { block_in_place(local) };
                multi(2).block_on(async { tokio::spawn(task).await.unwrap() });
            }
            Self::CurrentBlockOn => current().block_on(async { body() }),
            Self::CurrentShared => {
                let runtime = Arc::new(current());
                run_elsewhere(&runtime);
                runtime.block_on(async { body() });
            }
            Self::TokioTest => tokio_test(body),
            Self::CurrentTask => in_a_task(&current(), body),
            Self::CurrentTaskSpent => in_a_spent_task(&current(), body),
            Self::CurrentLocalSet => current().block_on(in_a_local_task(body)),
            Self::CurrentEnteredOwn => {
                current().block_on(async { entered(&bridge.runtime(), body) });
            }
            Self::CurrentEnteredOther => {
                let other = multi(1);
                current().block_on(async { entered(other.handle(), body) });
            }
            Self::Nested => nested(bridge, 1, body),
            Self::NestedWoken => nested_woken(bridge, body),
            Self::NestedDeep => {
                let thread = thread::Builder::new().stack_size(DEEP_STACK);
                on_a_thread(thread, move || nested(bridge, DEEP, body));
            }
            Self::OwnTask => {
                let task = bridge.runtime().spawn(async { body() });
                current().block_on(task).unwrap();
            }
            Self::Unwinding => while_unwinding(body),
            Self::ThreadLocal => on_a_thread(thread::Builder::new(), || at_thread_exit(body)),
            Self::ThreadLocalLate => on_a_thread(thread::Builder::new(), move || {
                at_thread_exit(body);
                // Used later, and so destroyed earlier.
                bridge.block_on(async {});
                let _ = Handle::try_current();
            }),
        }
    }
}

fn multi(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}

fn current() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The thread has ended when this returns, thread-local destructors included.
fn on_a_thread(thread: thread::Builder, body: impl FnOnce() + Send + 'static) {
    let ended = thread.spawn(body).unwrap().join();
    ended.unwrap_or_else(|payload| resume_unwind(payload));
}

fn entered(runtime: &Handle, body: Body) {
    let _context = runtime.enter();
    body();
}

fn in_a_task(runtime: &Runtime, body: Body) {
    runtime.block_on(async { tokio::spawn(async { body() }).await.unwrap() });
}

/// In a task that has used up its cooperative budget: tokio's leaves are pending
/// in it until the task itself has been pending.
fn in_a_spent_task(runtime: &Runtime, body: Body) {
    let task = async {
        poll_fn(|cx| {
            while pin!(coop::consume_budget()).poll(cx).is_ready() {}
            Poll::Ready(())
        })
        .await;
        assert!(!coop::has_budget_remaining());
        body();
    };
    runtime.block_on(async { tokio::spawn(task).await.unwrap() });
}

async fn in_a_local_task(body: Body) {
    let local = LocalSet::new();
    local.run_until(async { spawn_local(async { body() }).await.unwrap() }).await;
}

/// Another thread runs it for as long as the process lives.
fn run_elsewhere(runtime: &Arc<Runtime>) {
    let (runs, running) = mpsc::channel();
    let runtime = Arc::clone(runtime);
    thread::spawn(move || {
        runtime.block_on(async {
            runs.send(()).unwrap();
            pending::<()>().await;
        });
    });
    running.recv().unwrap();
}

/// What `#[tokio::test]` makes of a test.
#[tokio::main(flavor = "current_thread")]
async fn tokio_test(body: Body) {
    body();
}

fn nested(bridge: impl Bridge, depth: u32, body: Body) {
    bridge.block_on(async {
        match depth {
            1 => body(),
            _ => nested(bridge, depth - 1, body),
        }
    });
}

/// The outer call waits for two things, and the first is woken when the second
/// calls the bridge: the inner call may not swallow that.
fn nested_woken(bridge: impl Bridge, body: Body) {
    let (wake, woken) = oneshot::channel();
    let second = async {
        let wakes = move || wake.send(()).unwrap();
        thread::spawn(wakes).join().unwrap();
        body();
    };
    bridge.block_on(async { tokio::join!(woken, second) }).0.unwrap();
}

fn while_unwinding(body: Body) {
    let unwinds = catch_unwind(AssertUnwindSafe(|| {
        let _at_drop = AtDrop::new(body);
        // Without a message.
        resume_unwind(Box::new("unwinds"));
    }));
    assert!(unwinds.is_err());
}
