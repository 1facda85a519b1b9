//! A guard that iterations in flight would hold, though no name says that it is one.

use std::sync::Mutex as StdMutex;

use bridge::background;
use tokio::sync::{Mutex, MutexGuard, mpsc, watch};

async fn enter(mutex: &Mutex<u32>) -> MutexGuard<'_, u32> {
    mutex.lock().await
}

async fn number(_: &u32) -> u32 {
    1
}

async fn seen(watched: &mut watch::Receiver<u32>) -> watch::Ref<'_, u32> {
    watched.borrow_and_update()
}

async fn room(sender: &mpsc::Sender<u32>) -> mpsc::Permit<'_, u32> {
    sender.try_reserve().expect("there is room")
}

fn std_lock(mutex: &StdMutex<u32>) -> std::sync::MutexGuard<'_, u32> {
    mutex.lock().expect("nothing has panicked")
}

/// In place, as the next call needs it.
#[background]
fn in_place(mutex: &Mutex<u32>) -> u32 {
    let mut sum = 0;
    #[background(limit = 4)]
    for _ in 0..8 {
        let state = enter(mutex).await;
        let x = number(&state).await;
        sum += x;
    }
    sum
}

/// Yielded to the rest, and alone.
#[background]
async fn alone(mutex: &Mutex<u32>) -> u32 {
    let mut sum = 0;
    #[background(limit = 4)]
    for _ in 0..8 {
        let state = enter(mutex).await;
        sum += *state;
    }
    sum
}

/// Of a function that does not wait.
#[background]
fn synchronous(mutex: &StdMutex<u32>) -> u32 {
    let mut sum = 0;
    #[background(limit = 4)]
    for _ in 0..8 {
        let state = std_lock(mutex);
        let x = number(&1).await;
        sum += x + *state;
    }
    sum
}

/// In a block.
#[background]
fn within(mutex: &Mutex<u32>) -> u32 {
    let mut sum = 0;
    #[background(limit = 4)]
    for _ in 0..8 {
        let x = {
            let state = enter(mutex).await;
            number(&state).await
        };
        sum += x;
    }
    sum
}

/// What is seen in a watch is under its lock.
#[background]
fn watched(receivers: &mut [watch::Receiver<u32>]) -> u32 {
    let mut sum = 0;
    #[background(limit = 4)]
    for receiver in receivers {
        let value = seen(receiver).await;
        sum += *value;
    }
    sum
}

/// A place in a channel.
#[background]
fn channel(sender: &mpsc::Sender<u32>) {
    #[background(limit = 4)]
    for n in 0..8 {
        let place = room(sender).await;
        place.send(n);
    }
}

fn main() {}
