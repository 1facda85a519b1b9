//! A runtime with a worker to spare, in a process of its own.

use std::future::poll_fn;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use bridge::{Config, run_in_background, run_in_foreground, runtime};
use bridge_tests::bounded;
use tokio::sync::oneshot;
use tokio::time::sleep;

const MOMENT: Duration = Duration::from_millis(1);

/// A worker that happens to be awake takes the timers without being told.
const ROUNDS: u32 = 20;

#[test]
fn a_timer_beside_a_busy_task_and_blocking_code() {
    bounded(|| {
        Config::new().worker_threads(2).init().unwrap();
        let _busy = run_in_background(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
        for _ in 0..ROUNDS {
            // A timer wakes it, so that it runs on the worker that has all timers, and
            // holds them for as long as the foreground waits for one.
            let (runs, running) = oneshot::channel();
            let (leave, left) = mpsc::channel::<()>();
            runtime().spawn(async move {
                sleep(MOMENT).await;
                runs.send(()).unwrap();
                left.recv().unwrap_err();
            });
            run_in_foreground(async {
                running.await.unwrap();
                sleep(MOMENT).await;
            });
            drop(leave);
        }
    });
}
