//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PathBufValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::files::Wanted;

/// What is asked for.
#[derive(Debug)]
pub enum Asked {
    /// All functions of some paths.
    Survey(Survey),
    /// One function: `PATH:LINE`, or its name.
    Explain {
        /// Which.
        function: String,
        /// Where it is looked for, if it is named.
        paths: Vec<PathBuf>,
        /// Times by names.
        weights: Option<PathBuf>,
    },
}

/// How a survey is made and said.
#[derive(Debug)]
pub struct Survey {
    /// What is read; nothing for the workspace.
    pub paths: Vec<PathBuf>,
    /// What of it.
    pub wanted: Wanted,
    /// Times by names.
    pub weights: Option<PathBuf>,
    /// All functions that would gain are shown.
    pub all: bool,
    /// A JSON object a line.
    pub json: bool,
    /// Schedules to be written, or compared with.
    pub snapshot: Option<PathBuf>,
    /// It fails if a function would gain.
    pub deny_gains: bool,
    /// A page to be written.
    pub html: Option<PathBuf>,
    /// The attribute is written into the files.
    pub apply: Option<Apply>,
}

impl Survey {
    /// Something besides the report, which would hide what is said of that.
    pub fn asks_for_more(&self) -> bool {
        let Survey { snapshot, html, apply, deny_gains, .. } = self;
        snapshot.is_some() || html.is_some() || apply.is_some() || *deny_gains
    }
}

/// What is written into the files.
#[derive(Debug)]
pub struct Apply {
    /// The functions, by their names or the ends of their names; nothing for all that would gain.
    pub only: Vec<String>,
    /// With the rewrites.
    pub rewrites: bool,
    /// Also if something is not committed.
    pub allow_dirty: bool,
    /// Where the `bridge` crate is.
    pub bridge: Option<PathBuf>,
    /// The compiler is asked, and what it refuses is left out.
    pub check: bool,
    /// What `cargo check` is given besides.
    pub arguments: Vec<String>,
}

/// Reads the command line of this process, and ends it where clap does: after `--help`, and with exit
/// code 2 after wrong usage.
pub fn asked() -> Asked {
    // `cargo background …` starts `cargo-background background …`.
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "background") {
        words.remove(1);
    }
    of(&command().get_matches_from(words))
}

fn path(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    let parser = PathBufValueParser::new();
    Arg::new(name).long(name).value_name(value).value_parser(parser).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn paths(help: &'static str) -> Arg {
    Arg::new("paths")
        .value_name("PATH")
        .num_args(..)
        .value_parser(PathBufValueParser::new())
        .help(help)
}

fn weights() -> Arg {
    let help = "What calls take, in milliseconds: lines of a name and a time, `load_user 120`";
    path("weights", "FILE", help)
}

/// The command line, as `--help` describes it.
pub fn command() -> Command {
    let explain =
        Command::new("explain")
            .about("Say of one function what waits for what, and what would let it overlap")
            .arg(Arg::new("function").value_name("PATH:LINE | NAME").required(true).help(
                "The line on which a function begins, or one in it; or its name, `Client::load`",
            ))
            .arg(paths("Where a name is looked for [default: the workspace]"))
            .arg(weights());
    Command::new("cargo background")
        .bin_name("cargo background")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Tell where a code base would gain by `#[background]`, and what to look at first")
        .args_conflicts_with_subcommands(true)
        .subcommand(explain)
        .arg(paths("Files and folders [default: the workspace]"))
        .arg(flag("all", "Show all functions that would gain, and those that would with a rewrite"))
        .arg(flag("tests", "Read tests and benches too"))
        .arg(flag("generated", "Read what was generated too"))
        .arg(weights())
        .arg(
            Arg::new("message-format")
                .long("message-format")
                .value_name("FORMAT")
                .value_parser(["human", "json"])
                .default_value("human")
                .help("For a person, or a JSON object for each function"),
        )
        .arg(path("html", "FILE", "Write a page with all of it"))
        .arg(path(
            "snapshot",
            "FILE",
            "Write the schedules, or if the file is there, fail if something overlaps no more",
        ))
        .arg(
            Arg::new("deny")
                .long("deny")
                .value_name("WHAT")
                .value_parser(["gains"])
                .help("Fail if a function would gain that has not the attribute"),
        )
        .arg(flag("apply", "Write the attribute above the functions that would gain"))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("NAME")
                .action(ArgAction::Append)
                .requires("apply")
                .help("Apply to this function alone; may be given more than once"),
        )
        .arg(
            flag(
                "rewrites",
                "Apply too what keeps its meaning, as far as names and the compiler tell",
            )
            .requires("apply"),
        )
        .arg(flag("allow-dirty", "Apply also where something is not committed").requires("apply"))
        .arg(
            path("bridge", "FOLDER", "Where the crate `bridge` is, for `--apply`")
                .requires("apply"),
        )
        .arg(
            flag(
                "no-check",
                "Apply without asking the compiler, which else leaves out what it refuses",
            )
            .requires("apply"),
        )
        .arg(
            Arg::new("cargo")
                .value_name("ARGUMENT")
                .num_args(..)
                .last(true)
                .requires("apply")
                .help(
                    "What the `cargo check` after `--apply` is given besides: `-- --all-features`",
                ),
        )
}

fn of(matches: &ArgMatches) -> Asked {
    let paths = |matches: &ArgMatches| {
        matches.get_many::<PathBuf>("paths").unwrap_or_default().cloned().collect()
    };
    if let Some(("explain", matches)) = matches.subcommand() {
        let function = matches.get_one::<String>("function").cloned().unwrap_or_default();
        let weights = matches.get_one::<PathBuf>("weights").cloned();
        return Asked::Explain { function, paths: paths(matches), weights };
    }
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let flag = |name: &str| matches.get_flag(name);
    let is =
        |name: &str, value: &str| matches.get_one::<String>(name).is_some_and(|is| is == value);
    Asked::Survey(Survey {
        paths: paths(matches),
        wanted: Wanted { tests: flag("tests"), generated: flag("generated") },
        weights: path("weights"),
        all: flag("all"),
        json: is("message-format", "json"),
        snapshot: path("snapshot"),
        deny_gains: is("deny", "gains"),
        html: path("html"),
        apply: flag("apply").then(|| Apply {
            only: matches.get_many("only").unwrap_or_default().cloned().collect(),
            rewrites: flag("rewrites"),
            allow_dirty: flag("allow-dirty"),
            bridge: path("bridge"),
            check: !flag("no-check"),
            arguments: matches.get_many("cargo").unwrap_or_default().cloned().collect(),
        }),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::command().debug_assert();
    }
}
