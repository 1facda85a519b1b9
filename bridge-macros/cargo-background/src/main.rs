//! `cargo background`: see the README of this crate.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use annotate_snippets::Renderer;
use cargo_background::cli::{self, Asked};
use cargo_background::weights::Weights;
use cargo_background::{explain, run};

/// As cargo's: the program could not do what it was asked for.
const FAILED: u8 = 101;

fn main() -> ExitCode {
    // A panic of the planner is told with its function.
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = anstream::stdout().lock();
    let ended = match cli::asked() {
        Asked::Survey(survey) => run::survey(&survey, &mut out),
        Asked::Explain { function, paths, weights } => {
            explained(&function, &paths, weights.as_deref(), &mut out)
        }
    };
    match ended {
        Ok(code) => code,
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "error: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn explained(
    function: &str,
    paths: &[PathBuf],
    weights: Option<&Path>,
    out: &mut dyn Write,
) -> io::Result<ExitCode> {
    let weights = Weights::read(weights)?;
    let renderer = Renderer::styled();
    let functions = explain::functions(function, paths).map_err(io::Error::other)?;
    let mut explained = false;
    for (file, text, function) in &functions {
        let said = explain::text(file, text, function, &weights, &renderer);
        if let Some(said) = said.map_err(io::Error::other)? {
            write!(out, "{said}")?;
            explained = true;
        }
    }
    // Of several that have a name, those are told of which there is something to tell.
    for (file, _, function) in functions.iter().filter(|_| !explained) {
        let (file, line, name) = (file.display(), function.line, &function.name);
        writeln!(
            out,
            "{file}:{line} {name}: it awaits once at the most, so that nothing can overlap"
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
