//! A foreground that has waited for long says what it waits for: each case is a process of its own,
//! of which it is read what it says.

use std::env;
use std::future::pending;
use std::process::{Command, Output};
use std::time::Duration;

use bridge::{Config, background, run_in_background, run_in_foreground};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Says that a process is for a case, and nothing else.
const ALONE: &str = "REPORT_ALONE";
const AFTER: &str = "BRIDGE_REPORT_AFTER";
const SOON: Duration = Duration::from_millis(20);

/// Runs this test again, alone in a process with this setting, and gives what it has said; `None`
/// in that process.
fn alone(test: &str, after: Option<&str>) -> Option<String> {
    if env::var_os(ALONE).is_some() {
        return None;
    }
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", test, "--nocapture"]).env(ALONE, "1").env_remove(AFTER);
    if let Some(after) = after {
        again.env(AFTER, after);
    }
    let Output { status, stderr, .. } = again.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{said}");
    Some(said)
}

/// The lines, without the ages and without the folders.
fn lines(said: &str) -> Vec<String> {
    let said = said.lines().filter(|line| line.contains("bridge:") || line.starts_with("  "));
    said.map(|line| {
        let line = line.replace("tests/tests/report.rs:", "").replace("tests/report.rs:", "");
        let mut words: Vec<&str> = line.split(' ').collect();
        for at in 0..words.len().saturating_sub(1) {
            if words[at] == "for" && words[at + 1].starts_with(|c: char| c.is_ascii_digit()) {
                words[at + 1] = "…";
            }
        }
        words.join(" ")
    })
    .collect()
}

async fn never(_: u32) -> u32 {
    pending().await
}

/// The line of the functions below.
const LINE: u32 = line!();

#[background]
fn two() -> u32 {
    let a = never(1).await;
    let b = never(2).await;
    a + b
}

#[background]
fn rows() -> u32 {
    let mut sum = 0;
    #[background(limit = 3)]
    for n in 0..9 {
        let row = never(n).await;
        sum += row;
    }
    sum
}

#[background]
async fn awaited() -> u32 {
    let a = never(3).await;
    let b = never(4).await;
    a + b
}

static POOL: Semaphore = Semaphore::const_new(1);

/// What it gives holds what the next call needs.
async fn answer() -> SemaphorePermit<'static> {
    POOL.acquire().await.unwrap()
}

async fn next(_: &SemaphorePermit<'static>) -> u32 {
    POOL.acquire().await.map_or(0, |_| 1)
}

#[background]
fn chain() -> u32 {
    #[background]
    let answer = answer().await;
    next(&answer).await
}

/// Has this hang, and goes on when it has said what it waits for.
fn hang(hangs: impl FnOnce() + Send + 'static) {
    let hung = std::thread::spawn(hangs);
    std::thread::sleep(10 * SOON);
    assert!(!hung.is_finished());
}

macro_rules! says {
    ($($(#[$attribute:meta])* $test:ident($after:expr): $hangs:block => [$($line:expr),* $(,)?];)*) => {
        $(
            $(#[$attribute])*
            #[test]
            fn $test() {
                let Some(said) = alone(stringify!($test), $after) else {
                    return hang(|| $hangs);
                };
                let expected: Vec<String> = vec![$($line.to_string()),*];
                assert_eq!(lines(&said), expected, "{said}");
            }
        )*
    };
}

says! {
    calls_and_background_tasks(Some("0.02")): {
        let _ticks = run_in_background(never(5));
        two();
    } => [
        format!("bridge: the foreground at {}:13 (`report::two`) has waited for … Pending on its thread:", LINE + 4),
        format!("  the call at {}:22, in `report::two`, for …", LINE + 4),
        format!("  the call at {}:22, in `report::two`, for …", LINE + 5),
        format!("  the background task that was started at {}:22: `report::never`, for …", line!() - 6),
    ];

    iterations(Some("0.02")): { rows(); } => [
        format!("bridge: the foreground at {}:5 (`report::rows`) has waited for … Pending on its thread:", LINE + 13),
        format!("  3 iterations of the loop at {}:5, in `report::rows`, for …", LINE + 13),
    ];

    calls_of_an_async_fn(Some("0.02")): { run_in_foreground(awaited()); } => [
        format!("bridge: the foreground at {}:43 (`report::awaited`) has waited for … Pending on its thread:", line!() - 1),
        format!("  the call at {}:22, in `report::awaited`, for …", LINE + 22),
        format!("  the call at {}:22, in `report::awaited`, for …", LINE + 23),
    ];

    /// The known hang that no library can solve.
    a_chain_that_holds_what_it_needs(Some("0.02")): { chain(); } => [
        format!("bridge: the foreground at {}:19 (`report::next`) has waited for … Nothing else is pending on its thread.", LINE + 42),
    ];

    one_alone(Some(" 0.02 ")): { run_in_foreground(never(6)); } => [
        format!("bridge: the foreground at {}:34 (`report::never`) has waited for … Nothing else is pending on its thread.", line!() - 1),
    ];

    set_by_the_program(None): {
        Config::new().report_after(SOON).init().unwrap();
        run_in_foreground(never(7));
    } => [
        format!("bridge: the foreground at {}:9 (`report::never`) has waited for … Nothing else is pending on its thread.", line!() - 2),
    ];

    /// Whoever runs the program comes first, but for what is no time.
    set_twice(Some("never")): {
        Config::new().report_after(SOON).init().unwrap();
        run_in_foreground(never(8));
    } => [
        "bridge: BRIDGE_REPORT_AFTER is no number of seconds: `never`",
        format!("bridge: the foreground at {}:9 (`report::never`) has waited for … Nothing else is pending on its thread.", line!() - 3),
    ];

    off(None): { two(); } => [];

    not_yet(Some("60")): {
        Config::new().report_after(SOON).init().unwrap();
        two();
    } => [];
}
