//! In how many functions of a code base the attribute would make something overlap, and why
//! not in the others.
//!
//! ```text
//! cargo run --release -p bridge-planner --example gains -- PATH... [--list]
//! ```
//!
//! It plans each `async fn` below the folders that has two or more awaits of its own. Where no
//! two calls are in flight at once, the awaits are walked in source order, and each is compared
//! with the one before it in its block: what keeps these two apart are *obstacles*. The first
//! obstacle of the first such pair is the reason that is counted for the function. Beside it
//! stands in how many functions there is a pair that this obstacle alone keeps apart: no more
//! functions than these could gain if it went and all else stayed.

mod awaits;
mod forms;
#[path = "../shared/functions.rs"]
mod functions;
mod names;
mod obstacles;
mod pairs;
mod tally;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, panic, thread};

use tally::Tally;

const USAGE: &str = "gains PATH... [--list]

PATH     a folder of Rust sources, or a file
--list   name each function with what overlaps in it, or why nothing does";

/// Code that others generate nests deeply, and is visited by recursion.
const STACK: usize = 1 << 30;

fn main() -> ExitCode {
    // A panic of the planner is counted, and named.
    panic::set_hook(Box::new(|_| {}));
    let read = || Arguments::read(env::args().skip(1)).and_then(|arguments| arguments.count());
    let counting = thread::Builder::new().stack_size(STACK).spawn(read);
    let counted = counting.map_err(|error| error.to_string()).and_then(|counting| {
        counting.join().unwrap_or_else(|payload| Err(tally::message(&*payload)))
    });
    match counted {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What is asked for.
struct Arguments {
    paths: Vec<PathBuf>,
    list: bool,
}

impl Arguments {
    fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (options, paths): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with('-'));
        if let Some(unknown) = options.iter().find(|option| *option != "--list") {
            return Err(format!("there is no option {unknown}\n\n{USAGE}"));
        }
        if paths.is_empty() {
            return Err(format!("give a path\n\n{USAGE}"));
        }
        let paths = paths.into_iter().map(PathBuf::from).collect();
        Ok(Arguments { paths, list: !options.is_empty() })
    }

    fn count(&self) -> Result<String, String> {
        if let Some(missing) = self.paths.iter().find(|path| !path.exists()) {
            return Err(format!("{} is not there", missing.display()));
        }
        let tally = tally(&self.paths);
        let listed = if self.list { tally.list() } else { String::new() };
        Ok(format!("{tally}{listed}"))
    }
}

fn tally(paths: &[PathBuf]) -> Tally {
    let mut tally = Tally::default();
    for path in paths {
        let mut files = Vec::new();
        match path.is_dir() {
            true => functions::rust_files(path, &mut files),
            false => files.push(path.clone()),
        }
        let root = path.parent().unwrap_or(Path::new(""));
        for file in files {
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            let text = fs::read_to_string(&file).map_err(|error| error.to_string());
            tally.file(&name, text);
        }
    }
    tally
}
