//! A `?` of calls in a chain that leaves the function with what the macro cannot carry to their join.

use std::task::Poll;

use bridge::background;

type Answer = Poll<Result<u32, String>>;

async fn get(n: u32) -> Result<u32, String> {
    Ok(n)
}

#[background]
fn body() -> Answer {
    let a = get(1).await?;
    let b = get(a).await?;
    let c = get(2).await?;
    Poll::Ready(Ok(b + c))
}

fn main() {
    let _ = body();
}
