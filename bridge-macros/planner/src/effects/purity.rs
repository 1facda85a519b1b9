//! Pure code: nothing about running it can be seen from outside, so that it
//! may run ahead of a join that waits.

use syn::{BinOp, Expr, ExprLit, ExprMethodCall, Lit, Macro, Stmt};

use crate::effects::words;
use crate::syntax::control_flow;
use crate::syntax::evaluation::{self, Part, Role};
use crate::syntax::macros::{self, Kind};

/// Whether an expression without awaits is pure.
pub(crate) fn is_pure(expr: &Expr) -> bool {
    match expr {
        // Its panic would come ahead of what is above.
        Expr::Index(_) => false,
        Expr::Binary(binary) if matches!(binary.op, BinOp::Div(_) | BinOp::Rem(_)) => {
            is_nonzero(&binary.right) && is_pure(&binary.left)
        }
        Expr::MethodCall(call) if waits_here(call) => false,
        Expr::Lit(_) | Expr::Path(_) => true,
        // Writing a closure or an `async` block down does not run it.
        Expr::Closure(_) | Expr::Async(_) => true,
        Expr::Await(_) | Expr::Try(_) | Expr::Assign(_) => false,
        Expr::Binary(binary) if evaluation::assigns(&binary.op) => false,
        Expr::Call(call) if !is_constructor(&call.func) => false,
        Expr::MethodCall(call) => is_pure_method(call) && is_pure(&call.receiver),
        Expr::Macro(invocation) => {
            let pure_kind = match macros::kind(&invocation.mac) {
                Some(Kind::Format) => true,
                Some(Kind::Value) => invocation.mac.path.is_ident("vec"),
                _ => false,
            };
            pure_kind
                && macros::expressions(&invocation.mac)
                    .is_some_and(|exprs| exprs.iter().all(is_pure_argument))
        }
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            matches!(block.block.stmts.as_slice(), [Stmt::Expr(expr, None)] if is_pure(expr))
        }
        expr => {
            let mut pure = true;
            let operands = &mut |role, operand: &Expr| {
                pure = pure && (role == Role::Callee || is_pure(operand));
            };
            evaluation::each_operand(expr, operands) && pure
        }
    }
}

/// A number that is written down, and is not 0.
fn is_nonzero(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
        if number.base10_digits() != "0")
        || matches!(expr, Expr::Lit(ExprLit { lit: Lit::Float(_), .. }))
}

/// A method that may panic, or looks at the world.
fn waits_here(call: &ExprMethodCall) -> bool {
    let method = call.method.to_string();
    words::may_panic(&method) || words::looks_at_world(&method, !call.args.is_empty())
}

/// Whether an expression can only be evaluated in its turn, when all above it has ended: it
/// looks at the world, acts on it, or may panic. What it awaits is another's matter.
pub(crate) fn waits_its_turn(expr: &Expr) -> bool {
    let here = match expr {
        Expr::Await(_) | Expr::Closure(_) | Expr::Async(_) => return false,
        Expr::Index(_) => true,
        Expr::Binary(binary) => {
            matches!(binary.op, BinOp::Div(_) | BinOp::Rem(_)) && !is_nonzero(&binary.right)
        }
        Expr::MethodCall(call) => {
            // What is awaited keeps its own panic for its join.
            let awaited = control_flow::awaits(&call.receiver);
            !awaited && waits_here(call)
        }
        Expr::Call(call) => world_of(&call.func).is_some(),
        Expr::Macro(call) => macros::expressions(&call.mac)
            .is_some_and(|expressions| expressions.iter().any(waits_its_turn)),
        _ => false,
    };
    let mut found = here;
    evaluation::each_part(expr, &mut |part| {
        found = found
            || match part {
                Part::Expr(expr) => waits_its_turn(expr),
                Part::Stmt(stmt) => any_expr(stmt, &waits_its_turn),
            };
    });
    found
}

/// Whether the arguments of a call can only be evaluated in their turn.
pub(crate) fn arguments_wait_their_turn(base: &Expr) -> bool {
    match base {
        Expr::Await(inner) => arguments_wait_their_turn(&inner.base),
        Expr::Try(inner) => arguments_wait_their_turn(&inner.expr),
        Expr::Paren(inner) => arguments_wait_their_turn(&inner.expr),
        Expr::Call(call) => call.args.iter().any(waits_its_turn),
        Expr::MethodCall(call) => {
            let receiver = match control_flow::awaits(&call.receiver) {
                true => arguments_wait_their_turn(&call.receiver),
                false => waits_its_turn(&call.receiver),
            };
            receiver || call.args.iter().any(waits_its_turn)
        }
        other => waits_its_turn(other),
    }
}

/// Whether a plain `let` acts on the world, so that what is below has to wait for it too.
pub(crate) fn acts(stmt: &Stmt) -> bool {
    any_expr(stmt, &expr_acts)
}

fn expr_acts(expr: &Expr) -> bool {
    let here = match expr {
        Expr::Closure(_) | Expr::Async(_) => return false,
        Expr::MethodCall(call) => words::acts_on_world(&call.method.to_string()),
        Expr::Call(call) => {
            world_of(&call.func).is_some_and(|function| words::acts_in_world(&function))
        }
        _ => false,
    };
    let mut found = here;
    evaluation::each_part(expr, &mut |part| {
        found = found
            || match part {
                Part::Expr(expr) => expr_acts(expr),
                Part::Stmt(stmt) => acts(stmt),
            };
    });
    found
}

/// The name of a function whose path says that it looks at the world.
fn world_of(function: &Expr) -> Option<String> {
    let Expr::Path(path) = function else { return None };
    let mut segments = path.path.segments.iter().rev();
    let name = segments.next()?.ident.to_string();
    let world = segments.any(|segment| words::is_world(&segment.ident.to_string()));
    world.then_some(name)
}

fn any_expr(stmt: &Stmt, holds: &dyn Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    evaluation::each_expr(stmt, &mut |expr| found = found || holds(expr));
    found
}

/// Whether a method call does no more than its receiver and its arguments do,
/// given a pure receiver.
pub(crate) fn is_pure_method(call: &ExprMethodCall) -> bool {
    let method = call.method.to_string();
    if words::is_combinator(&method) {
        call.args.iter().all(is_pure_callback)
    } else {
        words::is_conversion(&method) && call.args.iter().all(is_pure)
    }
}

/// Whether a plain `let` is pure. An item is.
pub(crate) fn is_pure_let(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Local(local) => local.init.as_ref().is_none_or(|init| is_pure(&init.expr)),
        Stmt::Item(_) => true,
        Stmt::Expr(..) | Stmt::Macro(_) => false,
    }
}

/// A variant, a tuple struct, or a conversion.
pub(crate) fn is_constructor(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    path.path.segments.last().is_some_and(|segment| {
        let name = segment.ident.to_string();
        name.starts_with(char::is_uppercase)
            || (path.path.segments.len() > 1 && words::is_constructor(&name))
    })
}

/// Whether what is awaited is all of it that can be seen: the arguments of its call are
/// pure, and so are those of the calls that it is chained to.
pub(crate) fn has_pure_arguments(base: &Expr) -> bool {
    match base {
        Expr::Await(inner) => has_pure_arguments(&inner.base),
        Expr::Try(inner) => has_pure_arguments(&inner.expr),
        Expr::Paren(inner) => has_pure_arguments(&inner.expr),
        Expr::Group(inner) => has_pure_arguments(&inner.expr),
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Path(_)) && call.args.iter().all(is_pure_or_awaited)
        }
        Expr::MethodCall(call) => {
            let receiver = match control_flow::awaits(&call.receiver) {
                true => has_pure_arguments(&call.receiver),
                false => is_pure(&call.receiver),
            };
            receiver && call.args.iter().all(is_pure_or_awaited)
        }
        other => is_pure(other),
    }
}

/// An argument of a call, which may be the value of another one.
fn is_pure_or_awaited(expr: &Expr) -> bool {
    match expr {
        Expr::Await(inner) => has_pure_arguments(&inner.base),
        Expr::Try(inner) => is_pure_or_awaited(&inner.expr),
        Expr::Paren(inner) => is_pure_or_awaited(&inner.expr),
        Expr::Reference(inner) => is_pure_or_awaited(&inner.expr),
        other => is_pure(other),
    }
}

/// Whether code looks at what a running call may change, or holds what a running call may
/// need: a clock, a lock, a `RefCell`.
pub(crate) fn observes(stmt: &Stmt) -> bool {
    let mut found = false;
    match stmt {
        Stmt::Macro(call) => found = macro_observes(&call.mac),
        stmt => evaluation::each_expr(stmt, &mut |expr| found = found || expr_observes(expr)),
    }
    found
}

fn expr_observes(expr: &Expr) -> bool {
    let mut found = match expr {
        Expr::MethodCall(call) => call.args.is_empty() && words::observes(&call.method.to_string()),
        Expr::Call(call) => matches!(&*call.func, Expr::Path(path)
            if path.path.segments.len() > 1
                && path.path.segments.last().is_some_and(|last| last.ident == "now")),
        Expr::Macro(call) => macro_observes(&call.mac),
        _ => false,
    };
    evaluation::each_part(expr, &mut |part| {
        found = found
            || match part {
                Part::Expr(expr) => expr_observes(expr),
                Part::Stmt(stmt) => observes(stmt),
            };
    });
    found
}

fn macro_observes(mac: &Macro) -> bool {
    macros::expressions(mac).is_some_and(|expressions| expressions.iter().any(expr_observes))
}

/// An argument of a macro, which may have a name.
fn is_pure_argument(expr: &Expr) -> bool {
    match expr {
        Expr::Assign(named) => is_pure(&named.right),
        other => is_pure(other),
    }
}

/// Something that a method is given to call.
fn is_pure_callback(expr: &Expr) -> bool {
    match expr {
        Expr::Closure(closure) => is_pure(&closure.body),
        Expr::Path(_) => is_constructor(expr),
        other => is_pure(other),
    }
}
