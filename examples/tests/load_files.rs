//! What `load_files` prints, and how it fails.

use std::process::{Command, Output};

fn load_files(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load_files")).args(arguments).output().expect("it starts")
}

/// Both runs load the same, and what they took is the last line.
#[test]
fn loads_in_both_ways() {
    let output = load_files(&["--delay", "50"]);
    let text = String::from_utf8(output.stdout).expect("it prints text");
    assert!(output.status.success(), "{text}");
    assert!(text.contains("flights.csv"), "{text}");
    assert!(!text.contains("changed between the runs"), "{text}");
    let last = text.lines().last().expect("it prints lines");
    let (serial, rest) = last
        .strip_prefix("serial ")
        .and_then(|rest| rest.split_once(" ms, background "))
        .expect("the last line says how long it took");
    let (background, _) = rest.split_once(" ms, ratio ").expect("and the ratio");
    let (serial, background): (u64, u64) =
        (serial.parse().expect("a number"), background.parse().expect("a number"));
    // Seven files wait 50 ms each, or the three, and then the four, wait together.
    assert!(serial >= 7 * 50 && background >= 2 * 50, "{last}");
}

/// A file that is not there is named, in one line.
#[test]
fn names_the_file_that_is_not_there() {
    let output = load_files(&["--delay", "0", "/nowhere"]);
    let error = String::from_utf8(output.stderr).expect("it prints text");
    assert_eq!(output.status.code(), Some(1));
    assert!(error.starts_with("load_files: /nowhere/flights.csv: "), "{error}");
    assert_eq!(error.lines().count(), 1);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    assert_eq!(load_files(&["--delay", "soon"]).status.code(), Some(2));
    assert_eq!(load_files(&["one", "two"]).status.code(), Some(2));
}
