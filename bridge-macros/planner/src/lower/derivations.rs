//! Which plain `let`s only compute, so that they may run ahead of what is above them.

use syn::{Expr, Local, Stmt};

use super::Lowering;
use crate::effects::environment::Env;
use crate::effects::{commands, purity};
use crate::ir::access::{self, Access};
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::evaluation::{self, Part};
use crate::syntax::macros;

impl Lowering<'_> {
    /// Whether a `let` without an await may run in the background, in a block of its own, as
    /// soon as what it uses is there. Whether it does depends on the others: see
    /// [`plan`](crate::plan).
    pub(super) fn may_run_ahead(&self, stmt: &Stmt, uses: &[Access], env: &Env) -> bool {
        let Stmt::Local(Local { attrs, init: Some(init), .. }) = stmt else { return false };
        let expr = &*init.expr;
        attrs.is_empty()
            && (self.carries_errors || !ControlFlow::of_expr(expr).tries)
            && !uses.iter().any(|used| changes(used) || used.out_of_box)
            && !access::entangled(uses)
            && self.derives(expr, env)
    }

    /// Whether code only computes, in a block of its own: its words say no more, and what it
    /// gives borrows from nothing there.
    pub(super) fn derives(&self, expr: &Expr, env: &Env) -> bool {
        !purity::looks(expr)
            && commands::of_sync(expr, env, self.words).is_none()
            && is_known(expr)
            && !keeps_temporaries(expr)
    }
}

/// Whether a place is changed, as far as its form tells. What is taken by value from behind a `&mut`
/// may be lent on, and keeps the order of its place as it does for a call.
fn changes(used: &Access) -> bool {
    used.writes() && (used.assigns || used.method.is_some() || used.via.is_some())
}

/// Whether all macros in it are known.
fn is_known(expr: &Expr) -> bool {
    !evaluation::any_part(expr, &|part| match part {
        Part::Expr(Expr::Macro(call)) => Some(match macros::expressions(&call.mac) {
            Some(arguments) => !arguments.iter().all(is_known),
            None => true,
        }),
        Part::Stmt(Stmt::Macro(_)) | Part::Expr(Expr::Unsafe(_)) => Some(true),
        _ => None,
    })
}

/// Whether what it gives may borrow from what ends with the block that gives it: a `let` extends
/// the life of what `&` makes, and a closure captures the names of the block.
fn keeps_temporaries(expr: &Expr) -> bool {
    match expr {
        Expr::Reference(borrow) => borrow.mutability.is_some() || !is_place(&borrow.expr),
        Expr::Closure(_) | Expr::Async(_) => true,
        Expr::Paren(inner) => keeps_temporaries(&inner.expr),
        Expr::Cast(inner) => keeps_temporaries(&inner.expr),
        Expr::Tuple(tuple) => tuple.elems.iter().any(keeps_temporaries),
        Expr::Array(array) => array.elems.iter().any(keeps_temporaries),
        Expr::Struct(literal) => literal.fields.iter().any(|field| keeps_temporaries(&field.expr)),
        Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::Loop(_) | Expr::While(_) => {
            evaluation::any_part(expr, &|part| match part {
                Part::Expr(Expr::Reference(_) | Expr::Closure(_) | Expr::Async(_)) => Some(true),
                _ => None,
            })
        }
        Expr::Macro(call) => call.mac.path.is_ident("format_args"),
        _ => false,
    }
}

fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(inner) => is_place(&inner.expr),
        _ => false,
    }
}
