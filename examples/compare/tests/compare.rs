//! What `compare` prints, and how it fails.

use std::process::{Command, Output};

fn compare(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_compare")).args(arguments).output().expect("it starts")
}

/// Each part prints its tables, and the last line has all figures.
#[test]
fn sums_up_in_its_last_line() {
    let output = compare(&["--tiny"]);
    let text = String::from_utf8(output.stdout).expect("it prints text");
    assert!(output.status.success(), "{text}");
    for part in ["seed, HTTP", "seed, TCP", "overhead", "loop of", "critical path", "64 threads"] {
        assert!(text.lines().any(|line| line.starts_with(part)), "{part} is missing: {text}");
    }

    let last = text.lines().last().expect("it prints lines");
    let figures = last.strip_prefix("summary: ").expect("the last line sums up");
    let words: Vec<&str> = figures.split(' ').collect();
    let (names, figures): (Vec<&str>, Vec<f64>) = words
        .chunks(2)
        .map(|pair| (pair[0], pair[1].parse::<f64>().expect("each name has a number")))
        .unzip();
    assert_eq!(
        names,
        [
            "join",
            "serial",
            "threads",
            "ready_ns",
            "ready_allocs",
            "eight",
            "sixtyfour",
            "yielding",
            "loop",
            "loop_yielding",
            "local",
            "critical"
        ]
    );
    assert!(figures.iter().all(|figure| figure.is_finite() && *figure > 0.0), "{last}");
    // What does not depend on how busy the machine is.
    assert_eq!(figures[4], 1.0, "a call allocates its box: {last}");
    assert_eq!(figures[11], 1.0, "graphs take the time of their longest chain: {last}");
}

/// A part that was not asked for is not measured.
#[test]
fn measures_a_single_part() {
    let output = compare(&["--tiny", "critical"]);
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let last = text.lines().last().expect("it prints lines");
    assert_eq!(
        last,
        "summary: join - serial - threads - ready_ns - ready_allocs - eight - sixtyfour - \
         yielding - loop - loop_yielding - local - critical 1.00"
    );
}

#[test]
fn wrong_usage_is_exit_code_2() {
    assert_eq!(compare(&["everything"]).status.code(), Some(2));
    assert_eq!(compare(&["--quickly"]).status.code(), Some(2));
}
