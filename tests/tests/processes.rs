//! What becomes of a process of its own: one that is interrupted, and one that forks.

#![cfg(unix)]

use std::env;
use std::io::{BufRead, BufReader};
use std::panic::catch_unwind;
use std::process::{Command, Stdio, exit};
use std::time::Duration;

use bridge::{run_in_foreground, sleep};
use fork::{Fork, WEXITSTATUS, fork, waitpid};

const SHORT: Duration = Duration::from_millis(1);

#[test]
fn an_interrupt_in_the_middle_of_its_loads_ends_a_program_in_order() {
    let mut program =
        Command::new(env!("CARGO_BIN_EXE_interrupted")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines().map(Result::unwrap);
    let loads: Vec<String> = lines.by_ref().take(2).collect();
    assert_eq!(loads, ["users loads", "posts loads"]);
    let interrupt = Command::new("kill").args(["-INT", &program.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let rest: Vec<String> = lines.collect();
    // Calls in the reverse order of their start, then locals.
    assert_eq!(
        rest,
        ["posts cancelled", "users cancelled", "posts closed", "users closed", "interrupted"]
    );
    assert_eq!(program.wait().unwrap().code(), Some(130), "as the program says");
}

/// Says that a process is for the test of this name, and nothing else.
const ALONE: &str = "PROCESS_ALONE";

/// Runs this test again, alone in a process; tells whether this is that process.
fn alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let again = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    assert!(again.status.success(), "{again:?}");
    false
}

/// What a child of this process exits with.
fn in_a_child(run: impl FnOnce() -> i32) -> i32 {
    match fork().unwrap() {
        Fork::Child => exit(run()),
        Fork::Parent(child) => WEXITSTATUS(waitpid(child).unwrap()),
    }
}

#[test]
fn a_child_says_that_it_was_forked_in_place_of_a_wait_without_end() {
    if !alone("a_child_says_that_it_was_forked_in_place_of_a_wait_without_end") {
        return;
    }
    run_in_foreground(sleep(SHORT));
    let code = in_a_child(|| {
        if run_in_foreground(async { 1 }) != 1 {
            return 1;
        }
        let Err(payload) = catch_unwind(|| run_in_foreground(sleep(SHORT))) else { return 2 };
        let says_so = payload.downcast_ref::<&str>().is_some_and(|text| text.contains("`fork`"));
        if says_so { 42 } else { 3 }
    });
    assert_eq!(code, 42);
    run_in_foreground(sleep(SHORT));
}

#[test]
fn a_child_of_a_process_that_has_no_runtime_yet_has_its_own() {
    if !alone("a_child_of_a_process_that_has_no_runtime_yet_has_its_own") {
        return;
    }
    let code = in_a_child(|| {
        run_in_foreground(sleep(SHORT));
        42
    });
    assert_eq!(code, 42);
    run_in_foreground(sleep(SHORT));
}
