//! Runs written loops in random worlds, each form beside the serial twin. This file is part of the
//! package that is written, as `main.rs`.

use bridge::{background, run_in_foreground};
use bridge_tests::worlds::{Outcome, World};
use bridge_tests::{Clock, with_clock};

type Value = (Vec<u64>, u64);
type Run = fn(&World) -> Result<Value, String>;

pub struct Loop {
    pub index: usize,
    pub fails_by: Option<&'static str>,
    pub is_whole: bool,
    pub serial: Run,
    pub overlapping: Run,
    pub awaited: Run,
    pub unordered: Run,
    pub unordered_awaited: Run,
}

fn main() {
    let worlds: u64 = std::env::args().nth(1).and_then(|worlds| worlds.parse().ok()).unwrap_or(100);
    std::panic::set_hook(Box::new(|_| {}));
    let mut overlapped = 0;
    for each in LOOPS {
        for seed in 0..worlds {
            match with_clock(|clock| compare(each, seed, clock)) {
                Ok(more) => overlapped += usize::from(more),
                Err(difference) => {
                    println!("DIFFERS {} seed {seed}: {difference}", each.index);
                    break;
                }
            }
        }
    }
    println!("OVERLAPPED {overlapped}");
}

/// Tells whether calls have overlapped.
fn compare(each: &Loop, seed: u64, clock: &Clock) -> Result<bool, String> {
    let run = |run: Run| World::new(seed, clock).outcome(run);
    let twin = run(each.serial);
    let mut peak = 0;
    for (name, form) in [("overlapping", each.overlapping), ("awaited", each.awaited)] {
        let ours = run(form);
        if (&ours.result, &ours.seen) != (&twin.result, &twin.seen) {
            return Err(format!("{name}\n  {ours:?}\n  {twin:?}"));
        }
        peak = peak.max(ours.peak);
    }
    let forms = [("unordered", each.unordered), ("unordered_awaited", each.unordered_awaited)];
    for (name, form) in forms {
        let ours = run(form);
        unordered(each, seed, &ours, &twin).map_err(|what| {
            format!("{name}: {what}\n  {ours:?}\n  {twin:?}")
        })?;
    }
    Ok(peak > twin.peak)
}

/// In whichever order: the rests of a loop that goes through say the same, each the same number of
/// times; and the first failure in time comes out.
fn unordered(
    each: &Loop,
    seed: u64,
    ours: &Outcome<Value>,
    twin: &Outcome<Value>,
) -> Result<(), &'static str> {
    let limit_is_one = 1 + seed as usize % 7 == 1;
    if limit_is_one && (&ours.result, &ours.seen) != (&twin.result, &twin.seen) {
        return Err("with a limit of 1 it is serial");
    }
    let panics = |outcome: &Outcome<Value>| outcome.result.is_err();
    let goes_through = |outcome: &Outcome<Value>| matches!(outcome.result, Ok(Ok(_)));
    if each.is_whole && !panics(twin) && !panics(ours) && goes_through(ours) != goes_through(twin) {
        return Err("one goes through, and the other does not");
    }
    if each.is_whole && goes_through(twin) && goes_through(ours) {
        let sorted = |outcome: &Outcome<Value>| {
            let mut seen = outcome.seen.clone();
            seen.sort();
            let mut value = outcome.result.clone();
            if let Ok(Ok((found, _))) = &mut value {
                found.sort_unstable();
            }
            (seen, value)
        };
        if sorted(ours) != sorted(twin) {
            return Err("the rests do not say the same");
        }
    }
    if let (Some(call), Ok(Err(error))) = (each.fails_by, &ours.result) {
        let first = ours.failures.iter().find(|failure| failure.starts_with(call));
        if first != Some(error) {
            return Err("it is not the first failure in time");
        }
    }
    Ok(())
}
