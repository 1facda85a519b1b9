//! What is written into a file, which stays known as it was.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::entry::{Edit, Entry};
use crate::rewrites::{edited, line_above};
use crate::run::named;

/// A file of which some functions are annotated.
pub(super) struct Annotated<'s> {
    path: PathBuf,
    was: String,
    /// Each with the function that it is of.
    edits: Vec<(&'s Entry, Edit)>,
}

impl<'s> Annotated<'s> {
    /// Nothing is written yet.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let was = named(path, fs::read_to_string(path))?;
        Ok(Annotated { path: path.to_owned(), was, edits: Vec::new() })
    }

    /// Writes the attribute above a function, and the rewrites that keep what it does if they are asked for.
    pub(super) fn add(&mut self, entry: &'s Entry, rewrites: bool) {
        // Above all others but the documentation.
        let attribute = line_above(&self.was, entry.attribute, "#[bridge::background]");
        self.edits.push((entry, attribute));
        let keeping = entry.rewrites.iter().filter(|rewrite| rewrites && rewrite.keeps);
        for edit in keeping.flat_map(|rewrite| &rewrite.edits) {
            // Two rewrites may mark one statement.
            if !self.edits.iter().any(|(_, other)| other == edit) {
                self.edits.push((entry, edit.clone()));
            }
        }
    }

    /// Nothing is written into this function any more.
    pub(super) fn take_back(&mut self, entry: &Entry) {
        self.edits.retain(|(other, _)| !std::ptr::eq(*other, entry));
    }

    /// Something is written into it.
    pub(super) fn is_changed(&self) -> bool {
        !self.edits.is_empty()
    }

    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn write(&self) -> io::Result<()> {
        let edits: Vec<Edit> = self.edits.iter().map(|(_, edit)| edit.clone()).collect();
        named(&self.path, fs::write(&self.path, edited(&self.was, &edits)))
    }

    /// The function that a place of the file as it is written now is in, if something is written into that.
    pub(super) fn changed_at(&self, place: &Range<usize>) -> Option<&'s Entry> {
        let functions = self.edits.iter().map(|(entry, _)| *entry).filter(|entry| {
            let begin = self.now(entry.range.start.min(entry.attribute));
            begin <= place.start && place.end <= self.now(entry.range.end)
        });
        // The innermost.
        functions.min_by_key(|entry| entry.range.len())
    }

    /// Where a place stands now: above what is written there.
    fn now(&self, was: usize) -> usize {
        let above = self.edits.iter().map(|(_, edit)| edit).filter(|edit| edit.at < was);
        above.fold(was, |now, edit| now + edit.text.len() - edit.removed)
    }
}
