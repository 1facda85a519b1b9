//! Which value can pass from call to call in the background, without the
//! foreground between them.
//!
//! A call that waits only for another call's value need not wait for the
//! foreground to come by: the value goes into a slot, and the next call takes
//! it from there. Ownership decides how:
//!
//! - the next call is the only one to use the value, and takes it: it is handed
//!   over;
//! - calls only look at it: it stays in the slot, in the function's frame,
//!   where it lives as long as anything that borrows from it. What comes after
//!   them may look at it there, or move it out when they are done.
//!
//! A use that may be either (`value.method()`, with nothing after) is joined in
//! the function's own frame instead, where the compiler decides.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAsync, ExprClosure, FieldValue, Item, Macro, Pat, Stmt};

use crate::access::Access;
use crate::env::VarId;
use crate::lower::{Call, Kind, Statement};
use crate::macros;

/// How a value is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// To the one call that takes it.
    Passed,
    /// To calls that look at it, and to nothing else.
    Shared,
    /// To calls that look at it, and then to code that looks at it.
    SharedThenSeen,
    /// To calls that look at it, and then to code that takes it.
    SharedThenTaken,
}

/// The variable of a call whose value could go into a slot.
pub(crate) fn variable(statement: &Statement) -> Option<(VarId, Ident)> {
    let call = statement.call().filter(|call| call.may_run_ahead)?;
    let local = call.binding.as_ref()?;
    let pat = match &local.pat {
        Pat::Type(typed) => &*typed.pat,
        pat => pat,
    };
    match (pat, statement.binds.as_slice()) {
        (Pat::Ident(name), [var])
            if name.mutability.is_none() && call.deferrable() && statement.shadows.is_empty() =>
        {
            Some((*var, name.ident.clone()))
        }
        _ => None,
    }
}

/// How the value of `statements[from]` can pass to all who use it, if it can
/// pass to the call `statements[to]` in the background.
pub(crate) fn slot(statements: &[Statement], from: usize, to: usize) -> Option<Slot> {
    let (var, name) = variable(&statements[from])?;
    let mut users = statements.iter().enumerate().filter(|(_, statement)| uses(statement, var));
    let consumer = statements[to].call()?;
    if takes(consumer, var) {
        let only = users.all(|(at, _)| at == to) && !finish_uses(&statements[to], var);
        return only.then_some(Slot::Passed);
    }
    // The calls that look come first, then whatever else there is.
    let mut looking = true;
    let mut slot = Slot::Shared;
    for (_, statement) in users {
        if looking && looks(statement, var, &name) {
            continue;
        }
        looking = false;
        match slot {
            Slot::Shared if first_taken(statement, var) => {
                return taken(statements, to, var, &name);
            }
            Slot::Shared | Slot::SharedThenSeen if sees(statement, &name) => {
                slot = Slot::SharedThenSeen;
            }
            _ => return None,
        }
    }
    looks(&statements[to], var, &name).then_some(slot)
}

fn taken(statements: &[Statement], to: usize, var: VarId, name: &Ident) -> Option<Slot> {
    looks(&statements[to], var, name).then_some(Slot::SharedThenTaken)
}

/// Whether a statement uses a variable by its name.
pub(crate) fn uses(statement: &Statement, var: VarId) -> bool {
    start_uses(statement, var) || finish_uses(statement, var)
}

fn start_uses(statement: &Statement, var: VarId) -> bool {
    statement.start_uses().any(|access| names(access, var))
}

fn finish_uses(statement: &Statement, var: VarId) -> bool {
    statement.uses.iter().any(|access| names(access, var))
}

fn names(access: &Access, var: VarId) -> bool {
    access.place.root == var && !access.indirect
}

/// The call takes the whole value, and is the last to use it.
fn takes(call: &Call, var: VarId) -> bool {
    let mut found =
        call.units.iter().flat_map(|unit| &unit.uses).filter(|access| names(access, var));
    call.units.len() == 1 && found.next().is_some_and(Access::takes_whole) && found.next().is_none()
}

/// The call only looks at the value when it starts.
pub(crate) fn looks(statement: &Statement, var: VarId, name: &Ident) -> bool {
    let Some(call) = statement.call() else { return false };
    !finish_uses(statement, var)
        && statement.start_uses().filter(|access| names(access, var)).all(Access::reads)
        && call.units.iter().all(|unit| behind(&mut unit.call.base.clone(), name))
}

/// The first use of the value after the calls takes it whole.
fn first_taken(statement: &Statement, var: VarId) -> bool {
    let all = statement.start_uses().chain(&statement.uses);
    let mut all = all.filter(|access| names(access, var));
    all.next().is_some_and(Access::takes_whole)
}

/// The statement only looks at the value, in a form that can be rewritten.
fn sees(statement: &Statement, name: &Ident) -> bool {
    match &statement.kind {
        Kind::Plain(stmt) | Kind::Transparent(stmt) | Kind::Effect(stmt) => {
            statement.uses.iter().all(|access| !access.moves() && !access.writes())
                && stmt_behind(&mut stmt.clone(), name)
        }
        Kind::Call(_) => false,
    }
}

/// Rewrites a statement for a variable that has become a reference.
pub(crate) fn stmt_behind(stmt: &mut Stmt, name: &Ident) -> bool {
    match stmt {
        Stmt::Expr(expr, _) => behind(expr, name),
        Stmt::Local(local) => local.init.as_mut().is_some_and(|init| behind(&mut init.expr, name)),
        Stmt::Macro(call) => macro_behind(&call.mac, name),
        Stmt::Item(_) => false,
    }
}

/// Rewrites an expression for a variable that has become a reference: `&x` to
/// `x`, and `x` to `(*x)`. Tells whether every use could be rewritten.
///
/// ```text
/// // Input:
/// load(&user, user.id, &user.name)
/// // Output:
/// load(user, (*user).id, &(*user).name)
/// ```
pub(crate) fn behind(expr: &mut Expr, name: &Ident) -> bool {
    let mut rewriter = Behind { name, complete: true };
    rewriter.visit_expr_mut(expr);
    rewriter.complete
}

struct Behind<'a> {
    name: &'a Ident,
    complete: bool,
}

impl Behind<'_> {
    fn is_name(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Path(path) if path.path.is_ident(self.name))
    }

    /// Code that may bind the name anew, or hide it.
    fn opaque(&mut self, code: &impl ToTokens) {
        self.complete &= !mentions(code.to_token_stream(), self.name);
    }
}

impl VisitMut for Behind<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Reference(borrow)
                if borrow.mutability.is_none() && self.is_name(&borrow.expr) =>
            {
                *expr = (*borrow.expr).clone();
            }
            Expr::Path(_) if self.is_name(expr) => {
                let path = &*expr;
                *expr = Expr::Verbatim(quote::quote!((*#path)));
            }
            Expr::Block(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::Loop(_)
            | Expr::While(_)
            | Expr::ForLoop(_)
            | Expr::Let(_)
            | Expr::Unsafe(_)
            | Expr::Const(_)
            | Expr::Assign(_)
            | Expr::Verbatim(_) => self.opaque(expr),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        if self.is_name(&field.expr) {
            field.colon_token.get_or_insert_default();
        }
        visit_mut::visit_field_value_mut(self, field);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        self.complete &= macro_behind(mac, self.name);
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.opaque(closure);
    }

    fn visit_expr_async_mut(&mut self, block: &mut ExprAsync) {
        self.opaque(block);
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        self.opaque(item);
    }
}

/// A macro that formats shows a reference as it shows the value.
fn macro_behind(mac: &Macro, name: &Ident) -> bool {
    let formats = matches!(macros::kind(mac), Some(macros::Kind::Format | macros::Kind::Log));
    let known = formats.then(|| macros::expressions(mac)).flatten().is_some_and(|exprs| {
        exprs.iter().all(|expr| match expr {
            Expr::Path(_) | Expr::Lit(_) => true,
            other => !mentions(other.to_token_stream(), name),
        })
    });
    known || !mentions(mac.tokens.clone(), name)
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident.unraw() == name.unraw(),
        TokenTree::Group(group) => mentions(group.stream(), name),
        // A format string may capture it.
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}
