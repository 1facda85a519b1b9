//! The same functions twice, and the places at which an editor is asked.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

const FUNCTIONS: &str = include_str!("functions.rs");
const ITEMS: &str = include_str!("items.rs");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Annotated,
    Plain,
}

pub(crate) struct Fixture {
    pub(crate) package: PathBuf,
    pub(crate) places: Vec<Place>,
}

/// A mark in the functions.
pub(crate) struct Place {
    pub(crate) function: String,
    /// The line with the mark, for the reader.
    pub(crate) shown: String,
    /// From nought, as editors count.
    pub(crate) line: usize,
    /// Behind the mark.
    pub(crate) column: usize,
    /// What is typed there, if anything is.
    pub(crate) typed: Option<String>,
}

impl Fixture {
    /// Writes the package, under the target directory.
    pub(crate) fn write() -> Result<Self> {
        let exe = env::current_exe()?;
        let package = exe.parent().ok_or_else(|| Error::other("no directory"))?.join("edited");
        fs::create_dir_all(package.join("src"))?;
        let bridge = concat!(env!("CARGO_MANIFEST_DIR"), "/../bridge");
        let manifest = format!(
            "[package]\nname = \"edited\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nbridge = {{ path = {bridge:?} }}\n"
        );
        fs::write(package.join("Cargo.toml"), manifest)?;
        fs::write(
            package.join("src/lib.rs"),
            "pub mod annotated;\npub mod items;\npub mod plain;\n",
        )?;
        fs::write(package.join("src/items.rs"), ITEMS)?;
        for form in [Form::Annotated, Form::Plain] {
            fs::write(form.path(&package), form.text())?;
        }
        Ok(Fixture { package, places: places() })
    }
}

impl Form {
    pub(crate) fn path(self, package: &Path) -> PathBuf {
        package.join("src").join(match self {
            Form::Annotated => "annotated.rs",
            Form::Plain => "plain.rs",
        })
    }

    /// The functions in this form, line by line the same.
    pub(crate) fn text(self) -> String {
        let (form, function, limit) = match self {
            Form::Annotated => ("#[background]", "pub fn ", "#[background(limit = 4)]"),
            Form::Plain => ("", "pub async fn ", ""),
        };
        FUNCTIONS
            .replace("/*form*/\nfn ", &format!("{form}\n{function}"))
            .replace("/*limit*/", limit)
    }

    /// The functions while something is being typed.
    pub(crate) fn typing(self, place: &Place, typed: &str) -> String {
        let text = self.text();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[place.line].insert_str(place.column, typed);
        lines.join("\n") + "\n"
    }
}

fn places() -> Vec<Place> {
    let mut places = Vec::new();
    let mut function = String::new();
    for (at, line) in FUNCTIONS.lines().enumerate().skip_while(|(_, line)| !line.starts_with("fn "))
    {
        if let Some(head) = line.strip_prefix("fn ") {
            head.trim_end_matches('(').clone_into(&mut function);
        }
        let mut begin = 0;
        while let Some(mark) = line[begin..].find("/*") {
            let start = begin + mark + 2;
            let Some(length) = line[start..].find("*/") else { break };
            let (mark, end) = (&line[start..start + length], start + length + 2);
            begin = end;
            let typed = mark.strip_prefix('+').map(str::to_owned);
            if mark == "?" || typed.is_some() {
                let typed_there = typed.as_deref().unwrap_or("|");
                let shown = clean(&line[..end]) + typed_there + &clean(&line[end..]);
                let function = function.clone();
                places.push(Place { function, shown, line: at, column: end, typed });
            }
        }
    }
    places
}

/// A line without its marks.
fn clean(line: &str) -> String {
    let mut parts = line.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once("*/").map_or(part, |(_, rest)| rest));
    (first + &rest.collect::<String>()).trim_start().to_owned()
}
