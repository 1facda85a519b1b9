//! What an editor shows in a function with the attribute, beside what it shows in the
//! same function as a plain `async fn`: completions, hovers, definitions, references,
//! renames, types and errors, by way of rust-analyzer. Prints a table, and fails if
//! they differ.
//!
//! ```sh
//! cargo run -p bridge-tests --bin editors
//! ```
//!
//! `RUST_ANALYZER` is the language server, if it is not in the path, and
//! `RUST_SRC_PATH` the sources of the standard library (the `library` directory), if
//! the toolchain comes without. Where either is missing it says so, and checks nothing.

#![forbid(unsafe_code)]

mod answers;
mod client;
mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use answers::Editor;
use client::Client;
use fixture::{Fixture, Form};

fn main() -> Result<ExitCode> {
    let server =
        PathBuf::from(env::var_os("RUST_ANALYZER").unwrap_or_else(|| "rust-analyzer".into()));
    if let Some(missing) = missing(&server) {
        println!("skipped: {missing}");
        return Ok(ExitCode::SUCCESS);
    }
    let fixture = Fixture::write()?;
    let mut editor = Editor::open(Client::start(&server, &fixture.package)?, &fixture)?;
    let whole = answers::OF_FILE.iter().map(|kind| (None, *kind));
    let places = fixture.places.iter();
    let places = places.flat_map(|at| answers::kinds(at).iter().map(move |kind| (Some(at), *kind)));
    let mut table: BTreeMap<(&str, &str), [usize; 2]> = BTreeMap::new();
    let mut differences = Vec::new();
    // Where nothing is told of the plain functions, nothing is compared.
    let mut told = BTreeSet::new();
    for (place, kind) in whole.chain(places) {
        let annotated = editor.ask(kind, Form::Annotated, place)?;
        let plain = editor.ask(kind, Form::Plain, place)?;
        let (function, shown) = place.map_or(("", ""), |place| (&place.function, &place.shown));
        let [same, all] = table.entry((function, kind)).or_default();
        *all += 1;
        if !plain.is_empty() {
            told.insert(kind);
        }
        if annotated == plain {
            *same += 1;
        } else {
            let answers = format!("  annotated: {annotated}\n  plain:     {plain}\n");
            differences.push(format!("{kind} in {function}: {shown}\n{answers}"));
        }
    }
    for difference in &differences {
        println!("{difference}");
    }
    for ((function, kind), [same, all]) in &table {
        println!("{function:20} {kind:12} {same:3} of {all:3} the same");
    }
    let silent = table.keys().find(|(_, kind)| !told.contains(kind));
    if let Some((_, kind)) = silent {
        println!("the server tells no {kind}");
    }
    Ok(if differences.is_empty() && silent.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is not installed.
fn missing(server: &Path) -> Option<&'static str> {
    let told = |command: &mut Command| {
        let output = command.output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if told(Command::new(server).arg("--version")).is_none() {
        return Some(
            "no rust-analyzer; `cargo install ra_ap_rust-analyzer --version 0.0.330 --locked` builds one",
        );
    }
    let sysroot = told(Command::new("rustc").args(["--print", "sysroot"]));
    let own =
        sysroot.is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library").is_dir());
    let sources = own || env::var_os("RUST_SRC_PATH").is_some();
    (!sources).then_some("no sources of the standard library; `rustup component add rust-src`")
}
