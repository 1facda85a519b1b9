//! What keeps two awaits apart.

use std::fmt::{self, Display, Formatter};

use bridge_planner::{Event, Reason, ScopeStatement, StatementKind, WordKind};

use crate::awaits::{Form, Relation};
use crate::forms::{Awaiting, Between};

/// One thing that is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The later one uses what the earlier one gives.
    Value,
    /// It uses what a `let` between them has made of it.
    Derived,
    /// It uses what an effect between them has put it into.
    Put,
    /// They are awaits of one statement.
    Within(Relation),
    /// One of them waits by its name.
    Word(WordKind),
    /// One of them is no call.
    Awaiting(Awaiting),
    /// An effect between them.
    Between(Between),
    /// Both use a place, which one of them changes.
    Place,
    /// The later asks what the earlier has asked.
    Again,
    /// Their arguments, or what is done with what they give, keep their order.
    Turn,
    /// A `let` between them, which the later needs, comes after the earlier.
    LetInTurn,
    /// They are inside of a macro or a call, which is not looked into.
    Unseen,
    /// None of these.
    Other,
}

impl Obstacle {
    /// No plan could have the two overlap: one needs the other, or only one of them runs.
    pub(crate) fn is_need(self) -> bool {
        match self {
            Obstacle::Value | Obstacle::Derived | Obstacle::Put => true,
            Obstacle::Within(relation) => relation != Relation::Operands,
            _ => false,
        }
    }
}

/// What the edges between two calls say. `between` are the statements between them; effects
/// among those are obstacles anyway, and are left out here.
pub(crate) fn of_edges(
    earlier: ScopeStatement<'_>,
    between: &[ScopeStatement<'_>],
    later: ScopeStatement<'_>,
) -> Vec<Obstacle> {
    let is_check = |statement: ScopeStatement<'_>| statement.word().map(|(_, kind)| kind);
    let check = is_check(earlier).or(is_check(later)).map(Obstacle::Word);
    let starts = |wait: &bridge_planner::Wait| matches!(wait.event, Event::Start(..));
    let waits: Vec<_> = later.waits().filter(starts).collect();
    let mut found = Vec::new();
    for wait in waits.iter().filter(|wait| wait.statement == earlier.number()) {
        found.extend(match wait.reason {
            Reason::Value => Some(Obstacle::Derived),
            Reason::Place => Some(Obstacle::Place),
            Reason::Again => Some(Obstacle::Again),
            Reason::Gate | Reason::Order => Some(check.unwrap_or(Obstacle::Turn)),
            _ => None,
        });
    }
    // From the later upwards: what it waits for, and what that waits for.
    let mut needed: Vec<usize> = waits.iter().map(|wait| wait.statement).collect();
    for statement in between.iter().rev() {
        let is_effect = statement.kind() == StatementKind::Effect;
        if is_effect || !needed.contains(&statement.number()) {
            continue;
        }
        let waits: Vec<_> = statement.waits().map(|wait| wait.statement).collect();
        if waits.contains(&earlier.number()) {
            found.push(match statement.kind() {
                StatementKind::LogLine => Obstacle::Turn,
                _ => Obstacle::LetInTurn,
            });
        }
        needed.extend(waits);
    }
    found
}

impl Display for Obstacle {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let text = match self {
            Obstacle::Value => "a value: the later uses what the earlier gives",
            Obstacle::Derived => "a value by way of a `let` between",
            Obstacle::Put => "a value by way of an effect between",
            Obstacle::Within(Relation::Chained) => "a value: one await of what another gives",
            Obstacle::Within(Relation::Either) => "only one in each branch or arm",
            Obstacle::Within(Relation::Operands) => "operands of one expression",
            Obstacle::Within(Relation::UnderHead(form)) => match form {
                Form::If => "the head of an `if`, and its blocks",
                Form::Match => "the head of a `match`, and its arms",
                Form::While => "the head of a `while`, and its body",
                Form::For => "the head of a `for`, and its body",
                Form::LetElse => "`let … else`, and its `else`",
                Form::Lazy | Form::Await => "both sides of `&&` or `||`",
            },
            Obstacle::Word(WordKind::Guard) => "a guard, by its name",
            Obstacle::Word(WordKind::Connection) => "a connection, by its name",
            Obstacle::Word(WordKind::Command) => "a command, by its name",
            Obstacle::Word(WordKind::Block) => "a block that acts, by its names",
            Obstacle::Word(WordKind::Check) => "a check, by its name",
            Obstacle::Awaiting(form) => return write!(formatter, "an await in {form}"),
            Obstacle::Between(form) => return write!(formatter, "between: {form}"),
            Obstacle::Place => "a shared place",
            Obstacle::Again => "asked again",
            Obstacle::Turn => "code of both that keeps its order",
            Obstacle::LetInTurn => "between: a `let` that waits for all above",
            Obstacle::Unseen => "inside of a macro or a call",
            Obstacle::Other => "other",
        };
        formatter.write_str(text)
    }
}
