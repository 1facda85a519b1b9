//! What a user is advised to write.

use proc_macro2::Span;

/// A rewrite by which something would wait for less.
#[derive(Clone, Debug)]
pub struct Advice {
    /// What waits.
    pub span: Span,
    /// For what, why, and what to write.
    pub text: String,
}
