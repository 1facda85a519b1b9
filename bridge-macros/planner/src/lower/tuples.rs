//! `let (x, y) = (a().await, b().await);` as a `let` for each, so that each value
//! is there as soon as its own call has ended.

use quote::ToTokens;
use syn::{Expr, Ident, Local, LocalInit, Pat, PatType, Stmt, Type};

use crate::effects::purity;
use crate::syntax::control_flow::awaits;
use crate::syntax::{patterns, tokens};

/// The statements that do the same, element by element; the statement as it is
/// where they might not.
pub(super) fn split(stmt: Stmt) -> Vec<Stmt> {
    let lets = match &stmt {
        Stmt::Local(local) => elements(local),
        _ => None,
    };
    lets.unwrap_or_else(|| vec![stmt])
}

fn elements(local: &Local) -> Option<Vec<Stmt>> {
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    let Expr::Tuple(values) = &*init.expr else { return None };
    let (pat, types) = match &local.pat {
        Pat::Type(PatType { pat, ty, .. }) => (&**pat, Some(&**ty)),
        pat => (pat, None),
    };
    let Pat::Tuple(pats) = pat else { return None };
    let types: Vec<Option<&Type>> = match types {
        None => vec![None; values.elems.len()],
        Some(Type::Tuple(types)) => types.elems.iter().map(Some).collect(),
        Some(_) => return None,
    };
    let names: Vec<&Ident> = pats.elems.iter().map(patterns::plain_name).collect::<Option<_>>()?;
    let calls = values.elems.iter().filter(|value| awaits(value)).count();
    let fits = local.attrs.is_empty()
        && names.len() == values.elems.len()
        && types.len() == values.elems.len()
        && calls > 1
        && names.iter().all(|name| patterns::asks_for_overlap(name))
        && values.elems.iter().all(leaves_nothing);
    // A later element would see the new name instead of the old one.
    let hides = |(at, name): (usize, &&Ident)| {
        let mut later = values.elems.iter().skip(at + 1);
        later.any(|value| tokens::mentions(value.to_token_stream(), name))
    };
    if !fits || names.iter().enumerate().any(hides) {
        return None;
    }
    let lets = pats.elems.iter().zip(types).zip(&values.elems).map(|((pat, ty), value)| {
        Stmt::Local(Local {
            pat: match ty {
                None => pat.clone(),
                Some(ty) => syn::parse_quote!(#pat: #ty),
            },
            init: Some(LocalInit { expr: Box::new(value.clone()), ..init.clone() }),
            ..local.clone()
        })
    });
    Some(lets.collect())
}

/// Whether no temporary of the element lives on to the end of the statement, but
/// what the call itself takes.
pub(super) fn leaves_nothing(value: &Expr) -> bool {
    match value {
        Expr::Await(_) => true,
        Expr::Try(inner) => leaves_nothing(&inner.expr),
        Expr::Paren(inner) => leaves_nothing(&inner.expr),
        Expr::MethodCall(call) if awaits(&call.receiver) => {
            let consumes = matches!(
                call.method.to_string().as_str(),
                "unwrap" | "expect" | "unwrap_or_default" | "map_err" | "ok" | "context"
            );
            consumes && leaves_nothing(&call.receiver)
        }
        value => !awaits(value) && purity::is_pure(value),
    }
}
