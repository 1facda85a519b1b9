//! What would let more overlap, tried by planning the function as it would be written.

use std::ops::Range;

use bridge_planner::{Advice, Arguments, Planned, Rewrite as Change};

use crate::entry::{Edit, Rewrite, Statement, Steps};
use crate::functions::{self, Function};
use crate::split::{self, Split};
use crate::time;
use crate::weights::Weights;

/// The rewrites that the planner knows, each with what it takes. `now` is what the function takes without.
pub fn of(
    text: &str,
    function: &Function,
    arguments: &Arguments,
    statements: &[Statement],
    advice: &[Advice],
    (weights, now): (&Weights, Steps),
) -> Vec<Rewrite> {
    let rewrite = |advice: &Advice| {
        let tries =
            advice.rewrite.iter().flat_map(|change| edits(text, function, statements, change));
        let mut made = tries.filter_map(|edits| {
            let steps = steps(text, function, arguments, &edits, weights)
                .filter(|then| then.background < now.background);
            // How many iterations a loop has, nobody knows.
            let is_limit = matches!(advice.rewrite, Some(Change::Limit(_)));
            (is_limit || steps.is_some()).then_some((edits, steps))
        });
        let (edits, steps) = made.next().unzip();
        Rewrite {
            line: advice.span.start().line,
            text: advice.text.clone(),
            condition: condition(advice),
            keeps: keeps(advice),
            steps: steps.flatten(),
            edits: edits.unwrap_or_default(),
        }
    };
    let mut found: Vec<Rewrite> = advice.iter().map(rewrite).collect();
    found.extend(split::of(text, function).into_iter().filter_map(|Split { span, edits }| {
        let steps = steps(text, function, arguments, &edits, weights)
            .filter(|then| then.background < now.background)?;
        Some(Rewrite {
            line: span.start().line,
            text: "what is awaited in the middle of this statement waits for all above: give it a `let` \
                   of its own"
                .to_owned(),
            condition: "keeps what the function does if nothing that stands before it in the statement acts"
                .to_owned(),
            keeps: false,
            steps: Some(steps),
            edits,
        })
    }));
    found
}

/// The ways to write a change, of which the first that helps is taken.
fn edits(
    text: &str,
    function: &Function,
    statements: &[Statement],
    change: &Change,
) -> Vec<Vec<Edit>> {
    match change {
        Change::Swap(first, then) => {
            let [first, then] = [first, then].map(|span| span.byte_range().start);
            swapped(text, statements, first, then).into_iter().map(|edit| vec![edit]).collect()
        }
        Change::Limit(span) => {
            vec![vec![line_above(text, span.byte_range().start, "#[background(limit = 16)]")]]
        }
        Change::Mark { all, .. } => {
            let places = all.iter().map(|span| span.byte_range().start);
            vec![places.map(|at| line_above(text, at, "#[background]")).collect()]
        }
        Change::Borrow { name, above } => {
            let borrow = format!("let {name} = &{name};");
            let first = first_statement(text, function);
            let places = [Some(above.byte_range().start), first];
            places.into_iter().flatten().map(|at| vec![line_above(text, at, &borrow)]).collect()
        }
    }
}

/// The statements that begin at these places, one for the other, with what stands between them.
fn swapped(text: &str, statements: &[Statement], first: usize, then: usize) -> Option<Edit> {
    let of = |begin: usize| {
        let found = statements.iter().find(|statement| statement.range.start == begin)?;
        Some(found.range.clone())
    };
    let (first, then) = (of(first)?, of(then)?);
    let code = |range: Range<usize>| text.get(range);
    let (above, between) = (code(first.clone())?, code(first.end..then.start)?);
    let below = code(then.clone())?;
    // A comment between them would be that of another one.
    let text = format!("{below}{between}{above}");
    let ends = |code: &str| code.ends_with(';') || code.ends_with('}');
    let is_plain = between.trim().is_empty() && ends(above) && ends(below);
    is_plain.then(|| Edit { at: first.start, removed: then.end - first.start, text })
}

/// Text on a line of its own above a place, or in front of it if something else stands on its line.
pub(crate) fn line_above(text: &str, at: usize, new: &str) -> Edit {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let indent = &before[line..];
    match indent.trim().is_empty() {
        true => Edit { at: line, removed: 0, text: format!("{indent}{new}\n") },
        false => Edit { at, removed: 0, text: format!("{new} ") },
    }
}

/// Where the body of a function has its first token.
fn first_statement(text: &str, function: &Function) -> Option<usize> {
    let item: syn::ItemFn = syn::parse2(function.item.clone()).ok()?;
    let open = item.block.brace_token.span.open().byte_range().end;
    let rest = text.get(open..)?;
    Some(open + rest.len() - rest.trim_start().len())
}

/// A text with changes made.
pub fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.at);
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        new.push_str(&text[at..edit.at]);
        new.push_str(&edit.text);
        at = edit.at + edit.removed;
    }
    new + &text[at..]
}

/// How long the function takes as it would be written.
fn steps(
    text: &str,
    function: &Function,
    arguments: &Arguments,
    edits: &[Edit],
    weights: &Weights,
) -> Option<Steps> {
    let moved =
        edits.iter().map(|edit| Edit { at: edit.at - function.range.start, ..edit.clone() });
    let written = edited(text.get(function.range.clone())?, &moved.collect::<Vec<_>>());
    // A method stands in an `impl`, for the parser.
    let found = functions::of_file(&written)
        .or_else(|_| functions::of_file(&format!("impl S {{ {written} }}")))
        .ok()?;
    let planned = Planned::of(found.into_iter().next()?.item, arguments.clone()).ok()??;
    Some(time::of(planned.body(), weights).steps)
}

/// Whether a rewrite keeps what the function does, as far as names and the compiler tell.
fn keeps(advice: &Advice) -> bool {
    match &advice.rewrite {
        Some(Change::Mark { acts, .. }) => !acts,
        // A method that takes its receiver is an error of the compiler then.
        Some(Change::Borrow { .. }) => true,
        Some(Change::Swap(..) | Change::Limit(_)) | None => false,
    }
}

/// When a rewrite keeps what the function does.
fn condition(advice: &Advice) -> String {
    let condition = match &advice.rewrite {
        Some(Change::Mark { .. }) => {
            "keeps what the function does if the statement and the calls beside it do not see what the \
             others change, and if each of them may have run when a `?` above it fails. A check stays as it is"
        }
        Some(Change::Borrow { .. }) => {
            "keeps what the function does if the method takes `&self`; if it takes `self`, the compiler \
             says so"
        }
        Some(Change::Swap(..)) => {
            "keeps what the function does if the call does not see what the other one does, and may have run \
             before it"
        }
        Some(Change::Limit(_)) => {
            "keeps what the function does if its iterations do not see what the calls of others change"
        }
        None => "keeps what the function does if the order of the two does not matter",
    };
    condition.to_owned()
}
