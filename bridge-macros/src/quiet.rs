//! Quiet code: nothing about running it can be seen from outside, so that it
//! may run ahead of a foreground that waits.

use syn::{BinOp, Expr, ExprMethodCall, Stmt};

use crate::macros::{self, Kind};

/// Methods that, by the conventions of the standard library, take `&self` and
/// only look.
const LOOKING: &[&str] = &[
    "char_indices",
    "concat",
    "get",
    "parse",
    "repeat",
    "split_once",
    "split_whitespace",
    "strip_prefix",
    "strip_suffix",
    "clone",
    "cloned",
    "copied",
    "to_string",
    "to_owned",
    "to_vec",
    "len",
    "is_empty",
    "iter",
    "keys",
    "values",
    "chars",
    "trim",
    "first",
    "last",
    "contains",
    "contains_key",
    "starts_with",
    "ends_with",
    "deref",
    "display",
    "id",
];

/// Prefixes of such methods.
const LOOKING_PREFIXES: &[&str] = &["as_", "is_", "to_"];

/// Methods that turn one value into another and do no more.
const TURNING: &[&str] = &[
    "chain",
    "collect",
    "count",
    "enumerate",
    "into_iter",
    "max",
    "min",
    "rev",
    "skip",
    "step_by",
    "sum",
    "zip",
    "into",
    "ok",
    "err",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "expect",
    "ok_or",
    "flatten",
    "context",
    "wrap_err",
];

/// Methods that turn one value into another by what they are given to call.
const CALLING: &[&str] = &[
    "all",
    "any",
    "filter_map",
    "flat_map",
    "fold",
    "position",
    "map",
    "map_err",
    "and_then",
    "or_else",
    "ok_or_else",
    "unwrap_or_else",
    "with_context",
    "map_or",
    "filter",
];

const TURNING_PREFIXES: &[&str] = &["into_", "with_"];

/// Functions that make a value of what they are given and do no more.
const MAKING: &[&str] = &["builder", "default", "from", "new", "with_capacity"];

/// Whether a method is known to take its receiver by `&`.
pub(crate) fn borrows_receiver(method: &str) -> bool {
    LOOKING.contains(&method) || has_prefix(method, LOOKING_PREFIXES)
}

/// Whether a method that is applied to an awaited value only converts it.
fn turns(method: &str) -> bool {
    borrows_receiver(method) || TURNING.contains(&method) || has_prefix(method, TURNING_PREFIXES)
}

/// Whether a method call does no more than its receiver and its arguments do,
/// given a quiet receiver.
pub(crate) fn is_quiet_method(call: &ExprMethodCall) -> bool {
    let method = call.method.to_string();
    if CALLING.contains(&method.as_str()) {
        call.args.iter().all(is_quiet_callee)
    } else {
        turns(&method) && call.args.iter().all(is_quiet)
    }
}

fn has_prefix(method: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| method.starts_with(prefix))
}

/// Whether a binary operator assigns.
pub(crate) fn assigns(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

/// Whether an expression without awaits is quiet.
pub(crate) fn is_quiet(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Field(field) => is_quiet(&field.base),
        Expr::Paren(inner) => is_quiet(&inner.expr),
        Expr::Group(inner) => is_quiet(&inner.expr),
        Expr::Reference(borrow) => is_quiet(&borrow.expr),
        Expr::Unary(unary) => is_quiet(&unary.expr),
        Expr::Cast(cast) => is_quiet(&cast.expr),
        Expr::Index(index) => is_quiet(&index.expr) && is_quiet(&index.index),
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_quiet),
        Expr::Array(array) => array.elems.iter().all(is_quiet),
        Expr::Repeat(repeat) => is_quiet(&repeat.expr),
        Expr::Range(range) => [&range.start, &range.end].into_iter().flatten().all(|e| is_quiet(e)),
        Expr::Struct(literal) => {
            literal.fields.iter().all(|field| is_quiet(&field.expr))
                && literal.rest.as_ref().is_none_or(|rest| is_quiet(rest))
        }
        Expr::Binary(binary) => {
            !assigns(&binary.op) && is_quiet(&binary.left) && is_quiet(&binary.right)
        }
        // Writing a closure or an `async` block down does not run it.
        Expr::Closure(_) | Expr::Async(_) => true,
        Expr::Call(call) => makes(&call.func) && call.args.iter().all(is_quiet),
        Expr::MethodCall(call) => is_quiet_method(call) && is_quiet(&call.receiver),
        Expr::Macro(invocation) => {
            let quiet_kind = match macros::kind(&invocation.mac) {
                Some(Kind::Format) => true,
                Some(Kind::Value) => invocation.mac.path.is_ident("vec"),
                _ => false,
            };
            quiet_kind
                && macros::expressions(&invocation.mac)
                    .is_some_and(|exprs| exprs.iter().all(is_quiet_argument))
        }
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            matches!(block.block.stmts.as_slice(), [Stmt::Expr(expr, None)] if is_quiet(expr))
        }
        _ => false,
    }
}

/// Whether a plain `let` is quiet. An item is.
pub(crate) fn is_quiet_let(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Local(local) => local.init.as_ref().is_none_or(|init| is_quiet(&init.expr)),
        Stmt::Item(_) => true,
        Stmt::Expr(..) | Stmt::Macro(_) => false,
    }
}

/// An argument of a macro, which may have a name.
fn is_quiet_argument(expr: &Expr) -> bool {
    match expr {
        Expr::Assign(named) => is_quiet(&named.right),
        other => is_quiet(other),
    }
}

/// Something that a method is given to call.
fn is_quiet_callee(expr: &Expr) -> bool {
    match expr {
        Expr::Closure(closure) => is_quiet(&closure.body),
        Expr::Path(_) => makes(expr),
        other => is_quiet(other),
    }
}

/// A variant, a tuple struct, or a conversion.
pub(crate) fn makes(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    path.path.segments.last().is_some_and(|segment| {
        let name = segment.ident.to_string();
        name.starts_with(char::is_uppercase)
            || (path.path.segments.len() > 1
                && (MAKING.contains(&name.as_str()) || name.starts_with("from_")))
    })
}
