//! One function in the manner of rustc: what waits, what it waits for, the word that decided, and the
//! rewrite as a diff.

use std::path::{Path, PathBuf};
use std::{fs, io};

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::entry::{Entry, Rewrite, Statement};
use crate::files::{self, Wanted};
use crate::functions::Function;
use crate::survey::functions_of;
use crate::weights::Weights;
use crate::{plan, report};

/// The functions that are meant by `PATH:LINE`, or by a name or the end of one.
///
/// # Errors
///
/// None is, or a file cannot be read.
pub fn functions(
    asked: &str,
    paths: &[PathBuf],
) -> Result<Vec<(PathBuf, String, Function)>, String> {
    let place = asked.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    if let Some((file, line)) = place.filter(|(file, _): &(_, usize)| Path::new(file).is_file()) {
        let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        let functions = functions_of(file, &text)?;
        let around = functions.into_iter().filter(|function| {
            let end = text[..function.range.end].lines().count();
            (*function.head.start()..=end).contains(&line)
        });
        // The innermost one.
        let function = around.last().ok_or_else(|| {
            format!("{file}:{line}: there is no `async fn` and no `#[background]` function")
        })?;
        return Ok(vec![(file.into(), text, function)]);
    }
    let is_meant = |name: &str| name == asked || name.ends_with(&format!("::{asked}"));
    let wanted = Wanted { tests: true, generated: true };
    let mut found = Vec::new();
    let word = asked.rsplit("::").next().unwrap_or(asked);
    for file in files::below(paths, wanted).map_err(|error: io::Error| error.to_string())? {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if !text.contains(word) {
            continue;
        }
        let Ok(functions) = functions_of(&file.display().to_string(), &text) else { continue };
        let meant = functions.into_iter().filter(|function| is_meant(&function.name));
        found.extend(meant.map(|function| (file.clone(), text.clone(), function)));
    }
    match found.is_empty() {
        true => Err(format!("no `async fn` and no `#[background]` function is called `{asked}`")),
        false => Ok(found),
    }
}

/// What is said of a function; nothing of one that awaits once at the most.
///
/// # Errors
///
/// It cannot be planned.
pub fn text(
    file: &Path,
    text: &str,
    function: &Function,
    weights: &Weights,
    renderer: &Renderer,
) -> Result<Option<String>, String> {
    let name = file.strip_prefix("./").unwrap_or(file).display().to_string();
    let Some(entry) = plan::entry(&name, text, function, weights)? else { return Ok(None) };
    let mut said = report::terminal::function(&entry);
    for statement in &entry.statements {
        if let Some(group) = waits(&entry, statement, text) {
            said += &renderer.render(&[group]);
            said += "\n\n";
        }
    }
    for rewrite in &entry.rewrites {
        said += &renderer.render(&help(&entry, rewrite, text));
        said += "\n\n";
    }
    if !entry.statements.iter().any(|it| it.kind == "call" && !it.waits_for.is_empty()) {
        said += "No call waits for another statement.\n";
    }
    if entry.rewrites.is_empty() && !entry.gains {
        said += "No rewrite is known that would let two calls overlap.\n";
    }
    Ok(Some(said))
}

/// A statement that waits for others of its scope.
fn waits<'t>(entry: &'t Entry, statement: &'t Statement, text: &'t str) -> Option<Group<'t>> {
    let others: Vec<_> = statement
        .waits_for
        .iter()
        .filter_map(|wait| {
            let other = entry
                .statements
                .iter()
                .find(|other| other.path == statement.path && other.index == wait.on)?;
            Some((wait, other))
        })
        .collect();
    if others.is_empty() || statement.kind != "call" || statement.range.is_empty() {
        return None;
    }
    let primary =
        AnnotationKind::Primary.span(first_line(text, statement)).label("this starts after");
    let mut snippet = Snippet::source(text).path(entry.file.as_str()).annotation(primary);
    for (wait, other) in others {
        if !other.range.is_empty() {
            let context = AnnotationKind::Context.span(first_line(text, other));
            snippet = snippet.annotation(context.label(format!("this: {}", wait.why)));
        }
    }
    let title = format!("when `{}` starts", statement.name);
    Some(Level::NOTE.primary_title(title).element(snippet))
}

/// Where a statement stands, up to the end of its first line: what is longer is told by its begin.
fn first_line(text: &str, statement: &Statement) -> std::ops::Range<usize> {
    let range = statement.range.clone();
    let code = text.get(range.clone()).unwrap_or_default();
    range.start..range.start + code.find('\n').unwrap_or(code.len())
}

/// A rewrite: what waits, and the diff.
fn help<'t>(entry: &'t Entry, rewrite: &'t Rewrite, text: &'t str) -> Vec<Group<'t>> {
    let at = text.lines().take(rewrite.line - 1).map(|line| line.len() + 1).sum::<usize>();
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let code = at + line.len() - line.trim_start().len()..at + line.trim_end().len();
    let snippet = Snippet::source(text)
        .path(entry.file.as_str())
        .annotation(AnnotationKind::Primary.span(code));
    let told = Level::WARNING.primary_title(rewrite.text.as_str()).element(snippet);
    let condition = Level::NOTE.message(rewrite.condition.as_str());
    let told = told.element(condition);
    if rewrite.edits.is_empty() {
        return vec![told];
    }
    let title = match rewrite.steps {
        Some(steps) => format!("with it: {}", steps.told()),
        None => "write it so".to_owned(),
    };
    let mut diff = Snippet::source(text).path(entry.file.as_str());
    for edit in &rewrite.edits {
        diff = diff.patch(Patch::new(edit.at..edit.at + edit.removed, edit.text.as_str()));
    }
    vec![told, Level::HELP.secondary_title(title).element(diff)]
}
