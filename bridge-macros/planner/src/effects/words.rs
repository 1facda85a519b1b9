//! What names of functions and methods tell, by the conventions of the standard library.

/// Methods that take `&self` and only look.
const LOOKING: &[&str] = &[
    "char_indices",
    "concat",
    "get",
    "parse",
    "repeat",
    "split_once",
    "split_whitespace",
    "strip_prefix",
    "strip_suffix",
    "clone",
    "cloned",
    "copied",
    "to_string",
    "to_owned",
    "to_vec",
    "len",
    "is_empty",
    "iter",
    "keys",
    "values",
    "chars",
    "trim",
    "first",
    "last",
    "contains",
    "contains_key",
    "starts_with",
    "ends_with",
    "deref",
    "display",
    "id",
];

/// Prefixes of such methods.
const LOOKING_PREFIXES: &[&str] = &["as_", "is_", "to_"];

/// Methods that turn one value into another and do no more.
const CONVERSIONS: &[&str] = &[
    "chain",
    "collect",
    "count",
    "enumerate",
    "into_iter",
    "max",
    "min",
    "rev",
    "skip",
    "step_by",
    "sum",
    "zip",
    "into",
    "ok",
    "err",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "expect",
    "ok_or",
    "flatten",
    "context",
    "wrap_err",
];

const CONVERSION_PREFIXES: &[&str] = &["into_", "with_"];

/// Methods that turn one value into another by what they are given to call.
const COMBINATORS: &[&str] = &[
    "all",
    "any",
    "filter_map",
    "flat_map",
    "fold",
    "position",
    "map",
    "map_err",
    "and_then",
    "or_else",
    "ok_or_else",
    "unwrap_or_else",
    "with_context",
    "map_or",
    "filter",
];

/// Functions that make a value of what they are given and do no more.
const CONSTRUCTORS: &[&str] = &["builder", "default", "from", "new", "with_capacity"];

/// Methods that take a guard or read a clock.
const OBSERVING: &[&str] = &[
    "borrow",
    "borrow_mut",
    "elapsed",
    "lock",
    "read",
    "try_borrow",
    "try_borrow_mut",
    "try_lock",
    "try_read",
    "try_write",
    "write",
];

/// Whether a method is known to take its receiver by `&`.
pub(crate) fn borrows_receiver(method: &str) -> bool {
    LOOKING.contains(&method) || has_prefix(method, LOOKING_PREFIXES)
}

/// Whether a method that is applied to a value only converts it.
pub(crate) fn is_conversion(method: &str) -> bool {
    borrows_receiver(method)
        || CONVERSIONS.contains(&method)
        || has_prefix(method, CONVERSION_PREFIXES)
}

/// Whether a method does so by calling what it is given.
pub(crate) fn is_combinator(method: &str) -> bool {
    COMBINATORS.contains(&method)
}

/// Whether the last name of a path is that of a function that makes a value.
pub(crate) fn is_constructor(function: &str) -> bool {
    CONSTRUCTORS.contains(&function) || function.starts_with("from_")
}

/// Whether a method without arguments takes a guard or reads a clock.
pub(crate) fn observes(method: &str) -> bool {
    OBSERVING.contains(&method)
}

/// Whether a method gives a lock, a permit, a transaction: what comes after runs under it.
pub(crate) fn is_guard(method: &str, has_arguments: bool) -> bool {
    let name = method.strip_suffix("_owned").unwrap_or(method);
    let locks = matches!(name, "lock" | "read" | "write") && !has_arguments;
    locks || name.starts_with("acquire") || name.starts_with("begin")
}

fn has_prefix(method: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| method.starts_with(prefix))
}
