//! What a wait is said to come from, and what to write instead.

use std::rc::Rc;

use crate::explain::name;
use crate::ir::tree::Statement;
use crate::ir::word::{Word, WordKind};
use crate::syntax::patterns;

/// Why a statement waits for what is above, and holds back what is below.
pub(super) enum Barrier {
    /// It binds no name that asks for overlap.
    Nameless,
    Word(Word),
}

impl Barrier {
    /// Whether `#[background]` on the statement is all that is to be written. What a guard holds has to
    /// end with it.
    pub(super) fn is_marked_away(&self) -> bool {
        !matches!(self, Barrier::Word(Word { kind: WordKind::Guard, .. }))
    }

    /// For something below the statement.
    pub(super) fn of_another(&self, statement: &Statement) -> String {
        let above = name(statement);
        match self {
            Barrier::Nameless => match underscored(statement) {
                Some(name) => format!(
                    "waits for `{above}` above, as `{name}` begins with `_`: `#[background]` on \
                     it lets them overlap"
                ),
                None => format!(
                    "waits for `{above}` above, a statement: mark that `#[background]` to \
                     overlap it"
                ),
            },
            Barrier::Word(word) => {
                let (kind, rewrite) = of_word(word);
                format!("waits for `{above}` above, {kind} (`{}`): {rewrite}", word.text)
            }
        }
    }

    /// For the statement, which waits for another one.
    pub(super) fn of_itself(&self, statement: &Statement, above: &Statement) -> String {
        let above = name(above);
        match self {
            Barrier::Nameless => match underscored(statement) {
                Some(name) => format!(
                    "waits for `{above}` above, as `{name}`, which this binds, begins with `_`: \
                     `#[background]` on this lets them overlap"
                ),
                None => format!(
                    "waits for `{above}` above, as this is a statement: mark this \
                     `#[background]` to overlap them"
                ),
            },
            Barrier::Word(word) => {
                let (kind, rewrite) = of_word(word);
                format!("waits for `{above}` above, as this is {kind} (`{}`): {rewrite}", word.text)
            }
        }
    }
}

/// For a loop.
pub(super) const OF_A_LOOP: &str = "runs one iteration at a time: `#[background(limit = 16)]` on it \
                                    lets so many overlap, if they may";

/// For a name in the arguments that is that of no call.
pub(super) fn of_unknown_word(list: &str, word: &str) -> String {
    format!("`{list}({word})` names nothing in this function: is it misspelled?")
}

/// For a call below code that may act.
pub(super) fn of_code(statement: &Statement) -> String {
    let above = name(statement);
    format!(
        "waits for `{above}` above, which may act: move that below this call, if their order does \
         not matter"
    )
}

/// For a call that waits for another one by the same word.
pub(super) fn of_same_word(above: &Statement, word: &str) -> String {
    let above = name(above);
    format!(
        "waits for `{above}` above, as both are commands by their name (`{word}`): \
         `#[background]` on both, or `queries({word})` in the attribute, if they may overlap"
    )
}

/// For a call below a `let` that reads a clock.
pub(super) fn of_clock(statement: &Statement) -> String {
    let above = name(statement);
    format!(
        "waits for `{above}` above, which reads a clock: move that above or below the calls around \
         it, if it is not to measure them"
    )
}

/// For a call that asks what another one has asked.
pub(super) fn of_asking_again(above: &Statement) -> String {
    let above = name(above);
    format!(
        "waits for `{above}` above, as it asks the same again: `#[background]` on it, if the \
         answer does not change"
    )
}

/// For a call on a connection of which there could be a clone.
pub(super) fn of_connection(above: &Statement, connection: &str) -> String {
    let above = name(above);
    format!(
        "waits for `{above}` above, as both are asked of `{connection}`: if their order does not \
         matter, ask a clone (`let mut other = {connection}.clone();`)"
    )
}

/// Why a call waits for a place that may not be held.
pub(super) enum Hold {
    /// A statement binds what may borrow from a place of this name.
    Borrower(usize, Rc<str>),
    /// It may take the place of this name.
    MayTake(Rc<str>),
    /// A closure has taken along what may be a `&mut`.
    Captured(Rc<str>),
}

impl Hold {
    pub(super) fn text(&self, statements: &[Statement], above: usize) -> String {
        let above = name(&statements[above]);
        match self {
            Hold::Borrower(borrower, place) => {
                let borrower = name(&statements[*borrower]);
                format!(
                    "waits for `{above}` above, as `{borrower}` may borrow `{place}`: state its \
                     type if it is one of std's that does not (`let {borrower}: String = …;`)"
                )
            }
            Hold::Captured(place) => format!(
                "waits for `{above}` above, as `{place}` is taken along and may be a `&mut`: if it \
                 is not, write `let {place} = &{place};` in the closure"
            ),
            Hold::MayTake(place) => format!(
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
