//! How long a function takes, serially and as it is planned, if each await takes as long as it
//! weighs, and what runs when.

use std::collections::BTreeMap;

use bridge_planner::{Event, Scope, ScopeStatement, Step};
use proc_macro2::{TokenStream, TokenTree};

use crate::entry::{Bar, Steps};
use crate::names;
use crate::weights::Weights;

/// A scope that is run once.
#[derive(Debug, Default)]
pub struct Timed {
    /// How long it takes.
    pub steps: Steps,
    /// What takes time in it, in the order in which it begins, if times are given.
    pub bars: Vec<Bar>,
}

/// The time of a scope that is run once. Of the arms of a branch it is the longest one, and of a loop
/// one iteration.
pub fn of(scope: Scope<'_>, weights: &Weights) -> Timed {
    let statements: Vec<_> = scope.statements().collect();
    let own: Vec<Timed> = statements.iter().map(|statement| own(*statement, weights)).collect();
    let mut serial = own.iter().map(|time| time.steps.serial).sum::<f64>();
    let mut bars: Vec<Bar> = Vec::new();
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
                let awaited = statements[*at].awaited();
                let takes = awaited.get(*number).map(|code| {
                    let (takes, known) = weights.told(code);
                    if weights.are_given() {
                        let several = (awaited.len() > 1).then(|| names::called(code)).flatten();
                        let name = several.unwrap_or_else(|| statements[*at].name());
                        bars.push(Bar { name, begin: begins, end: begins + takes, known });
                    }
                    takes
                });
                let takes = takes.unwrap_or_default();
                serial += takes;
                let ends = ends.entry(*at).or_default();
                *ends = ends.max(begins + takes);
            }
            Step::Join(at) | Step::JoinOutOfOrder(at, _) => {
                now = ends.get(at).copied().unwrap_or_default().max(now);
                bars.extend(own[*at].bars.iter().map(|bar| bar.later(now)));
                now += own[*at].steps.background;
                ends.insert(*at, now);
            }
            Step::Run(at) => {
                bars.extend(own[*at].bars.iter().map(|bar| bar.later(now)));
                now += own[*at].steps.background;
                ends.insert(*at, now);
            }
            Step::Declare(_) | Step::Bind(_) => {}
        }
    }
    bars.sort_by(|one, other| one.begin.total_cmp(&other.begin));
    Timed { steps: weights.steps(serial, now), bars }
}

/// What a statement takes beside what it starts.
fn own(statement: ScopeStatement<'_>, weights: &Weights) -> Timed {
    let mut time = Timed { steps: weights.steps(0.0, 0.0), bars: Vec::new() };
    if statement.awaited().is_empty() {
        let code = statement.code();
        let (serial, known) = weights.told(&code);
        let overlapping = statement.operands().into_iter().map(|operands| {
            let weights: Vec<f64> = operands.iter().map(|code| weights.of(code)).collect();
            weights.iter().sum::<f64>() - weights.into_iter().fold(0.0, f64::max)
        });
        let background = (serial - overlapping.sum::<f64>()).max(0.0);
        if background > 0.0 && weights.are_given() {
            let name = statement.name();
            time.bars.push(Bar { name, begin: 0.0, end: background, known });
        }
        time.steps = weights.steps(serial, background);
    }
    let inner = statement.scopes().into_iter().map(|scope| of(scope, weights));
    if is_branch(statement.code()) {
        let longest = inner.max_by(|one, other| one.steps.serial.total_cmp(&other.steps.serial));
        time.add(longest.unwrap_or_default());
    } else {
        inner.for_each(|inner| time.add(inner));
    }
    time
}

impl Timed {
    /// One after the other.
    fn add(&mut self, other: Timed) {
        let begin = self.steps.background;
        self.bars.extend(other.bars.iter().map(|bar| bar.later(begin)));
        self.steps.add(other.steps);
    }
}

/// Whether only one of its blocks runs.
fn is_branch(code: TokenStream) -> bool {
    code.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "if" || name == "match",
        TokenTree::Group(group) => is_branch(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
