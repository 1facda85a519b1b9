//! The attribute on what awaits nothing itself: a warning, which can be allowed.

#![deny(deprecated)]

use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn plain(n: u32) -> u32 {
    n + 1
}

struct Client;

impl Client {
    #[background]
    fn gives_a_future(&self) -> impl Future<Output = u32> {
        async {
            let a = get(1).await;
            let b = get(2).await;
            a + b
        }
    }

    #[allow(deprecated)]
    #[background]
    const fn allowed(&self) -> u32 {
        3
    }
}

fn main() {}
