//! What to look at before a plan is trusted: what no name tells, and a person can.

use bridge_planner::{Planned, Scope, ScopeStatement};

use crate::entry::Caution;
use crate::names;

/// First words of names of calls that may change something, and are in no list of commands: as often
/// they do not.
const MAY_WRITE: &[&str] = &[
    "call",
    "capture",
    "close",
    "create",
    "do",
    "drain",
    "drive",
    "generate",
    "handle",
    "hold",
    "init",
    "initialize",
    "invoke",
    "issue",
    "make",
    "mint",
    "open",
    "perform",
    "place",
    "poll",
    "prepare",
    "process",
    "provision",
    "rebuild",
    "reconcile",
    "refresh",
    "renew",
    "replay",
    "report",
    "run",
    "setup",
    "spawn",
    "start",
    "step",
    "store",
    "sync",
    "touch",
    "withdraw",
];

/// Of a function in which calls overlap.
pub fn of(planned: &Planned) -> Vec<Caution> {
    let mut found = Vec::new();
    for scope in planned.scopes() {
        let statements: Vec<_> = scope.statements().collect();
        below_a_check(scope, &statements, &mut found);
        one_receiver(scope, &statements, &mut found);
        verbs(scope, &statements, &mut found);
    }
    found.sort_by_key(|caution| caution.line);
    found.dedup();
    found
}

fn line(statement: ScopeStatement<'_>) -> usize {
    statement.span().start().line
}

/// Those that start something, in pairs.
fn pairs<'s, 'p>(
    scope: Scope<'p>,
    statements: &'s [ScopeStatement<'p>],
) -> impl Iterator<Item = (ScopeStatement<'p>, ScopeStatement<'p>)> + use<'s, 'p> {
    let starts = |statement: &ScopeStatement<'p>| !statement.awaited().is_empty();
    let pairs = scope.overlaps().into_iter();
    let pairs = pairs.map(|(one, other)| (statements[one], statements[other]));
    pairs.filter(move |(one, other)| starts(one) && starts(other))
}

/// Calls that may start before the `?` of one above has passed.
fn below_a_check(scope: Scope<'_>, statements: &[ScopeStatement<'_>], found: &mut Vec<Caution>) {
    for check in statements {
        if !names::tries(&check.code()) {
            continue;
        }
        let below: Vec<String> = pairs(scope, statements)
            .filter(|(one, _)| one.number() == check.number())
            .map(|(_, other)| format!("`{}`", other.name()))
            .collect();
        if !below.is_empty() {
            let text = format!(
                "{} may have run when the `?` of `{}` fails: if that is a check, mark it \
                 `#[foreground]`",
                listed(&below),
                check.name()
            );
            found.push(Caution { line: line(*check), text });
        }
    }
}

/// Calls on one receiver, which may keep a state.
fn one_receiver(scope: Scope<'_>, statements: &[ScopeStatement<'_>], found: &mut Vec<Caution>) {
    let receiver = |statement: ScopeStatement<'_>| {
        let receiver = names::receiver(statement.awaited().first()?)?;
        Some(receiver).filter(|name| name != "self")
    };
    for (one, other) in pairs(scope, statements) {
        if let Some(name) = receiver(one).filter(|name| Some(name) == receiver(other).as_ref()) {
            let text = format!(
                "`{}` and `{}` use `{name}` at the same time: if it is one connection, or the one sees \
                 what the other does, mark one of them `#[foreground]`",
                one.name(),
                other.name()
            );
            found.push(Caution { line: line(other), text });
        }
    }
}

/// Calls whose names begin with a verb that may write.
fn verbs(scope: Scope<'_>, statements: &[ScopeStatement<'_>], found: &mut Vec<Caution>) {
    for statement in statements {
        let overlaps = pairs(scope, statements)
            .any(|(one, other)| [one.number(), other.number()].contains(&statement.number()));
        let name = statement.awaited().first().and_then(names::called);
        let Some(name) = name.filter(|_| overlaps) else { continue };
        let first = name.split('_').next().unwrap_or(&name);
        if MAY_WRITE.contains(&first) {
            let text = format!(
                "its name does not tell whether `{name}` changes something: if it does, write \
                 `commands({name})` in the attribute"
            );
            found.push(Caution { line: line(*statement), text });
        }
    }
}

/// "a, b and c"
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
