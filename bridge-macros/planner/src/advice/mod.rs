//! Waits that a rewrite would avoid.
//!
//! Each is found by planning once more, as if the rewrite had been made: what is in flight
//! together then, and is not now, waits for no other reason.

mod clones;
mod loops;
mod places;
mod texts;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;

use self::texts::Barrier;
use self::trial::Trial;
use crate::effects::names::Name;
use crate::effects::purity;
use crate::ir::advice::Advice;
use crate::ir::dependences::Reason;
use crate::ir::tree::{Kind, Statement, Turn};
use crate::ir::word::WordKind;
use crate::lower;
use crate::plan::Planner;
use crate::syntax::arguments::{Arguments, OwnWords};
use crate::syntax::function::Function;
use crate::syntax::tokens;

/// What would let more of a function overlap, scope by scope.
pub(crate) fn of(function: &Function, arguments: &Arguments) -> Vec<Advice> {
    let mut tree = lower::as_if_marked(function, arguments);
    let planner = Planner::new(arguments.order, function.form());
    let captures = function.captures();
    let multiplexed = clones::multiplexed(function);
    let mut found = Vec::new();
    for scope in tree.reachable() {
        let mut trial = Trial::new(&planner, &mut tree, scope);
        nameless(&mut trial, &mut found);
        let mut helped = BTreeSet::new();
        for at in 0..trial.statements().len() {
            let told = word(&mut trial, at);
            helped.extend(told.as_ref().map(|_| at));
            found.extend(told);
            found.extend(asked_again(&mut trial, at));
            found.extend(code_between_calls(&mut trial, at));
            found.extend(places::borrowed(&mut trial, &captures, at));
            found.extend(clones::of_connection(&mut trial, &multiplexed, at));
        }
        same_word(&mut trial, &helped, &mut found);
    }
    found.extend(loops::without_a_limit(function, arguments));
    found
}

/// Names in the arguments that are those of no call: they change nothing, and may be misspelled.
pub(crate) fn on_own_words(function: &Function, arguments: &Arguments) -> Vec<Advice> {
    let OwnWords { commands, queries } = &arguments.words;
    let is_named = |word: &str| {
        let is = |name: &Ident| {
            let name = name.unraw().to_string();
            Name::of(&name).is_some_and(|name| name.is(word))
        };
        tokens::find_name(function.body().to_token_stream(), &is).is_some()
    };
    let unknown = |list: &'static str, words: &[String]| {
        let words: Vec<String> = words.iter().filter(|word| !is_named(word)).cloned().collect();
        words.into_iter().map(move |word| Advice {
            span: function.name().span(),
            text: texts::of_unknown_word(list, &word),
            rewrite: None,
        })
    };
    unknown("commands", commands).chain(unknown("queries", queries)).collect()
}

/// Calls that a name would let overlap: all of them at once, as one alone may still wait for the
/// next.
fn nameless(trial: &mut Trial<'_>, found: &mut Vec<Advice>) {
    let is_nameless =
        |statement: &Statement| statement.if_marked.is_some() && statement.word.is_none();
    let statements = trial.statements().iter().enumerate();
    let all: Vec<usize> =
        statements.filter(|(_, statement)| is_nameless(statement)).map(|(at, _)| at).collect();
    let gained = trial.gained_if_marked(&all);
    for cause in all {
        found.extend(trial.tell(cause, &gained, &Barrier::Nameless));
    }
}

/// A statement that waits by a word.
fn word(trial: &mut Trial<'_>, at: usize) -> Option<Advice> {
    let statement = &trial.statements()[at];
    let word = statement.word.clone()?;
    let gained = match statement.kind {
        Kind::Call(_) => trial.gained(
            |statements| statements[at].word = None,
            |statements| statements[at].word = Some(word.clone()),
        ),
        Kind::Code(_) => trial.gained_if_marked(&[at]),
    };
    trial.tell(at, &gained, &Barrier::Word(word))
}

/// Calls that wait by the same word, of which one alone would still wait for the others: none of
/// them is helped by a mark of its own.
fn same_word(trial: &mut Trial<'_>, helped: &BTreeSet<usize>, found: &mut Vec<Advice>) {
    let mut by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, statement) in trial.statements().iter().enumerate() {
        let word = statement.word.as_ref().filter(|word| word.kind == WordKind::Command);
        if let Some(word) = word.filter(|_| statement.if_marked.is_some()) {
            by_word.entry(word.text.clone()).or_default().push(at);
        }
    }
    for (text, all) in by_word {
        if all.len() < 2 || all.iter().any(|at| helped.contains(at)) {
            continue;
        }
        if let Some(&(first, then)) = trial.gained_if_marked(&all).first() {
            let text = texts::of_same_word(&trial.statements()[first], &text);
            let rewrite = Some(trial.mark(&all, true));
            found.push(Advice { rewrite, ..trial.advice(then, text) });
        }
    }
}

/// A call that asks what another one has asked.
fn asked_again(trial: &mut Trial<'_>, at: usize) -> Option<Advice> {
    let waits = trial.before_starts(at);
    let asked = waits.iter().find(|(_, _, reasons)| reasons.contains(&Reason::Again))?.1;
    let mark = |statements: &mut [Statement]| {
        if let Kind::Call(call) = &mut statements[at].kind {
            call.marked = !call.marked;
        }
    };
    let gained = trial.gained(mark, mark);
    let text = || texts::of_asking_again(&trial.statements()[asked]);
    let rewrite = || Some(trial.mark(&[at], true));
    (!gained.is_empty()).then(|| Advice { rewrite: rewrite(), ..trial.advice(at, text()) })
}

/// Code that awaits nothing, between calls that it keeps apart: it may act, or it is a `let` that
/// reads a clock, and the time of one of them may be what it is to measure.
fn code_between_calls(trial: &mut Trial<'_>, at: usize) -> Option<Advice> {
    let statement = &trial.statements()[at];
    let code = statement.template().filter(|code| code.nested.is_empty())?;
    if statement.turn != Turn::Effect || statement.leaves || statement.foreground {
        return None;
    }
    let text = match statement.local() {
        Some(_) if purity::only_reads_a_clock(&code.code) => texts::of_clock,
        None if !statement.is_value() && !is_drop(&statement.written()) => texts::of_code,
        _ => return None,
    };
    let gained = trial.gained(
        |statements| statements[at].turn = Turn::LogLine,
        |statements| statements[at].turn = Turn::Effect,
    );
    let then = trial::held_back(at, &gained)?;
    let rewrite = (then == at + 1).then(|| trial.swap(at));
    Some(Advice { rewrite, ..trial.advice(then, text(&trial.statements()[at])) })
}

/// What is dropped may be a guard, under which nothing else is to run.
fn is_drop(code: &TokenStream) -> bool {
    tokens::find_name(code.clone(), &|name| name == "drop").is_some()
}
