//! What the compiler says of packages whose files were changed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader};
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
use cargo_metadata::{Message, MetadataCommand};

/// What the compiler refused.
pub(super) struct Refusal {
    /// As rustc prints it.
    pub(super) rendered: String,
    /// In a line.
    pub(super) message: String,
    /// What it points to, in bytes of files; what it points to first comes first.
    pub(super) places: Vec<(PathBuf, Range<usize>)>,
}

/// Packages that are checked together: those of one workspace.
pub(super) struct Packages {
    root: PathBuf,
    names: BTreeSet<String>,
}

/// The packages of these manifests, by workspace.
///
/// # Errors
///
/// A manifest is none.
pub(super) fn packages(manifests: &BTreeSet<PathBuf>) -> io::Result<Vec<Packages>> {
    let mut found: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for manifest in manifests {
        let mut command = MetadataCommand::new();
        let metadata = command.manifest_path(manifest).no_deps().exec();
        let metadata = metadata.map_err(io::Error::other)?;
        let packages = metadata.packages.iter();
        let own = packages.filter(|package| package.manifest_path.as_std_path() == manifest);
        let names = own.map(|package| package.name.to_string());
        found.entry(metadata.workspace_root.into_std_path_buf()).or_default().extend(names);
    }
    Ok(found.into_iter().map(|(root, names)| Packages { root, names }).collect())
}

impl Packages {
    /// Runs `cargo check` on them with these arguments, and gives what the compiler refused.
    ///
    /// # Errors
    ///
    /// Cargo cannot be run, or fails though nothing was refused: it says why on the standard error.
    pub(super) fn refusals(&self, arguments: &[String]) -> io::Result<Vec<Refusal>> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        command.args(["check", "--message-format", "json", "--keep-going"]);
        command.args(self.names.iter().flat_map(|name| ["--package", name]));
        let mut cargo = command.args(arguments).stdout(Stdio::piped()).spawn()?;
        let mut found = Vec::new();
        if let Some(out) = cargo.stdout.take() {
            for message in Message::parse_stream(BufReader::new(out)) {
                let Message::CompilerMessage(message) = message? else { continue };
                found.extend(self.refusal(&message.message));
            }
        }
        match cargo.wait()?.success() || !found.is_empty() {
            true => Ok(found),
            false => Err(io::Error::other("`cargo check` fails: see above")),
        }
    }

    fn refusal(&self, said: &Diagnostic) -> Option<Refusal> {
        let is_error = matches!(said.level, DiagnosticLevel::Error | DiagnosticLevel::Ice);
        // "aborting due to 2 previous errors" points to nothing.
        if !is_error || said.spans.is_empty() {
            return None;
        }
        // A future that is not `Send` is refused where it is spawned; a note tells what it holds.
        let notes = said.children.iter().flat_map(|note| &note.spans);
        let mut spans: Vec<&DiagnosticSpan> = said.spans.iter().chain(notes).collect();
        spans.sort_by_key(|span| !span.is_primary);
        Some(Refusal {
            rendered: said.rendered.clone().unwrap_or_else(|| said.message.clone()),
            message: said.message.clone(),
            places: spans.into_iter().flat_map(|span| self.places(span)).collect(),
        })
    }

    /// Where a span is, and the macros that it comes from.
    fn places(&self, span: &DiagnosticSpan) -> Vec<(PathBuf, Range<usize>)> {
        let calls = |span: &DiagnosticSpan| span.expansion.as_ref().map(|from| from.span.clone());
        let spans = std::iter::successors(Some(span.clone()), calls);
        let place = |span: DiagnosticSpan| {
            let file = std::fs::canonicalize(self.root.join(&span.file_name)).ok()?;
            Some((file, span.byte_start as usize..span.byte_end as usize))
        };
        spans.filter_map(place).collect()
    }

    /// The file that says which versions were taken.
    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("Cargo.lock")
    }
}
