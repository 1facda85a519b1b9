//! From scopes of statements to the order in which their events happen.

mod alone;
mod conflicts;
mod cost;
mod declarations;
mod dependences;
mod derivations;
mod forwarding;
mod inputs;
mod needs;
pub(crate) mod overlaps;
mod progress;
mod scheduler;

pub(crate) use conflicts::disturbs;

use self::needs::Needs;

use crate::ir::dependences::Dependences;
use crate::ir::plan::{Plan, PlannedTree, Schedule};
use crate::ir::tree::{ScopeId, Statement, Tree};
use crate::syntax::arguments::Order;

/// Plans each scope by itself.
pub(crate) fn tree(mut tree: Tree, order: Order) -> PlannedTree {
    let strict = order == Order::Strict;
    let scopes = 0..tree.scopes().len();
    let schedules = scopes.map(|scope| schedule(&mut tree, ScopeId(scope), strict)).collect();
    PlannedTree { tree, schedules }
}

/// Plans one scope; its derivations run ahead if two calls are in flight then.
fn schedule(tree: &mut Tree, scope: ScopeId, strict: bool) -> Schedule {
    let planned = |tree: &Tree, dependences: Dependences| {
        let plan = plan(tree, &tree.scope(scope).statements, &dependences, strict);
        Schedule { dependences, plan }
    };
    let dependences = derivations::run_ahead(tree.statements_mut(scope), strict);
    let schedule = planned(tree, dependences);
    if derivations::gain(&tree.scope(scope).statements, &schedule) {
        return schedule;
    }
    let dependences = derivations::run_in_turn(tree.statements_mut(scope), strict);
    planned(tree, dependences)
}

/// Synchronous code in source order, each call as early and each join as late
/// as the edges allow.
///
/// Values pass in the background where the thread would else wait for the wrong
/// thing. Where it still would, because a value has come to the function's frame and
/// only the thread can take it from there, they pass whenever they can, if that helps.
fn plan(tree: &Tree, statements: &[Statement], dependences: &Dependences, strict: bool) -> Plan {
    let plan = |eager| scheduler::schedule(tree, statements, dependences, strict, eager);
    let lazy = plan(false);
    let needs = Needs::new(statements, dependences);
    let false_waits = |plan: &Plan| cost::false_waits(plan, statements, &needs);
    let plan = match false_waits(&lazy) {
        0 => lazy,
        _ if strict => lazy,
        waits => Some(plan(true)).filter(|eager| false_waits(eager) < waits).unwrap_or(lazy),
    };
    inputs::add(declarations::add(alone::join(plan), statements), statements)
}
