//! What is recorded, and what is made of it.

mod answers;
mod drawings;
mod graphs;
mod parents;
mod subscribers;

use std::time::Duration;

use bridge_timeline::{Run, Timeline};
use tokio::time::sleep;
use tracing_subscriber::prelude::*;

/// Runs a future with a subscriber that records, under a paused clock.
fn recorded<F: Future>(body: F) -> Run {
    recorded_by(Timeline::new, body)
}

/// Runs a future under a paused clock.
fn paused<F: Future>(body: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(body)
}

fn recorded_by<F: Future>(timeline: impl FnOnce() -> Timeline, body: F) -> Run {
    paused(async {
        let timeline = timeline();
        let subscriber = tracing_subscriber::registry().with(timeline.layer());
        let _default = tracing::subscriber::set_default(subscriber);
        body.await;
        timeline.run()
    })
}

/// Runs code with a subscriber that records, on a thread like any.
fn seen(body: impl FnOnce() + Send + 'static) -> Run {
    bridge_tests::bounded(move || {
        let timeline = Timeline::new();
        let subscriber = tracing_subscriber::registry().with(timeline.layer());
        tracing::subscriber::with_default(subscriber, body);
        timeline.run()
    })
}

/// A call of so many milliseconds.
async fn call(ms: u64) -> u64 {
    sleep(Duration::from_millis(ms)).await;
    ms
}
