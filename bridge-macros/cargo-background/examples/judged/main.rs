//! What the planner makes of functions that were judged by hand.
//!
//! Functions of other projects that overlap under the attribute were read, and what of each
//! must not overlap was written down. This plans them anew, and counts which of the hazards
//! still overlap, and in which of the safe functions nothing overlaps any more.
//!
//! ```text
//! cargo run --release -p cargo-background --example judged -- functions.jsonl ROOT [--list]
//! ```
//!
//! The repositories are folders of ROOT. A row of the file is
//!
//! ```text
//! {"file": "repository/src/lib.rs", "line": 7, "name": "load", "random": true,
//!  "hazards": [{"grade": "hard", "kind": "lock", "pairs": [[0, 1]]}]}
//! ```
//!
//! or has no hazards and no name. The grades: `hard` changes what the program does, `tx` would
//! if a transaction did not put both in a row, `soft` can be seen but hardly matters. A pair
//! is two statements by their positions in the block that holds both. A hazard still overlaps
//! if any of its pairs does, be it a call with a synchronous statement; a safe function has
//! lost its gain if no two calls overlap in it.

#[path = "../shared/report.rs"]
mod report;
mod rows;
mod sources;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use tally::Tally;

const USAGE: &str = "judged functions.jsonl ROOT [--list]

functions.jsonl   the judged functions, a JSON object a line
ROOT              the folder that holds the repositories
--list            name each hazard that still overlaps, and each safe gain that is lost";

fn main() -> ExitCode {
    report::end(Arguments::read(env::args().skip(1)).and_then(|arguments| judge(&arguments)))
}

/// What is asked for.
struct Arguments {
    functions: PathBuf,
    root: PathBuf,
    list: bool,
}

impl Arguments {
    fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (options, paths): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with('-'));
        if let Some(unknown) = options.iter().find(|option| *option != "--list") {
            return Err(format!("there is no option {unknown}\n\n{USAGE}"));
        }
        match paths.as_slice() {
            [functions, root] => Ok(Arguments {
                functions: functions.into(),
                root: root.into(),
                list: !options.is_empty(),
            }),
            _ => Err(format!("give two paths, not {}\n\n{USAGE}", paths.len())),
        }
    }
}

fn judge(arguments: &Arguments) -> Result<String, String> {
    let Arguments { functions, root, list } = arguments;
    let text = fs::read_to_string(functions)
        .map_err(|error| format!("cannot read {}: {error}", functions.display()))?;
    let rows = rows::read(&text).map_err(|error| format!("{}: {error}", functions.display()))?;
    if !root.is_dir() {
        return Err(format!("{} is no folder; give the one of the repositories", root.display()));
    }
    let tally = tally(&rows, root);
    let listed = if *list { tally.list() } else { String::new() };
    Ok(format!("{tally}{listed}"))
}

fn tally(rows: &[rows::Row], root: &Path) -> Tally {
    let mut tally = Tally::default();
    rows.iter().for_each(|row| tally.row(row, sources::place(root, row)));
    tally
}
