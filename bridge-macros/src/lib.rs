//! The `#[background]` attribute of the [`bridge`] crate, where it is
//! documented and from where it is to be used.
//!
//! [`bridge`]: https://docs.rs/bridge
//!
//! The pipeline, one file a stage: `args` and `parse` read the input, with `fragments`
//! of `macro_rules!` and what is `boxed` by `#[async_trait]`; `lower` sorts statements
//! and calls, `access` and `quiet` say what code touches, `dependences` says what waits
//! for what and why, `plan` puts it in order while `progress` keeps count and `late`
//! tells what is lost, `explain` says so in a `drawing`, `chain` tells how values pass
//! between calls, `expand` writes it all down in `runtime_calls`, `spans` says where
//! errors belong, and `in_place` rewrites the awaits that stay where they are. `markers`
//! reads what stands on statements: `blocking` makes calls of blocking code, and
//! `limited` writes loops whose iterations overlap. `as_written` is for editors, and for
//! what does not parse.
//! Only this file touches `proc_macro`.

#![forbid(unsafe_code)]

mod access;
mod args;
mod as_written;
mod awaits;
mod blocking;
mod boxed;
mod chain;
mod dependences;
mod drawing;
mod env;
mod expand;
mod explain;
mod fragments;
mod handles;
mod in_place;
mod late;
mod limited;
mod lower;
mod macros;
mod markers;
mod operands;
mod parse;
mod pipeline;
mod plan;
mod progress;
mod quiet;
mod report;
mod runtime_calls;
mod spans;
mod tuples;

use proc_macro::TokenStream;

/// Starts the calls of a plain function in the background, and joins each in
/// the foreground where its value is first needed.
///
/// See the documentation of `bridge` for what it promises.
///
/// # Arguments
///
/// - `serial`: every await runs to its end where it is written; the function to
///   compare with.
/// - `strict`: nothing below a `?` starts before it has passed.
/// - `explain`: the function's documentation shows its schedule, with the reason
///   for each wait.
/// - `crate = path`: where the `bridge` crate is, if not at `::bridge`.
///
/// # Markers
///
/// - `#[foreground]` on a statement: what is above has finished when it runs,
///   and nothing below has started.
/// - `#[background]` on a statement without a binding: it starts like a call,
///   and is joined at the next effect or at the end of its scope.
/// - `#[background]` on a statement without an `.await`: blocking code, which
///   starts at once on a thread of its own. It owns what it uses, and is `Send`.
/// - `#[background(limit = N)]` on a `for` loop: the `let`s that its body begins
///   with, up to the last that awaits, overlap over up to `N` iterations; the
///   rest runs iteration by iteration, in order.
///
/// # Panics
///
/// The function panics where `limit` is 0 when it runs.
#[proc_macro_attribute]
pub fn background(args: TokenStream, item: TokenStream) -> TokenStream {
    let reader = match as_written::is_wanted() {
        true => pipeline::Reader::Editor,
        false => pipeline::Reader::Compiler,
    };
    pipeline::background(args.into(), item.into(), reader).into()
}

#[cfg(test)]
mod tests;
