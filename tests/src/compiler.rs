//! The compiler, run over crates that a test writes; what it says, by file.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::package::Package;

/// A workspace below the target directory, which it shares. Its crates depend on
/// `bridge`, and on nothing else.
pub struct Crates {
    package: Package,
    names: Vec<String>,
}

/// What the compiler says at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Where the primary span begins.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
    /// That of an error (`E0308`), or the name of a lint.
    pub code: String,
    /// The headline.
    pub text: String,
    /// What is to be written instead.
    pub suggestions: Vec<String>,
}

impl Message {
    /// Whether another says the same of the same place; it may suggest it in other words.
    pub fn is_same(&self, other: &Message) -> bool {
        let said = |message: &Message| (message.line, message.column);
        said(self) == said(other) && self.code == other.code && self.text == other.text
    }
}

/// What is said of each file, by the crate's name and the path in its `src`.
pub type Messages = BTreeMap<(String, String), Vec<Message>>;

impl Crates {
    /// An empty workspace of this name. `temporary` is the `CARGO_TARGET_TMPDIR` that
    /// an integration test is built with.
    pub fn new(name: &str, temporary: &str) -> Self {
        Crates { package: Package::new(name, temporary), names: Vec::new() }
    }

    /// Adds a library of these files, by their paths in `src`.
    pub fn add<'a>(
        &mut self,
        name: &str,
        edition: &str,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let bridge = concat!(env!("CARGO_MANIFEST_DIR"), "/../bridge");
        self.package.write(
            &format!("{name}/Cargo.toml"),
            &format!(
                "[package]\nname = {name:?}\nedition = {edition:?}\n\n\
                 [dependencies]\nbridge = {{ path = {bridge:?} }}\n"
            ),
        );
        for (path, text) in files {
            self.package.write(&format!("{name}/src/{path}"), text);
        }
        self.names.push(name.to_owned());
    }

    /// Runs a command of cargo over all of them (`check`, `clippy`), with arguments for
    /// the compiler.
    ///
    /// # Panics
    ///
    /// If it fails without a word on a file of these crates.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Messages {
        let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = {:?}\n", self.names);
        self.package.write_manifest(&workspace);
        let output = self
            .package
            .cargo(command)
            .args(["--workspace", "--keep-going", "--message-format", "json"])
            .args(arguments.first().map(|_| "--"))
            .args(arguments)
            .output()
            .expect("cargo can be started");
        let lines = String::from_utf8_lossy(&output.stdout);
        let messages = self.read(&lines);
        assert!(
            output.status.success() || !messages.is_empty(),
            "cargo {command} fails:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        messages
    }

    fn read(&self, lines: &str) -> Messages {
        let mut messages = Messages::new();
        for line in lines.lines() {
            let said: Value = serde_json::from_str(line).expect("cargo writes JSON");
            let message = &said["message"];
            let spans = message["spans"].as_array();
            let primary = spans.into_iter().flatten().find(|span| span["is_primary"] == true);
            let Some(place) = primary.and_then(|span| self.place(span)) else { continue };
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            messages.entry(place.0).or_default().push(Message {
                line: place.1,
                column: place.2,
                code: text(&message["code"]["code"]),
                text: text(&message["message"]),
                suggestions: suggestions(message),
            });
        }
        messages.values_mut().for_each(|said| said.sort());
        messages
    }

    /// The file, line and column of a span, or of what was expanded to it.
    fn place(&self, span: &Value) -> Option<((String, String), u64, u64)> {
        let path = span["file_name"].as_str()?;
        let own = path.split_once("/src/").filter(|(name, _)| self.names.iter().any(|n| n == name));
        let Some((name, file)) = own else { return self.place(&span["expansion"]["span"]) };
        let number = |key: &str| span[key].as_u64().unwrap_or_default();
        Some(((name.to_owned(), file.to_owned()), number("line_start"), number("column_start")))
    }
}

fn suggestions(message: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let spans = list(&message["children"]).into_iter().flat_map(|child| list(&child["spans"]));
    spans.filter_map(|span| span["suggested_replacement"].as_str().map(str::to_owned)).collect()
}
