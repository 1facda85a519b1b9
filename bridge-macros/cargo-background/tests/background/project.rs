//! A package in a folder of its own, under git, and the program run in it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) struct Project(TempDir);

/// What the program said, and how it ended.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) errors: String,
    pub(crate) code: Option<i32>,
}

impl Project {
    /// With these files, all of them committed.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let project = Project(tempfile::tempdir().expect("there is a folder for it"));
        project.write(
            "Cargo.toml",
            "# Stays.\n[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n",
        );
        files.iter().for_each(|(path, text)| project.write(path, text));
        project.git(&["init", "--quiet"]);
        project.git(&["add", "--all"]);
        let who = ["-c", "user.name=shop", "-c", "user.email=shop@localhost"];
        project.git(&[&who[..], &["commit", "--quiet", "--message", "begin"]].concat());
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be written");
        fs::write(path, text).expect("it can be written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).expect("it is there")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Output {
        let output = Command::new("git").current_dir(self.path()).args(arguments).output();
        let output = output.expect("git is there");
        assert!(output.status.success(), "{output:?}");
        output
    }

    /// Runs `cargo background` with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-background"))
            .current_dir(self.path())
            .arg("background")
            .args(arguments)
            .output()
            .expect("it starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes text");
        Said { out: text(output.stdout), errors: text(output.stderr), code: output.status.code() }
    }
}

/// Two loads that overlap, with a comment and a format of its own.
pub(crate) const PAGE: &str = "\
/// A page.
// It stays as it is.
pub async fn page(id: u32) -> Result<u32, Error> {
    let user   = user(id).await?;   // so many blanks
    let posts = posts(id).await?;
    Ok(user + posts)
}
";

/// A read without a name keeps two loads apart.
pub(crate) const AUDITED: &str = "\
impl Shop {
    pub async fn audited(&self) -> u32 {
        load_prices(self).await;
        let user = user(1).await;
        user
    }
}
";
