//! What differs, and why.

/// Lints of which an expansion may have one in the place of another: a name that a call is
/// bound to, `let a = number(a).await;`, hides one that the join does not mention.
pub(crate) const REPLACED: &[&str] = &["clippy::shadow_unrelated"];

/// What is warned of in other words, or at another column: a name of one token stands in the rest
/// of an iteration for what the head of its body awaits.
pub(crate) const OTHERWISE: &[(&str, &str)] = &[
    ("clippy_identity_op_of_the_value", "limited_statement"),
    ("clippy_map_identity", "limited_change"),
    ("clippy_map_identity", "limited_let_else"),
    ("clippy_map_identity", "limited_match"),
    ("clippy_map_identity", "limited_statement"),
];

/// What is not warned of: the name, and the beginning of the names of the positions.
pub(crate) const LOST: &[(&str, &str)] = &[
    // Some lints of clippy compare an expression with the text that is there, so as to be
    // silent about what a macro wrote, and find no `.await` in the expression: of an await
    // that a synchronous function has in place.
    ("clippy_unnecessary_lazy_evaluations", ""),
    ("clippy_needless_return_of_an_await", "function"),
    // The output of an `async fn` is known to be one by its `.await` alone.
    ("unused_must_use", "statement"),
    ("unused_must_use", "marked_background"),
    // What a head awaits is a value of its own, which the rest uses.
    ("unused_must_use", "limited_statement"),
    // In a synchronous function nothing is left while it waits.
    ("clippy_await_holding_lock", ""),
    // The compiler is not told whether it is for what runs ahead or for the rest.
    ("unused_mut_of_a_limited_loop", "function"),
];
