//! What a source that is asked beside the iterations may not do.

use bridge::background;
use tokio::sync::{Mutex, mpsc};

async fn get(n: u32) -> u32 {
    n
}

struct Queue(Vec<u32>);

impl Queue {
    async fn next(&mut self) -> Option<u32> {
        self.0.pop()
    }
}

/// Leaves the loop by itself.
#[background]
fn leaves(queue: &mut Queue) -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    while let Some(n) = match queue.next().await {
        Some(9) => return 9,
        next => next,
    } {
        sum += get(n).await;
    }
    sum
}

/// Gives what is borrowed.
#[background]
fn borrows(queue: &mut Queue) -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    while let Some(ref n) = queue.next().await {
        sum += get(*n).await;
    }
    sum
}

/// Takes a lock for each item.
#[background]
fn locks(jobs: &Mutex<mpsc::Receiver<u32>>) -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    while let Some(n) = jobs.lock().await.recv().await {
        sum += get(n).await;
    }
    sum
}

/// Asks by what the rest changes.
#[background]
fn asks_by_what_changes(queues: &mut [Queue]) -> u32 {
    let mut at = 0;
    let mut sum = 0;
    #[background(limit = 2)]
    while let Some(n) = queues[at].next().await {
        sum += get(n).await;
        at = 1 - at;
    }
    sum
}

/// Is used by the rest, which the compiler says.
#[background]
fn shared(queue: &mut Queue) -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    while let Some(n) = queue.next().await {
        sum += get(n).await;
        queue.0.push(n / 2);
    }
    sum
}

fn main() {}
