//! The call by whose name something that is awaited is known.

use syn::Expr;
use syn::ext::IdentExt;

use crate::effects::{names, purity, words};

/// The call that gives a future, adapters looked through.
pub(crate) struct Called<'e> {
    pub(crate) name: String,
    pub(crate) receiver: Option<&'e Expr>,
    pub(crate) arguments: Vec<&'e Expr>,
    /// Its path says that it is of the file system, or the like.
    pub(crate) in_world: bool,
}

/// What only wraps a future looked through.
pub(crate) fn looked_through(future: &Expr) -> &Expr {
    match future {
        Expr::Paren(inner) => looked_through(&inner.expr),
        Expr::Group(inner) => looked_through(&inner.expr),
        Expr::Try(inner) => looked_through(&inner.expr),
        Expr::MethodCall(call) if words::is_adapter(&call.method.to_string()) => {
            looked_through(&call.receiver)
        }
        Expr::Call(call) => {
            let wraps = names::of_function(&call.func)
                .is_some_and(|name| matches!(name.as_str(), "timeout" | "timeout_at" | "pin"));
            call.args.last().filter(|_| wraps).map_or(future, looked_through)
        }
        future => future,
    }
}

pub(crate) fn called(future: &Expr) -> Option<Called<'_>> {
    match looked_through(future) {
        Expr::MethodCall(call) => Some(Called {
            name: call.method.unraw().to_string(),
            receiver: Some(&call.receiver),
            arguments: call.args.iter().collect(),
            in_world: false,
        }),
        Expr::Call(call) => Some(Called {
            name: names::of_function(&call.func)?,
            receiver: None,
            arguments: call.args.iter().collect(),
            in_world: purity::world_of(&call.func).is_some(),
        }),
        _ => None,
    }
}

/// The last word of what a place or the giver of a value is called.
pub(crate) fn last_word(expr: &Expr) -> Option<String> {
    let name = match expr {
        Expr::Path(path) => path.path.segments.last()?.ident.to_string(),
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(_) => return None,
        },
        Expr::MethodCall(call) => call.method.to_string(),
        Expr::Call(call) => names::of_function(&call.func)?,
        Expr::Reference(inner) => return last_word(&inner.expr),
        Expr::Unary(inner) => return last_word(&inner.expr),
        Expr::Paren(inner) => return last_word(&inner.expr),
        _ => return None,
    };
    name.to_lowercase().rsplit('_').next().map(str::to_owned)
}
