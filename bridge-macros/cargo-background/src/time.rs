//! How long a function takes, serially and as it is planned, if each await takes as long as it
//! weighs.

use std::collections::BTreeMap;

use bridge_planner::{Event, Scope, ScopeStatement, Step};
use proc_macro2::{TokenStream, TokenTree};

use crate::entry::Steps;
use crate::weights::Weights;

/// The time of a scope that is run once. Of the arms of a branch it is the longest one, and of a loop
/// one iteration.
pub fn of(scope: Scope<'_>, weights: &Weights) -> Steps {
    let statements: Vec<_> = scope.statements().collect();
    let own: Vec<Steps> = statements.iter().map(|statement| own(*statement, weights)).collect();
    let mut serial = own.iter().map(|time| time.serial).sum::<f64>();
    let mut now = 0.0_f64;
    let mut ends: BTreeMap<usize, f64> = BTreeMap::new();
    for step in scope.steps() {
        match step {
            Step::Start(at, number) => {
                let event = Event::Start(*at, *number);
                let waits = statements[*at].waits().filter(|wait| wait.event == event);
                let before = waits.filter_map(|wait| match wait.on {
                    Event::Finish(on) => ends.get(&on).copied(),
                    Event::Start(..) => None,
                });
                let begins = before.fold(now, f64::max);
                let takes = statements[*at].awaited().get(*number).map(|code| weights.of(code));
                let takes = takes.unwrap_or_default();
                serial += takes;
                let ends = ends.entry(*at).or_default();
                *ends = ends.max(begins + takes);
            }
            Step::Join(at) | Step::JoinOutOfOrder(at, _) => {
                now = ends.get(at).copied().unwrap_or_default().max(now) + own[*at].background;
                ends.insert(*at, now);
            }
            Step::Run(at) => {
                now += own[*at].background;
                ends.insert(*at, now);
            }
            Step::Declare(_) | Step::Bind(_) => {}
        }
    }
    Steps { serial, background: now }
}

/// What a statement takes beside what it starts.
fn own(statement: ScopeStatement<'_>, weights: &Weights) -> Steps {
    let mut time = Steps::default();
    if statement.awaited().is_empty() {
        let code = weights.of(&statement.code());
        let overlapping = statement.operands().into_iter().map(|operands| {
            let weights: Vec<f64> = operands.iter().map(|code| weights.of(code)).collect();
            weights.iter().sum::<f64>() - weights.into_iter().fold(0.0, f64::max)
        });
        time = Steps { serial: code, background: (code - overlapping.sum::<f64>()).max(0.0) };
    }
    let inner = statement.scopes().into_iter().map(|scope| of(scope, weights));
    if is_branch(statement.code()) {
        let longest = inner.max_by(|one, other| one.serial.total_cmp(&other.serial));
        time.add(longest.unwrap_or_default());
    } else {
        inner.for_each(|inner| time.add(inner));
    }
    time
}

/// Whether only one of its blocks runs.
fn is_branch(code: TokenStream) -> bool {
    code.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "if" || name == "match",
        TokenTree::Group(group) => is_branch(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
