//! Schedules in a file, so that a change which loses an overlap is seen.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::entry::Entry;

/// What overlaps, by file and name: pairs of names of statements.
type Overlaps = BTreeMap<String, Vec<String>>;

/// Writes the schedules of all functions in which calls overlap, or compares with those that were
/// written: what overlaps no more is told, a line each.
///
/// # Errors
///
/// The file cannot be read, or written, or is no snapshot.
pub fn write_or_compare(file: &Path, entries: &[Entry]) -> io::Result<Vec<String>> {
    let now = overlaps(entries);
    if !file.exists() {
        let text = serde_json::to_string_pretty(&now)? + "\n";
        fs::write(file, text)?;
        return Ok(Vec::new());
    }
    let before: Overlaps = serde_json::from_str(&fs::read_to_string(file)?)?;
    Ok(lost(&before, &now, entries))
}

fn key(entry: &Entry) -> String {
    format!("{} {}", entry.file, entry.name)
}

fn overlaps(entries: &[Entry]) -> Overlaps {
    let mut all = Overlaps::new();
    for entry in entries.iter().filter(|entry| entry.gains) {
        let mut pairs = Vec::new();
        for statement in &entry.statements {
            let others = entry.statements.iter().filter(|other| {
                other.path == statement.path && statement.overlaps.contains(&other.index)
            });
            pairs.extend(others.map(|other| format!("{} | {}", statement.name, other.name)));
        }
        // Two functions of one name, as `cfg` has them.
        all.entry(key(entry)).or_default().extend(pairs);
    }
    all
}

fn lost(before: &Overlaps, now: &Overlaps, entries: &[Entry]) -> Vec<String> {
    let mut lost = Vec::new();
    for (function, pairs) in before {
        let left = now.get(function).map_or(&[][..], Vec::as_slice);
        let Some(entry) = entries.iter().find(|entry| key(entry) == *function) else {
            lost.push(format!("{function}: it is not there any more, or awaits less"));
            continue;
        };
        let (place, name) = (entry.place(), &entry.name);
        let gone = pairs.iter().filter(|pair| !left.contains(pair));
        lost.extend(gone.map(|pair| format!("{place} {name}: these overlap no more: {pair}")));
    }
    lost
}
