//! What a backtrace has between a call and the function that it is written in.

use std::backtrace::Backtrace;

use bridge::{background, run_in_foreground};
use bridge_tests::bounded;

/// The frames of a call, in its first poll or in a later one.
async fn frames(later: bool) -> Vec<String> {
    if later {
        tokio::task::yield_now().await;
    }
    // `12: name`, and below it `at file:line:column`.
    let text = Backtrace::force_capture().to_string();
    let mut frames: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        match line.split_once(": ") {
            Some((number, _)) if number.parse::<u32>().is_ok() => frames.push(line.to_owned()),
            _ => frames.iter_mut().last().into_iter().for_each(|frame| *frame += line),
        }
    }
    frames
}

#[background]
fn started() -> Vec<String> {
    let call = frames(false).await;
    let beside = frames(true).await;
    drop(beside);
    call
}

#[background]
fn joined() -> Vec<String> {
    let call = frames(true).await;
    let beside = frames(false).await;
    drop(beside);
    call
}

#[background]
fn in_place() -> Vec<String> {
    frames(true).await
}

#[background]
fn operand() -> Vec<String> {
    std::cmp::max_by_key(frames(true).await, frames(false).await, Vec::len)
}

#[background]
async fn awaited() -> Vec<String> {
    let call = frames(true).await;
    let beside = frames(false).await;
    drop(beside);
    call
}

fn by_tokio() -> Vec<String> {
    tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(frames(true))
}

/// The frames between the call and the function of this name, and how many of them are in
/// our sources.
fn between(function: &str, frames: &[String]) -> (usize, usize) {
    // With the feature `tracing` each span adds some.
    let is_traced =
        |frame: &&String| frame.contains("bridge::trace::") || frame.contains("tracing::span::");
    let frames: Vec<&String> = frames.iter().filter(|frame| !is_traced(frame)).collect();
    let is_here = |frame: &&String| frame.contains("backtraces.rs");
    // The call itself, and the `async` block that it is started in, come first.
    let below = frames.iter().position(|frame| !is_here(frame)).unwrap();
    let length = frames[below..].iter().position(is_here).unwrap();
    let found = &frames[below..below + length];
    let own = found.iter().filter(|frame| frame.contains("bridge/src/")).count();
    println!("{function:>10}: {length:>2} frames, {own:>2} of them ours");
    (length, own)
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "what is inlined has no frame")]
fn backtraces_are_short() {
    type Function = fn() -> Vec<String>;
    let awaited: Function = || run_in_foreground(awaited());
    let functions: [(&str, Function, usize); 5] = [
        ("started", started, 25),
        ("joined", joined, 34),
        ("in_place", in_place, 24),
        ("operand", operand, 34),
        ("awaited", awaited, 15),
    ];
    between("block_on", &bounded(by_tokio));
    for (name, function, limit) in functions {
        let (length, own) = between(name, &bounded(function));
        assert!(own > 3, "{name} has the frames of the runtime");
        assert!(length <= limit, "{name}: {length} frames");
    }
}
