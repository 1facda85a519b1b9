//! Where a call is made.

use tokio::runtime::Builder;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// The thread itself.
    Thread,
    /// A current-thread runtime for this one call, as of a `#[tokio::test]`.
    CurrentThread,
    /// A multi-thread runtime for this one call, in a task on its worker.
    MultiThread,
}

impl Place {
    pub(crate) fn run<R: Send + 'static>(self, call: impl FnOnce() -> R + Send + 'static) -> R {
        match self {
            Place::Thread => call(),
            Place::CurrentThread => {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async { call() })
            }
            Place::MultiThread => {
                let builder = &mut Builder::new_multi_thread();
                let runtime = builder.worker_threads(1).enable_all().build().unwrap();
                runtime.block_on(runtime.spawn(async { call() })).unwrap()
            }
        }
    }
}
