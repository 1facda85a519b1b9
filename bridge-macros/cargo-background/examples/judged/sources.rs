//! Which function of the repositories a row is about.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use cargo_background::files::{self, Wanted};
use cargo_background::functions::{self, Function};

use crate::rows::Row;

/// Where a row's function is.
pub(crate) struct Placed {
    /// The path below the root. Others may have moved the file since it was judged.
    pub(crate) file: String,
    pub(crate) found: Function,
}

/// Finds the function that a row is about, or says why it cannot.
///
/// One with a name is looked for by it, first in its file, then in the whole repository. Of
/// one without a name only the line is known: if no function begins there, the file is not
/// as it was when it was judged.
pub(crate) fn place(root: &Path, row: &Row) -> Result<Placed, String> {
    let functions = match fs::read_to_string(root.join(&row.file)) {
        Ok(text) => {
            functions::of_file(&text).map_err(|error| format!("does not parse: {error}"))?
        }
        Err(_) => Vec::new(),
    };
    let placed = |found| Placed { file: row.file.clone(), found };
    let Some(name) = &row.name else {
        let at_line = functions.into_iter().find(|function| function.head.contains(&row.line));
        return at_line.map(placed).ok_or_else(|| {
            "no function begins at this line: it is another commit's file, or not there".to_owned()
        });
    };
    let called = functions.into_iter().filter(|function| is_called(function, name));
    match called.min_by_key(|function| distance(&function.head, row.line)) {
        Some(found) => Ok(placed(found)),
        None => anywhere(root, &row.file, name),
    }
}

/// By the last part of its path.
fn is_called(function: &Function, name: &str) -> bool {
    function.is_async && function.name.rsplit("::").next() == Some(name)
}

/// How many lines a line is away from some others.
fn distance(lines: &RangeInclusive<usize>, line: usize) -> usize {
    lines.start().saturating_sub(line) + line.saturating_sub(*lines.end())
}

/// The function of a name that has moved to another file of its repository, if there is one
/// of this name.
fn anywhere(root: &Path, file: &str, name: &str) -> Result<Placed, String> {
    let repository = file.split('/').next().unwrap_or_default();
    let wanted = Wanted { tests: true, generated: true };
    let files = files::below(&[root.join(repository)], wanted).unwrap_or_default();
    if files.is_empty() {
        return Err(format!("its repository is not at {}", root.join(repository).display()));
    }
    let word = format!("fn {name}");
    let mut found = Vec::new();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if !text.contains(&word) {
            continue;
        }
        let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        // A file that does not parse is a template, or a test of a parser.
        let called = functions::of_file(&text).unwrap_or_default().into_iter();
        let called = called.filter(|function| is_called(function, name));
        found.extend(called.map(|found| Placed { file: file.clone(), found }));
    }
    match (found.pop(), found.len()) {
        (Some(placed), 0) => Ok(placed),
        (None, _) => Err("no async function of its repository has its name".to_owned()),
        (Some(_), more) => {
            Err(format!("it is not in its file, and {} others have its name", more + 1))
        }
    }
}
