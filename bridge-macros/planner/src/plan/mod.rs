//! From scopes of statements to the order in which their events happen.

mod alone;
mod chains;
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

pub(crate) use conflicts::Disturbance;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use self::needs::Needs;
use self::scheduler::How;
use crate::ir::dependences::Dependences;
use crate::ir::plan::{Forward, Input, Plan, PlannedTree, Schedule};
use crate::ir::tree::{ScopeId, Statement, Tree};
use crate::syntax::arguments::Order;
use crate::syntax::function::Form;

/// Plans each scope by itself.
pub(crate) fn tree(mut tree: Tree, order: Order, form: Form) -> PlannedTree {
    let planner = Planner::new(order, form);
    let scopes = 0..tree.scopes().len();
    let schedules = scopes.map(|scope| planner.schedule(&mut tree, ScopeId(scope))).collect();
    PlannedTree { tree, schedules }
}

/// What holds for all scopes of a function.
pub(crate) struct Planner {
    strict: bool,
    form: Form,
}

impl Planner {
    pub(crate) fn new(order: Order, form: Form) -> Self {
        Planner { strict: order == Order::Strict, form }
    }

    /// The edges of a scope, and the pairs of its calls that are in flight together, planned anew.
    /// Derivations are left where they stand.
    pub(crate) fn in_flight_together(
        &self,
        tree: &mut Tree,
        scope: ScopeId,
    ) -> (Dependences, BTreeSet<(usize, usize)>) {
        let schedule = self.schedule(tree, scope);
        let statements = tree.statements_mut(scope);
        let mut pairs = overlaps::of(statements, &schedule);
        let awaited = |at: usize| statements[at].is_awaited();
        pairs.retain(|&(one, other)| awaited(one) && awaited(other));
        derivations::stay_where_they_stand(statements);
        (schedule.dependences, pairs)
    }

    /// Plans one scope; its derivations run ahead if two calls are in flight then.
    fn schedule(&self, tree: &mut Tree, scope: ScopeId) -> Schedule {
        let planned = |tree: &Tree, dependences: Dependences| {
            let plan = self.plan(tree, &tree.scope(scope).statements, &dependences);
            Schedule { dependences, plan }
        };
        let dependences = derivations::run_ahead(tree.statements_mut(scope), self.strict);
        let schedule = planned(tree, dependences);
        if derivations::gain(&tree.scope(scope).statements, &schedule) {
            return schedule;
        }
        let dependences = derivations::run_in_turn(tree.statements_mut(scope), self.strict);
        planned(tree, dependences)
    }

    /// Synchronous code in source order, each call as early and each join as late
    /// as the edges allow.
    ///
    /// Values pass in the background where the thread would else wait for the wrong
    /// thing. Where it still would, because a value has come to the function's frame and
    /// only the thread can take it from there, they pass whenever they can, if that helps; or
    /// if there are fewer futures then.
    fn plan(&self, tree: &Tree, statements: &[Statement], dependences: &Dependences) -> Plan {
        let plan = |eager| {
            let mut in_frame = BTreeSet::new();
            loop {
                let how = How { strict: self.strict, eager, in_frame: &in_frame };
                let plan = planned(tree, statements, dependences, how);
                let shared = self.shared_in_passing(&plan, statements);
                if shared.is_empty() {
                    return plan;
                }
                in_frame.extend(shared);
            }
        };
        let lazy = plan(false);
        if self.strict {
            return lazy;
        }
        let needs = Needs::new(statements, dependences);
        let false_waits = |plan: &Plan| cost::false_waits(plan, statements, &needs);
        let futures = |plan: &Plan| cost::futures(plan, statements);
        let (waits, several) = (false_waits(&lazy), futures(&lazy));
        if waits == 0 && several < 2 {
            return lazy;
        }
        let eager = plan(true);
        let helps = match false_waits(&eager).cmp(&waits) {
            Ordering::Less => true,
            Ordering::Equal => futures(&eager) < several && self.is_as_free(&eager, &lazy),
            Ordering::Greater => false,
        };
        if helps { eager } else { lazy }
    }

    /// The calls whose values are in slots that a derivation shares. An `async fn` would hold such a slot
    /// while it awaits, and the value would have to be `Sync`; serial code only looks at it in passing.
    fn shared_in_passing(&self, plan: &Plan, statements: &[Statement]) -> BTreeSet<usize> {
        if self.form == Form::Synchronous {
            return BTreeSet::new();
        }
        let derives = plan.inputs.iter().filter(|((at, _), _)| statements[*at].is_derivation());
        let inputs = derives.flat_map(|(_, inputs)| inputs);
        let shared = inputs.filter(|(from, by)| *by == Input::Borrow && !plan.is_linked(*from));
        shared.map(|(from, _)| *from).collect()
    }

    /// Whether a plan shares no value in a slot that the other keeps in the frame: in an `async fn`
    /// it would have to be `Sync`.
    fn is_as_free(&self, plan: &Plan, other: &Plan) -> bool {
        let moves = |forward| matches!(forward, &Forward::Moved | &Forward::Lent(_));
        let same = |from| other.forwards.contains_key(from);
        self.form == Form::Synchronous
            || plan
                .forwards
                .iter()
                .all(|(from, forward)| moves(forward) || same(from) || plan.is_linked(*from))
    }
}

/// One plan, from the order of its events to its chains.
fn planned(tree: &Tree, statements: &[Statement], dependences: &Dependences, how: How<'_>) -> Plan {
    let plan = scheduler::schedule(tree, statements, dependences, how);
    let plan = inputs::add(alone::join(plan), statements);
    let plan = chains::bring_together(plan, statements);
    chains::add(declarations::add(plan, statements), statements)
}
