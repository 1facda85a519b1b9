//! A package that a test writes, below the target directory of the workspace, which it shares.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where it is, and where it is built.
pub struct Package {
    root: PathBuf,
    target: PathBuf,
}

impl Package {
    /// One of this name. `temporary` is the `CARGO_TARGET_TMPDIR` that an integration test is built
    /// with.
    ///
    /// # Panics
    ///
    /// If `temporary` is not in the target directory.
    #[must_use]
    pub fn new(name: &str, temporary: &str) -> Self {
        let temporary = Path::new(temporary);
        let target = temporary.parent().expect("it is in the target directory").to_owned();
        Package { root: temporary.join(name), target }
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The binary of this name, when it has been built.
    #[must_use]
    pub fn binary(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// What stands in a manifest for `bridge`, and for the tools of the test suite.
    #[must_use]
    pub fn dependencies() -> String {
        let tests = env!("CARGO_MANIFEST_DIR");
        let bridge = format!("{tests}/../bridge");
        format!("bridge = {{ path = {bridge:?} }}\nbridge-tests = {{ path = {tests:?} }}\n")
    }

    /// Writes the manifest, beside the lock file of the workspace. What it depends on is built once
    /// for all such packages: under one profile.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn write_manifest(&self, text: &str) {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
        let profile = "\n[profile.dev]\ndebug = \"line-tables-only\"\n\n\
                       [profile.dev.package.\"*\"]\ndebug = false\n";
        self.write("Cargo.toml", &format!("{text}{profile}"));
        self.write("Cargo.lock", &fs::read_to_string(lock).unwrap_or_default());
    }

    /// Removes the sources of an earlier run.
    pub fn clear(&self) {
        let _ = fs::remove_dir_all(self.root.join("src"));
    }

    /// Writes a file; one that has not changed keeps its time.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return;
        }
        let parent = path.parent().expect("a file is in a directory");
        fs::create_dir_all(parent).expect("the target directory can be written");
        fs::write(path, text).expect("the target directory can be written");
    }

    /// A command of cargo on it, which loads nothing.
    #[must_use]
    pub fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args([command, "--offline", "--quiet", "--color", "never", "--target-dir"])
            .arg(&self.target)
            .current_dir(&self.root);
        cargo
    }
}
