//! What a request does, by the names with which it was made.

use quote::ToTokens;
use syn::Expr;

use crate::effects::environment::Env;
use crate::effects::names;

/// Whether a request acts; `None` if it was made where it is not seen.
pub(crate) fn acts(request: &Expr, env: &Env) -> Option<bool> {
    match request {
        Expr::Paren(inner) => acts(&inner.expr, env),
        Expr::Reference(inner) => acts(&inner.expr, env),
        Expr::MethodCall(call) if call.method == "clone" => acts(&call.receiver, env),
        Expr::Path(path) => {
            let var = env.get(path.path.get_ident()?)?;
            var.made.as_ref().filter(|_| !var.mutable).map(|made| made.by_acting)
        }
        Expr::Call(_) | Expr::MethodCall(_) => Some(names::act(request.to_token_stream())),
        _ => None,
    }
}
