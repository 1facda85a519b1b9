//! What the crate costs the compiler: a cold build of `bridge` beside one of tokio
//! (with the same features) and async-trait; the time of an expansion, and of the check of what
//! it gives; and the bytes of a release binary for a function of ten calls.
//!
//! ```sh
//! cargo run -p bridge-tests --bin compile_time
//! ```
//!
//! Builds take turns and the best of three counts, as the machine may have other work
//! to do; what holds are the ratios. The time of an expansion is that of the compiler's
//! own pass over the macros of a program, without what the pass takes of the same
//! functions as plain `async fn`s. It needs a nightly compiler, or the stable one that is
//! told to behave as one, which this does.

#![forbid(unsafe_code)]

mod functions;
mod package;
mod ten_calls;

use std::time::Duration;

use functions::Form;
use package::{Level, Package};
use ten_calls::Way;

const ROUNDS: usize = 3;

fn main() -> std::io::Result<()> {
    let bridge = concat!(env!("CARGO_MANIFEST_DIR"), "/../bridge");
    let ours = format!("bridge = {{ path = {bridge:?} }}");
    cold_builds(&ours)?;
    println!(
        "\n{:>10}  {:10}  {:>20}  {:>20}",
        "statements", "form", "an expansion", "all of its check"
    );
    for (statements, copies, rounds) in [(10, 100, ROUNDS), (40, 20, ROUNDS), (400, 2, 1)] {
        expansions(&ours, statements, copies, rounds)?;
    }
    println!("\na function of ten calls in a release binary");
    let with_tokio = format!("{ours}\ntokio = {{ version = \"1.54\", features = [\"macros\"] }}");
    for (name, way) in [
        ("`#[background] fn`", Way::Background),
        ("`#[background] async fn`", Way::Awaited),
        ("`join!`", Way::Join),
        ("`join!` of boxed calls", Way::Boxed),
    ] {
        println!("{name:24} {:6} bytes", bytes(&with_tokio, way)?);
    }
    Ok(())
}

/// What one more function adds.
fn bytes(dependencies: &str, way: Way) -> std::io::Result<u64> {
    const FEW: usize = 20;
    const MANY: usize = 120;
    let of = |functions: usize| {
        let name = format!("{way:?}_{functions}").to_lowercase();
        Package::new(&name, dependencies, &ten_calls::program(way, functions))?.bytes()
    };
    Ok(of(MANY)?.saturating_sub(of(FEW)?) / (MANY - FEW) as u64)
}

fn cold_builds(ours: &str) -> std::io::Result<()> {
    let theirs = r#"tokio = { version = "1.54", default-features = false, features = ["rt-multi-thread", "net", "time"] }
async-trait = "0.1""#;
    let ours = Package::new("ours", ours, "fn main() {}")?;
    let theirs = Package::new("theirs", theirs, "fn main() {}")?;
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (best, package) in best.iter_mut().zip([&ours, &theirs]) {
            *best = package.cold_build()?.min(*best);
        }
    }
    let [ours, theirs] = best.map(|time| time.as_secs_f64());
    println!("cold build of bridge                 {ours:6.1} s");
    println!("cold build of tokio and async-trait  {theirs:6.1} s");
    println!("ratio                                {:6.2}", ours / theirs);
    Ok(())
}

/// The time of an expansion, and what a function takes more than a plain `async fn` from its first
/// token to the last lint: with macros as they are built for development, and optimised.
fn expansions(ours: &str, statements: usize, copies: usize, rounds: usize) -> std::io::Result<()> {
    let package = |form| {
        let name = format!("{form:?}_{statements}").to_lowercase();
        Package::new(&name, ours, &functions::program(form, statements, copies))
    };
    let plain = package(Form::Plain)?;
    for (name, form) in [("`fn`", Form::Background), ("`async fn`", Form::Awaited)] {
        let ours = package(form)?;
        let each = |time: Duration, plain: Duration| {
            time.saturating_sub(plain).as_secs_f64() * 1e3 / copies as f64
        };
        let mut columns = [[0.0; 2]; 2];
        for (at, level) in [Level::Zero, Level::Three].into_iter().enumerate() {
            let mut best = [[Duration::MAX; 2]; 2];
            for _ in 0..rounds {
                for (best, package) in best.iter_mut().zip([&ours, &plain]) {
                    let check = package.check(level)?;
                    *best = [check.expanding.min(best[0]), check.total.min(best[1])];
                }
            }
            let [ours, plain] = best;
            columns[0][at] = each(ours[0], plain[0]);
            columns[1][at] = each(ours[1], plain[1]);
        }
        let [[expansion, optimised], [check, with_optimised]] = columns;
        println!(
            "{statements:>10}  {name:10}  {expansion:6.1} ms, {optimised:6.1} ms  \
             {check:6.1} ms, {with_optimised:6.1} ms"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::functions::{Form, program};
    use super::package::{Level, Package};

    /// So that the command does not rot.
    #[test]
    fn the_compiler_tells_what_its_passes_take() -> std::io::Result<()> {
        let check = Package::new("told", "", &program(Form::Plain, 16, 1))?.check(Level::Zero)?;
        assert!(check.expanding > Duration::ZERO && check.expanding < check.total);
        Ok(())
    }
}
