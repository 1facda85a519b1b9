//! Words by which a statement is a command.

use std::fmt::{self, Display, Formatter};

/// Why a statement waits by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// The name that decided.
    pub(crate) text: String,
    pub(crate) kind: WordKind,
}

impl Word {
    pub(crate) fn command(text: String) -> Self {
        Word { text, kind: WordKind::Command }
    }
}

/// What the word says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// It gives a lock, a permit, a lease: what comes after runs under it.
    Guard,
    /// It takes a connection or a transaction out of a limited number.
    Connection,
    /// It acts.
    Command,
    /// It permits what is below.
    Check,
    /// It is a block that acts.
    Block,
}

/// "a guard"
impl Display for WordKind {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            WordKind::Guard => "a guard",
            WordKind::Connection => "a connection",
            WordKind::Command => "a command",
            WordKind::Check => "a check",
            WordKind::Block => "a block that acts",
        })
    }
}
