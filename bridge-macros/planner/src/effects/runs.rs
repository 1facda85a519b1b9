//! What is run where something is awaited whose name does not tell: what stands before a runner in
//! its chain, and what a call is given to run.

use quote::ToTokens;
use syn::{Expr, ExprCall, ExprPath};

use crate::effects::environment::Env;
use crate::effects::names::{self, Name};
use crate::effects::{redis, sql, words};
use crate::ir::word::Word;
use crate::syntax::evaluation::{self, Part};

/// What a runner runs: the names before it in the chain, up to the previous await, and texts in
/// SQL. A chain that begins with a variable goes on with the `let` of that.
pub(crate) fn of_chain(expr: &Expr, env: &Env) -> Option<Word> {
    match expr {
        // `client.request(Method::POST, url)`
        Expr::MethodCall(call) if call.method == "request" => {
            let verb = call.args.first().map(ToTokens::to_token_stream)?;
            let text = verb.to_string().replace(' ', "");
            names::act(verb).then(|| Word::command(text))
        }
        Expr::MethodCall(call) => writes(&call.method.to_string())
            .or_else(|| call.args.iter().find_map(|argument| of_text(argument, env)))
            .or_else(|| of_chain(&call.receiver, env)),
        Expr::Call(call) => {
            let acts = names::of_function(&call.func).and_then(|name| writes(&name));
            acts.or_else(|| call.args.iter().find_map(|argument| of_text(argument, env)))
        }
        Expr::Paren(inner) => of_chain(&inner.expr, env),
        Expr::Group(inner) => of_chain(&inner.expr, env),
        Expr::Try(inner) => of_chain(&inner.expr, env),
        Expr::Reference(inner) => of_chain(&inner.expr, env),
        expr => of_text(expr, env),
    }
}

fn writes(name: &str) -> Option<Word> {
    Name::of(name)?.is_among(&words::RUN_COMMANDS).then(|| Word::command(name.to_owned()))
}

/// A text in SQL that acts, or a variable of one.
pub(crate) fn of_text(expr: &Expr, env: &Env) -> Option<Word> {
    match expr {
        Expr::Reference(inner) => of_text(&inner.expr, env),
        // `text.as_str()`
        Expr::MethodCall(call) if call.args.is_empty() => of_text(&call.receiver, env),
        // `String::from("…")`
        Expr::Call(call) => call.args.iter().find_map(|argument| of_text(argument, env)),
        Expr::Binary(sum) => of_text(&sum.left, env),
        Expr::Path(path) => of_variable(path, env),
        expr => sql::act_of(expr).map(Word::command),
    }
}

/// What the `let` of a variable made to be run.
pub(crate) fn of_variable(path: &ExprPath, env: &Env) -> Option<Word> {
    env.get(path.path.get_ident()?)?.made.as_ref()?.runs.clone()
}

/// What runs where a variable is awaited.
pub(crate) fn of_awaited_variable(path: &ExprPath, env: &Env) -> Option<Word> {
    let made = env.get(path.path.get_ident()?)?.made.as_ref()?;
    made.awaited.clone().or_else(|| made.runs.clone())
}

/// What the value of a `let` runs, if it is run: a query or its text, a request, a future.
pub(crate) fn of_value(expr: &Expr, env: &Env) -> Option<Word> {
    match expr {
        Expr::Await(_) => None,
        // `create_client()` makes what others are asked by.
        Expr::Call(call) if creates(call) => None,
        Expr::Call(_) | Expr::MethodCall(_) | Expr::Path(_) | Expr::Lit(_) | Expr::Macro(_) => {
            redis::of_commands(expr, env).or_else(|| of_chain(expr, env))
        }
        expr => in_parts(expr, &|expr| of_value(expr, env)),
    }
}

fn creates(call: &ExprCall) -> bool {
    let name = names::of_function(&call.func);
    name.is_some_and(|name| Name::of(&name).is_some_and(|name| name.first() == "create"))
}

/// What is asked of the parts of an expression, as a branch has them.
pub(crate) fn in_parts(expr: &Expr, ask: &dyn Fn(&Expr) -> Option<Word>) -> Option<Word> {
    let mut found = None;
    evaluation::each_part(expr, &mut |part| {
        let mut of_expr = |expr: &Expr| found = found.take().or_else(|| ask(expr));
        match part {
            Part::Expr(expr) => of_expr(expr),
            Part::Stmt(stmt) => evaluation::each_expr(stmt, &mut of_expr),
        }
    });
    found
}
