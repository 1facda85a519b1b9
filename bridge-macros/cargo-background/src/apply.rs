//! Writes the attribute into files, and the dependency into manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use toml_edit::{DocumentMut, InlineTable, value};

use crate::cli::Apply;
use crate::entry::{Edit, Entry};
use crate::rewrites::{edited, line_above};
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
    let mut changes: BTreeMap<&str, (String, Vec<Edit>)> = BTreeMap::new();
    for file in &files {
        let text = named(Path::new(file), fs::read_to_string(file))?;
        changes.insert(file, (text, Vec::new()));
    }
    for entry in &chosen {
        let Some((text, edits)) = changes.get_mut(entry.file.as_str()) else { continue };
        // Above all others but the documentation.
        edits.push(line_above(text, entry.attribute, "#[bridge::background]"));
        if asked.rewrites {
            let keeping = entry.rewrites.iter().filter(|rewrite| rewrite.keeps);
            for edit in keeping.flat_map(|rewrite| &rewrite.edits) {
                // Two rewrites may mark one statement.
                if !edits.contains(edit) {
                    edits.push(edit.clone());
                }
            }
        }
    }
    // What may fail comes first.
    let bridge = bridge(asked.bridge.as_deref())?;
    let mut added = Vec::new();
    let mut manifests = BTreeSet::new();
    for file in &files {
        manifests.extend(manifest_of(Path::new(file)));
    }
    if !asked.allow_dirty {
        manifests.iter().try_for_each(|manifest| is_committed(manifest))?;
    }
    for manifest in manifests {
        if add_dependency(&manifest, &bridge)? {
            let here = std::env::current_dir()?;
            let shown = manifest.strip_prefix(&here).unwrap_or(&manifest).display().to_string();
            writeln!(out, "{shown}: `bridge` added")?;
            added.push(shown);
        }
    }
    for (file, (text, edits)) in &changes {
        named(Path::new(file), fs::write(file, edited(text, edits)))?;
    }
    for entry in &chosen {
        writeln!(out, "{} {}: annotated, {}", entry.place(), entry.name, entry.steps.told())?;
    }
    let changed = files.iter().map(|file| file.to_string()).chain(added);
    let changed: Vec<String> = changed.collect();
    writeln!(out, "`git checkout -- {}` takes it back", changed.join(" "))
}

fn chosen<'s>(survey: &'s Survey, asked: &Apply) -> io::Result<Vec<&'s Entry>> {
    let is_meant = |entry: &Entry, name: &str| {
        entry.name == name || entry.name.ends_with(&format!("::{name}")) || entry.place() == name
    };
    let unknown =
        asked.only.iter().find(|name| !survey.entries.iter().any(|entry| is_meant(entry, name)));
    if let Some(name) = unknown {
        let message = format!("no function that awaits more than once is called `{name}`");
        return Err(io::Error::other(message));
    }
    let keeps = |entry: &Entry| entry.rewrites.iter().any(|rewrite| rewrite.keeps);
    let gains = |entry: &&Entry| entry.gains || (asked.rewrites && keeps(entry));
    let entries = survey.entries.iter().filter(gains).filter(|entry| {
        let is_asked = asked.only.is_empty() || asked.only.iter().any(|name| is_meant(entry, name));
        is_asked && !entry.annotated && entry.refused.is_empty()
    });
    Ok(entries.collect())
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
fn add_dependency(manifest: &Path, bridge: &Path) -> io::Result<bool> {
    let text = named(manifest, fs::read_to_string(manifest))?;
    let parsed = text.parse::<DocumentMut>();
    let mut manifest_now = named(manifest, parsed.map_err(io::Error::other))?;
    let dependencies = &mut manifest_now["dependencies"];
    if dependencies.get("bridge").is_some() {
        return Ok(false);
    }
    let folder = fs::canonicalize(manifest.parent().unwrap_or(Path::new(".")))?;
    let path = relative(&folder, &fs::canonicalize(bridge)?);
    let mut table = InlineTable::new();
    table.insert("path", path.display().to_string().into());
    dependencies["bridge"] = value(table);
    named(manifest, fs::write(manifest, manifest_now.to_string()))?;
    Ok(true)
}

/// The way from one folder to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(one, other)| one == other);
    let common = common.count();
    let up = from.components().skip(common).map(|_| "..");
    up.map(Path::new)
        .chain(to.components().skip(common).map(|part| Path::new(part.as_os_str())))
        .collect()
}

/// Where the crate `bridge` is: where it was said to be, or beside what this program was built from.
fn bridge(asked: Option<&Path>) -> io::Result<PathBuf> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bridge");
    let bridge = asked.map_or(built_from, Path::to_owned);
    match bridge.join("Cargo.toml").is_file() {
        true => Ok(bridge),
        false => Err(io::Error::other(format!(
            "the crate `bridge` is not in {}; say where it is: `--bridge FOLDER`",
            bridge.display()
        ))),
    }
}
