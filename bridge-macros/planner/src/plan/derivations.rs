//! Derivations that run ahead: a plain `let` between the calls of a chain is a call itself, of
//! code that awaits nothing.
//!
//! So it has all that a call has: it runs in the background when its inputs are there, its
//! failure and its panic are kept for its turn, and its value passes on as that of a call does.

use std::cell::OnceCell;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, ExprAwait, Local, Stmt, Token};

use super::needs::{Needs, needed_by_calls};
use super::{dependences, overlaps};
use crate::effects::purity;
use crate::ir::access::{self, VarId};
use crate::ir::dependences::{Dependences, starts};
use crate::ir::plan::Schedule;
use crate::ir::template;
use crate::ir::tree::{Awaited, Call, Code, Hoisted, Kind, Runs, Statement, Template};
use crate::syntax::tokens;

/// Makes calls of the derivations by which a call starts earlier, and finds the edges.
pub(super) fn run_ahead(statements: &mut [Statement], strict: bool) -> Dependences {
    let candidates = candidates(statements);
    candidates.iter().for_each(|at| start_early(&mut statements[*at]));
    let dependences = dependences::of(statements, strict);
    let useless = useless(statements, &dependences, &candidates);
    if useless.is_empty() {
        return dependences;
    }
    useless.into_iter().for_each(|at| stay(&mut statements[at]));
    dependences::of(statements, strict)
}

/// Whether the derivations that run ahead, if there are any, have brought two calls in flight.
pub(super) fn gain(statements: &[Statement], schedule: &Schedule) -> bool {
    let awaits = |at: usize| statements[at].is_awaited();
    !statements.iter().any(Statement::is_derivation)
        || overlaps::of(statements, schedule)
            .into_iter()
            .any(|(one, other)| awaits(one) && awaits(other))
}

/// All derivations run where they stand.
pub(super) fn run_in_turn(statements: &mut [Statement], strict: bool) -> Dependences {
    stay_where_they_stand(statements);
    dependences::of(statements, strict)
}

pub(super) fn stay_where_they_stand(statements: &mut [Statement]) {
    let ahead = statements.iter_mut().filter(|statement| statement.is_derivation());
    ahead.for_each(stay);
}

/// The derivations that a call below needs and a call above may hold up. One whose running
/// cannot be seen runs early in the function's frame, unless it uses the value of a call.
fn candidates(statements: &[Statement]) -> Vec<usize> {
    let needed = needed_by_calls(statements);
    let mut given: Vec<VarId> = Vec::new();
    let mut found = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let derives = matches!(&statement.kind, Kind::Code(code)
            if code.derives
                && needed[at]
                && !is_future(&statements[at + 1..], &statement.binds)
                && (access::uses_any(&statement.uses, &given)
                    || !purity::is_pure_let(&code.template.code)));
        if derives && !given.is_empty() {
            found.push(at);
        }
        if derives || statement.call().is_some() {
            given.extend(&statement.binds);
        }
    }
    found
}

/// Whether what a `let` binds is awaited itself: then it starts when that is.
fn is_future(below: &[Statement], binds: &[VarId]) -> bool {
    below
        .iter()
        .flat_map(Statement::awaited)
        .any(|awaited| matches!(&*awaited.call.base, Expr::Path(_)) && awaited.names_any(binds))
}

/// Those by which no call starts ahead of the end of a call above them, and that stand below all
/// others: the variable of one above can be declared ahead of what another's value waits in.
fn useless(statements: &[Statement], dependences: &Dependences, found: &[usize]) -> Vec<usize> {
    let needs = Needs::new(statements, dependences);
    let awaits = |at: &usize| statements[*at].is_awaited();
    let is_useful = |at: &usize| {
        let mut below = (at + 1..statements.len()).filter(awaits);
        below.any(|below| {
            starts(below, &statements[below]).any(|(start, _)| {
                let held_up = |above: usize| !needs.includes(start, above);
                needs.includes(start, *at) && (0..*at).filter(awaits).any(held_up)
            })
        })
    };
    let below_useful = found.iter().rposition(is_useful).map_or(0, |last| last + 1);
    found[below_useful..].to_vec()
}

fn start_early(statement: &mut Statement) {
    let Kind::Code(Code { template: Template { code: Stmt::Local(local), .. }, .. }) =
        &mut statement.kind
    else {
        return;
    };
    let Some(init) = &mut local.init else { return };
    let base = std::mem::replace(&mut *init.expr, Expr::Verbatim(TokenStream::new()));
    let span = tokens::begin(base.to_token_stream()).unwrap_or_else(Span::call_site);
    let (dot_token, await_token) = (Token![.](span), Token![await](span));
    let awaited = Awaited {
        call: ExprAwait { attrs: Vec::new(), base: Box::new(base), dot_token, await_token },
        runs: Runs::Derivation,
        pure: true,
        waits_its_turn: false,
        acts: false,
        reads: false,
        may_block: false,
        fallible: statement.leaves,
        taken: Vec::new(),
        uses: std::mem::take(&mut statement.uses),
    };
    let residual = template::hole(0, span);
    let hoisted = Hoisted { awaited: vec![awaited], residual, nested: Vec::new(), pure: true };
    let (binding, semi) = (Some(local.clone()), None);
    let call =
        Call { binding, semi, hoisted, inlinable: true, marked: false, naming: OnceCell::new() };
    statement.kind = Kind::Call(call);
}

/// Takes that back.
fn stay(statement: &mut Statement) {
    let Kind::Call(Call { binding: Some(local), hoisted, .. }) = &mut statement.kind else {
        return;
    };
    let (Some(awaited), Some(init)) = (hoisted.awaited.pop(), &mut local.init) else { return };
    *init.expr = *awaited.call.base;
    statement.uses = awaited.uses;
    let local: Local = local.clone();
    let template = Template { code: Stmt::Local(local), nested: Vec::new() };
    statement.kind = Kind::Code(Code { template, derives: true });
}
