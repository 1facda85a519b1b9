//! Calls that keep their order as they are made on one connection of which clones go their own
//! ways: it serves many at a time.

use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Local, Pat, Type};

use super::texts;
use super::trial::{self, Trial};
use crate::effects::commands;
use crate::ir::access::Access;
use crate::ir::advice::Advice;
use crate::ir::dependences::{Event, Reason};
use crate::ir::tree::Statement;
use crate::plan::Disturbance;
use crate::syntax::function::Function;
use crate::syntax::{patterns, types};

/// The variables of a function that are multiplexed connections, by their types or by what gives
/// them.
pub(super) fn multiplexed(function: &Function) -> Vec<String> {
    let mut finder = Finder(Vec::new());
    for input in &function.signature().inputs {
        if let FnArg::Typed(parameter) = input {
            finder.typed(&parameter.pat, &parameter.ty);
        }
    }
    finder.visit_block_mut(&mut function.body().clone());
    finder.0
}

struct Finder(Vec<String>);

impl Finder {
    fn typed(&mut self, pat: &Pat, ty: &Type) {
        if types::is_multiplexed(ty) {
            self.add(pat);
        }
    }

    fn add(&mut self, pat: &Pat) {
        self.0.extend(patterns::bound_names(pat).iter().map(|bound| bound.ident.to_string()));
    }
}

impl VisitMut for Finder {
    fn visit_local_mut(&mut self, local: &mut Local) {
        if let Pat::Type(typed) = &local.pat {
            self.typed(&typed.pat, &typed.ty);
        }
        if local.init.as_ref().is_some_and(|init| commands::gives_multiplexed(&init.expr)) {
            self.add(&local.pat);
        }
        visit_mut::visit_local_mut(self, local);
    }
}

/// A call that waits for another one on the same connection.
pub(super) fn of_connection(
    trial: &mut Trial<'_>,
    multiplexed: &[String],
    at: usize,
) -> Option<Advice> {
    let waits = trial.before_starts(at).into_iter();
    let waits = waits.filter(|(_, _, reasons)| reasons == &[Reason::Place]);
    let waits: Vec<(Event, usize)> = waits.map(|(start, before, _)| (start, before)).collect();
    waits.into_iter().find_map(|(start, before)| {
        let name = Disturbance::of(trial.statements(), start, before)?.name;
        let is_multiplexed = multiplexed.iter().any(|known| **known == *name);
        let uses = trial.uses();
        let gained = is_multiplexed.then(|| {
            trial.gained(
                |statements| share(statements, &name),
                |statements| trial::set_uses(statements, uses),
            )
        })?;
        let text = || texts::of_connection(&trial.statements()[before], &name);
        (!gained.is_empty()).then(|| trial.advice(at, text()))
    })
}

/// As if each statement had a clone.
fn share(statements: &mut [Statement], name: &str) {
    let uses = statements.iter_mut().flat_map(Statement::all_uses_mut).flatten();
    uses.filter(|used| *used.place.name == *name).for_each(Access::borrow);
}
