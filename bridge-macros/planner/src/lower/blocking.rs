//! Blocking code that is marked to run in the background: the seed's callable.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprAwait, Local, Stmt, Token};

use super::Below;
use crate::effects::environment::{Env, Var};
use crate::effects::taken_along::{self, Change, Taken};
use crate::report::Report;
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::patterns::{self, Bound};
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
pub(super) fn awaiting(
    stmt: &Stmt,
    marker: Span,
    below: Below<'_>,
    env: &Env,
    report: &Report,
) -> Option<Stmt> {
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
    let taken = taken_along::of_expr(code, env);
    let code = std::mem::replace(code, Expr::Verbatim(TokenStream::new()));
    let mut told = BTreeSet::new();
    for taken in taken {
        let Some(var) = env.get(&taken.name) else { continue };
        let refused = match var.borrowed {
            true => Some(borrowed(&taken, var)),
            false if !taken.may_change(var) => None,
            false if env.owns(var) && !is_used_below(&taken.name, &stmt, below) => None,
            false => Some(changed(&taken)),
        };
        if let Some(message) = refused.filter(|_| told.insert(var.id)) {
            report.error(taken.name.span(), message);
        }
    }
    if !told.is_empty() {
        return None;
    }
    let hole = blocking_code(&mut stmt)?;
    // Shown where the code begins, so that what it lacks is said of it.
    let at = Span::mixed_site().located_at(code.span());
    *hole = Expr::Await(ExprAwait {
        attrs: Vec::new(),
        base: Box::new(code),
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

/// What to write in place of code that uses what is borrowed.
fn borrowed(taken: &Taken, var: &Var) -> String {
    let Taken { name, .. } = taken;
    let (field, new) = match name == "self" {
        true => ("self.field".to_owned(), "self.field".to_owned()),
        false => (name.to_string(), format!("*{name}")),
    };
    let mut message = format!(
        "`{name}` is borrowed, and blocking code runs on a thread of its own, which has to own \
         what it uses: clone what it uses into a name above (`let own = {field}.to_owned();`), and \
         use that name here"
    );
    if var.exclusive {
        message += &format!(
            "; what it changes, give back as a value (`#[background] let new = …;`), and assign \
             it below (`{new} = new;`)"
        );
    }
    message
}

/// What to write in place of code that changes what it takes along.
fn changed(taken: &Taken) -> String {
    let Taken { name, place, change } = taken;
    let give_back = format!(
        "give the new value back (`#[background] let new = …;`) and assign it below \
         (`{place} = new;`), or remove the marker"
    );
    match change {
        Change::Method(method) => format!(
            "`{name}` is taken along by the thread that runs this, so that what `{method}` may \
             change of it does not come back: if it only looks, call it on a name that is not \
             `mut` (`let own = {place};`); if it changes something, {give_back}"
        ),
        Change::Unknown => format!(
            "`{name}` is taken along by the thread that runs this, so that what may be changed of \
             it here does not come back: if it is only looked at, use a name that is not `mut` \
             (`let own = {place};`); if it is changed, {give_back}"
        ),
        Change::Assigned | Change::Written | Change::Nothing => format!(
            "`{name}` is taken along by the thread that runs this, so that what is changed of it \
             here does not come back: {give_back}"
        ),
    }
}

/// Whether a variable is used after the blocking code: by the rest of its statement, or by those
/// below, up to one that hides it.
fn is_used_below(name: &Ident, stmt: &Stmt, below: Below<'_>) -> bool {
    let mentions = |code: TokenStream| tokens::mentions(code, name);
    let of_let = |local: &Local| {
        local.init.as_ref().is_some_and(|init| {
            let other = init.diverge.iter().any(|(_, other)| mentions(other.to_token_stream()));
            other || mentions(init.expr.to_token_stream())
        })
    };
    for stmt in std::iter::once(stmt).chain(below.into_iter().flatten()) {
        match stmt {
            Stmt::Local(local) if of_let(local) => return true,
            Stmt::Local(local) => {
                let hides = |bound: &Bound| bound.ident.unraw() == name.unraw();
                if patterns::bound_names(&local.pat).iter().any(hides) {
                    return false;
                }
            }
            stmt if mentions(stmt.to_token_stream()) => return true,
            _ => {}
        }
    }
    false
}
