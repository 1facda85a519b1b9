//! Writes the attribute into files, and the dependency into manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::Apply;
use crate::entry::{Edit, Entry};
use crate::rewrites::edited;
use crate::run::named;
use crate::survey::Survey;

/// Annotates the functions that would gain and that are asked for.
///
/// # Errors
///
/// Something is not committed; no function has a name that is asked for; a file cannot be written; the
/// crate `bridge` is not found.
pub fn all(survey: &Survey, asked: &Apply, out: &mut dyn Write) -> io::Result<()> {
    let chosen = chosen(survey, asked)?;
    if chosen.is_empty() {
        return writeln!(
            out,
            "nothing to apply: no function would gain that has not the attribute"
        );
    }
    let files: BTreeSet<&str> = chosen.iter().map(|entry| entry.file.as_str()).collect();
    if !asked.allow_dirty {
        files.iter().try_for_each(|file| is_committed(Path::new(file)))?;
    }
    let mut edits: BTreeMap<&str, Vec<Edit>> = BTreeMap::new();
    for entry in &chosen {
        let edits = edits.entry(&entry.file).or_default();
        edits.push(attribute(entry)?);
        if asked.rewrites {
            let rewrites = entry.rewrites.iter().flat_map(|rewrite| &rewrite.edits);
            for edit in rewrites {
                // Two rewrites may mark one statement.
                if !edits.contains(edit) {
                    edits.push(edit.clone());
                }
            }
        }
    }
    for (file, edits) in &edits {
        let path = Path::new(file);
        let text = named(path, fs::read_to_string(path))?;
        named(path, fs::write(path, edited(&text, edits)))?;
    }
    let mut manifests = BTreeSet::new();
    for file in &files {
        manifests.extend(manifest_of(Path::new(file)));
    }
    for manifest in manifests {
        if add_dependency(&manifest, asked.bridge.as_deref())? {
            writeln!(out, "{}: `bridge` added", manifest.display())?;
        }
    }
    for entry in &chosen {
        writeln!(out, "{} {}: annotated, {}", entry.place(), entry.name, entry.steps.told())?;
    }
    writeln!(out, "{} functions; `git checkout` takes it back", chosen.len())
}

fn chosen<'s>(survey: &'s Survey, asked: &Apply) -> io::Result<Vec<&'s Entry>> {
    let is_meant = |entry: &Entry, name: &str| {
        entry.name == name || entry.name.ends_with(&format!("::{name}")) || entry.place() == name
    };
    let unknown =
        asked.only.iter().find(|name| !survey.entries.iter().any(|entry| is_meant(entry, name)));
    if let Some(name) = unknown {
        let message = format!("no function with two or more awaits is called `{name}`");
        return Err(io::Error::other(message));
    }
    let gains = |entry: &&Entry| entry.gains || (asked.rewrites && entry.gains_with_rewrite);
    let entries = survey.entries.iter().filter(gains).filter(|entry| {
        let is_asked = asked.only.is_empty() || asked.only.iter().any(|name| is_meant(entry, name));
        is_asked && !entry.annotated && entry.refused.is_empty()
    });
    Ok(entries.collect())
}

/// The attribute on a line of its own, above all others but the documentation.
fn attribute(entry: &Entry) -> io::Result<Edit> {
    let text = fs::read_to_string(&entry.file)?;
    let before = text.get(..entry.attribute).unwrap_or_default();
    let indent = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let text = match indent.trim().is_empty() {
        true => format!("#[bridge::background]\n{indent}"),
        false => "#[bridge::background] ".to_owned(),
    };
    Ok(Edit { at: entry.attribute, text })
}

/// Fails unless git has the file as it is.
fn is_committed(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = file.file_name().unwrap_or_default();
    let git = Command::new("git")
        .current_dir(folder.unwrap_or(Path::new(".")))
        .args(["status", "--porcelain", "--ignored", "--"])
        .arg(name)
        .output();
    let why = match git {
        Ok(output) if output.status.success() && output.stdout.is_empty() => return Ok(()),
        Ok(output) if output.status.success() => "it is changed, and not committed",
        _ => "it is not in a git repository",
    };
    let file = file.display();
    Err(io::Error::other(format!("{file}: {why}; `--allow-dirty` changes it all the same")))
}

/// The manifest of the package that a file belongs to.
fn manifest_of(file: &Path) -> Option<PathBuf> {
    let file = fs::canonicalize(file).ok()?;
    file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file())
}

/// As `cargo add` does; tells whether something was to be done.
fn add_dependency(manifest: &Path, bridge: Option<&Path>) -> io::Result<bool> {
    let text = named(manifest, fs::read_to_string(manifest))?;
    let is_there = text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("bridge =")
            || line.starts_with("bridge.")
            || line == "[dependencies.bridge]"
    });
    if is_there {
        return Ok(false);
    }
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bridge");
    let bridge = bridge.unwrap_or(&built_from);
    if !bridge.join("Cargo.toml").is_file() {
        let message = format!(
            "the crate `bridge` is not in {}; say where: `--bridge FOLDER`",
            bridge.display()
        );
        return Err(io::Error::other(message));
    }
    let bridge = fs::canonicalize(bridge)?;
    let added = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["add", "--quiet", "--manifest-path"])
        .arg(manifest)
        .arg("--path")
        .arg(&bridge)
        .args(["bridge", "--offline"])
        .output()?;
    if !added.status.success() {
        let why = String::from_utf8_lossy(&added.stderr).trim().to_owned();
        return Err(io::Error::other(format!("`cargo add` on {}: {why}", manifest.display())));
    }
    Ok(true)
}
