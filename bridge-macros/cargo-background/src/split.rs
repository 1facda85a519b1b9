//! Statements that await in the middle: what is awaited could start earlier if it had a `let` of its own.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprClosure, Item, ItemFn, Stmt};

use crate::entry::Edit;
use crate::functions::Function;
use crate::plan::range;
use crate::rewrites::line_above;

/// A statement that could be split.
pub(crate) struct Split {
    /// The statement.
    pub(crate) span: Span,
    pub(crate) edits: Vec<Edit>,
}

/// The statements of a function that are calls, among whose operands one is awaited.
pub(crate) fn of(text: &str, function: &Function) -> Vec<Split> {
    let Ok(mut item) = syn::parse2::<ItemFn>(function.item.clone()) else { return Vec::new() };
    let code = text.get(function.range.clone()).unwrap_or_default();
    // A name that nothing has.
    let names = ["value", "awaited", "loaded", "given"];
    let Some(name) = names.into_iter().find(|name| !code.contains(name)) else { return Vec::new() };
    let mut finder = Finder { text, name, found: Vec::new() };
    finder.visit_block_mut(&mut item.block);
    finder.found
}

struct Finder<'t> {
    text: &'t str,
    name: &'t str,
    found: Vec<Split>,
}

impl VisitMut for Finder<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        for stmt in &block.stmts {
            if let Stmt::Expr(expr @ (Expr::Call(_) | Expr::MethodCall(_) | Expr::Try(_)), Some(_)) =
                stmt
                && let Some(awaited) = operand(expr).filter(|it| !std::ptr::eq(*it, expr))
            {
                self.found.extend(self.split(stmt, awaited));
            }
        }
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

impl Finder<'_> {
    fn split(&self, stmt: &Stmt, awaited: &Expr) -> Option<Split> {
        let (statement, awaited) =
            (range(stmt.to_token_stream()), range(awaited.to_token_stream()));
        let code = self.text.get(awaited.clone())?;
        let own = format!("let {} = {code};", self.name);
        let edits = vec![
            line_above(self.text, statement.start, &own),
            Edit { at: awaited.start, removed: awaited.len(), text: self.name.to_owned() },
        ];
        Some(Split { span: stmt.span(), edits })
    }
}

/// The first thing among the operands of a call that is awaited, with its `?`. One that the whole call
/// is awaited of has no operands of which a `let` would help.
fn operand(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Await(_) => Some(expr),
        Expr::Try(inner) if matches!(&*inner.expr, Expr::Await(_)) => Some(expr),
        Expr::Try(inner) => operand(&inner.expr),
        Expr::Paren(inner) => operand(&inner.expr),
        Expr::Reference(inner) => operand(&inner.expr),
        Expr::Call(call) => call.args.iter().find_map(operand),
        Expr::MethodCall(call) => {
            operand(&call.receiver).or_else(|| call.args.iter().find_map(operand))
        }
        _ => None,
    }
}
