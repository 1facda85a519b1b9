//! What a wait is said to come from, and what to write instead.

use std::rc::Rc;

use crate::explain::name;
use crate::ir::tree::Statement;
use crate::ir::word::{Word, WordKind};
use crate::syntax::patterns;

/// Why something waits, or holds back what is below.
pub(super) enum Cause {
    /// It binds no name that asks for overlap.
    Nameless,
    Word(Word),
    /// It asks what another one has asked.
    Again,
    /// It is code that may act.
    Code,
    /// A statement binds what may borrow from a place of this name.
    Borrower(usize, Rc<str>),
    /// It may take the place of this name.
    MayTake(Rc<str>),
    /// A closure has taken along what may be a `&mut`.
    Captured(Rc<str>),
}

impl Cause {
    /// For something below the statement that is the cause.
    pub(super) fn of_another(&self, statements: &[Statement], above: usize) -> String {
        let (statement, above) = (&statements[above], name(&statements[above]));
        match self {
            Cause::Nameless => match underscored(statement) {
                Some(name) => format!(
                    "waits for `{above}` above, as `{name}` begins with `_`: `#[background]` on \
                     it, or another name, lets them overlap"
                ),
                None => format!(
                    "waits for `{above}` above, a statement: give it a name to overlap it \
                     (`let done = …;`), or mark it `#[background]`"
                ),
            },
            Cause::Word(word) => {
                let (kind, rewrite) = of_word(word);
                format!("waits for `{above}` above, {kind} (`{}`): {rewrite}", word.text)
            }
            Cause::Code => format!(
                "waits for `{above}` above, which may act: move that below, if it does not matter"
            ),
            Cause::Again | Cause::Borrower(..) | Cause::MayTake(_) | Cause::Captured(_) => {
                format!("waits for `{above}` above")
            }
        }
    }

    /// For the statement that is the cause.
    pub(super) fn of_itself(&self, statements: &[Statement], at: usize, above: usize) -> String {
        let (statement, above) = (&statements[at], name(&statements[above]));
        match self {
            Cause::Nameless => match underscored(statement) {
                Some(name) => format!(
                    "waits for `{above}` above, as `{name}` begins with `_`: `#[background]` on \
                     this, or another name, lets them overlap"
                ),
                None => format!(
                    "waits for `{above}` above, as it is a statement: give it a name to overlap \
                     them (`let done = …;`), or mark it `#[background]`"
                ),
            },
            Cause::Word(word) => {
                let (kind, rewrite) = of_word(word);
                format!("waits for `{above}` above, as it is {kind} (`{}`): {rewrite}", word.text)
            }
            Cause::Again => format!(
                "waits for `{above}` above, as it asks the same again: `#[background]` on it, if \
                 the answer does not change"
            ),
            Cause::Code => format!("waits for `{above}` above, as it may act"),
            Cause::Borrower(borrower, place) => {
                let borrower = name(&statements[*borrower]);
                format!(
                    "waits for `{above}` above, as `{borrower}` may borrow `{place}`: state its \
                     type if it is one of std's that does not (`let {borrower}: String = …;`)"
                )
            }
            Cause::Captured(place) => format!(
                "waits for `{above}` above, as `{place}` is taken along and may be a `&mut`: if it \
                 is not, write `let {place} = &{place};` in the closure"
            ),
            Cause::MayTake(place) => format!(
                "waits for `{above}` above, as this may move `{place}`: if it does not, write \
                 `let {place} = &{place};` above"
            ),
        }
    }
}

/// The name of a `let` that begins with `_`.
fn underscored(statement: &Statement) -> Option<String> {
    let names = patterns::names_of(statement.local());
    names.first().map(|name| name.ident.to_string())
}

/// What a word says that something is, and what to write if it may overlap.
fn of_word(word: &Word) -> (&'static str, &'static str) {
    let marked = "`#[background]` on it, if it may overlap";
    match word.kind {
        WordKind::Guard => (
            "a guard by its name",
            "let it end in a call of its own (`#[background] let x = { let guard = …; … };`)",
        ),
        WordKind::Connection => ("a connection by its name", marked),
        WordKind::Command => ("a command by its name", marked),
        WordKind::Check => (
            "a check by its name",
            "`#[background]` on it, if what is below may start before it has passed",
        ),
        WordKind::Block => ("a block that acts", marked),
    }
}
