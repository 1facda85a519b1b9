//! Calls of closures that only compute: `let url = |id| format!("/{id}"); get(url(1)).await`.

use std::borrow::Cow;

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprTuple};

use crate::effects::environment::Env;
use crate::syntax::evaluation::{self, Part};

/// What is asked whether it can be seen to run: a call of a closure that only computes is what that is
/// given.
pub(crate) fn without_calls<'e>(expr: &'e Expr, env: &Env) -> Cow<'e, Expr> {
    let is_call = |part: Part<'_>| match part {
        Part::Expr(expr) => computes(expr, env).then_some(true),
        Part::Stmt(_) => None,
    };
    if !evaluation::any_part(expr, &is_call) {
        return Cow::Borrowed(expr);
    }
    let mut without = expr.clone();
    Rewriter { env }.visit_expr_mut(&mut without);
    Cow::Owned(without)
}

fn computes(expr: &Expr, env: &Env) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Path(path) = &*call.func else { return false };
    let closure = path.path.get_ident().and_then(|name| env.get(name));
    closure.is_some_and(|closure| closure.computes)
}

struct Rewriter<'a> {
    env: &'a Env,
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if computes(expr, self.env)
            && let Expr::Call(call) = expr
        {
            let (attrs, paren_token) = (Vec::new(), call.paren_token);
            *expr = Expr::Tuple(ExprTuple { attrs, paren_token, elems: call.args.clone() });
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}
