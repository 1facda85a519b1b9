//! Which forms of the grammar the written functions have: a form that is no
//! longer written is no longer tested. And how often the functions with a form take the time of
//! their critical path.

use std::collections::BTreeMap;

use crate::grammar::Function;
use crate::workshop::Same;

/// The forms that are counted.
const FORMS: &[&str] = &[
    ".. in a pattern",
    "@ in a pattern",
    "a borrow as the value",
    "a chain of lets with awaits",
    "a change of a local",
    "a closure that captures a name",
    "a closure that changes what it captures",
    "a guard of an arm with an await",
    "a labelled block with a value",
    "a labelled block",
    "a labelled break with a value",
    "a labelled break with an await",
    "a loop with a limit",
    "a labelled break",
    "a labelled continue",
    "a log line with an await",
    "a method of a trait",
    "a method of one call with another as its argument",
    "a method with &mut self",
    "a method with &self",
    "a method with self",
    "a method with self: Box<Self>",
    "a number out of a tuple of calls",
    "a plain ?",
    "a plain if that returns",
    "a plain let that breaks",
    "a plain match that returns",
    "a struct of calls",
    "a struct of calls, taken apart",
    "a block that is a call",
    "a box that is made",
    "a type that borrows nothing",
    "a tuple of calls",
    "a value with an await, or a return",
    "an array of calls",
    "an async block that is awaited later",
    "an awaited method of a field",
    "an awaited method of a trait",
    "an awaited method with self",
    "an awaited method with self: Box<Self>",
    "arithmetic on three calls",
    "assert! with an await",
    "else if with an await",
    "explain",
    "format! with an await",
    "generic parameters",
    "if let with an await",
    "let else with an await",
    "let else without an await",
    "loop with a value",
    "mut in a pattern",
    "ref in a pattern",
    "strict",
    "vec! of calls",
    "while let with an await",
    "while with an await",
    "a cell",
    "a command",
    "a command whose name does not tell",
    "a connection",
    "a derivation that may fail",
    "a division that may panic",
    "a file that is written",
    "a log line that looks at the world",
    "a look at a file",
    "a permit",
    "a plain let that acts",
    "a plain let that looks at the world",
    "a query",
    "a query behind the gate",
    "a query on the pool",
    "a statement that is made, and then run",
    "a synchronous function that waits by itself",
    "a world that is a parameter",
    "a world that is a static",
    "an argument that looks at the world",
    "an index that may panic",
    "an operand that looks at the world",
    "an unwrap that may panic",
    "fields behind a guard",
    "fields behind the guard of a cell",
    "names of the standard library on another type",
    "names that do not tell",
    "what is taken from a queue",
];

/// How many of the functions have each form.
pub(crate) fn census<'a>(
    functions: impl Iterator<Item = &'a Function>,
) -> BTreeMap<&'static str, u32> {
    let mut counts: BTreeMap<&str, u32> = FORMS.iter().map(|form| (*form, 0)).collect();
    for form in functions.flat_map(|function| &function.forms) {
        let count = counts.get_mut(form);
        *count.unwrap_or_else(|| panic!("`{form}` is not in the census")) += 1;
    }
    counts
}

/// Of the timed runs of functions with a form, how many percent take the time of their critical
/// path; by form, the lowest share first.
pub(crate) fn shares(
    same: &[Same],
    functions: &BTreeMap<u32, Function>,
) -> Vec<(&'static str, f64)> {
    let mut runs: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for same in same {
        let forms = functions[&same.index].forms.iter().filter(|_| same.timed > 0);
        for form in forms {
            let (timed, at_path) = runs.entry(form).or_default();
            *timed += same.timed;
            *at_path += same.at_path;
        }
    }
    let share =
        |(form, (timed, at_path)): (_, (u64, u64))| (form, 100.0 * at_path as f64 / timed as f64);
    let mut shares: Vec<_> = runs.into_iter().map(share).collect();
    shares.sort_by(|one, other| one.1.total_cmp(&other.1));
    shares
}
