//! What still runs when a function is left is cancelled, the last first, before its locals are
//! dropped.

use std::cell::RefCell;
use std::time::Duration;

use bridge::{background, sleep};

/// Says when it is dropped.
struct Says<'a>(&'static str, &'a Said);

type Said = RefCell<Vec<&'static str>>;

impl Drop for Says<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

async fn slow(_says: Says<'_>) -> Result<u32, String> {
    sleep(Duration::from_secs(60)).await;
    Ok(1)
}

async fn fails() -> Result<u32, String> {
    Err("not found".to_owned())
}

#[background]
fn page(said: &Said) -> Result<u32, String> {
    let _local = Says("local", said);
    let x = fails().await?;
    // Both have started, as they do not need `x`.
    let a = slow(Says("first", said)).await?;
    let b = slow(Says("second", said)).await?;
    Ok(x + a + b)
}

pub(crate) fn line() -> String {
    let said = Said::default();
    let error = page(&said).unwrap_err();
    format!("{error}; dropped: {}", said.into_inner().join(", "))
}

fn main() {
    println!("{}", line());
}
