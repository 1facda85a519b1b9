//! In how many functions of a code base the attribute would make something overlap, and why
//! not in the others.
//!
//! ```text
//! cargo run --release -p cargo-background --example gains -- PATH... [--list] [--without-tests]
//! ```
//!
//! It plans each `async fn` below the folders that has two or more awaits of its own. Where no
//! two calls are in flight at once, the awaits are walked in source order, and each is compared
//! with the one before it in its block: what keeps these two apart are *obstacles*. Three
//! columns count functions by obstacle:
//!
//! - `first`: the first obstacle of the first two awaits. It is mostly a value.
//! - `free`: the first obstacle of the first two awaits of which the later does not need the
//!   earlier, as far as names tell. A function without such two cannot gain, whatever the plan.
//! - `alone`: it is all that keeps some two awaits apart. No more functions than these could
//!   gain if it went and all else stayed.

#[path = "../shared/report.rs"]
mod report;
mod tally;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, panic, thread};

use cargo_background::files::{self, Wanted};
use cargo_background::survey::message;
use tally::Tally;

const USAGE: &str = "gains PATH... [--list] [--without-tests]

PATH              a folder of Rust sources, or a file
--list            name each function with what overlaps in it, or why nothing does
--without-tests   leave out functions with an attribute `test`, and files that are tests or
                  benches by their path";

/// Code that others generate nests deeply, and is visited by recursion.
const STACK: usize = 1 << 30;

fn main() -> ExitCode {
    // A panic of the planner is counted, and named.
    panic::set_hook(Box::new(|_| {}));
    let read = || Arguments::read(env::args().skip(1)).and_then(|arguments| arguments.count());
    let counting = thread::Builder::new().stack_size(STACK).spawn(read);
    let counted = counting
        .map_err(|error| error.to_string())
        .and_then(|counting| counting.join().unwrap_or_else(|payload| Err(message(&*payload))));
    report::end(counted)
}

/// What is asked for.
struct Arguments {
    paths: Vec<PathBuf>,
    list: bool,
    without_tests: bool,
}

impl Arguments {
    fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (options, paths): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with('-'));
        let known = |option: &&String| matches!(option.as_str(), "--list" | "--without-tests");
        if let Some(unknown) = options.iter().find(|option| !known(option)) {
            return Err(format!("there is no option {unknown}\n\n{USAGE}"));
        }
        if paths.is_empty() {
            return Err(format!("give a path\n\n{USAGE}"));
        }
        let paths = paths.into_iter().map(PathBuf::from).collect();
        let asked = |name: &str| options.iter().any(|option| option == name);
        Ok(Arguments { paths, list: asked("--list"), without_tests: asked("--without-tests") })
    }

    fn count(&self) -> Result<String, String> {
        if let Some(missing) = self.paths.iter().find(|path| !path.exists()) {
            return Err(format!("{} is not there", missing.display()));
        }
        let tally = tally(&self.paths, self.without_tests);
        let listed = if self.list { tally.list() } else { String::new() };
        Ok(format!("{tally}{listed}"))
    }
}

fn tally(paths: &[PathBuf], without_tests: bool) -> Tally {
    let mut tally = Tally { without_tests, ..Tally::default() };
    for path in paths {
        let wanted = Wanted { tests: !without_tests, generated: true };
        let files = files::below(std::slice::from_ref(path), wanted).unwrap_or_default();
        let root = path.parent().unwrap_or(Path::new(""));
        for file in files {
            let name = file.strip_prefix(root).unwrap_or(&file);
            let text = fs::read_to_string(&file).map_err(|error| error.to_string());
            tally.file(&name.display().to_string(), text);
        }
    }
    tally
}
