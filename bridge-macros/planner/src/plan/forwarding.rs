//! Which value can be forwarded from call to call in the background, without the
//! foreground between them.
//!
//! A call that waits only for another call's value need not wait for the
//! foreground to come by: the value goes into a slot, and the next call takes
//! it from there. Ownership decides how:
//!
//! - the next call is the only one to use the value, and moves it: it is handed
//!   over;
//! - calls borrow it, and then a call moves it: it is lent to the ones, and
//!   handed over when they are done. What they give must not borrow from it; that
//!   it does not is known by its type, or where it is used when the value is gone;
//! - calls only borrow it: it stays in the slot, in the function's frame,
//!   where it lives as long as anything that borrows from it. What comes after
//!   them may borrow it there, or move it out when they are done.
//!
//! A use that may be either (`value.method()`, with nothing after) is joined in
//! the function's own frame instead, where the compiler decides.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Expr;

use crate::ir::access::{Access, VarId};
use crate::ir::plan::Forward;
use crate::ir::tree::{Awaited, Kind, Nested, Runs, ScopeId, Statement, Template, Tree};
use crate::syntax::deref_uses;

/// How the value of a call can be forwarded.
pub(super) struct Forwarding {
    forward: Forward,
    /// The awaits that borrow it, by statement and number.
    borrowers: Vec<(usize, usize)>,
    /// The one that moves it out of the slot.
    mover: Option<(usize, usize)>,
}

impl Forwarding {
    /// How it is forwarded, if it can be to this await.
    pub(super) fn to(&self, statement: usize, awaited: usize) -> Option<Forward> {
        let to = (statement, awaited);
        (self.borrowers.contains(&to) || self.mover == Some(to)).then_some(self.forward)
    }
}

/// How the value of `statements[from]` can be forwarded to all who use it, which are `users`.
pub(super) fn forwarding(
    tree: &Tree,
    statements: &[Statement],
    from: usize,
    users: &[usize],
) -> Option<Forwarding> {
    let (var, name) = statements[from].forwardable()?;
    // The awaits that borrow come first, then whatever else there is.
    let mut borrowers = Vec::new();
    let mut others = Vec::new();
    for (at, statement) in users.iter().map(|user| (*user, &statements[*user])) {
        for (number, awaited) in statement.awaited().iter().enumerate() {
            if others.is_empty() && borrows(statement, awaited, var, &name) {
                borrowers.push((at, number));
            } else if awaited.names(var) {
                others.push((at, Some(number)));
            }
        }
        if statement.finish_names(var) {
            others.push((at, None));
        }
    }
    let mut mover = None;
    let forward = match others.as_slice() {
        [] => Forward::Shared,
        &[(at, Some(number))]
            if moves(&statements[at], number, var)
                && none_borrows_on(statements, &borrowers, at) =>
        {
            mover = Some((at, number));
            match borrowers.len() {
                0 => Forward::Moved,
                borrowers => Forward::Lent(borrowers),
            }
        }
        [(first, _), ..] if moves_first(&statements[*first], var) => Forward::SharedThenMoved,
        rest if rest.iter().all(|(at, _)| only_borrows(tree, &statements[*at], var, &name)) => {
            Forward::SharedThenBorrowed
        }
        _ => return None,
    };
    // What is bound in the function's frame hides a variable of the same name there.
    let is_bound = matches!(forward, Forward::SharedThenBorrowed | Forward::SharedThenMoved);
    let hides = !statements[from].shadows.is_empty();
    (!(is_bound && hides)).then_some(Forwarding { forward, borrowers, mover })
}

/// Whether nothing that the calls have given still borrows from the value that they borrowed:
/// its type says so, or it is used when the value is moved, or later.
fn none_borrows_on(statements: &[Statement], borrowers: &[(usize, usize)], mover: usize) -> bool {
    borrowers.iter().all(|&(borrower, _)| {
        let mut given = statements[borrower].binds.iter();
        statements[borrower].owns
            || given.any(|var| statements[mover..].iter().any(|later| later.names(*var)))
    })
}

/// The await starts by moving the whole value.
fn moves(statement: &Statement, number: usize, var: VarId) -> bool {
    let awaited = &statement.awaited()[number];
    let mut found = awaited.uses.iter().filter(|access| access.names(var));
    awaited.pure
        && !statement.finish_names(var)
        && found.next().is_some_and(Access::takes_whole)
        && found.next().is_none()
}

/// The await only borrows the value when it starts.
pub(super) fn borrows(statement: &Statement, awaited: &Awaited, var: VarId, name: &Ident) -> bool {
    awaited.names(var)
        && !statement.finish_names(var)
        && awaited.uses.iter().filter(|access| access.names(var)).all(Access::reads)
        && derefs_awaited(awaited, name)
}

/// The first use of the value after the calls moves it whole.
fn moves_first(statement: &Statement, var: VarId) -> bool {
    let mut all = statement.held().filter(|access| access.names(var));
    all.next().is_some_and(Access::takes_whole)
}

/// The statement only borrows the value, in a form that can be rewritten.
fn only_borrows(tree: &Tree, statement: &Statement, var: VarId, name: &Ident) -> bool {
    let derefs = match &statement.kind {
        Kind::Code(code) => deref_uses::of_stmt(&mut code.template.code.clone(), name),
        Kind::Call(call) => {
            !statement.awaited().iter().any(|awaited| awaited.names(var))
                && deref_uses::of_expr(&mut call.hoisted.residual.clone(), name)
        }
    };
    derefs
        && statement.uses.iter().all(|access| !access.moves() && !access.writes())
        && all_deref(tree, statement.nested(), var, name)
}

/// Whether every use could be rewritten to one of a reference. What blocking code uses, it
/// owns; a block is not rewritten.
fn derefs_awaited(awaited: &Awaited, name: &Ident) -> bool {
    match awaited.runs {
        Runs::Future | Runs::Derivation => {
            deref_uses::of_expr(&mut awaited.call.base.clone(), name)
        }
        Runs::Blocking | Runs::Block(_) => {
            deref_uses::is_unused(awaited.call.base.to_token_stream(), name)
        }
    }
}

/// The same for what is nested. Only an await that stays where it is can be rewritten.
fn derefs_nested(tree: &Tree, nested: &Nested, var: VarId, name: &Ident) -> bool {
    let unused_in = |scope: ScopeId| !tree.scope(scope).names(var);
    match nested {
        Nested::Await(template) => {
            let base = &mut template.code.base.clone();
            deref_uses::of_expr(base, name) && all_deref(tree, &template.nested, var, name)
        }
        Nested::Scope(scope) => unused_in(*scope),
        Nested::Operands(hoisted) => {
            let residual = hoisted.residual.to_token_stream();
            let named = hoisted.awaited.iter().any(|awaited| awaited.names(var));
            !named && deref_uses::is_unused(residual, name)
        }
        Nested::Macro(call) => deref_uses::is_unused(call.to_token_stream(), name),
        Nested::Loop(repeat) => {
            let head = repeat.head_parts();
            let unused = |template: &&Template<Expr>| {
                deref_uses::is_unused(template.code.to_token_stream(), name)
                    && all_deref(tree, &template.nested, var, name)
            };
            head.iter().all(unused) && unused_in(repeat.prefix) && unused_in(repeat.suffix)
        }
        Nested::Skip(_) | Nested::Yield(_) => true,
    }
}

fn all_deref(tree: &Tree, nested: &[Nested], var: VarId, name: &Ident) -> bool {
    nested.iter().all(|nested| derefs_nested(tree, nested, var, name))
}
