//! Loops that could take a limit.

use syn::visit_mut::{self, VisitMut};
use syn::{ExprAsync, ExprClosure, ExprForLoop, Item, parse_quote};

use super::texts;
use crate::ir::advice::{Advice, Rewrite};
use crate::ir::tree::{Nested, Statement, Tree};
use crate::lower;
use crate::report::Report;
use crate::syntax::arguments::{Arguments, Order};
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::function::Function;
use crate::syntax::markers;

/// Each `for` loop whose iterations would overlap if it had a limit, which is tried.
pub(super) fn without_a_limit(function: &Function, arguments: &Arguments) -> Vec<Advice> {
    if arguments.order != Order::Background || function.is_closure() {
        return Vec::new();
    }
    let lowered = |function: &Function| {
        let report = Report::default();
        let tree = lower::function(function, arguments, &report);
        (leading_loops(&tree), report.len())
    };
    let mut as_written = None;
    let mut found = Vec::new();
    for number in 0.. {
        let mut item = function.item().clone();
        let mut mark = Mark { left: number, marked: None };
        mark.visit_block_mut(&mut item.block);
        let Some(span) = mark.marked else { break };
        let Ok(marked) = Function::of(item) else { break };
        let (leading, errors) = *as_written.get_or_insert_with(|| lowered(function));
        let (then, errors_then) = lowered(&marked);
        if then > leading && errors_then == errors {
            let text = texts::OF_A_LOOP.to_owned();
            found.push(Advice { span, text, rewrite: Some(Rewrite::Limit(span)) });
        }
    }
    found
}

/// How many loops have a limit, and calls that run ahead.
fn leading_loops(tree: &Tree) -> usize {
    let leads = |nested: &Nested| match nested {
        Nested::Loop(repeat) => {
            let ahead = &tree.scope(repeat.prefix).statements;
            ahead.iter().any(|statement| !statement.awaited().is_empty())
        }
        _ => false,
    };
    let leading = |statement: &Statement| statement.nested().iter().filter(|it| leads(it)).count();
    let scopes = tree.reachable().into_iter();
    scopes.flat_map(|id| &tree.scope(id).statements).map(leading).sum()
}

/// Puts a limit on one loop.
struct Mark {
    /// How many come before it.
    left: usize,
    /// Where it begins.
    marked: Option<proc_macro2::Span>,
}

impl VisitMut for Mark {
    fn visit_expr_for_loop_mut(&mut self, repeat: &mut ExprForLoop) {
        let is_marked = repeat.attrs.iter().any(markers::is_background);
        if !is_marked && ControlFlow::of_block(&repeat.body).awaits > 0 {
            if self.left == 0 && self.marked.is_none() {
                repeat.attrs.push(parse_quote!(#[background(limit = 16)]));
                self.marked = Some(repeat.for_token.span);
                return;
            }
            self.left = self.left.saturating_sub(1);
        }
        visit_mut::visit_expr_for_loop_mut(self, repeat);
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
