//! Which value can pass from call to call in the background, without the
//! foreground between them.
//!
//! A call that waits only for another call's value need not wait for the
//! foreground to come by: the value goes into a slot, and the next call takes
//! it from there. Ownership decides how:
//!
//! - the next call is the only one to use the value, and takes it: it is handed
//!   over;
//! - calls look at it, and then a call takes it: it is lent to the ones, and
//!   handed over when they are done. What they give must not borrow from it; that
//!   it does not is known by its type, or where it is used when the value is gone;
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
use syn::{Expr, ExprAsync, ExprClosure, FieldValue, Item, Macro, Stmt};

use crate::access::Access;
use crate::dependences;
use crate::env::{self, VarId};
use crate::lower::{Kind, Statement};
use crate::macros;
use crate::operands::Unit;

/// How a value is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// To the one call that takes it.
    Passed,
    /// To so many calls that look at it, and then to the one that takes it.
    Lent(usize),
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
    let names = env::bound_names(&call.binding.as_ref()?.pat);
    match (names.as_slice(), statement.binds.as_slice()) {
        ([name], [var]) if !name.mutable && call.deferrable() && statement.shadows.is_empty() => {
            Some((*var, name.ident.clone()))
        }
        _ => None,
    }
}

/// How the value of a call passes on.
pub(crate) struct Passing {
    slot: Slot,
    /// The units that look at it, by statement and unit.
    lookers: Vec<(usize, usize)>,
    /// The one that takes it out of the slot.
    taker: Option<(usize, usize)>,
}

impl Passing {
    /// The slot, if it can pass to this unit in the background.
    pub(crate) fn slot_for(&self, to: usize, unit: usize) -> Option<Slot> {
        let to = (to, unit);
        (self.lookers.contains(&to) || self.taker == Some(to)).then_some(self.slot)
    }
}

/// How the value of `statements[from]` can pass to all who use it, which are `users`.
pub(crate) fn passing(statements: &[Statement], from: usize, users: &[usize]) -> Option<Passing> {
    let (var, name) = variable(&statements[from])?;
    // The units that look come first, then whatever else there is.
    let mut lookers = Vec::new();
    let mut others = Vec::new();
    for (at, statement) in users.iter().map(|user| (*user, &statements[*user])) {
        for (number, unit) in statement.units().iter().enumerate() {
            if others.is_empty() && looks(statement, unit, var, &name) {
                lookers.push((at, number));
            } else if unit_uses(unit, var) {
                others.push((at, Some(number)));
            }
        }
        if finish_uses(statement, var) {
            others.push((at, None));
        }
    }
    let mut taken_by = None;
    let slot = match others.as_slice() {
        [] => Slot::Shared,
        &[(taker, Some(unit))]
            if takes(&statements[taker], &statements[taker].units()[unit], var)
                && outlive(statements, &lookers, taker) =>
        {
            taken_by = Some((taker, unit));
            match lookers.len() {
                0 => Slot::Passed,
                lookers => Slot::Lent(lookers),
            }
        }
        [(first, _), ..] if takes_first(&statements[*first], var) => Slot::SharedThenTaken,
        seen if seen.iter().all(|(at, _)| sees(&statements[*at], &name)) => Slot::SharedThenSeen,
        _ => return None,
    };
    Some(Passing { slot, lookers, taker: taken_by })
}

/// Whether what the calls have given does not borrow from the value that they looked
/// at: its type says so, or it is used when the value is taken, or later.
fn outlive(statements: &[Statement], lookers: &[(usize, usize)], taker: usize) -> bool {
    lookers.iter().all(|&(looker, _)| {
        let mut given = statements[looker].binds.iter();
        statements[looker].owns
            || given.any(|var| statements[taker..].iter().any(|later| uses(later, *var)))
    })
}

/// Whether a unit of `statements[at]` is in the way of an earlier call by nothing
/// but values that are lent to that one, and then taken by this.
pub(crate) fn only_lent(
    statements: &[Statement],
    before: usize,
    at: usize,
    unit: &Unit,
    lent: &[VarId],
) -> bool {
    let others = |access: &&Access| !lent.contains(&access.place.root);
    let later = &statements[at..];
    !statements[before].held().filter(others).any(|held| {
        unit.uses.iter().filter(others).any(|then| dependences::disturbs(held, then, later))
    })
}

/// Whether a unit names what a statement binds.
pub(crate) fn is_named(statement: &Statement, by: &Unit) -> bool {
    statement.binds.iter().any(|var| unit_uses(by, *var))
}

/// Whether a statement uses a variable by its name.
pub(crate) fn uses(statement: &Statement, var: VarId) -> bool {
    statement.held().any(|access| access.names(var))
}

/// Whether a unit uses a variable by its name.
pub(crate) fn unit_uses(unit: &Unit, var: VarId) -> bool {
    unit.uses.iter().any(|access| access.names(var))
}

/// Whether a statement uses a variable by its name where it stands or is joined.
pub(crate) fn finish_uses(statement: &Statement, var: VarId) -> bool {
    statement.uses.iter().any(|access| access.names(var))
}

/// The unit starts by taking the whole value.
fn takes(statement: &Statement, unit: &Unit, var: VarId) -> bool {
    let mut found = unit.uses.iter().filter(|access| access.names(var));
    unit.quiet
        && !finish_uses(statement, var)
        && found.next().is_some_and(Access::takes_whole)
        && found.next().is_none()
}

/// The unit only looks at the value when it starts.
pub(crate) fn looks(statement: &Statement, unit: &Unit, var: VarId, name: &Ident) -> bool {
    unit_uses(unit, var)
        && !finish_uses(statement, var)
        && unit.uses.iter().filter(|access| access.names(var)).all(Access::reads)
        && behind(&mut unit.call.base.clone(), name)
}

/// The first use of the value after the calls takes it whole.
fn takes_first(statement: &Statement, var: VarId) -> bool {
    let mut all = statement.held().filter(|access| access.names(var));
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

/// Whether tokens name a variable, format strings included.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident.unraw() == name.unraw(),
        TokenTree::Group(group) => mentions(group.stream(), name),
        // A format string may capture it.
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}
