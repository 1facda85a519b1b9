//! Random loops with a limit, over `for` and `while let`, in order and `unordered`, in both
//! forms, each beside its serial twin.
//!
//! ```text
//! RANDOM_LOOPS=500 RANDOM_LOOPS_SEED=7 \
//!     cargo test -p bridge-tests --test random_loops -- --nocapture
//! ```
//!
//! In order a loop does what its twin does: the value, the error or the panic, and what the rests
//! say and drop, in their order. Unordered the rests say the same, each as often, where nothing
//! leaves the loop; where a call of each iteration may fail, the first failure in time comes out;
//! and with a limit of 1 it is the twin. Nothing is left in flight.

#![forbid(unsafe_code)]

#[path = "../differential/dice.rs"]
#[allow(dead_code, reason = "the functions of the other test use more of it")]
mod dice;
mod generate;

use std::collections::BTreeMap;

use bridge_tests::{Package, setting};

use dice::Dice;
use generate::{Generator, Loop};

/// In how many worlds each loop runs.
const WORLDS: u64 = 60;

#[test]
fn loops_do_what_their_twins_do() {
    let count = setting("RANDOM_LOOPS", 40) as usize;
    let seed = setting("RANDOM_LOOPS_SEED", 1);
    let loops: Vec<Loop> = (0..count)
        .map(|index| Generator::new(Dice::new(seed * 1_000_003 + index as u64)).write())
        .collect();
    let mut forms: BTreeMap<&str, usize> = BTreeMap::new();
    loops.iter().flat_map(|each| &each.forms).for_each(|form| *forms.entry(form).or_default() += 1);
    let said = run(&loops);
    let overlapped = said.lines().find_map(|line| line.strip_prefix("OVERLAPPED "));
    let overlapped: u64 = overlapped.and_then(|text| text.parse().ok()).expect("it has ended");
    println!("{count} loops in {WORLDS} worlds each, {overlapped} times with more in flight");
    println!("{forms:?}");
    let differ: Vec<&str> = said.split("DIFFERS ").skip(1).collect();
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    // They are about something.
    assert!(forms.len() > 17 || count < 40, "{forms:?}");
    assert!(overlapped > count as u64 * WORLDS / 2, "{overlapped}");
}

/// Compiles the loops, and gives what is said of them.
fn run(loops: &[Loop]) -> String {
    let package = Package::new("random_loops", env!("CARGO_TARGET_TMPDIR"));
    package.clear();
    package.write_manifest(&format!(
        "[package]\nname = \"random_loops\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\
         [workspace]\n\n[profile.dev.package.random_loops]\ndebug = false\n",
        Package::dependencies(),
    ));
    let names = 0..loops.len();
    let modules: String = names.clone().map(|name| format!("mod f{name};\n")).collect();
    let all: String = names.map(|name| format!("    f{name}::LOOP,\n")).collect();
    let main = format!(
        "#![allow(unused)]\n\n{modules}\nconst LOOPS: &[Loop] = &[\n{all}];\n\n{}",
        include_str!("judge.rs").replace("//! ", "// ")
    );
    package.write("src/main.rs", &main);
    for (index, each) in loops.iter().enumerate() {
        package.write(&format!("src/f{index}.rs"), &each.source(index));
    }
    let output = package
        .cargo("run")
        .arg("--")
        .arg(WORLDS.to_string())
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .expect("cargo can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the loops do not compile or run:\n{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
