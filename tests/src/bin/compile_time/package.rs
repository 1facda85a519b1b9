//! Packages that are made for the occasion, under the target directory.

use std::io::{Error, Result};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{env, fs};

pub(crate) struct Package(PathBuf);

/// How far macros are optimised: not at all in a build for development, unless one asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Zero = 0,
    Three = 3,
}

/// How long the compiler took.
pub(crate) struct Check {
    pub(crate) total: Duration,
    /// With macros.
    pub(crate) expanding: Duration,
}

impl Package {
    pub(crate) fn new(name: &str, dependencies: &str, main: &str) -> Result<Self> {
        let target = env::current_exe()?.ancestors().nth(2).map(PathBuf::from);
        let dir =
            target.ok_or_else(|| Error::other("no target directory"))?.join("measured").join(name);
        fs::create_dir_all(dir.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]\n{dependencies}\n"
        );
        fs::write(dir.join("Cargo.toml"), manifest)?;
        fs::write(dir.join("src/main.rs"), main)?;
        let package = Package(dir);
        // What has to be downloaded is no part of what is measured.
        package.cargo(&["fetch"])?;
        Ok(package)
    }

    /// Builds the dependencies and the program from nothing.
    pub(crate) fn cold_build(&self) -> Result<Duration> {
        let target = self.0.join("target");
        if target.exists() {
            fs::remove_dir_all(target)?;
        }
        let begun = Instant::now();
        self.cargo(&["build"])?;
        Ok(begun.elapsed())
    }

    /// Checks the program once its dependencies are built, macros with this optimisation.
    pub(crate) fn check(&self, macros: Level) -> Result<Check> {
        let level = format!("profile.dev.build-override.opt-level={}", macros as u8);
        self.cargo(&["check", "--config", &level])?;
        fs::File::open(self.0.join("src/main.rs"))?.set_modified(std::time::SystemTime::now())?;
        let config = ["rustc", "--config", &level, "--profile", "check", "--", "-Ztime-passes"];
        let output = self.cargo(&config);
        let output = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned())?;
        let pass = |name: &str| {
            let line = output.lines().find(|line| line.ends_with(&format!("\t{name}")));
            let seconds = line.and_then(|line| {
                line.split_whitespace().nth(1)?.trim_end_matches(';').parse().ok()
            });
            seconds
                .map(Duration::from_secs_f64)
                .ok_or_else(|| Error::other(format!("no {name} in\n{output}")))
        };
        Ok(Check { total: pass("total")?, expanding: pass("macro_expand_crate")? })
    }

    /// How many bytes a stripped release binary of it has.
    pub(crate) fn bytes(&self) -> Result<u64> {
        self.cargo(&["build", "--release", "--config", "profile.release.strip=true"])?;
        let name = self.0.file_name().ok_or_else(|| Error::other("no name"))?;
        let binary = self.0.join("target/release").join(name);
        Ok(fs::metadata(binary.with_extension(env::consts::EXE_EXTENSION))?.len())
    }

    fn cargo(&self, args: &[&str]) -> Result<Output> {
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(args)
            .current_dir(&self.0)
            .env("RUSTC_BOOTSTRAP", "1")
            // Each check is of all functions, and not of those that have changed.
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .output()?;
        if output.status.success() {
            return Ok(output);
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Error::other(format!("cargo {args:?} in {}:\n{said}", self.0.display())))
    }
}
