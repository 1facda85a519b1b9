//! Where an expression first uses a variable.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Expr, ExprCall};

use crate::syntax::evaluation::{self, Part};
use crate::syntax::tokens;

/// Where an expression first uses one of these variables, with the `&` in front.
pub(crate) fn of_variable(expr: &Expr, is_variable: &dyn Fn(&Ident) -> bool) -> Option<Span> {
    let is_use = match expr {
        Expr::Reference(borrow) => is_place(&borrow.expr, is_variable),
        // What it takes along is taken where it begins.
        Expr::Closure(_) | Expr::Async(_) => true,
        expr => is_place(expr, is_variable),
    };
    if is_use {
        return tokens::begin(expr.to_token_stream());
    }
    let mut found = None;
    let mut visit = |expr: &Expr| found = found.or_else(|| of_variable(expr, is_variable));
    match expr {
        // What is called is a function, as a rule.
        Expr::Call(ExprCall { func, args, .. }) if matches!(**func, Expr::Path(_)) => {
            args.iter().for_each(visit);
        }
        expr => evaluation::each_part(expr, &mut |part| match part {
            Part::Expr(expr) => visit(expr),
            Part::Stmt(stmt) => evaluation::each_expr(stmt, &mut visit),
        }),
    }
    found
}

/// A variable, or a path under one.
fn is_place(expr: &Expr, is_variable: &dyn Fn(&Ident) -> bool) -> bool {
    match expr {
        Expr::Path(path) => path.path.get_ident().is_some_and(is_variable),
        Expr::Field(field) => is_place(&field.base, is_variable),
        Expr::Index(index) => is_place(&index.expr, is_variable),
        Expr::Paren(inner) => is_place(&inner.expr, is_variable),
        _ => false,
    }
}
