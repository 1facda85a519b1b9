//! The standard macros that take expressions: they count as calls.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, Macro, Token};

/// What is known of a macro by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads its arguments and has no effect that can be seen: `format!`.
    Format,
    /// Reads its arguments and shows them: `println!`, `info!`.
    Log,
    /// Reads its arguments and may panic: `assert!`.
    Assert,
    /// Changes its first argument and reads the others: `write!`.
    Write,
    /// Takes its arguments by value, as far as its name tells: `vec!`, `anyhow!`.
    Value,
}

const FORMAT: &[&str] = &["format", "format_args"];
const LOG: &[&str] =
    &["print", "println", "eprint", "eprintln", "trace", "debug", "info", "warn", "error"];
const ASSERT: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
];
const WRITE: &[&str] = &["write", "writeln"];
const VALUE: &[&str] = &["anyhow", "dbg", "eyre", "format_err", "vec"];

pub(crate) fn kind(mac: &Macro) -> Option<Kind> {
    let name = mac.path.segments.last()?.ident.to_string();
    let name = name.as_str();
    let table = [
        (FORMAT, Kind::Format),
        (LOG, Kind::Log),
        (ASSERT, Kind::Assert),
        (WRITE, Kind::Write),
        (VALUE, Kind::Value),
    ];
    table.into_iter().find(|(names, _)| names.contains(&name)).map(|(_, kind)| kind)
}

/// The argument expressions of a known macro, a named one (`width = 3`) as an
/// assignment; `None` for a macro that is unknown or used in another way.
pub(crate) fn expressions(mac: &Macro) -> Option<Punctuated<Expr, Token![,]>> {
    kind(mac)?;
    arguments(mac)
}

/// The tokens of any macro as argument expressions, if they are that.
pub(crate) fn arguments(mac: &Macro) -> Option<Punctuated<Expr, Token![,]>> {
    Punctuated::<Expr, Token![,]>::parse_terminated.parse2(mac.tokens.clone()).ok()
}

/// Whether the macro is of the kind that has `name = value` arguments.
pub(crate) fn names_arguments(mac: &Macro) -> bool {
    matches!(kind(mac), Some(Kind::Format | Kind::Log | Kind::Assert))
}
