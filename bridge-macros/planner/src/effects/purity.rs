//! Pure code: nothing about running it can be seen from outside, so that it
//! may run ahead of a join that waits.

use syn::{BinOp, Expr, ExprAwait, ExprLit, ExprMethodCall, Lit, Local, Macro, Stmt};

use crate::effects::names::{self, Name};
use crate::effects::words;
use crate::syntax::control_flow;
use crate::syntax::evaluation::{self, Part, Role};
use crate::syntax::macros::{self, Kind};

/// Whether an expression without awaits is pure.
pub(crate) fn is_pure(expr: &Expr) -> bool {
    computes(expr, false)
}

/// Whether an expression without awaits only computes; it may panic where a panic is kept for
/// its turn.
fn computes(expr: &Expr, panics: bool) -> bool {
    let is_pure = |expr: &Expr| computes(expr, panics);
    match expr {
        // Its panic would come ahead of what is above.
        Expr::Index(_) if !panics => false,
        Expr::Binary(binary)
            if !panics
                && matches!(binary.op, BinOp::Div(_) | BinOp::Rem(_))
                && !is_nonzero(&binary.right) =>
        {
            false
        }
        Expr::MethodCall(call) if looks_here(call) || !panics && may_panic(call) => false,
        Expr::Lit(_) | Expr::Path(_) => true,
        // Writing a closure or an `async` block down does not run it.
        Expr::Closure(_) | Expr::Async(_) => true,
        Expr::Await(_) | Expr::Try(_) | Expr::Assign(_) => false,
        Expr::Binary(binary) if evaluation::assigns(&binary.op) => false,
        Expr::Call(call) if !is_constructor(&call.func) => false,
        Expr::MethodCall(call) => is_pure_method(call) && is_pure(&call.receiver),
        Expr::Macro(invocation) => {
            macros::only_makes(&invocation.mac)
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

fn may_panic(call: &ExprMethodCall) -> bool {
    words::may_panic(&call.method.to_string())
}

fn looks_here(call: &ExprMethodCall) -> bool {
    words::looks_at_world(&call.method.to_string(), call.args.len())
}

/// Whether an expression looks at the world or acts on it. What it awaits is another's matter.
pub(crate) fn looks(expr: &Expr) -> bool {
    looks_or(expr, &|_| false)
}

/// The same, where something is asked of each await.
fn looks_or(expr: &Expr, awaited: &dyn Fn(&ExprAwait) -> bool) -> bool {
    evaluation::any_part(expr, &|part| match part {
        Part::Expr(Expr::Await(call)) => Some(awaited(call)),
        // What is awaited is no cell and no file.
        Part::Expr(Expr::MethodCall(call)) => {
            (!control_flow::awaits(&call.receiver) && looks_here(call)).then_some(true)
        }
        Part::Expr(Expr::Call(call)) => world_of(&call.func).map(|_| true),
        Part::Expr(Expr::Macro(call)) => Some(any_argument(&call.mac, looks)),
        Part::Expr(Expr::Closure(closure)) => Some(looks_or(&closure.body, awaited)),
        _ => None,
    })
}

fn any_argument(mac: &Macro, holds: fn(&Expr) -> bool) -> bool {
    macros::expressions(mac).is_some_and(|expressions| expressions.iter().any(holds))
}

/// Whether the arguments of a call look at the world, so that they are evaluated in their turn.
/// (A panic of theirs is kept for the join.)
pub(crate) fn arguments_look(base: &Expr) -> bool {
    match base {
        Expr::Await(inner) => arguments_look(&inner.base),
        Expr::Try(inner) => arguments_look(&inner.expr),
        Expr::Paren(inner) => arguments_look(&inner.expr),
        Expr::Call(call) => call.args.iter().any(argument_looks),
        Expr::MethodCall(call) => {
            let receiver = match control_flow::awaits(&call.receiver) {
                true => arguments_look(&call.receiver),
                false => looks(&call.receiver),
            };
            receiver || call.args.iter().any(argument_looks)
        }
        other => looks(other),
    }
}

/// A closure is run by the call, if at all. What is awaited in an argument is a part of the call. A
/// statement is an effect wherever it stands.
fn argument_looks(argument: &Expr) -> bool {
    !matches!(argument, Expr::Closure(_))
        && (looks_or(argument, &|call| arguments_look(&call.base))
            || evaluation::holds_statements(argument))
}

/// The method by which what a call is given takes a guard: that is held until the call has
/// ended, as a temporary of its statement, unless a block ends it before.
pub(crate) fn guard_in_arguments(base: &Expr) -> Option<String> {
    let mut found = None;
    evaluation::each_part(base, &mut |part| match part {
        _ if found.is_some() => {}
        Part::Expr(Expr::Block(_) | Expr::Async(_)) | Part::Stmt(_) => {}
        Part::Expr(Expr::Await(inner)) => found = guard_in_arguments(&inner.base),
        Part::Expr(expr) => {
            if let Expr::MethodCall(call) = expr
                && call.args.is_empty()
                && words::takes_guard(&call.method.to_string())
            {
                found = Some(call.method.to_string());
            }
            found = found.take().or_else(|| guard_in_arguments(expr));
        }
    });
    found
}

/// Whether a plain `let` acts on the world, so that what is below has to wait for it too.
pub(crate) fn acts(stmt: &Stmt) -> bool {
    !makes_closure(stmt) && evaluation::any_part_of_stmt(stmt, &acting)
}

/// Whether a `let` writes a closure down, which runs nothing yet.
fn makes_closure(stmt: &Stmt) -> bool {
    let Stmt::Local(Local { init: Some(init), .. }) = stmt else { return false };
    matches!(&*init.expr, Expr::Closure(_))
}

/// Whether what a call is given, or what is made of its value, acts on the world, or may, as it
/// can change what is there: it has an exclusive guard, or a closure with all of it.
pub(crate) fn may_act(base: &Expr) -> bool {
    evaluation::any_part(base, &|part| match part {
        Part::Expr(Expr::MethodCall(call)) if words::lets_change(&call.method.to_string()) => {
            Some(true)
        }
        part => acting(part),
    })
}

fn acting(part: Part<'_>) -> Option<bool> {
    match part {
        Part::Expr(Expr::MethodCall(call)) => {
            words::acts_on_world(&call.method.to_string(), call.args.len()).then_some(true)
        }
        Part::Expr(Expr::Call(call)) => {
            let function = world_of(&call.func);
            function.filter(|function| words::acts_in_world(function)).map(|_| true)
        }
        Part::Expr(Expr::Closure(closure)) => Some(evaluation::any_part(&closure.body, &acting)),
        _ => None,
    }
}

/// The name of a function whose path says that it looks at the world.
pub(crate) fn world_of(function: &Expr) -> Option<String> {
    let Expr::Path(path) = function else { return None };
    let mut segments = path.path.segments.iter().rev();
    let name = segments.next()?.ident.to_string();
    let world = segments.any(|segment| words::is_world(&segment.ident.to_string()));
    world.then_some(name)
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

/// Whether a plain `let` is a closure or an `async` block, and no more.
pub(crate) fn is_code(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Local(local) if local.init.as_ref().is_some_and(|init| {
        matches!(&*init.expr, Expr::Closure(_) | Expr::Async(_))
    }))
}

/// Whether a plain `let` calls a function that is not known, which may do anything with what it
/// is given, and wait.
pub(crate) fn calls_unknown(stmt: &Stmt) -> bool {
    evaluation::any_part_of_stmt(stmt, &called_unknown)
}

fn called_unknown(part: Part<'_>) -> Option<bool> {
    let within = |expr: &Expr| evaluation::any_part(expr, &called_unknown);
    match part {
        Part::Expr(Expr::Call(call)) => (!is_constructor(&call.func)).then_some(true),
        Part::Expr(Expr::MethodCall(call)) => {
            let method = call.method.to_string();
            // A function that it is given by its name; a closure is looked into.
            let calls = |given: &Expr| matches!(given, Expr::Path(_)) && !is_constructor(given);
            let known = words::is_conversion(&method)
                || words::is_combinator(&method) && !call.args.iter().any(calls);
            (!known).then_some(true)
        }
        Part::Expr(Expr::Closure(closure)) => Some(within(&closure.body)),
        Part::Expr(Expr::Macro(call)) => {
            let arguments = macros::expressions(&call.mac);
            Some(arguments.is_none_or(|arguments| arguments.iter().any(within)))
        }
        Part::Stmt(Stmt::Macro(_)) => Some(true),
        _ => None,
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
                false if is_runner(call) => builds(&call.receiver),
                false => computes(&call.receiver, true),
            };
            receiver && call.args.iter().all(is_pure_or_awaited)
        }
        other => computes(other, true),
    }
}

fn is_runner(call: &ExprMethodCall) -> bool {
    Name::of(&call.method.to_string()).is_some_and(|name| name.is_among(&words::RUNNERS))
}

/// What stands before a runner in its chain only says what that is to run:
/// `query("select …").bind(id)`.
fn builds(expr: &Expr) -> bool {
    let given = |expr: &Expr| computes(expr, true) || is_condition(expr);
    match expr {
        Expr::Paren(inner) => builds(&inner.expr),
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Path(_))
                && (is_constructor(&call.func) || !function_acts(&call.func))
                && call.args.iter().all(given)
        }
        Expr::MethodCall(call) => {
            let method = call.method.to_string();
            !looks_here(call)
                && (is_pure_method(call) || !name_acts(&method))
                && call.args.iter().all(given)
                && builds(&call.receiver)
        }
        Expr::Macro(call) if macros::kind(&call.mac) == Some(Kind::Query) => {
            macros::expressions(&call.mac).is_some_and(|exprs| exprs.iter().all(given))
        }
        other => given(other),
    }
}

/// What a query is to hold, written by methods: `author.eq(id)`.
fn is_condition(expr: &Expr) -> bool {
    let part = |expr: &Expr| computes(expr, true) || is_condition(expr);
    match expr {
        Expr::MethodCall(call) => {
            words::compares(&call.method.to_string())
                && part(&call.receiver)
                && call.args.iter().all(part)
        }
        _ => false,
    }
}

/// Whether a function acts or looks at the world, by its name and its path.
fn function_acts(function: &Expr) -> bool {
    world_of(function).is_some() || names::of_function(function).is_none_or(|name| name_acts(&name))
}

/// Whether a name is that of what acts, or takes something.
fn name_acts(name: &str) -> bool {
    Name::of(name).is_some_and(|name| {
        [&words::COMMANDS, &words::GUARDS, &words::TAKES].iter().any(|words| name.is_among(words))
            || name.gives_connection()
            || words::TAKES_BARE.contains(&name.first())
            || name.first() == "spawn"
    })
}

/// An argument of a call, which may be the value of another one.
fn is_pure_or_awaited(expr: &Expr) -> bool {
    match expr {
        Expr::Await(inner) => has_pure_arguments(&inner.base),
        Expr::Try(inner) => is_pure_or_awaited(&inner.expr),
        Expr::Paren(inner) => is_pure_or_awaited(&inner.expr),
        Expr::Reference(inner) => is_pure_or_awaited(&inner.expr),
        other => computes(other, true),
    }
}

/// Whether code looks at what a running call may change, or holds what a running call may
/// need: a clock, a lock, a `RefCell`.
pub(crate) fn observes(stmt: &Stmt) -> bool {
    !makes_closure(stmt) && evaluation::any_part_of_stmt(stmt, &observed)
}

fn expr_observes(expr: &Expr) -> bool {
    evaluation::any_part(expr, &observed)
}

/// Whether code reads a clock, and takes no guard.
pub(crate) fn only_reads_a_clock(stmt: &Stmt) -> bool {
    let takes_guard = |part: Part<'_>| match part {
        Part::Expr(Expr::MethodCall(call)) => {
            words::takes_guard(&call.method.to_string()).then_some(true)
        }
        _ => None,
    };
    observes(stmt) && !evaluation::any_part_of_stmt(stmt, &takes_guard)
}

fn observed(part: Part<'_>) -> Option<bool> {
    match part {
        Part::Expr(Expr::MethodCall(call)) => {
            (call.args.is_empty() && words::observes(&call.method.to_string())).then_some(true)
        }
        Part::Expr(Expr::Call(call)) => matches!(&*call.func, Expr::Path(path)
            if path.path.segments.len() > 1
                && path.path.segments.last().is_some_and(|last| last.ident == "now"))
        .then_some(true),
        Part::Expr(Expr::Closure(closure)) => Some(expr_observes(&closure.body)),
        Part::Expr(Expr::Macro(call)) => Some(any_argument(&call.mac, expr_observes)),
        Part::Stmt(Stmt::Macro(call)) => Some(any_argument(&call.mac, expr_observes)),
        _ => None,
    }
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
