//! Two chains of a call, a derivation and a call, in each way to write them.

use std::convert::identity;

use bridge::{background, run_in_foreground, runtime};
use futures_concurrency::future::Join;

use super::functions::{Functions, call, polled};

/// The two of them.
pub(crate) const CHAINS: Functions =
    Functions { calls: 4, ours, awaited, serial, boxed, join, block_on, concurrency, alone };

/// What a call loads: it is looked at, and dropped in its turn.
#[derive(Debug)]
struct Page {
    id: u64,
}

/// A page without a next one.
#[derive(Debug)]
struct Last;

async fn page(id: u64, yields: u32) -> Page {
    Page { id: call(id, yields).await }
}

fn next(page: &Page) -> Result<u64, Last> {
    page.id.checked_add(1).ok_or(Last)
}

/// As one writes it, in either form, and what it comes to when it is run so.
macro_rules! two_chains {
    ($(#[$attribute:meta])* $name:ident: $($form:ident)+, $run:expr) => {
        fn $name(yields: u32) -> u64 {
            $(#[$attribute])*
            $($form)+ both(yields: u32) -> Result<u64, Last> {
                let first = page(1, yields).await;
                let after = next(&first)?;
                let one = page(after, yields).await;
                let second = page(3, yields).await;
                let after = next(&second)?;
                let two = page(after, yields).await;
                Ok(one.id + two.id)
            }
            $run(both(yields)).unwrap_or_default()
        }
    };
}

two_chains!(
    #[background]
    ours: fn, identity
);
two_chains!(
    #[background(serial)]
    serial: fn, identity
);
two_chains!(
    #[background]
    awaited: async fn, run_in_foreground
);

/// One chain by hand.
async fn chain(id: u64, yields: u32) -> Result<Page, Last> {
    let first = page(id, yields).await;
    let after = next(&first)?;
    Ok(page(after, yields).await)
}

async fn both(
    one: impl Future<Output = Result<Page, Last>>,
    two: impl Future<Output = Result<Page, Last>>,
) -> Result<u64, Last> {
    let (one, two) = tokio::join!(one, two);
    Ok(one?.id + two?.id)
}

fn boxed(yields: u32) -> u64 {
    let (one, two) = (Box::pin(chain(1, yields)), Box::pin(chain(3, yields)));
    run_in_foreground(both(one, two)).unwrap_or_default()
}

fn join(yields: u32) -> u64 {
    run_in_foreground(both(chain(1, yields), chain(3, yields))).unwrap_or_default()
}

fn block_on(yields: u32) -> u64 {
    runtime().block_on(both(chain(1, yields), chain(3, yields))).unwrap_or_default()
}

fn concurrency(yields: u32) -> u64 {
    let (one, two) = run_in_foreground((chain(1, yields), chain(3, yields)).join());
    one.and_then(|one| Ok(one.id + two?.id)).unwrap_or_default()
}

fn alone(yields: u32) -> u64 {
    let (one, two) = (polled(chain(1, yields)), polled(chain(3, yields)));
    one.and_then(|one| Ok(one.id + two?.id)).unwrap_or_default()
}
