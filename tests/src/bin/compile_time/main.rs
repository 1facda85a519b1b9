//! What the crate costs the compiler: a cold build of `bridge` beside one of tokio
//! (with the same features) and async-trait, and the time of an expansion.
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

use std::time::Duration;

use functions::Form;
use package::Package;

const ROUNDS: usize = 3;

fn main() -> std::io::Result<()> {
    let bridge = concat!(env!("CARGO_MANIFEST_DIR"), "/../bridge");
    let ours = format!("bridge = {{ path = {bridge:?} }}");
    cold_builds(&ours)?;
    println!();
    for (statements, copies) in [(40, 20), (400, 2)] {
        expansions(&ours, statements, copies)?;
    }
    Ok(())
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

fn expansions(ours: &str, statements: usize, copies: usize) -> std::io::Result<()> {
    let package = |form| {
        let name = format!("{form:?}_{statements}").to_lowercase();
        Package::new(&name, ours, &functions::program(form, statements, copies))
    };
    let (background, plain) = (package(Form::Background)?, package(Form::Plain)?);
    let mut passes = [Duration::MAX; 2];
    let mut checks = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (at, package) in [&background, &plain].into_iter().enumerate() {
            let check = package.check()?;
            passes[at] = passes[at].min(check.expanding);
            checks[at] = checks[at].min(check.total);
        }
    }
    let expansion = passes[0].saturating_sub(passes[1]).as_secs_f64() / copies as f64;
    println!(
        "{statements:3} statements: {:7.2} ms an expansion; checked in {:.2} of the time of an `async fn`",
        expansion * 1e3,
        checks[0].as_secs_f64() / checks[1].as_secs_f64(),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::functions::{Form, program};
    use super::package::Package;

    /// So that the command does not rot.
    #[test]
    fn the_compiler_tells_what_its_passes_take() -> std::io::Result<()> {
        let check = Package::new("told", "", &program(Form::Plain, 16, 1))?.check()?;
        assert!(check.expanding > Duration::ZERO && check.expanding < check.total);
        Ok(())
    }
}
