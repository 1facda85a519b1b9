//! The `#[background]` attribute of the [`bridge`] crate, where it is
//! documented and from where it is to be used.
//!
//! [`bridge`]: https://docs.rs/bridge
//!
//! The translation is in `bridge-planner`, a library. Here is what assumes the compiler: the
//! entry point, and what the compiler knows of the place.

#![forbid(unsafe_code)]

mod host;

use proc_macro::TokenStream;

/// Arguments and markers, in full:
///
/// # Arguments
///
/// - `serial`: every await runs to its end where it is written; the function to
///   compare with.
/// - `strict`: nothing below a `?` starts before it has passed.
/// - `explain`: the function's documentation shows its schedule, with the reason
///   for each wait.
/// - `explain = warn`: the compiler warns of each wait that a rewrite would avoid,
///   and says what to write.
/// - `commands(name, …)`: calls of these names are commands, which wait and hold
///   back; `queries(name, …)`: calls of these are none. A name may be the first
///   word of one.
/// - `crate = path`: where the `bridge` crate is, if not at `::bridge`.
///
/// # Markers
///
/// - `#[foreground]` on a statement: what is above has finished when it runs,
///   and nothing below has started.
/// - `#[background]` on a statement without a binding, or on a `let` that is a
///   command by its name, or a block that acts: it starts like a call, and is
///   joined at the next effect or at the end of its scope.
/// - `#[background]` on a statement without an `.await`: blocking code, which
///   starts at once on a thread of its own. It owns what it uses, and is `Send`.
/// - `#[background(limit = N)]` on `for` or `while let`: the `let`s that its body begins
///   with, up to the last that awaits, overlap over up to `N` iterations, and so
///   does what the statement below them awaits, if it changes a local, branches
///   or may leave; the rest runs iteration by iteration, in order. With
///   `limit = N, unordered` it runs when the calls of its iteration have ended.
///
/// # Panics
///
/// The function panics where `limit` is 0 when it runs.
#[proc_macro_attribute]
pub fn background(args: TokenStream, item: TokenStream) -> TokenStream {
    bridge_planner::background(args.into(), item.into(), host::of_this_process()).into()
}

/// [`macro@background`] in serial order, whatever its arguments say of that: for a module that is compiled
/// twice, once as it is, and once with this one imported in the other's place.
///
/// # Errors
///
/// Those of [`macro@background`].
#[proc_macro_attribute]
pub fn serial_background(args: TokenStream, item: TokenStream) -> TokenStream {
    bridge_planner::serial_background(args.into(), item.into(), host::of_this_process()).into()
}

/// A closure whose calls overlap as those of a function with [`macro@background`] do.
///
/// An attribute cannot stand on an expression, and an attribute and a macro cannot share their
/// name: so the closure stands in a macro. It is synchronous, `|id: u32| { … }`, or
/// `async |id: u32| { … }`. Arguments stand in front of it: `#[background(strict)] |id: u32| …`.
///
/// What the closure takes from around it may be a `&mut`, for all that a macro sees. So calls that
/// use it in another way than by `&` keep their order. `let client = &client;` in the closure says
/// that it is only read.
///
/// # Errors
///
/// A `?` without a return type, a closure that awaits nothing, and what is no closure are errors of
/// the compiler.
///
/// # Panics
///
/// As those of a function with [`macro@background`].
#[proc_macro]
pub fn background_closure(closure: TokenStream) -> TokenStream {
    bridge_planner::background_closure(closure.into(), host::of_this_process()).into()
}
