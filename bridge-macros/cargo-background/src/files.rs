//! Which files are read.

use std::io;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use ignore::WalkBuilder;

/// What is left out unless it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Tests, benches and functions with an attribute `test`.
    pub tests: bool,
    /// What says of itself that it was generated.
    pub generated: bool,
}

/// The Rust sources below some paths, in order; without paths, those of the workspace in which the
/// program stands. What git ignores is left out.
///
/// # Errors
///
/// A path is not there, or there is no workspace.
pub fn below(paths: &[PathBuf], wanted: Wanted) -> io::Result<Vec<PathBuf>> {
    let workspace;
    let paths = match paths {
        [] => {
            workspace = [workspace_root()?];
            &workspace
        }
        paths => paths,
    };
    let mut files = Vec::new();
    for path in paths {
        if !path.exists() {
            let message = format!("{} is not there", path.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        // A file that is named is wanted.
        if path.is_file() {
            files.push(path.clone());
            continue;
        }
        let is_target = |path: &Path| path.join("CACHEDIR.TAG").exists();
        let walk =
            WalkBuilder::new(path).filter_entry(move |entry| !is_target(entry.path())).build();
        for entry in walk {
            let path = entry.map_err(io::Error::other)?.into_path();
            let is_rust = path.extension().is_some_and(|extension| extension == "rs");
            if is_rust && path.is_file() && (wanted.tests || !is_for_tests(&path)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn workspace_root() -> io::Result<PathBuf> {
    let metadata = MetadataCommand::new().no_deps().exec().map_err(io::Error::other)?;
    let root = metadata.workspace_root.into_std_path_buf();
    // Shown as one would name it.
    let here = std::env::current_dir()?;
    Ok(match root.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => PathBuf::from("."),
        Ok(below) => below.to_owned(),
        Err(_) => root,
    })
}

/// Whether the path of a file says that it is a test or a bench.
pub fn is_for_tests(file: &Path) -> bool {
    let names = ["test", "tests", "bench", "benches"];
    let mut parts = file.iter().filter_map(|part| part.to_str());
    parts.any(|part| {
        let part = part.trim_end_matches(".rs");
        names.contains(&part) || part.ends_with("_test") || part.ends_with("_tests")
    })
}

/// Whether a file says in its first lines that a program has written it.
pub fn is_generated(text: &str) -> bool {
    text.lines().take(5).any(|line| {
        line.starts_with("//") && {
            let line = line.to_ascii_lowercase();
            line.contains("@generated") || line.contains("automatically generated")
        }
    })
}
