//! Crates with so many functions, as text, and what it takes to build them.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What the functions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `async fn`s with an attribute that returns its input.
    Identity,
    /// The same with ours.
    Awaited,
    /// Synchronous functions with ours.
    Blocking,
    /// Ten calls each, in a binary.
    TenCalls,
    TenCallsAwaited,
    TenJoined,
    TenBoxed,
}

/// A crate in the target folder.
#[derive(Debug)]
pub(crate) struct Crate {
    folder: PathBuf,
    name: String,
    target: PathBuf,
}

/// A release binary.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) bytes: u64,
}

impl Crate {
    pub(crate) fn new(kind: Kind, functions: usize) -> Result<Self, String> {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build");
        identity(&all).map_err(|error| error.to_string())?;
        let name = format!("{kind:?}_{functions}").to_lowercase();
        let folder = all.join(&name);
        let written = write(kind, functions, &name, &folder);
        written.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Crate { folder, name, target: all.join("target") })
    }

    /// The time of `cargo check` when only this crate is to be checked: the shortest of three.
    pub(crate) fn check(&self, optimised: bool) -> Result<Duration, String> {
        let level = if optimised { 3 } else { 0 };
        let macros = format!("profile.dev.build-override.opt-level={level}");
        let source = self.folder.join("src/lib.rs");
        let mut shortest = Duration::MAX;
        // The first one checks what it depends on.
        for _ in 0..4 {
            let text = fs::read(&source).map_err(|error| error.to_string())?;
            fs::write(&source, text).map_err(|error| error.to_string())?;
            let begun = Instant::now();
            self.cargo(&["check", "--config", &macros])?;
            shortest = shortest.min(begun.elapsed());
        }
        Ok(shortest)
    }

    pub(crate) fn build(&self) -> Result<Built, String> {
        self.cargo(&["build", "--release", "--config", "profile.release.strip=true"])?;
        let binary = self.target.join("release").join(&self.name);
        let binary = binary.with_extension(env::consts::EXE_EXTENSION);
        let bytes = fs::metadata(&binary).map_err(|error| error.to_string())?.len();
        Ok(Built { bytes })
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), String> {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .arg("--quiet")
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .output()
            .map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

/// The attribute that returns its input.
fn identity(all: &Path) -> std::io::Result<()> {
    let folder = all.join("identity");
    fs::create_dir_all(folder.join("src"))?;
    let manifest = "[package]\nname = \"identity\"\nedition = \"2024\"\n\n\
                    [lib]\nproc-macro = true\n\n[workspace]\n";
    let code = "use proc_macro::TokenStream;\n\n#[proc_macro_attribute]\n\
                pub fn background(_: TokenStream, item: TokenStream) -> TokenStream {\n    item\n}\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/lib.rs"), code)
}

fn write(kind: Kind, functions: usize, name: &str, folder: &Path) -> std::io::Result<()> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         bridge = {{ path = {:?} }}\nidentity = {{ path = \"../identity\" }}\n\
         tokio = {{ version = \"1\", features = [\"macros\"] }}\n",
        ours.join("bridge")
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The same versions as everywhere.
    fs::copy(ours.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    match kind {
        Kind::Identity | Kind::Awaited | Kind::Blocking => {
            fs::write(folder.join("src/lib.rs"), library(kind, functions))
        }
        _ => fs::write(folder.join("src/main.rs"), binary(kind, functions)),
    }
}

/// Functions of ten statements, five of them calls.
fn library(kind: Kind, functions: usize) -> String {
    let mut code = String::from(
        "#![allow(dead_code)]\npub struct Client;\npub struct E;\n\
         impl Client {\n    pub async fn get(&self, _: u64) -> Result<String, E> { Ok(String::new()) }\n    \
         pub async fn count(&self, s: &str) -> u64 { s.len() as u64 }\n}\n\
         pub async fn load(id: u64) -> Result<Vec<u64>, E> { Ok(vec![id]) }\n\
         pub async fn one(s: &str) -> u64 { s.len() as u64 }\n\
         pub fn parse(s: &str) -> Result<u64, E> { s.parse().map_err(|_| E) }\n",
    );
    let (attribute, form) = match kind {
        Kind::Identity => ("identity::background", "async fn"),
        Kind::Awaited => ("bridge::background", "async fn"),
        _ => ("bridge::background", "fn"),
    };
    for n in 0..functions {
        let _ = write!(
            code,
            "\n#[{attribute}]\npub {form} page{n}(client: &Client, id: u64) -> Result<u64, E> {{\n    \
             let user = client.get(id).await?;\n    let posts = client.get(id + {n}).await?;\n    \
             let rows = load(id).await?;\n    let parsed = parse(&user)?;\n    \
             let count = client.count(&posts).await;\n    let other = one(\"x\").await;\n    \
             let mut total = 0;\n    for row in &rows {{\n        total += row;\n    }}\n    \
             if parsed > {n} {{\n        total += other;\n    }}\n    Ok(total + count)\n}}\n"
        );
    }
    code
}

/// Functions of ten calls, and a `main` that calls each.
fn binary(kind: Kind, functions: usize) -> String {
    let mut code = String::from(
        "use std::hint::black_box;\n\nasync fn load(id: u64) -> u64 {\n    \
         tokio::task::yield_now().await;\n    black_box(id)\n}\n",
    );
    let names: Vec<String> = (0..10).map(|n| format!("a{n}")).collect();
    let sum = names.join(" + ");
    let list = names.join(", ");
    for n in 0..functions {
        let calls = |statement: fn(&str, &str) -> String| -> String {
            let lines = names.iter().enumerate();
            lines.map(|(at, name)| statement(name, &format!("load(id + {at} + {n})"))).collect()
        };
        let awaited = |name: &str, call: &str| format!("    let {name} = {call}.await;\n");
        let function = match kind {
            Kind::TenCalls => format!(
                "#[bridge::background]\nfn page{n}(id: u64) -> u64 {{\n{}    {sum}\n}}\n",
                calls(awaited)
            ),
            Kind::TenCallsAwaited => format!(
                "#[bridge::background]\nasync fn awaited{n}(id: u64) -> u64 {{\n{}    {sum}\n}}\n\
                 fn page{n}(id: u64) -> u64 {{\n    bridge::run_in_foreground(awaited{n}(id))\n}}\n",
                calls(awaited)
            ),
            _ => {
                let started = match kind {
                    Kind::TenBoxed => {
                        calls(|name, call| format!("    let {name} = Box::pin({call});\n"))
                    }
                    _ => calls(|name, call| format!("    let {name} = {call};\n")),
                };
                format!(
                    "fn page{n}(id: u64) -> u64 {{\n{started}    bridge::run_in_foreground(async {{\n        \
                     let ({list}) = tokio::join!({list});\n        {sum}\n    }})\n}}\n"
                )
            }
        };
        code.push_str(&function);
    }
    code.push_str("\nfn main() {\n    let id = black_box(1);\n    let mut sum = 0;\n");
    for n in 0..functions {
        let _ = writeln!(code, "    sum += page{n}(id);");
    }
    code.push_str("    println!(\"{sum}\");\n}\n");
    code
}
