//! What a user is advised to write.

use proc_macro2::Span;

/// A rewrite by which something would wait for less.
#[derive(Clone, Debug)]
pub struct Advice {
    /// What waits.
    pub span: Span,
    /// For what, why, and what to write.
    pub text: String,
    /// What to write, where a program could.
    pub rewrite: Option<Rewrite>,
}

/// A change of the source.
#[derive(Clone, Debug)]
pub enum Rewrite {
    /// `#[background]` in front of statements.
    Mark {
        /// Where they begin.
        all: Vec<Span>,
        /// Some of them may act: only who knows them can tell whether they may overlap.
        acts: bool,
    },
    /// `let name = &name;` in front of a statement, or anywhere above it.
    Borrow {
        /// The name.
        name: String,
        /// Where the statement begins.
        above: Span,
    },
    /// A statement and the one below it change places: where both begin.
    Swap(Span, Span),
    /// `#[background(limit = N)]` in front of a loop.
    Limit(Span),
}
