//! Attributes that take the calls out of sight of one below them. (Others: `tests/src/lib.rs`.)

use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[tokio::main]
#[background]
async fn main() {
    let a = get(1).await;
    let b = get(2).await;
    println!("{}", a + b);
}
