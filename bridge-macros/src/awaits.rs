//! The function's own code: what is inside nested items, closures and `async`
//! blocks belongs to those.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, Item, Macro, Stmt};

use crate::macros;

/// What own code does besides computing a value.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Traits {
    pub(crate) awaits: usize,
    /// It holds a `?`.
    pub(crate) tries: bool,
    /// It returns, breaks or continues out of itself.
    pub(crate) jumps: bool,
}

/// Looks through an expression.
pub(crate) fn of_expr(expr: &Expr) -> Traits {
    let mut finder = Finder::default();
    finder.visit_expr_mut(&mut expr.clone());
    finder.found
}

/// Looks through a statement.
pub(crate) fn of_stmt(stmt: &Stmt) -> Traits {
    let mut finder = Finder::default();
    finder.visit_stmt_mut(&mut stmt.clone());
    finder.found
}

/// Looks through a block.
pub(crate) fn of_block(block: &Block) -> Traits {
    let mut finder = Finder::default();
    finder.visit_block_mut(&mut block.clone());
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Traits,
    /// Loops around the visited expression, inside the one that was asked for.
    loops: usize,
}

impl VisitMut for Finder {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Await(_) => self.found.awaits += 1,
            Expr::Try(_) => self.found.tries = true,
            Expr::Return(_) => self.found.jumps = true,
            // A labelled jump may lead out; an unlabelled one leaves its loop.
            Expr::Break(jump) if jump.label.is_some() || self.loops == 0 => self.found.jumps = true,
            Expr::Continue(jump) if jump.label.is_some() || self.loops == 0 => {
                self.found.jumps = true;
            }
            _ => {}
        }
        let is_loop = matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_));
        self.loops += usize::from(is_loop);
        visit_mut::visit_expr_mut(self, expr);
        self.loops -= usize::from(is_loop);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        match macros::expressions(mac) {
            Some(mut expressions) => {
                expressions.iter_mut().for_each(|expr| self.visit_expr_mut(expr));
            }
            None => self.found.awaits += await_in_tokens(&mac.tokens).map_or(0, |_| 1),
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Where the tokens of a macro hold `.await`, if they do.
pub(crate) fn await_in_tokens(tokens: &TokenStream) -> Option<Span> {
    let mut after_dot = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Ident(ident) if after_dot && ident == "await" => return Some(ident.span()),
            TokenTree::Group(group) => {
                if let Some(span) = await_in_tokens(&group.stream()) {
                    return Some(span);
                }
            }
            _ => {}
        }
        after_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
    None
}

/// The span of the `await` keyword: where whatever the await does is shown.
pub(crate) fn keyword_span(expr: &ExprAwait) -> Span {
    expr.await_token.span()
}
