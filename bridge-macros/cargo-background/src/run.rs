//! A survey, from what is asked for to what is said.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::terminal::Shown;
use crate::report::{html, json, terminal};
use crate::survey::{self, Options};
use crate::weights::Weights;
use crate::{apply, cli, snapshot};

/// How many functions are shown, if not all.
const SHOWN: usize = 20;

/// Surveys, says what was found, and gives what the process exits with: 1 if something that was
/// denied was found, or an overlap was lost.
///
/// # Errors
///
/// A path is not there, or something cannot be read or written.
pub fn survey(asked: &cli::Survey, out: &mut dyn Write) -> io::Result<ExitCode> {
    let weights = Weights::read(asked.weights.as_deref())?;
    let options = Options { wanted: asked.wanted, weights };
    let bar = bar();
    let survey = survey::of(&asked.paths, &options, &|read, of| {
        bar.set_length(of as u64);
        bar.set_position(read as u64);
    })?;
    bar.finish_and_clear();

    let mut failed = false;
    if asked.json {
        json::write(&survey.entries, out)?;
    } else if asked.asks_for_more() {
        write!(out, "{}", terminal::summary(&survey))?;
    } else {
        let shown = if asked.all { Shown::All } else { Shown::Best(SHOWN) };
        terminal::write(&survey, shown, out)?;
    }
    let mut errors = anstream::stderr().lock();
    let texts = survey.entries.iter().map(|entry| entry.source.as_str());
    for name in options.weights.unknown(texts) {
        writeln!(errors, "warning: a weight for `{name}`, which is nowhere called")?;
    }
    for error in &survey.failed {
        writeln!(errors, "warning: not read: {error}")?;
    }
    if let Some(file) = &asked.html {
        named(file, fs::write(file, html::page(&survey)?))?;
        writeln!(errors, "{}: written", file.display())?;
    }
    if let Some(file) = &asked.snapshot {
        let is_new = !file.exists();
        let lost = named(file, snapshot::write_or_compare(file, &survey.entries))?;
        let told = if is_new { "written" } else { "compared" };
        writeln!(errors, "{}: {told}", file.display())?;
        for lost in &lost {
            writeln!(errors, "error: {lost}")?;
        }
        failed |= !lost.is_empty();
    }
    if asked.deny_gains {
        for entry in survey.gaining() {
            let (place, name, steps) = (entry.place(), &entry.name, entry.steps.told());
            writeln!(errors, "error: {place} {name} would gain: {steps}")?;
            failed = true;
        }
    }
    if let Some(apply) = &asked.apply {
        apply::all(&survey, apply, out)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// An error with the file that it is about.
pub(crate) fn named<T>(file: &std::path::Path, result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}

/// One on a terminal, where somebody waits.
fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files");
    ProgressBar::new(0).with_style(style.expect("it is a template"))
}
