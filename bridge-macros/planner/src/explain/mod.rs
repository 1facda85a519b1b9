//! The schedule of a function for its documentation: what starts when, and why it is
//! waited for.

mod drawing;
mod excerpt;
mod reasons;

use quote::ToTokens;
use syn::Attribute;

use self::drawing::{Drawing, Line, Mark};
use self::excerpt::excerpt;
use self::reasons::{Beside, Explained};

pub(crate) use self::reasons::name;
use crate::ir::plan::{PlannedTree, Step};
use crate::ir::tree::{Awaited, BoundedLoop, Hoisted, Nested, ScopeId};

/// The drawing of a function's schedule, as text.
pub(crate) fn text(planned: &PlannedTree) -> String {
    drawing::draw(&scope(planned, planned.tree.root(), Beside::Nothing))
}

/// The same as documentation.
pub(crate) fn documentation(planned: &PlannedTree) -> Attribute {
    let text = format!(
        "\n# Schedule\n\n`┬` starts, `│` runs in the background, `┴` is waited for, `•` runs.\n\n\
         ```text\n{}```\n",
        text(planned)
    );
    syn::parse_quote!(#[doc = #text])
}

/// The steps of one scope.
fn scope(planned: &PlannedTree, id: ScopeId, beside: Beside) -> Drawing {
    let (scope, schedule) = planned.scope(id);
    let explained = Explained { statements: &scope.statements, schedule, beside };
    let mut lines = Vec::new();
    let steps = &schedule.plan.steps;
    let runs_at_once = |position: usize| match (&steps[position], steps.get(position + 1)) {
        (Step::Start(at, _), Some(Step::Join(joined) | Step::JoinOutOfOrder(joined, _))) => {
            at == joined && scope.statements[*at].is_derivation()
        }
        _ => false,
    };
    for (position, step) in steps.iter().enumerate() {
        let Some((mark, what, mut why)) = explained.step(position, step) else { continue };
        // A derivation that has all that it needs runs at once.
        if runs_at_once(position) {
            continue;
        }
        let mark = match *step {
            Step::Join(_) | Step::JoinOutOfOrder(..)
                if position > 0 && runs_at_once(position - 1) =>
            {
                let ahead = matches!(step, Step::JoinOutOfOrder(..));
                why = if ahead { "ahead of its turn".to_owned() } else { String::new() };
                Mark::Runs
            }
            _ => mark,
        };
        let inside = match *step {
            Step::Run(at) | Step::Join(at) => {
                nested(planned, scope.statements[at].nested(), beside)
            }
            _ => Vec::new(),
        };
        if let Some(note) = inside.iter().find_map(|inner| inner.note.as_ref()) {
            why = format!("{why}, {note}");
        }
        lines.push(Line { mark, what, why, inside });
    }
    Drawing { lines, note: None }
}

/// What is drawn inside of a statement.
fn nested(planned: &PlannedTree, all: &[Nested], beside: Beside) -> Vec<Drawing> {
    let drawings = all.iter().map(|part| match part {
        Nested::Scope(id) => vec![scope(planned, *id, beside)],
        Nested::Operands(hoisted) => vec![operands(hoisted)],
        Nested::Await(template) => nested(planned, &template.nested, beside),
        Nested::Loop(repeat) => {
            let head = repeat.head_parts();
            let mut drawings: Vec<Drawing> =
                head.iter().flat_map(|part| nested(planned, &part.nested, beside)).collect();
            drawings.push(bounded_loop(planned, repeat));
            drawings
        }
        Nested::Macro(_) | Nested::Skip(_) | Nested::Yield(_) => Vec::new(),
    });
    drawings.flatten().collect()
}

/// Operands of one expression that overlap.
fn operands(hoisted: &Hoisted) -> Drawing {
    let line = |mark, awaited: &Awaited, why: &str| {
        let what = excerpt(awaited.call.to_token_stream());
        Line { mark, what, why: why.to_owned(), inside: Vec::new() }
    };
    let awaited = || hoisted.awaited.iter().enumerate();
    let starts = awaited().map(|(at, awaited)| line(Mark::Starts(at, 0), awaited, ""));
    let joins =
        awaited().map(|(at, awaited)| line(Mark::Ends(at), awaited, "its value is an operand"));
    Drawing { lines: starts.chain(joins).collect(), note: None }
}

/// A loop with a limit: what runs ahead, up to its turn, and the rest.
fn bounded_loop(planned: &PlannedTree, repeat: &BoundedLoop) -> Drawing {
    let mut lines = scope(planned, repeat.prefix, Beside::Nothing).lines;
    // It yields what the rest uses.
    if let Some(turn) = lines.last_mut() {
        "its turn".clone_into(&mut turn.what);
        let why = match repeat.unordered {
            true => "when its calls have ended",
            false => "after the iterations before it",
        };
        why.clone_into(&mut turn.why);
    }
    lines.extend(scope(planned, repeat.suffix, Beside::Iterations).lines);
    let note = format!("up to {} iterations at once", excerpt(repeat.limit.written()));
    Drawing { lines, note: Some(note) }
}
