//! The one event loop of the process.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// The handle of the process-wide tokio runtime that every background call and
/// every foreground uses: a multi-thread runtime, made at first use.
///
/// A future given to [`run_in_background`](crate::run_in_background) belongs to
/// the calling thread and freezes while that thread is not in the foreground.
/// For a task that advances on the worker threads instead, spawn it here:
///
/// ```
/// use bridge::{run_in_foreground, runtime};
///
/// let task = runtime().spawn(async { 6 * 7 });
/// assert_eq!(run_in_foreground(task).unwrap(), 42);
/// ```
///
/// # Panics
///
/// At first use, if the operating system refuses the runtime its threads or its
/// event queue.
pub fn runtime() -> &'static Handle {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .thread_name("bridge")
                .enable_all()
                .build()
                .expect("the operating system gives an event queue and threads")
        })
        .handle()
}
