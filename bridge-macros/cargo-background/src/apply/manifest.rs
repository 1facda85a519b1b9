//! Manifests, into which the dependency is written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, InlineTable, value};

use crate::run::named;

/// One that was changed.
pub(super) struct Manifest {
    pub(super) path: PathBuf,
    was: String,
}

impl Manifest {
    /// Adds the dependency as `cargo add` does; `None` if it is there.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or is no manifest.
    pub(super) fn with_dependency(path: PathBuf, bridge: &Path) -> io::Result<Option<Self>> {
        let was = named(&path, fs::read_to_string(&path))?;
        let parsed = was.parse::<DocumentMut>();
        let mut now = named(&path, parsed.map_err(io::Error::other))?;
        let dependencies = &mut now["dependencies"];
        if dependencies.get("bridge").is_some() {
            return Ok(None);
        }
        let folder = fs::canonicalize(path.parent().unwrap_or(Path::new(".")))?;
        let to = relative(&folder, &fs::canonicalize(bridge)?);
        let mut table = InlineTable::new();
        table.insert("path", to.display().to_string().into());
        dependencies["bridge"] = value(table);
        named(&path, fs::write(&path, now.to_string()))?;
        Ok(Some(Manifest { path, was }))
    }

    /// As it was.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn take_back(&self) -> io::Result<()> {
        named(&self.path, fs::write(&self.path, &self.was))
    }
}

/// The manifest of the package that a file belongs to.
pub(super) fn of(file: &Path) -> Option<PathBuf> {
    let file = fs::canonicalize(file).ok()?;
    file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file())
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
pub(super) fn bridge(asked: Option<&Path>) -> io::Result<PathBuf> {
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
