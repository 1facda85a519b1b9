//! Where a round of calls is made: threads and runtimes that come and go.

use std::future::pending;
use std::panic::resume_unwind;
use std::thread;

use bridge::run_in_background;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use crate::tree::{Refused, Tree, branch};

/// One round, in a place that the tree draws.
pub(crate) fn round(tree: Tree) -> Result<u64, Refused> {
    match tree.draw(32) {
        0..16 => branch(tree),
        16..22 => current_thread().block_on(async { branch(tree) }),
        22..25 => LocalSet::new().block_on(&current_thread(), async { branch(tree) }),
        25..28 => on_a_worker(tree),
        _ => on_a_thread_that_ends(tree),
    }
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime is made")
}

fn on_a_worker(tree: Tree) -> Result<u64, Refused> {
    let builder = &mut Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build().expect("a runtime is made");
    let task = runtime.spawn(async { branch(tree) });
    runtime.block_on(task).unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// It ends with tasks that have begun, and one that has not.
fn on_a_thread_that_ends(tree: Tree) -> Result<u64, Refused> {
    let thread = thread::spawn(move || {
        let leave = || {
            let live = tree.live();
            run_in_background(async move {
                let _live = live;
                pending::<()>().await;
            })
        };
        let _begun = leave();
        let result = branch(tree.child());
        let _not_begun = leave();
        result
    });
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}
