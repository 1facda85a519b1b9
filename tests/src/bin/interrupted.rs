//! A synchronous program that stops in the middle of its loads when it is interrupted. The guide
//! shows it; a test sends it the signal.

use std::future::poll_fn;
use std::process::ExitCode;
use std::task::Poll;

use bridge::{background, run_in_foreground, runtime};
use tokio_util::sync::CancellationToken;

/// What a load holds while it runs.
struct Connection(&'static str);

impl Drop for Connection {
    fn drop(&mut self) {
        println!("{} closed", self.0);
    }
}

/// It would take for ever.
async fn load(connection: &Connection) -> u64 {
    let _running = Running(connection.0);
    println!("{} loads", connection.0);
    std::future::pending().await
}

struct Running(&'static str);

impl Drop for Running {
    fn drop(&mut self) {
        println!("{} cancelled", self.0);
    }
}

#[background]
async fn report() -> u64 {
    let users = Connection("users");
    let posts = Connection("posts");
    let a = load(&users).await;
    let b = load(&posts).await;
    a + b
}

fn main() -> ExitCode {
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let mut interrupted = Box::pin(tokio::signal::ctrl_c());
    // It listens from its first poll: before the loads say that the test may send the signal.
    let first = run_in_foreground(poll_fn(|cx| Poll::Ready(interrupted.as_mut().poll(cx))));
    assert!(first.is_pending(), "nobody has sent it yet");
    runtime().spawn(async move {
        interrupted.await.expect("the signal can be listened to");
        stopped.cancel();
    });
    match run_in_foreground(stop.run_until_cancelled(report())) {
        Some(total) => {
            println!("{total}");
            ExitCode::SUCCESS
        }
        None => {
            println!("interrupted");
            ExitCode::from(130)
        }
    }
}
