//! Keeps the order of drops, where a call is joined after something below it is bound.

use std::collections::BTreeMap;
use std::mem;

use quote::ToTokens;
use syn::{Expr, Stmt, UnOp};

use crate::ir::plan::{Plan, Step};
use crate::ir::tree::{Statement, Template};
use crate::syntax::evaluation::{self, Part};
use crate::syntax::{macros, patterns, tokens};

/// Adds the declarations that keep the order of drops: before something is bound, what is
/// above it in the source and is bound later.
pub(super) fn add(plan: Plan, statements: &[Statement]) -> Plan {
    let binds = |at: &usize| !statements[*at].binds.is_empty();
    let makes = |step: &Step| match step {
        Step::Start(at, _) => plan.forwards.contains_key(at).then_some(*at),
        Step::Join(at) | Step::JoinOutOfOrder(at, _) if plan.forwards.contains_key(at) => None,
        Step::Join(at) | Step::JoinOutOfOrder(at, _) | Step::Run(at) => Some(*at),
        Step::Declare(_) | Step::Bind(_) => None,
    };
    // The statements of which something is still to be made and nothing is declared, by how many steps.
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    for at in plan.steps.iter().filter_map(makes).filter(binds) {
        *left.entry(at).or_default() += 1;
    }
    let mut steps = Vec::new();
    for step in &plan.steps {
        if let Some(at) = makes(step).filter(binds) {
            if let Some(steps) = left.get_mut(&at) {
                *steps -= 1;
                if *steps == 0 {
                    left.remove(&at);
                }
            }
            let below = left.split_off(&at);
            let above = mem::replace(&mut left, below).into_keys();
            // A derivation that runs at once stays one.
            let own_start = steps.pop_if(|last| *last == Step::Start(at, 0));
            steps.extend(above.map(Step::Declare).chain(own_start));
        }
        steps.push(step.clone());
    }
    Plan { steps, ..plan }
}

/// Whether the variable of a plain `let` can be declared ahead of its value.
pub(super) fn declarable(statement: &Statement) -> bool {
    let Some(Template { code: Stmt::Local(local), nested }) = statement.plain() else {
        return false;
    };
    let name = patterns::plain_name(patterns::untyped(&local.pat));
    let (Some(name), Some(init)) = (name, &local.init) else { return false };
    nested.is_empty()
        && local.attrs.is_empty()
        && init.diverge.is_none()
        && !tokens::stands_alone(init.expr.to_token_stream(), name)
        && !extends_temporaries(&init.expr)
}

/// Whether a `let` may keep what its initialiser borrows, as an assignment would not.
fn extends_temporaries(init: &Expr) -> bool {
    evaluation::any_part(init, &|part| match part {
        Part::Expr(Expr::Reference(borrow)) => (!is_place(&borrow.expr)).then_some(true),
        Part::Expr(Expr::Macro(call)) => {
            let known = macros::kind(&call.mac).is_some() && !call.mac.path.is_ident("format_args");
            let given = macros::expressions(&call.mac).filter(|_| known);
            Some(given.is_none_or(|given| given.iter().any(extends_temporaries)))
        }
        Part::Stmt(Stmt::Macro(_)) => Some(true),
        _ => None,
    })
}

fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)) && is_place(&unary.expr),
        _ => false,
    }
}
