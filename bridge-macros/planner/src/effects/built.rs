//! What statements add to a variable that is run later: `pipe.incr(key, 1);`.

use syn::{Expr, Ident, Stmt};

use crate::effects::environment::Env;
use crate::effects::{redis, runs};
use crate::ir::word::Word;
use crate::syntax::evaluation::{self, Part};

/// Notes what a statement adds to variables that are run below it.
pub(crate) fn add(stmt: &Stmt, env: &mut Env) {
    let mut found = Vec::new();
    evaluation::each_expr(stmt, &mut |expr| of_expr(expr, env, &mut found));
    found.into_iter().for_each(|(name, word)| env.add_run(&name, word));
}

fn of_expr(expr: &Expr, env: &Env, found: &mut Vec<(Ident, Word)>) {
    let one = match expr {
        Expr::MethodCall(call) => root(&call.receiver).and_then(|name| {
            let made = env.get(name)?.made.as_ref()?;
            let method = call.method.to_string();
            let command = || redis::of_command(&method, call.args.first());
            // What is asked of a client is no part of that.
            let adds = method.starts_with("push");
            let text = || call.args.iter().find_map(|argument| runs::of_text(argument, env));
            let word = if made.redis { command() } else { text().filter(|_| adds) };
            Some((name, word?))
        }),
        Expr::Assign(assign) => {
            root(&assign.left).and_then(|name| Some((name, runs::of_value(&assign.right, env)?)))
        }
        // What is added elsewhere is not seen.
        Expr::Reference(borrow) if borrow.mutability.is_some() => {
            root(&borrow.expr).and_then(|name| {
                let redis = env.get(name)?.made.as_ref()?.redis;
                redis.then(|| (name, Word::command(name.to_string())))
            })
        }
        _ => None,
    };
    found.extend(one.map(|(name, word)| (name.clone(), word)));
    if let Expr::Closure(closure) = expr {
        of_expr(&closure.body, env, found);
    }
    evaluation::each_part(expr, &mut |part| match part {
        Part::Expr(expr) => of_expr(expr, env, found),
        Part::Stmt(stmt) => evaluation::each_expr(stmt, &mut |expr| of_expr(expr, env, found)),
    });
}

/// The variable that methods are called on.
fn root(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Paren(inner) => root(&inner.expr),
        _ => None,
    }
}
