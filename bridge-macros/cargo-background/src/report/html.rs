//! One page that a team can look at together. It loads nothing.

use serde::Serialize;

use super::terminal;
use crate::entry::Entry;
use crate::survey::Survey;

const PAGE: &str = include_str!("page.html");

#[derive(Serialize)]
struct Data<'s> {
    summary: String,
    entries: Vec<Shown<'s>>,
}

#[derive(Serialize)]
struct Shown<'s> {
    index: usize,
    first_line: usize,
    source: &'s str,
    drawing: &'s str,
    #[serde(flatten)]
    entry: &'s Entry,
}

/// The page, as text.
///
/// # Errors
///
/// None that is known: it is JSON of plain data.
pub fn page(survey: &Survey) -> serde_json::Result<String> {
    let shown = survey.entries.iter().enumerate().map(|(index, entry)| Shown {
        index,
        first_line: entry.first_line,
        source: &entry.source,
        drawing: &entry.drawing,
        entry,
    });
    let data = Data { summary: terminal::in_one_line(survey), entries: shown.collect() };
    // Nothing in it ends the element that it stands in.
    let data = serde_json::to_string(&data)?.replace('<', "\\u003c");
    Ok(PAGE.replace("@DATA@", &data))
}
