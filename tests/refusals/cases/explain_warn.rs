//! `explain = warn`: what the compiler says of waits that a rewrite would avoid.

#![deny(deprecated)]

use bridge::background;
use tokio::sync::Mutex;

async fn load(n: u32) -> u32 {
    n
}

async fn audit() {}

async fn send(n: u32) -> u32 {
    n
}

#[background(explain = warn)]
fn a_statement() -> u32 {
    audit().await;
    let a = load(1).await;
    a
}

#[background(explain = warn)]
fn an_underscore() -> u32 {
    let a = load(1).await;
    let _ignored = load(2).await;
    a
}

#[background(explain = warn)]
fn a_word() -> u32 {
    let a = send(1).await;
    let b = load(2).await;
    a + b
}

#[background(explain = warn)]
async fn a_guard(state: &Mutex<u32>) -> u32 {
    let state = state.lock().await;
    let b = load(2).await;
    *state + b
}

struct Client;

impl Client {
    async fn load(&self, n: u32) -> u32 {
        n
    }
}

fn a_closure(client: &Client) -> u32 {
    let sum = bridge::background_closure!(
        #[background(explain = warn)]
        |n: u32| {
            let a = client.load(n).await;
            let b = client.load(n + 1).await;
            a + b
        }
    );
    sum(1)
}

/// Nothing is said where it is not asked.
#[background]
fn not_asked() -> u32 {
    audit().await;
    let a = load(1).await;
    a
}

#[background(explain = warning)]
fn another_word() -> u32 {
    load(1).await
}

fn main() {}
