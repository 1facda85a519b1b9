//! The critical path, and what is said of it.

use std::time::Duration;

use bridge::background;
use bridge_timeline::Run;

use crate::{call, paused, recorded};

/// How long a future takes, by a paused clock.
fn took(future: impl Future<Output = ()>) -> Duration {
    paused(async {
        let begin = tokio::time::Instant::now();
        future.await;
        begin.elapsed()
    })
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

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

/// A graph of six calls, of which two are in the foreground, with these durations.
#[background]
async fn graph(d: [u64; 6]) -> u64 {
    let a = call(d[0]).await;
    let b = more(a, d[1]).await;
    let c = call(d[2]).await;
    #[foreground]
    let e = call(d[3]).await;
    let f = more(c, d[4]).await;
    #[foreground]
    let g = call(d[5]).await;
    b + c + e + f + g
}

/// The same, but that `e` begins before `b` is joined, by hand: whatever comes below waits as before.
async fn without_first(d: [u64; 6]) {
    let begin = tokio::time::Instant::now();
    let after = move |ms: u64| tokio::time::sleep_until(begin + Duration::from_millis(ms));
    // `a` and `b` are a chain, and `c` runs beside it.
    let (b, c, e) = (d[0] + d[1], d[2], d[3]);
    after(b.max(c).max(e)).await;
    call(d[4]).await;
    call(d[5]).await;
}

/// What each call needs: those that it is given, and those that it waits for.
const NEEDS: [&[usize]; 6] = [&[], &[0], &[], &[0, 1, 2], &[2], &[0, 1, 2, 3, 4]];

/// A path to the last one of those that take longest.
fn ends(d: [u64; 6]) -> [u64; 6] {
    let mut ends = [0; 6];
    for call in 0..6 {
        // What is in the foreground keeps `f` below it from starting only if it acts: it does not.
        ends[call] = NEEDS[call].iter().map(|&need| ends[need]).max().unwrap_or(0) + d[call];
    }
    ends
}

#[test]
fn of_random_graphs() {
    let mut seed = 7_u64;
    let mut quicker = 0;
    for _ in 0..20 {
        let d = [(); 6].map(|()| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            10 + (seed >> 33) % 300
        });
        let run = recorded(graph(d));
        let root = run.longest().unwrap();
        let total = run.duration(root);
        let path = run.critical_path(root);
        // It is without gaps, from the begin to the end, and all of it is calls.
        assert_eq!(path.first().unwrap().begin, run.spans[root].start);
        assert_eq!(path.iter().map(|step| step.end - step.begin).sum::<Duration>(), total, "{d:?}");
        for two in path.windows(2) {
            assert_eq!(two[0].end, two[1].begin);
        }
        assert!(path.iter().all(|step| step.span != root), "{d:?}: {path:?}");
        // The graph's own critical path takes as long, or the schedule lost something.
        let expected = ends(d).into_iter().max().unwrap();
        assert!(total >= ms(expected), "{d:?}");
        let answer = run.answer();
        if let Some((_, would)) =
            answer.split_once("if `e` did not wait for `b` it would have been ")
        {
            let second = took(without_first(d));
            assert_eq!(would, format!("{} ms", second.as_millis()), "{d:?}: {answer}");
            quicker += 1;
        }
    }
    assert!(quicker >= 5, "{quicker}");
}
