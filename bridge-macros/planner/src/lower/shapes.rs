//! Which part of a statement is asked for awaits that may start early, and when the rest runs.

use syn::{Expr, ExprReturn, Local, Pat, Stmt, Token};

use crate::effects::purity;
use crate::ir::tree::Awaited;
use crate::syntax::{attributes, macros, patterns};

/// A statement as a call.
pub(super) struct Shape<'s> {
    /// All that is evaluated, but for the `else` of a `let`.
    pub(super) expr: &'s Expr,
    pub(super) binding: Option<Local>,
    /// What stands behind it if it binds nothing.
    pub(super) semi: Option<Token![;]>,
    pub(super) runs: Runs,
}

/// When the rest runs, as far as the form tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// When it is needed: a `let`, or what a marker has started.
    Free,
    /// A branch, or the value.
    Effect,
    /// The same if it changes a local and no more: else it is no call.
    IfLocalEffect,
}

/// Of a statement, the last one of a value or not, what its form says; `None` if none of its
/// awaits start early.
pub(super) fn of(stmt: &Stmt, marked: bool, is_value: bool) -> Option<Shape<'_>> {
    let bare = |expr, semi, runs| Shape { expr, binding: None, semi, runs };
    Some(match stmt {
        Stmt::Local(local) if marked || is_binding(local) => {
            let init = local.init.as_ref()?;
            let binding = Some(local.clone());
            Shape { expr: &init.expr, binding, semi: None, runs: Runs::Free }
        }
        Stmt::Expr(expr, Some(semi)) if marked => bare(expr, Some(*semi), Runs::Free),
        _ if marked => return None,
        Stmt::Expr(expr, semi @ None) if is_value => bare(expr, *semi, Runs::Effect),
        Stmt::Expr(expr @ Expr::Return(_), semi) if is_value => bare(expr, *semi, Runs::Effect),
        Stmt::Expr(expr, semi) if head(expr).is_some() => bare(expr, *semi, Runs::Effect),
        Stmt::Expr(expr, semi @ Some(_)) => bare(expr, *semi, Runs::IfLocalEffect),
        _ => return None,
    })
}

/// What is evaluated first of a branch: the rest of it runs in its turn.
pub(super) fn head(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::If(branch) => match &*branch.cond {
            Expr::Let(condition) => Some(&condition.expr),
            cond => Some(cond),
        },
        Expr::Match(choice) => Some(&choice.expr),
        Expr::Return(ExprReturn { expr: Some(value), .. }) => Some(value),
        _ => None,
    }
}

/// The same, to rewrite it.
pub(super) fn head_mut(expr: &mut Expr) -> Option<&mut Expr> {
    match expr {
        Expr::If(branch) => match &mut *branch.cond {
            Expr::Let(condition) => Some(&mut condition.expr),
            cond => Some(cond),
        },
        Expr::Match(choice) => Some(&mut choice.expr),
        Expr::Return(ExprReturn { expr: Some(value), .. }) => Some(value),
        _ => None,
    }
}

/// Whether a branch may use temporaries of what its head awaits, which live until the branch
/// ends where it is written, and only for the call where that runs by itself: an arm looks at
/// `rows.len()` of `conn().query().await`. Arms that hand the value on, or leave, do not.
pub(super) fn rest_may_use_temporaries(expr: &Expr, awaited: &[Awaited]) -> bool {
    let hands_on = match expr {
        Expr::Match(choice) => choice.arms.iter().all(|arm| hands_on(&arm.body, &arm.pat)),
        Expr::If(branch) => !matches!(&*branch.cond, Expr::Let(_)),
        _ => true,
    };
    !hands_on && awaited.iter().any(|awaited| has_temporaries(&awaited.call.base))
}

/// Whether an arm gives what its pattern has taken, or leaves.
fn hands_on(body: &Expr, pat: &Pat) -> bool {
    match body {
        Expr::Path(path) => path.path.get_ident().is_none_or(|name| {
            let taken = patterns::bound_names(pat).iter().any(|bound| bound.ident == *name);
            taken || purity::is_constructor(body)
        }),
        Expr::Lit(_) | Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::Call(call) => {
            purity::is_constructor(&call.func) && call.args.iter().all(|arg| hands_on(arg, pat))
        }
        Expr::Macro(call) => macros::kind(&call.mac) == Some(macros::Kind::Assert),
        Expr::Block(block) => block.block.stmts.last().is_none_or(|last| match last {
            Stmt::Expr(expr, _) => hands_on(expr, pat),
            Stmt::Macro(call) => macros::kind(&call.mac) == Some(macros::Kind::Assert),
            Stmt::Local(_) | Stmt::Item(_) => false,
        }),
        _ => false,
    }
}

/// Whether a future is made of a value that nobody keeps, and may give what borrows from it.
fn has_temporaries(base: &Expr) -> bool {
    let lent = |arg: &Expr| matches!(arg, Expr::Reference(borrow) if !is_place(&borrow.expr));
    match base {
        Expr::Paren(inner) => has_temporaries(&inner.expr),
        Expr::MethodCall(call) => !is_place(&call.receiver) || call.args.iter().any(lent),
        Expr::Call(call) => call.args.iter().any(lent),
        _ => false,
    }
}

pub(super) fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(inner) => is_place(&inner.expr),
        _ => false,
    }
}

/// A `let` that overlaps, if it awaits: it binds a name that does not begin with `_`, whatever
/// its value.
pub(super) fn is_binding(local: &Local) -> bool {
    let names = patterns::bound_names(&local.pat);
    names.iter().any(|name| patterns::asks_for_overlap(&name.ident))
        && local.attrs.iter().all(attributes::is_lint)
}
