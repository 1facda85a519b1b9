//! What is warned of in an annotated function is what is warned of in the plain one, at the
//! same place: nothing that the user did not write, and nothing less.
//!
//! The plain twin of a synchronous function is either of two: an `async fn`, which awaits,
//! and a `fn`, which does not.

mod known;
#[path = "../same_errors/positions.rs"]
mod positions;
mod triggers;

use std::collections::BTreeSet;

use bridge_tests::Form;
use bridge_tests::compiler::{Crates, Message, Messages};

use known::{LOST, OTHERWISE, REPLACED};
use triggers::{FUNCTIONS, TRIGGERS};

const WORLD: &str = include_str!("world.rs");
const BODY: &str = include_str!("body.rs");
/// What `strict` refuses.
const TRIES: &str = include_str!("tries.rs");
const BLOCKING: &str = include_str!("blocking.rs");

const EDITIONS: [&str; 3] = ["2024", "2021", "2018"];
const HEAD: &str = "#![forbid(unsafe_code)]\n#![deny(warnings)]\nextern crate bridge;\n";
const PLAIN: [Form; 2] = [Form::Plain, Form::Blocking];
const GROUPS: [&str; 5] = [
    "-Wclippy::all",
    "-Wclippy::pedantic",
    "-Wclippy::nursery",
    "-Wclippy::cargo",
    "-Wclippy::restriction",
];

/// The functions of `body.rs`, `tries.rs` and `blocking.rs`, under all that clippy has.
#[test]
fn nothing_more() {
    let mut crates = Crates::new("lints", env!("CARGO_TARGET_TMPDIR"));
    add_edition(&mut crates, EDITIONS[0]);
    // There is no `.await` in it, and so no plain twin but the serial one.
    for form in [Form::Background, Form::Strict] {
        let files = vec![("blocking.rs", form.of(BLOCKING))];
        add(&mut crates, &format!("{}_2015", form.name()), "2015", HEAD, files);
    }
    // What is warned of by default hardly depends on the edition: one is enough.
    let said = crates.run("clippy", &[]);
    assert!(said.is_empty(), "warnings:\n{said:#?}");

    EDITIONS[1..].iter().for_each(|edition| add_edition(&mut crates, edition));
    let said = crates.run("clippy", &GROUPS);
    check_suggestions(&said);
    let functions = |text: &str| text.lines().filter(|line| line.trim() == "#[background]").count();
    let mut extra = Vec::new();
    for edition in EDITIONS {
        for form in Form::ANNOTATED {
            for file in ["body.rs", "tries.rs"] {
                let difference = Difference::of(&said, form, &format!("_{edition}"), file);
                let unlisted = |message: &&Message| !REPLACED.contains(&&*message.code);
                extra.extend(
                    difference
                        .extra
                        .iter()
                        .filter(unlisted)
                        .map(|message| format!("{} {edition} {file}: {message:?}", form.name())),
                );
            }
        }
    }
    println!(
        "{} functions in {} forms and {} editions, {} of blocking code in edition 2015: {} extra",
        functions(BODY) + functions(TRIES),
        Form::ANNOTATED.len(),
        EDITIONS.len(),
        functions(BLOCKING),
        extra.len()
    );
    assert!(extra.is_empty(), "{}", extra.join("\n"));
}

fn add_edition(crates: &mut Crates, edition: &str) {
    for form in PLAIN.into_iter().chain(Form::ANNOTATED) {
        let mut files = vec![("world.rs", WORLD.to_owned()), ("body.rs", form.of(BODY))];
        if form != Form::Strict {
            files.push(("tries.rs", form.of(TRIES)));
        }
        add(crates, &format!("{}_{edition}", form.name()), edition, HEAD, files);
    }
}

/// In the edition that has no `.await` a mistake is told as in any other.
#[test]
fn edition_2015() {
    let text = "use bridge::background;\n#[allow(deprecated)] #[background(missing)]\npub fn f() {}\n\
                #[background]\npub fn g(n: u32) -> u32 {\n    let x = n.await;\n    x\n}\n";
    let mut crates = Crates::new("edition_2015", env!("CARGO_TARGET_TMPDIR"));
    add(&mut crates, "old", "2015", "extern crate bridge;\n", vec![("file.rs", text.to_owned())]);
    let said = crates.run("check", &[]);
    let said = &said[&("old".to_owned(), "file.rs".to_owned())];
    let texts: Vec<_> = said.iter().map(|said| (said.line, &*said.text)).collect();
    let unknown = "unknown argument `missing`; there are `serial`, `strict`, `explain`, `explain = warn`, `commands(name, …)`, `queries(name, …)` and `crate = path`";
    assert_eq!(texts, [(2, unknown), (6, "`u32` is not a future")]);
}

/// Whatever rustc and clippy warn of by default, in each position.
#[test]
fn nothing_less() {
    let cases = cases();
    let mut crates = Crates::new("same_lints", env!("CARGO_TARGET_TMPDIR"));
    for form in PLAIN.into_iter().chain(Form::ANNOTATED) {
        let files = cases.iter().filter(|case| form != Form::Strict || !case.is_limited());
        let files = files.map(|case| (&*case.file, form.of(&case.text)));
        let files = files.chain([("world.rs", WORLD.to_owned())]).collect();
        add(&mut crates, form.name(), "2024", "", files);
    }
    let said = crates.run("clippy", &[]);
    check_suggestions(&said);

    let mut silent: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
    let mut unseen: BTreeSet<_> = LOST.iter().collect();
    let mut unexpected = Vec::new();
    for form in Form::ANNOTATED {
        let (mut same, mut none, mut listed) = (0, 0, 0);
        for case in &cases {
            if form == Form::Strict && case.is_limited() {
                continue;
            }
            let difference = Difference::of(&said, form, "", &case.file);
            let known = LOST.iter().find(|(name, positions)| {
                *name == case.name && case.position.starts_with(positions)
            });
            let is_otherwise = OTHERWISE.contains(&(case.name, case.position));
            match (difference, known) {
                (Difference { extra, lost, .. }, _)
                    if is_otherwise && extra.len() == 1 && lost.len() == 1 =>
                {
                    listed += 1;
                }
                (Difference { extra, lost, .. }, Some(known))
                    if extra.is_empty() && !lost.is_empty() =>
                {
                    unseen.remove(known);
                    listed += 1;
                }
                (Difference { extra, lost, shared }, _) if extra.is_empty() && lost.is_empty() => {
                    if shared {
                        silent.remove(case.name);
                        same += 1;
                    } else {
                        none += 1;
                    }
                }
                (difference, _) => {
                    unexpected.push(format!("{} {}: {difference:?}", form.name(), case.file));
                }
            }
        }
        println!("{:>12}: {same} same, {none} without a warning, {listed} listed", form.name());
    }
    assert!(unexpected.is_empty(), "{} differ:\n{}", unexpected.len(), unexpected.join("\n"));
    assert!(silent.is_empty() || !positions::all(), "never warned of: {silent:?}");
    assert!(unseen.is_empty() || !positions::all(), "listed as lost, and there: {unseen:?}");
}

/// Adds a crate of these modules.
fn add(crates: &mut Crates, name: &str, edition: &str, head: &str, mut files: Vec<(&str, String)>) {
    let modules =
        files.iter().map(|(path, _)| format!("pub mod {};\n", path.trim_end_matches(".rs")));
    let root = head.to_owned() + &modules.collect::<String>();
    files.push(("lib.rs", root));
    crates.add(name, edition, files.iter().map(|(path, text)| (*path, &**text)));
}

/// How an annotated file and the plain ones differ.
#[derive(Debug)]
struct Difference {
    extra: Vec<Message>,
    lost: Vec<Message>,
    /// Something is said of both.
    shared: bool,
}

impl Difference {
    fn of(said: &Messages, form: Form, suffix: &str, file: &str) -> Self {
        let of = |form: Form| {
            let key = (format!("{}{suffix}", form.name()), file.to_owned());
            said.get(&key).map_or(&[][..], Vec::as_slice)
        };
        let own = of(form);
        let twins: &[Form] = if form == Form::Async { &[Form::Plain] } else { &PLAIN };
        let extra =
            own.iter().filter(|message| !twins.iter().any(|twin| holds(of(*twin), message)));
        let lost = of(Form::Plain).iter().filter(|message| !holds(own, message));
        let shared = own.iter().any(|message| holds(of(Form::Plain), message));
        Difference { extra: extra.cloned().collect(), lost: lost.cloned().collect(), shared }
    }
}

fn holds(messages: &[Message], message: &Message) -> bool {
    messages.iter().any(|other| other.is_same(message))
}

/// What clippy would have written has the whole of a call, and not the word at its end.
#[track_caller]
fn check_suggestions(said: &Messages) {
    // The root has the names of the modules.
    let files = || said.iter().filter(|((_, file), _)| file != "lib.rs");
    let suggestions = || files().flat_map(|(_, said)| said).flat_map(|said| &said.suggestions);
    let bare = |text: &&String| {
        text.match_indices("await").any(|(at, _)| !text[..at].trim_end().ends_with('.'))
    };
    let awaiting = suggestions().filter(|text| text.contains("await")).count();
    let bare: Vec<_> = suggestions().filter(bare).collect();
    println!("{awaiting} suggestions have an `.await`");
    assert!(bare.is_empty(), "{bare:#?}");
}

struct Case {
    name: &'static str,
    position: &'static str,
    file: String,
    text: String,
}

impl Case {
    fn is_limited(&self) -> bool {
        self.text.contains("limit =")
    }
}

/// What is warned of in each position, and the whole functions.
fn cases() -> Vec<Case> {
    let head = "use crate::world::*;\n#[background]\n";
    let case = |name, position, text| Case {
        name,
        position,
        file: format!("{name}__{position}.rs"),
        text,
    };
    let mut cases = Vec::new();
    for (number, &(name, above, expr)) in TRIGGERS.iter().enumerate() {
        for (position, body) in positions::of(number) {
            let body = body.replace("HERE", expr);
            let text = format!(
                "{head}pub async fn f() -> Result<u32, Error> {{\n    {above}\n    {body}\n}}\n"
            );
            cases.push(case(name, position, text));
        }
    }
    for &(name, function) in FUNCTIONS {
        cases.push(case(name, "function", format!("{head}{function}\n")));
    }
    cases
}
