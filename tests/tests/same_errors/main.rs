//! A mistake in an annotated function is the error that it is in the plain one, at the
//! same place: each mistake in each position, in each form.

mod functions;
mod known;
mod mistakes;
mod positions;

use std::collections::{BTreeMap, BTreeSet};

use bridge_tests::Form;
use bridge_tests::compiler::{Crates, Message};

use functions::FUNCTIONS;
use known::{KNOWN, Known};
use mistakes::MISTAKES;

const WORLD: &str = include_str!("world.rs");

#[test]
fn same_errors() {
    let cases = cases();
    let mut crates = Crates::new("same_errors", env!("CARGO_TARGET_TMPDIR"));
    for form in [Form::Plain].into_iter().chain(Form::ANNOTATED) {
        let modules =
            cases.iter().map(|case| format!("mod {};\n", case.name())).collect::<String>();
        let root = format!("#![allow(warnings)]\nmod world;\n{modules}");
        let mut files =
            vec![("lib.rs".to_owned(), root), ("world.rs".to_owned(), WORLD.to_owned())];
        files.extend(cases.iter().map(|case| (format!("{}.rs", case.name()), form.of(&case.text))));
        crates.add(form.name(), "2024", files.iter().map(|(path, text)| (&**path, &**text)));
    }
    let said = crates.run("check", &[]);

    let listed = |(number, known): (usize, &Known)| {
        known.mistakes.iter().map(move |name| (number, *name)).collect::<Vec<_>>()
    };
    let mut unseen: BTreeSet<_> = KNOWN.iter().enumerate().flat_map(listed).collect();
    let mut unexpected = Vec::new();
    for form in Form::ANNOTATED {
        let mut counts = BTreeMap::<_, u32>::new();
        for case in &cases {
            let of = |form: Form| {
                let file = (form.name().to_owned(), format!("{}.rs", case.name()));
                said.get(&file).map_or(&[][..], Vec::as_slice)
            };
            let (plain, annotated) = (of(Form::Plain), of(form));
            let mut outcome = compared(plain, annotated);
            if outcome == Outcome::Differ
                && let Some(listed) = known::listed(case.mistake, case.position)
            {
                unseen.remove(&listed);
                outcome = Outcome::Known;
            }
            if outcome == Outcome::Differ || (outcome == Outcome::Refused && !case.may_be_refused())
            {
                let name = case.name();
                unexpected.push(format!("{} {name}:\n  {plain:?}\n  {annotated:?}", form.name()));
            }
            *counts.entry(outcome).or_default() += 1;
        }
        println!("{:>12}: {counts:?}", form.name());
    }
    assert!(unexpected.is_empty(), "{} differ:\n{}", unexpected.len(), unexpected.join("\n"));
    assert!(
        unseen.is_empty() || !positions::all(),
        "listed as different, and the same: {unseen:?}"
    );
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// The same errors at the same places.
    Same,
    /// In this position it is no mistake, in neither.
    Right,
    /// The macro says that the position has no place for the call.
    Refused,
    /// A difference that is listed with its reason.
    Known,
    Differ,
}

fn compared(plain: &[Message], annotated: &[Message]) -> Outcome {
    let errors = |said: &[Message]| -> Vec<_> {
        said.iter().map(|said| (said.line, said.column, said.code.clone())).collect()
    };
    // An error of a macro has no code.
    let own = |said: &[Message]| said.iter().filter(|said| said.code.is_empty()).count();
    match (errors(plain), errors(annotated)) {
        (plain, annotated) if plain == annotated && plain.is_empty() => Outcome::Right,
        (plain, annotated) if plain == annotated => Outcome::Same,
        _ if own(plain) < own(annotated) => Outcome::Refused,
        _ => Outcome::Differ,
    }
}

struct Case {
    mistake: &'static str,
    position: &'static str,
    text: String,
}

impl Case {
    /// The position asks for a call that starts in the background, which not every
    /// mistake is.
    fn may_be_refused(&self) -> bool {
        self.position.starts_with("limited") || self.position == "marked_background"
    }

    /// Its name as that of a module.
    fn name(&self) -> String {
        format!("{}__{}", self.mistake, self.position)
    }
}

/// Each mistake in each position, and the whole functions.
fn cases() -> Vec<Case> {
    let head = "use crate::world::*;\n#[background]\n";
    let mut cases = Vec::new();
    for (number, mistake) in MISTAKES.iter().enumerate() {
        for (position, body) in positions::of(number) {
            let body = body.replace("HERE", mistake.expr);
            let above = mistake.above;
            let text = format!(
                "{head}pub async fn f() -> Result<u32, Error> {{\n    {above}\n    {body}\n}}\n"
            );
            cases.push(Case { mistake: mistake.name, position, text });
        }
    }
    for &(mistake, function) in FUNCTIONS {
        cases.push(Case { mistake, position: "function", text: format!("{head}{function}\n") });
    }
    cases
}
