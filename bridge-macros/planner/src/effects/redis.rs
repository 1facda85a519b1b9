//! Commands of Redis that are built before they are run: `cmd("INCR")`, `pipe().incr(key, 1)`.

use syn::{Expr, ExprPath, Lit};

use crate::effects::environment::Env;
use crate::effects::names::{self, Name};
use crate::effects::words;
use crate::ir::word::Word;

/// What is run by `query_async`: all but what is seen to read may act.
pub(crate) fn of_run(built: &Expr, env: &Env) -> Option<Word> {
    match is_built(built, env) {
        true => in_built(built, env),
        false => Some(Word::command("query_async".to_owned())),
    }
}

/// Whether it is seen how something was built.
pub(crate) fn is_built(expr: &Expr, env: &Env) -> bool {
    match expr {
        Expr::MethodCall(call) => is_built(&call.receiver, env),
        Expr::Paren(inner) => is_built(&inner.expr, env),
        Expr::Reference(inner) => is_built(&inner.expr, env),
        Expr::Path(path) => variable(path, env).is_some(),
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return false };
            let mut names = function.path.segments.iter().map(|segment| segment.ident.to_string());
            names.any(|name| words::BUILDS_REDIS.contains(&name.as_str()))
        }
        _ => false,
    }
}

/// The last command that acts, in what is seen to be built.
pub(crate) fn of_commands(expr: &Expr, env: &Env) -> Option<Word> {
    is_built(expr, env).then(|| in_built(expr, env)).flatten()
}

fn in_built(expr: &Expr, env: &Env) -> Option<Word> {
    match expr {
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            of_command(&name, call.args.first()).or_else(|| in_built(&call.receiver, env))
        }
        Expr::Call(call) => of_command(&names::of_function(&call.func)?, call.args.first()),
        Expr::Paren(inner) => in_built(&inner.expr, env),
        Expr::Reference(inner) => in_built(&inner.expr, env),
        Expr::Path(path) => variable(path, env)?.clone(),
        _ => None,
    }
}

/// One that is called by its name, or by its verb: `cmd("INCR")`.
pub(crate) fn of_command(name: &str, first: Option<&Expr>) -> Option<Word> {
    let verb = match first {
        Some(Expr::Lit(literal)) if name == "cmd" => match &literal.lit {
            Lit::Str(text) => text.value(),
            _ => return None,
        },
        _ => {
            let acts = name == "cmd" || Name::of(name)?.is_among(&words::COMMANDS);
            return acts.then(|| Word::command(name.to_owned()));
        }
    };
    let reads = words::REDIS_READS.contains(&verb.to_lowercase().as_str());
    (!reads).then(|| Word::command(verb))
}

/// What a variable that was built so runs.
fn variable<'e>(path: &ExprPath, env: &'e Env) -> Option<&'e Option<Word>> {
    let made = env.get(path.path.get_ident()?)?.made.as_ref()?;
    made.redis.then_some(&made.runs)
}
