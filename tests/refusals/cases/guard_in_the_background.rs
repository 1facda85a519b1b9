//! A guard whose call is not named as one, in all places that bind it.

use bridge::background;
use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit};

async fn enter(mutex: &Mutex<u32>) -> MutexGuard<'_, u32> {
    mutex.lock().await
}

async fn waited() -> Result<OwnedSemaphorePermit, String> {
    Err(String::new())
}

async fn number(_: &u32) -> u32 {
    1
}

#[background]
fn joined(mutex: &Mutex<u32>) -> u32 {
    let state = enter(mutex).await;
    let x = number(&2).await;
    *state + x
}

#[background]
fn checked() -> Result<u32, String> {
    let waited = waited().await?;
    let x = number(&2).await;
    drop(waited);
    Ok(x)
}

#[background]
fn chained(mutex: &Mutex<u32>) -> u32 {
    let other = number(&1).await;
    let state = enter(mutex).await;
    let x = number(&state).await;
    other + x
}

#[background]
fn operand(mutex: &Mutex<u32>) -> u32 {
    add(&enter(mutex).await, number(&2).await)
}

fn add(x: &u32, y: u32) -> u32 {
    x + y
}

#[background]
async fn asynchronous(mutex: &Mutex<u32>) -> u32 {
    let state = enter(mutex).await;
    let x = number(&2).await;
    *state + x
}

#[background]
fn marked(mutex: &Mutex<u32>) -> u32 {
    #[background]
    let state = mutex.lock().await;
    let x = number(&2).await;
    *state + x
}

fn main() {}
