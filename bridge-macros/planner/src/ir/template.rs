//! Code with numbered holes, in which other code is written later.
//!
//! ```text
//! load(user(id).await, feed(id).await)?     // the code
//! load(□0, □1)?                             // the template
//! ```

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Macro, Stmt};

const HOLE: &str = "__bridge_hole_";

/// The hole of this number.
pub(crate) fn hole(number: usize, span: Span) -> Expr {
    let name = Ident::new(&format!("{HOLE}{number}"), span);
    Expr::Verbatim(quote!(#name))
}

/// The number of the hole that an expression is.
pub(crate) fn number_of(expr: &Expr) -> Option<usize> {
    match expr {
        // A hole is one name, and nothing else that is verbatim here has just one.
        Expr::Verbatim(tokens) => number_in(&syn::parse2(tokens.clone()).ok()?),
        _ => None,
    }
}

/// Whether the first hole is evaluated ahead of all else.
pub(crate) fn begins_with_hole(expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(call) => begins_with_hole(&call.receiver),
        Expr::Field(field) => begins_with_hole(&field.base),
        Expr::Try(tried) => begins_with_hole(&tried.expr),
        Expr::Paren(inner) => begins_with_hole(&inner.expr),
        Expr::Cast(cast) => begins_with_hole(&cast.expr),
        // A function's name, or that of a variant, runs nothing.
        Expr::Call(call) if matches!(*call.func, Expr::Path(_)) => {
            call.args.first().is_some_and(begins_with_hole)
        }
        expr => number_of(expr) == Some(0),
    }
}

fn number_in(name: &Ident) -> Option<usize> {
    name.to_string().strip_prefix(HOLE)?.parse().ok()
}

/// Fills the holes of an expression, each with the code of its number.
pub(crate) fn fill_expr(expr: &mut Expr, code: &[TokenStream]) {
    Filler { code }.visit_expr_mut(expr);
}

/// Fills the holes of a statement.
pub(crate) fn fill_stmt(stmt: &mut Stmt, code: &[TokenStream]) {
    Filler { code }.visit_stmt_mut(stmt);
}

struct Filler<'a> {
    code: &'a [TokenStream],
}

impl Filler<'_> {
    /// The code for a name, if it stands for a hole.
    fn code(&self, name: &Ident) -> Option<&TokenStream> {
        self.code.get(number_in(name)?)
    }

    /// Of the tokens of a macro, whose arguments are no part of the tree.
    fn tokens(&self, tokens: TokenStream) -> TokenStream {
        let fill = |token| match token {
            TokenTree::Ident(name) => match self.code(&name) {
                Some(code) => code.clone(),
                None => TokenTree::Ident(name).into(),
            },
            TokenTree::Group(group) => {
                let mut filled = Group::new(group.delimiter(), self.tokens(group.stream()));
                filled.set_span(group.span());
                TokenTree::Group(filled).into()
            }
            token => token.into(),
        };
        tokens.into_iter().flat_map(fill).collect()
    }
}

impl VisitMut for Filler<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match number_of(expr).and_then(|number| self.code.get(number)) {
            Some(code) => *expr = Expr::Verbatim(code.clone()),
            None => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        mac.tokens = self.tokens(std::mem::take(&mut mac.tokens));
    }
}
