//! The critical path, and what is said of it.

use bridge::background;
use bridge_timeline::Run;

use crate::{call, recorded};

async fn more(of: u64, ms: u64) -> u64 {
    call(ms).await + of
}

#[background]
async fn shop() -> u64 {
    let inventory = call(300).await;
    let prices = more(inventory, 340).await;
    let users = call(200).await;
    #[foreground]
    let audit = call(160).await;
    prices + users + audit
}

#[test]
fn it_is_said_in_words() {
    let run = recorded(shop());
    assert_eq!(
        run.answer(),
        "800 ms; 800 ms of them `inventory` → `prices` → `audit`; the thread waited 800 ms; if `audit` did \
         not wait for `prices` it would have been 640 ms"
    );
}

#[test]
fn what_is_given_a_value_has_to_wait() {
    #[background]
    async fn page() -> u64 {
        let user = call(100).await;
        let id = user + 1;
        let posts = more(id, 50).await;
        id + posts
    }
    let run = recorded(page());
    assert_eq!(run.answer(), "150 ms; 150 ms of them `user` → `posts`; the thread waited 150 ms");
}

#[test]
fn a_run_of_nothing() {
    assert_eq!(Run::default().answer(), "nothing was recorded");
    assert_eq!(Run::default().text(80), "nothing was recorded\n");
}
