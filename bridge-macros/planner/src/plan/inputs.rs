//! How each start takes the values that pass to it in the background.

use proc_macro2::Ident;

use super::forwarding;
use crate::ir::access::VarId;
use crate::ir::plan::{Forward, Input, Plan};
use crate::ir::tree::{Awaited, Statement};

/// Adds the inputs of each start.
pub(super) fn add(mut plan: Plan, statements: &[Statement]) -> Plan {
    let passed = plan.forwards.iter().filter_map(|(&from, &forward)| {
        let (var, name) = statements[from].forwardable()?;
        Some(Passed { from, forward, var, name })
    });
    let passed: Vec<Passed> = passed.collect();
    for (at, statement) in statements.iter().enumerate() {
        for (number, awaited) in statement.awaited().iter().enumerate() {
            let named = passed.iter().filter(|passed| awaited.names(passed.var));
            let inputs =
                named.filter_map(|passed| Some((passed.from, passed.input(statement, awaited)?)));
            let inputs: Vec<(usize, Input)> = inputs.collect();
            if !inputs.is_empty() {
                plan.inputs.insert((at, number), inputs);
            }
        }
    }
    plan
}

/// A value that passes in the background.
struct Passed {
    from: usize,
    forward: Forward,
    var: VarId,
    name: Ident,
}

impl Passed {
    /// How an await that names it takes it.
    fn input(&self, statement: &Statement, awaited: &Awaited) -> Option<Input> {
        if forwarding::borrows(statement, awaited, self.var, &self.name) {
            return Some(Input::Borrow);
        }
        // Else it is bound in the function's frame by then.
        matches!(self.forward, Forward::Moved | Forward::Lent(_)).then_some(Input::Move)
    }
}
