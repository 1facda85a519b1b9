//! Calls that wait for a place, as one of them may hold it for all that is known.

use proc_macro2::Ident;

use super::texts::Hold;
use super::trial::{self, Trial};
use crate::ir::access::Access;
use crate::ir::advice::Advice;
use crate::ir::dependences::Reason;
use crate::ir::tree::Statement;
use crate::plan::Disturbance;

/// A call that waits for another one by a borrow that may not be there.
pub(super) fn borrowed(trial: &mut Trial<'_>, captures: &[Ident], at: usize) -> Option<Advice> {
    let waits = trial.before_starts(at).into_iter();
    let waits = waits.filter(|(_, _, reasons)| reasons == &[Reason::Place]);
    let disturbed: Vec<(usize, Disturbance)> = waits
        .filter_map(|(start, before, _)| {
            Some((before, Disturbance::of(trial.statements(), start, before)?))
        })
        .collect();
    disturbed.into_iter().find_map(|(before, Disturbance { name, borrower, may_take })| {
        let hold = match borrower {
            Some(borrower) => Hold::Borrower(borrower, name),
            None if captures.iter().any(|captured| *captured == *name) => Hold::Captured(name),
            None if may_take => Hold::MayTake(name),
            None => return None,
        };
        let uses = trial.uses();
        let gained = trial.gained(
            |statements| match &hold {
                Hold::Borrower(borrower, _) => borrows_nothing(statements, *borrower),
                Hold::Captured(name) => only_reads(statements, name),
                _ => takes_nothing(&mut statements[at]),
            },
            |statements| trial::set_uses(statements, uses),
        );
        let rewrite = match &hold {
            Hold::MayTake(name) => Some(trial.borrow(name, at)),
            Hold::Borrower(..) | Hold::Captured(_) => None,
        };
        let text = || hold.text(trial.statements(), before);
        (!gained.is_empty()).then(|| Advice { rewrite, ..trial.advice(at, text()) })
    })
}

/// As if the type said so of what a statement binds.
fn borrows_nothing(statements: &mut [Statement], borrower: usize) {
    let binds = statements[borrower].binds.clone();
    for uses in statements.iter_mut().flat_map(Statement::all_uses_mut) {
        uses.retain(|used| used.via.is_none_or(|var| !binds.contains(&var)));
    }
}

/// As if a variable were a `&`.
fn only_reads(statements: &mut [Statement], name: &str) {
    let uses = statements.iter_mut().flat_map(Statement::all_uses_mut).flatten();
    let of_name = uses.filter(|used| *used.place.name == *name && !used.assigns());
    of_name.for_each(Access::borrow);
}

/// As if each receiver were a reference.
fn takes_nothing(statement: &mut Statement) {
    let receivers = statement.all_uses_mut().flatten().filter(|used| used.may_take());
    receivers.for_each(Access::borrow);
}
