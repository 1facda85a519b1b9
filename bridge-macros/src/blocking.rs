//! Blocking code that is marked to run in the background: the seed's callable.
//!
//! ```text
//! // Input:
//! #[background]
//! let rows = query(&path)?;
//! // Output:
//! let rows = __bridge::run_in_background(move || query(&path)).await?;
//! ```
//!
//! From here on it is a call like any other.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, Stmt};

use crate::awaits;
use crate::env::Env;
use crate::handles::mixed;
use crate::report::Report;

/// Makes a marked statement that awaits nothing a call. What cannot be one is
/// reported, and stays as it is.
pub(crate) fn callable(stmt: &mut Stmt, span: Span, env: &Env, report: &Report) {
    let expr = match stmt {
        Stmt::Local(local) => match &mut local.init {
            Some(init) if init.diverge.is_none() => &mut *init.expr,
            _ => return report.error(span, NO_CALL),
        },
        Stmt::Expr(expr, Some(_)) => expr,
        _ => return report.error(span, NO_CALL),
    };
    let blocking = own_part(expr);
    let traits = awaits::of_expr(blocking);
    if traits.tries || traits.jumps {
        return report.error(
            span,
            "this runs on a thread of its own, which cannot leave the function: give what has the \
             `?`, `return`, `break` or `continue` a statement of its own",
        );
    }
    if let Some(name) = borrowed(blocking.to_token_stream(), env) {
        let place = if name == "self" { "self.field".to_owned() } else { name.to_string() };
        let message = format!(
            "`{name}` is borrowed, and blocking code runs on a thread of its own, which has to own \
             what it uses: clone what it uses into a name above (`let own = {place}.to_owned();`), and \
             use that name here"
        );
        return report.error(name.span(), message);
    }
    // Shown where the code begins, so that what it lacks is said of it.
    let at = mixed(blocking.span());
    *blocking = syn::parse_quote_spanned! {at=>
        __bridge::run_in_background(move || #blocking).await
    };
}

/// The first name that is known to be borrowed.
fn borrowed(code: TokenStream, env: &Env) -> Option<Ident> {
    code.into_iter().find_map(|token| match token {
        TokenTree::Ident(name) => env.get(&name).is_some_and(|var| var.borrowed).then_some(name),
        TokenTree::Group(group) => borrowed(group.stream(), env),
        _ => None,
    })
}

const NO_CALL: &str = "there is nothing here to start in the background: put `#[background]` on \
                       `let x = query();` or on `query();`";

/// What runs on the thread: what comes after a `?` runs where it is joined.
fn own_part(mut expr: &mut Expr) -> &mut Expr {
    while follows(expr) {
        expr = match expr {
            Expr::Try(inner) => &mut inner.expr,
            Expr::Field(inner) => &mut inner.base,
            Expr::Cast(inner) => &mut inner.expr,
            Expr::Paren(inner) => &mut inner.expr,
            Expr::MethodCall(inner) => &mut inner.receiver,
            other => return other,
        };
    }
    expr
}

/// Whether the last thing that an expression does comes after a `?`, or is one.
fn follows(expr: &Expr) -> bool {
    let tries = |expr: &Expr| awaits::of_expr(expr).tries;
    match expr {
        Expr::Try(_) => true,
        Expr::Field(_) | Expr::Cast(_) | Expr::Paren(_) => tries(expr),
        Expr::MethodCall(call) => tries(&call.receiver) && !call.args.iter().any(tries),
        _ => false,
    }
}
