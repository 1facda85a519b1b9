//! A JSON object a line.

use std::io::{self, Write};

use crate::entry::Entry;

/// Writes all entries. (The README of this crate describes the fields.)
///
/// # Errors
///
/// It cannot be written.
pub fn write<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for entry in entries {
        serde_json::to_writer(&mut *out, entry)?;
        writeln!(out)?;
    }
    Ok(())
}
