//! Changes of locals whose types are known, so that nothing else can tell when they happen.

use syn::{Expr, ExprMethodCall, UnOp};

use crate::effects::environment::Env;
use crate::effects::{purity, words};
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::evaluation::{self, Part};

/// Whether an expression changes a local, and does nothing else that can be told: an assignment,
/// or a method of the standard library on a value of it. What it awaits is another's matter.
pub(crate) fn changes_local(expr: &Expr, env: &Env) -> bool {
    let changes = match expr {
        Expr::Assign(assign) => is_local(&assign.left, env),
        Expr::Binary(binary) => evaluation::assigns(&binary.op) && is_local(&binary.left, env),
        Expr::MethodCall(call) => changes_receiver(call, env),
        _ => false,
    };
    changes && only_computes(expr)
}

/// Whether the operands only compute.
fn only_computes(expr: &Expr) -> bool {
    let calls_back = evaluation::any_part(expr, &|part| match part {
        Part::Expr(Expr::Await(_)) => Some(false),
        Part::Expr(Expr::Closure(closure)) => Some(!purity::is_pure(&closure.body)),
        Part::Expr(Expr::Block(_) | Expr::If(_) | Expr::Match(_) | Expr::Async(_)) => Some(true),
        _ => None,
    });
    !calls_back && !purity::looks(expr) && !ControlFlow::of_expr(expr).jumps
}

/// `rows.push(row)`, `map.entry(key).or_default()`, `map.entry(key).or_default().push(row)`.
fn changes_receiver(call: &ExprMethodCall, env: &Env) -> bool {
    let method = call.method.to_string();
    match &*call.receiver {
        Expr::MethodCall(entry) => {
            (words::fills_entry(&method) || words::changes_collection(&method))
                && is_entry(entry, env)
        }
        receiver => words::changes_collection(&method) && is_local(receiver, env),
    }
}

/// `map.entry(key)`, and what fills that.
fn is_entry(call: &ExprMethodCall, env: &Env) -> bool {
    match &*call.receiver {
        Expr::MethodCall(entry) => {
            words::fills_entry(&call.method.to_string()) && is_entry(entry, env)
        }
        receiver => call.method == "entry" && is_local(receiver, env),
    }
}

/// A variable that is a value of the standard library, what is behind a `&mut` to one, or an
/// element of it.
fn is_local(place: &Expr, env: &Env) -> bool {
    match place {
        Expr::Path(path) => {
            let var = path.path.get_ident().and_then(|name| env.get(name));
            var.is_some_and(|var| var.standard && !var.interior && (var.mutable || var.exclusive))
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => match &*unary.expr {
            Expr::MethodCall(call) => is_entry(call, env),
            place => is_local(place, env),
        },
        Expr::Index(index) => is_local(&index.expr, env) && purity::is_pure(&index.index),
        Expr::Paren(inner) => is_local(&inner.expr, env),
        _ => false,
    }
}
