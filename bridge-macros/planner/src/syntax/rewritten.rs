//! Signs that another attribute has rewritten a function, and has taken the calls out of sight.
//!
//! An attribute that stands above sees the function first. What it hands on awaits one future with
//! the whole body in it, or calls another function that has the body, and would be serial without
//! a word.

use syn::{Expr, ItemFn, Local, Stmt, UseTree};

use crate::syntax::evaluation::{self, Part};
use crate::syntax::patterns;

/// Whether it shows one of these signs.
pub(crate) fn by_another_attribute(function: &ItemFn) -> bool {
    function.block.stmts.iter().any(|stmt| match stmt {
        Stmt::Local(local) => is_body(local, function),
        Stmt::Item(item) => imports_cached(item),
        Stmt::Expr(..) | Stmt::Macro(_) => false,
    })
}

/// The body in an `async` block: `let __tracing_instrument_future = async move { … };`, or
/// `let body = async { … };` above a `block_on`, of tokio's `main` and `test`.
fn is_body(local: &Local, function: &ItemFn) -> bool {
    let is_block = matches!(local.init.as_ref().map(|init| &*init.expr), Some(Expr::Async(_)));
    let Some(name) = patterns::plain_name(&local.pat).filter(|_| is_block) else { return false };
    name.to_string().starts_with("__") || name == "body" && blocks(function)
}

/// Whether the last statement runs a future on the thread.
fn blocks(function: &ItemFn) -> bool {
    let last = function.block.stmts.last();
    last.is_some_and(|stmt| {
        evaluation::any_part_of_stmt(stmt, &|part| match part {
            Part::Expr(Expr::MethodCall(call)) if call.method == "block_on" => Some(true),
            _ => None,
        })
    })
}

/// `use cached::Cached;`: a function that looks into a cache, ahead of the one with the body.
fn imports_cached(item: &syn::Item) -> bool {
    matches!(item, syn::Item::Use(import)
        if matches!(&import.tree, UseTree::Path(path) if path.ident == "cached"))
}
