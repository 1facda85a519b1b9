//! From a function to what is said of it.

use std::ops::Range;

use bridge_planner::{Advice, Event, Planned, Reason, Scope, ScopeStatement, StatementKind};
use proc_macro2::{TokenStream, TokenTree};
use syn::ItemFn;

use crate::entry::{Entry, Statement, WaitsFor};
use crate::functions::Function;
use crate::obstacles::awaits;
use crate::weights::Weights;
use crate::{cautions, rewrites, time};

/// What is said of a function with two or more awaits of its own, or with one in a loop that could take a
/// limit; `None` of any other.
///
/// # Errors
///
/// The planner does not read it.
pub fn entry(
    file: &str,
    text: &str,
    function: &Function,
    weights: &Weights,
) -> Result<Option<Entry>, String> {
    let written = text.get(function.range.clone()).unwrap_or_default();
    let loops = written.contains("for ");
    if written.matches(".await").count() < if loops { 1 } else { 2 } {
        return Ok(None);
    }
    let item: ItemFn = syn::parse2(function.item.clone()).map_err(|error| error.to_string())?;
    let awaits = awaits::count(&item.block);
    if awaits < if loops { 1 } else { 2 } {
        return Ok(None);
    }
    let arguments = function.arguments.clone().unwrap_or_default();
    let planned = Planned::of(function.item.clone(), arguments.clone());
    let Some(planned) = planned.map_err(|error| error.to_string())? else { return Ok(None) };

    let advice = planned.advice();
    let mut statements = Vec::new();
    collect(planned.body(), "", &advice, &mut statements);
    let gains = gains(&planned);
    let time::Timed { steps, bars } = time::of(planned.body(), weights);
    let rewrites = rewrites::of(text, function, &arguments, &statements, &advice, (weights, steps));
    if awaits < 2 && rewrites.is_empty() {
        return Ok(None);
    }
    Ok(Some(Entry {
        file: file.to_owned(),
        line: function.line,
        name: function.name.clone(),
        form: if function.is_async { "async fn" } else { "fn" }.to_owned(),
        annotated: function.arguments.is_some(),
        awaits,
        overlaps: planned.body().overlaps(),
        steps,
        gains,
        gains_with_rewrite: !rewrites.is_empty(),
        cautions: if gains { cautions::of(&planned) } else { Vec::new() },
        refused: planned.errors().iter().map(ToString::to_string).collect(),
        statements,
        rewrites,
        drawing: planned.explain(),
        bars,
        source: with_its_indent(text, function),
        first_line: *function.head.start(),
        range: function.range.clone(),
        attribute: function.attribute,
    }))
}

/// The text of a function, from the begin of its first line on.
fn with_its_indent(text: &str, function: &Function) -> String {
    let line = text.get(..function.range.start).and_then(|before| before.rfind('\n'));
    let begin = line.map_or(0, |end| end + 1);
    text.get(begin..function.range.end).unwrap_or_default().to_owned()
}

/// Whether two calls are in flight at once.
pub fn gains(planned: &Planned) -> bool {
    planned.scopes().into_iter().any(Scope::has_two_in_flight)
}

fn collect(scope: Scope<'_>, path: &str, advice: &[Advice], found: &mut Vec<Statement>) {
    let statements: Vec<_> = scope.statements().collect();
    let overlaps = scope.overlaps();
    for statement in &statements {
        let below = overlaps.iter().filter(|(one, _)| *one == statement.number());
        let range = range(statement.code());
        found.push(Statement {
            path: path.to_owned(),
            index: statement.number(),
            line: statement.span().start().line,
            kind: kind(*statement).to_owned(),
            name: statement.name(),
            words: statement.word().map(|(text, _)| text.to_owned()).into_iter().collect(),
            waits_for: waits(&statements, *statement, advice, &range),
            overlaps: below.map(|(_, other)| *other).collect(),
            range,
        });
    }
    for statement in statements {
        for (number, inner) in statement.scopes().into_iter().enumerate() {
            let dot = if path.is_empty() { "" } else { "." };
            let path = format!("{path}{dot}{}.{number}", statement.number());
            collect(inner, &path, advice, found);
        }
    }
}

fn kind(statement: ScopeStatement<'_>) -> &'static str {
    match statement.kind() {
        StatementKind::Call => "call",
        StatementKind::Plain => "derivation",
        StatementKind::LogLine => "log line",
        StatementKind::LocalEffect => "local effect",
        StatementKind::Effect => "effect",
    }
}

/// Why it waits for which: of each other statement the first reason.
fn waits(
    all: &[ScopeStatement<'_>],
    statement: ScopeStatement<'_>,
    advice: &[Advice],
    range: &Range<usize>,
) -> Vec<WaitsFor> {
    let mut found: Vec<WaitsFor> = Vec::new();
    let is_call = statement.kind() == StatementKind::Call;
    for wait in statement.waits() {
        // That the end of a call comes after another one is only the order of joins.
        let tells = !is_call || matches!(wait.event, Event::Start(..));
        let is_new = found.iter().all(|told| told.on != wait.statement);
        if tells && is_new && matches!(wait.on, Event::Finish(_)) {
            let why = why(statement, all[wait.statement], wait.reason);
            found.push(WaitsFor { on: wait.statement, why, rewrite: None });
        }
    }
    let mut told = advice.iter().filter(|advice| range.contains(&advice.span.byte_range().start));
    if let (Some(advice), Some(last)) = (told.next(), found.last_mut()) {
        last.rewrite = Some(advice.text.clone());
    }
    found
}

fn why(statement: ScopeStatement<'_>, on: ScopeStatement<'_>, reason: Reason) -> String {
    let name = on.name();
    match reason {
        Reason::Value => format!("it needs `{name}`"),
        Reason::Place => "both use a place, and one of them may change or move it".to_owned(),
        Reason::Again => format!("it asks what `{name}` has asked"),
        Reason::Gate => format!("the `?` of `{name}` has to pass first"),
        Reason::Order => "both can be seen to run, so that they keep their order".to_owned(),
        Reason::Shadow => "a name is bound anew".to_owned(),
        Reason::Drop => "what they bind is dropped in the serial order".to_owned(),
        Reason::Started => "it has started before".to_owned(),
        Reason::Effect if on.kind() != StatementKind::Call && on.kind() != StatementKind::Plain => {
            effect(on, &format!("`{name}`"))
        }
        Reason::Effect => effect(statement, "this"),
    }
}

/// Why all below or above waits.
fn effect(statement: ScopeStatement<'_>, name: &str) -> String {
    match (statement.word(), statement.kind()) {
        (Some((word, kind)), _) => {
            format!("{name} is {kind} by its name, `{word}`")
        }
        (None, StatementKind::LogLine) => format!("{name} is a log line"),
        (None, StatementKind::LocalEffect) => format!("{name} changes a local"),
        (None, _) => format!("{name} is an effect, which has its turn"),
    }
}

/// From where to where some code stands in its file.
pub(crate) fn range(code: TokenStream) -> Range<usize> {
    let mut all: Option<Range<usize>> = None;
    within(code, &mut |range| {
        // What is made by the planner stands nowhere.
        if !range.is_empty() {
            let before = all.take().unwrap_or(range.clone());
            all = Some(before.start.min(range.start)..before.end.max(range.end));
        }
    });
    all.unwrap_or_default()
}

fn within(code: TokenStream, found: &mut dyn FnMut(Range<usize>)) {
    for token in code {
        found(token.span().byte_range());
        if let TokenTree::Group(group) = token {
            within(group.stream(), found);
        }
    }
}
