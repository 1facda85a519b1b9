//! What annotated functions cost whoever builds them: the time of `cargo check`, and the bytes of
//! a release binary. Each beside the same crate without us.
//!
//! ```sh
//! cargo bench -p bridge-examples --bench build
//! ```
//!
//! The crates are written into the target folder. Times are the shortest of three, and differ
//! between machines; bytes do not.

#![forbid(unsafe_code)]

mod generated;

use std::process::ExitCode;
use std::time::Duration;

use generated::{Built, Crate, Kind};

/// So many functions, so that one takes far less than what is around them.
const FUNCTIONS: usize = 200;

fn main() -> ExitCode {
    match checks().and_then(|()| binaries()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The time of `cargo check` for one more function.
fn checks() -> Result<(), String> {
    println!(
        "| a function of ten statements, five of them calls | `cargo check`, the macro unoptimised | optimised |\n|---|---|---|"
    );
    let without = |optimised| Crate::new(Kind::Identity, FUNCTIONS)?.check(optimised);
    let plain = [without(false)?, without(true)?];
    let each = |time: Duration| time.as_secs_f64() * 1e3 / FUNCTIONS as f64;
    println!(
        "| `async fn`, an attribute that returns its input | {:.1} ms | {:.1} ms |",
        each(plain[0]),
        each(plain[1])
    );
    for (name, kind) in [("`async fn`, ours", Kind::Awaited), ("`fn`, ours", Kind::Blocking)] {
        let ours = Crate::new(kind, FUNCTIONS)?;
        let more = |time: Duration, plain: Duration| each(time.saturating_sub(plain));
        println!(
            "| {name}, more than that | {:.1} ms | {:.1} ms |",
            more(ours.check(false)?, plain[0]),
            more(ours.check(true)?, plain[1])
        );
    }
    println!();
    Ok(())
}

/// The bytes of a stripped release binary for one more function of ten calls.
fn binaries() -> Result<(), String> {
    println!("| a function of ten calls | bytes in a release binary |\n|---|---|");
    for (name, kind) in [
        ("ours, `fn`", Kind::TenCalls),
        ("ours, `async fn`", Kind::TenCallsAwaited),
        ("`join!` by hand", Kind::TenJoined),
        ("`join!` of boxed futures", Kind::TenBoxed),
    ] {
        let bytes = |functions| {
            let Built { bytes } = Crate::new(kind, functions)?.build()?;
            Ok::<u64, String>(bytes)
        };
        let (few, many) = (bytes(20)?, bytes(120)?);
        println!("| {name} | {} |", many.saturating_sub(few) / 100);
    }
    Ok(())
}
