//! For a person at a terminal.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::scale;
use crate::entry::Entry;
use crate::survey::Survey;

/// How many functions are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The best gains.
    Best(usize),
    /// All gains, and what would gain with a rewrite.
    All,
}

/// Writes the functions that would gain, the best one first, and a summary.
///
/// # Errors
///
/// It cannot be written.
pub fn write(survey: &Survey, shown: Shown, out: &mut dyn Write) -> io::Result<()> {
    let most = match shown {
        Shown::Best(most) => most,
        Shown::All => usize::MAX,
    };
    let mut gaining: Vec<&Entry> = survey.gaining().collect();
    gaining.sort_by(|one, other| other.gain().total_cmp(&one.gain()));
    for entry in gaining.iter().take(most) {
        write!(out, "{}", function(entry))?;
    }
    if gaining.len() > most {
        writeln!(out, "… and {} more: `--all` shows them\n", gaining.len() - most)?;
    }
    let with_rewrite = survey.entries.iter().filter(|_| shown == Shown::All);
    for entry in with_rewrite.filter(|entry| !entry.gains && entry.gains_with_rewrite) {
        writeln!(out, "{} {}: would gain with a rewrite", entry.place(), entry.name)?;
        for rewrite in &entry.rewrites {
            writeln!(out, "  {}:{}: {}", entry.file, rewrite.line, rewrite.text)?;
        }
        writeln!(out)?;
    }
    write!(out, "{}", summary(survey))
}

/// One function: its place, its schedule, and what to look at.
pub fn function(entry: &Entry) -> String {
    let mut text = format!("{} {}: {}\n", entry.place(), entry.name, entry.steps.told());
    for line in entry.drawing.lines() {
        let _ = writeln!(text, "    {line}");
    }
    for line in scale::lines(&entry.bars) {
        let _ = writeln!(text, "    {line}");
    }
    for caution in &entry.cautions {
        let _ = writeln!(text, "  look: {}:{}: {}", entry.file, caution.line, caution.text);
    }
    for refused in &entry.refused {
        let _ = writeln!(text, "  refused: {refused}");
    }
    text + "\n"
}

/// The most important counts.
pub fn in_one_line(survey: &Survey) -> String {
    let gaining = survey.gaining().count();
    format!(
        "{} functions in {} files, {} that await more than once, of which {gaining} would gain",
        survey.functions,
        survey.files,
        survey.entries.len()
    )
}

/// The counts.
pub fn summary(survey: &Survey) -> String {
    let count = |of: fn(&&Entry) -> bool| survey.entries.iter().filter(of).count();
    let held = |entry: &&Entry| entry.statements.iter().any(|it| !it.words.is_empty());
    let lines = [
        ("files", survey.files),
        ("lines", survey.lines),
        ("functions", survey.functions),
        ("  that await more than once", survey.entries.len()),
        ("    annotated", count(|entry| entry.annotated)),
        ("    would gain", survey.gaining().count()),
        ("    would gain with a rewrite", count(|entry| !entry.gains && entry.gains_with_rewrite)),
        ("    hold something back by a name", survey.entries.iter().filter(held).count()),
        ("not read", survey.failed.len()),
    ];
    let lines = lines.iter().map(|(name, number)| format!("{name:44}{number:>9}\n"));
    lines.collect()
}
