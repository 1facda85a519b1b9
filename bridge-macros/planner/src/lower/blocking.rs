//! Blocking code that is marked to run in the background: the seed's callable.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprAwait, Stmt, Token};

use crate::effects::environment::Env;
use crate::report::Report;
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::tokens;

/// The marked statement as if its blocking code were awaited. What cannot be started is
/// reported.
///
/// ```text
/// // Input:
/// let rows = query(&path)?;
/// // Output:
/// let rows = query(&path).await?;
/// ```
pub(super) fn awaiting(stmt: &Stmt, marker: Span, env: &Env, report: &Report) -> Option<Stmt> {
    let mut stmt = stmt.clone();
    let Some(code) = blocking_code(&mut stmt) else {
        report.error(marker, NOTHING_TO_START);
        return None;
    };
    if ControlFlow::of_expr(code).leaves() {
        report.error(
            marker,
            "this runs on a thread of its own, which cannot leave the function: give what has the \
             `?`, `return`, `break` or `continue` a statement of its own",
        );
        return None;
    }
    if let Some(name) = borrowed(code.to_token_stream(), env) {
        let place = if name == "self" { "self.field".to_owned() } else { name.to_string() };
        let message = format!(
            "`{name}` is borrowed, and blocking code runs on a thread of its own, which has to own \
             what it uses: clone what it uses into a name above (`let own = {place}.to_owned();`), and \
             use that name here"
        );
        report.error(name.span(), message);
        return None;
    }
    // Shown where the code begins, so that what it lacks is said of it.
    let at = Span::mixed_site().located_at(code.span());
    *code = Expr::Await(ExprAwait {
        attrs: Vec::new(),
        base: Box::new(code.clone()),
        dot_token: Token![.](at),
        await_token: Token![await](at),
    });
    Some(stmt)
}

const NOTHING_TO_START: &str = "there is nothing here to start in the background: put \
                                `#[background]` on `let x = query();` or on `query();`";

/// What runs on the thread: what comes after a `?` runs where it is joined.
fn blocking_code(stmt: &mut Stmt) -> Option<&mut Expr> {
    let mut expr = match stmt {
        Stmt::Local(local) => match &mut local.init {
            Some(init) if init.diverge.is_none() => &mut *init.expr,
            _ => return None,
        },
        Stmt::Expr(expr, Some(_)) => expr,
        _ => return None,
    };
    while ends_after_a_check(expr) {
        expr = match expr {
            Expr::Try(inner) => &mut inner.expr,
            Expr::Field(inner) => &mut inner.base,
            Expr::Cast(inner) => &mut inner.expr,
            Expr::Paren(inner) => &mut inner.expr,
            Expr::MethodCall(inner) => &mut inner.receiver,
            other => return Some(other),
        };
    }
    Some(expr)
}

/// Whether the last thing that an expression does comes after a `?`, or is one.
fn ends_after_a_check(expr: &Expr) -> bool {
    let tries = |expr: &Expr| ControlFlow::of_expr(expr).tries;
    match expr {
        Expr::Try(_) => true,
        Expr::Field(_) | Expr::Cast(_) | Expr::Paren(_) => tries(expr),
        Expr::MethodCall(call) => tries(&call.receiver) && !call.args.iter().any(tries),
        _ => false,
    }
}

/// The first name that is known to be borrowed.
fn borrowed(code: TokenStream, env: &Env) -> Option<Ident> {
    tokens::find_name(code, &|name| env.get(name).is_some_and(|var| var.borrowed))
}
