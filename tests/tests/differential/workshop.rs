//! Compiles written functions, and runs them.
//!
//! They become a package of its own in the target directory, one file for each
//! form of each function, so that the compiler's errors tell which it was, and in
//! a few crates, which are compiled side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use bridge_tests::Package;

use crate::grammar::{Form, Function};

/// What came of a batch of functions.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The serial twin does not compile: the generator's own mistake.
    pub(crate) invalid: BTreeMap<u32, String>,
    /// It does, and the named form does not.
    pub(crate) rejected: BTreeMap<u32, (Form, String)>,
    /// What the judge printed of those that differ.
    pub(crate) differs: BTreeMap<u32, String>,
    pub(crate) same: Vec<Same>,
}

/// A function whose forms all do the same.
#[derive(Clone, Debug)]
pub(crate) struct Same {
    pub(crate) index: u32,
    /// Runs without failures, and how many of them took as long as the critical
    /// path.
    pub(crate) timed: u64,
    pub(crate) at_path: u64,
    /// The ticks of all critical paths, and of all timed runs.
    pub(crate) path: u64,
    pub(crate) measured: u64,
    /// Where the slowest run is late.
    pub(crate) late: String,
}

pub(crate) struct Workshop(Package);

impl Workshop {
    /// A crate of this name below the target directory of the workspace, which
    /// it shares.
    pub(crate) fn new(name: &str) -> Self {
        Workshop(Package::new(name, env!("CARGO_TARGET_TMPDIR")))
    }

    /// Compiles and runs these functions.
    pub(crate) fn run(&self, functions: &[Function], runs: u64, seed: u64) -> Batch {
        let mut batch = Batch::default();
        let mut errors: BTreeMap<(u32, Form), String> = BTreeMap::new();
        self.write_manifest();
        for function in functions {
            for form in function.forms() {
                self.0.write(
                    &file(function.index, form),
                    &(HEAD.to_owned() + &function.source(form)),
                );
            }
        }
        loop {
            let bad = |index, form| errors.contains_key(&(index, form));
            let serial = |function: &&Function| {
                !bad(function.index, Form::Serial) && !bad(function.index, Form::Model)
            };
            let kept: Vec<&Function> = functions.iter().filter(serial).collect();
            let forms = |function: &Function| {
                let own = |form: &Form| !matches!(form, Form::Serial | Form::Model);
                let forms = function.forms().into_iter().filter(own);
                forms.filter(|form| !bad(function.index, *form)).collect::<Vec<_>>()
            };
            for part in 0..PARTS {
                let own: Vec<&Function> = kept.iter().copied().skip(part).step_by(PARTS).collect();
                self.0.write(&format!("src/{}.rs", binary(part)), &main(&own, forms));
            }
            match self.build() {
                Ok(()) => break,
                Err(found) => {
                    assert!(
                        found.keys().any(|key| !errors.contains_key(key)),
                        "the crate does not compile: {found:?}"
                    );
                    errors.extend(found);
                }
            }
        }
        for ((index, form), text) in errors {
            match form {
                Form::Serial | Form::Model => {
                    batch.rejected.remove(&index);
                    batch.invalid.insert(index, format!("{}: {text}", form.name()));
                }
                form if !batch.invalid.contains_key(&index) => {
                    batch.rejected.entry(index).or_insert((form, text));
                }
                _ => {}
            }
        }
        (0..PARTS).for_each(|part| self.judge(part, runs, seed, &mut batch));
        batch.same.sort_unstable_by_key(|same| same.index);
        batch
    }

    fn write_manifest(&self) {
        self.0.clear();
        let binaries: String = (0..PARTS)
            .map(binary)
            .map(|name| format!("[[bin]]\nname = \"{name}\"\npath = \"src/{name}.rs\"\n\n"))
            .collect();
        self.0.write_manifest(&format!(
            "[package]
name = \"differential\"
edition = \"2024\"

{binaries}[dependencies]
{}tokio = {{ version = \"1\", features = [\"sync\"] }}

[workspace]

[profile.dev.package.differential]
debug = false
",
            Package::dependencies(),
        ));
    }

    /// The first error of each file that has one.
    fn build(&self) -> Result<(), BTreeMap<(u32, Form), String>> {
        let output = self
            .0
            .cargo("build")
            .arg("--keep-going")
            // It is built once.
            .env("CARGO_INCREMENTAL", "0")
            .output()
            .expect("cargo can be started");
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let mut found = BTreeMap::new();
        for message in text.split("\n\n").filter(|text| text.trim_start().starts_with("error")) {
            let Some((_, after)) = message.split_once("--> src/") else { continue };
            let name = after.split(".rs").next().unwrap_or_default();
            let Some((index, form)) = name.trim_start_matches('f').split_once('_') else {
                continue;
            };
            let form = Form::ALL.into_iter().find(|known| known.name() == form);
            if let (Ok(index), Some(form)) = (index.parse(), form) {
                found.entry((index, form)).or_insert_with(|| message.to_owned());
            }
        }
        assert!(!found.is_empty(), "the crate does not compile:\n{text}");
        Err(found)
    }

    fn judge(&self, part: usize, runs: u64, seed: u64, batch: &mut Batch) {
        let output = Command::new(self.0.binary(&binary(part)))
            .args([runs.to_string(), seed.to_string()])
            .stderr(Stdio::inherit())
            .output()
            .expect("what was built can be started");
        let text = String::from_utf8_lossy(&output.stdout);
        let mut differing: Option<(u32, String)> = None;
        let mut seen = BTreeSet::new();
        for line in text.lines() {
            if let Some((index, mut report)) = differing.take() {
                if line == "END" {
                    batch.differs.insert(index, report);
                } else {
                    report += line;
                    report.push('\n');
                    differing = Some((index, report));
                }
                continue;
            }
            let words: Vec<&str> = line.split(' ').collect();
            let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
            let index = number(1).unwrap_or_default() as u32;
            seen.insert(index);
            match words[0] {
                "DIFFERS" => differing = Some((index, format!("{line}\n"))),
                "SAME" => batch.same.push(Same {
                    index,
                    timed: number(2).unwrap_or_default(),
                    at_path: number(3).unwrap_or_default(),
                    path: number(4).unwrap_or_default(),
                    measured: number(5).unwrap_or_default(),
                    late: words.get(6..).unwrap_or_default().join(" "),
                }),
                _ => {}
            }
        }
        assert!(output.status.success(), "the judge has ended early, after {:?}", seen.last());
    }
}

/// The crates of a batch.
const PARTS: usize = 2;

fn binary(part: usize) -> String {
    format!("differential_{part}")
}

fn file(index: u32, form: Form) -> String {
    format!("src/f{index}_{}.rs", form.name())
}

const HEAD: &str = "use crate::support::*;\nuse bridge::background;\nuse crate::info;\n\n";

/// The crate's root, for these functions in these forms.
fn main(functions: &[&Function], forms: impl Fn(&Function) -> Vec<Form>) -> String {
    let directory = format!("{}/tests/differential", env!("CARGO_MANIFEST_DIR"));
    let mut text = format!(
        "#![allow(warnings)]
#[path = \"{directory}/dice.rs\"]
mod dice;
#[path = \"{directory}/support/mod.rs\"]
#[macro_use]
mod support;
use support::{{Case, judge_all}};
"
    );
    let mut cases = String::new();
    for function in functions {
        let index = function.index;
        let forms = forms(function);
        let model = function.forms().into_iter().find(|form| *form == Form::Model);
        for form in [Form::Serial].iter().chain(&model).chain(&forms) {
            text += &format!("mod f{index}_{};\n", form.name());
        }
        let forms: Vec<String> =
            forms.iter().map(|form| format!("({0:?}, f{index}_{0}::run)", form.name())).collect();
        cases += &format!(
            "    Case {{ index: {index}, places: &{:?}, firsts: &{:?}, gates: &{:?}, apart: &{:?}, unbound: &{:?}, \
             takes_while_it_waits: {}, serial: f{index}_serial::run, \
             model: {}, forms: &[{}] }},\n",
            function.places(),
            function.firsts(),
            function.gates(),
            function.cancelled_apart(),
            function.unbound(),
            function.takes_while_it_waits(),
            model.map_or("None".to_owned(), |_| format!("Some(f{index}_model::run)")),
            forms.join(", "),
        );
    }
    text + &format!(
        "static CASES: &[Case] = &[\n{cases}];
fn main() {{
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().unwrap());
    judge_all(CASES, arguments.next().unwrap(), arguments.next().unwrap());
}}
"
    )
}
