//! The columns: what takes a future in synchronous code and gives its value.

use std::sync::OnceLock;

use bridge::{background, run_in_background, run_in_foreground};
use bridge_tests::dimension;
use tokio::runtime::{Handle, Runtime};

/// A bridge from synchronous code into async code.
pub(crate) trait Bridge: Copy + Send + 'static {
    /// Runs a future to its end.
    fn block_on<F: Future>(self, future: F) -> F::Output;

    /// Runs what `make` makes, as many at once as the bridge is for. They are
    /// made before the bridge is called, where the caller stands.
    fn run<F: Future>(self, make: impl Fn() -> F) -> Vec<F::Output> {
        vec![self.block_on(make())]
    }

    /// Blocking code on a thread of its own.
    fn callable<T: Send + 'static>(
        self,
        callable: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = T> {
        let task = self.runtime().spawn_blocking(callable);
        async { task.await.unwrap() }
    }

    /// A task of the calling thread.
    fn local_task<F: Future<Output: 'static> + 'static>(
        self,
        future: F,
    ) -> impl Future<Output = F::Output> {
        let task = tokio::task::spawn_local(future);
        async { task.await.unwrap() }
    }

    /// The runtime that it uses.
    fn runtime(self) -> Handle {
        shared().clone()
    }
}

/// What a peer uses that needs a runtime of the whole process.
fn shared() -> &'static Handle {
    static SHARED: OnceLock<Runtime> = OnceLock::new();
    SHARED.get_or_init(|| Runtime::new().expect("threads and an event queue")).handle()
}

/// Ours: a function with two calls that overlap.
#[derive(Clone, Copy)]
pub(crate) struct Background;

#[background]
fn one<F: Future>(future: F) -> F::Output {
    future.await
}

#[background]
fn two<F: Future>(first: F, second: F) -> [F::Output; 2] {
    let first = first.await;
    let second = second.await;
    [first, second]
}

impl Bridge for Background {
    fn block_on<F: Future>(self, future: F) -> F::Output {
        one(future)
    }

    fn run<F: Future>(self, make: impl Fn() -> F) -> Vec<F::Output> {
        Vec::from(two(make(), make()))
    }

    fn callable<T: Send + 'static>(
        self,
        callable: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = T> {
        RunInForeground.callable(callable)
    }

    fn local_task<F: Future<Output: 'static> + 'static>(
        self,
        future: F,
    ) -> impl Future<Output = F::Output> {
        RunInForeground.local_task(future)
    }

    fn runtime(self) -> Handle {
        RunInForeground.runtime()
    }
}

/// Ours, by hand.
#[derive(Clone, Copy)]
pub(crate) struct RunInForeground;

impl Bridge for RunInForeground {
    fn block_on<F: Future>(self, future: F) -> F::Output {
        run_in_foreground(future)
    }

    fn callable<T: Send + 'static>(
        self,
        callable: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = T> {
        run_in_background(callable)
    }

    fn local_task<F: Future<Output: 'static> + 'static>(
        self,
        future: F,
    ) -> impl Future<Output = F::Output> {
        run_in_background(future)
    }

    fn runtime(self) -> Handle {
        bridge::runtime().clone()
    }
}

#[derive(Clone, Copy)]
pub(crate) struct HandleBlockOn;

impl Bridge for HandleBlockOn {
    fn block_on<F: Future>(self, future: F) -> F::Output {
        shared().block_on(future)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct BlockInPlace;

impl Bridge for BlockInPlace {
    fn block_on<F: Future>(self, future: F) -> F::Output {
        tokio::task::block_in_place(|| shared().block_on(future))
    }
}

/// With a new runtime for each call.
#[derive(Clone, Copy)]
pub(crate) struct RuntimeBlockOn;

impl Bridge for RuntimeBlockOn {
    fn block_on<F: Future>(self, future: F) -> F::Output {
        Runtime::new().expect("threads and an event queue").block_on(future)
    }
}

/// In the context of a runtime, as there are no timers and sockets otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Futures;

impl Bridge for Futures {
    fn block_on<F: Future>(self, future: F) -> F::Output {
        let _context = shared().enter();
        futures_executor::block_on(future)
    }
}

/// In the context of a runtime, as there are no timers and sockets otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Pollster;

impl Bridge for Pollster {
    fn block_on<F: Future>(self, future: F) -> F::Output {
        let _context = shared().enter();
        pollster::block_on(future)
    }
}

dimension! {
    /// The names of the bridges.
    Column {
        Background => "#[background]",
        RunInForeground => "run_in_foreground",
        HandleBlockOn => "Handle::block_on",
        BlockInPlace => "block_in_place + Handle::block_on",
        RuntimeBlockOn => "Runtime::block_on",
        Futures => "futures::executor::block_on",
        Pollster => "pollster::block_on",
    }
}

impl Column {
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Background | Self::RunInForeground)
    }
}
