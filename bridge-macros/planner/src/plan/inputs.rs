//! How each start takes the values that pass to it in the background.

use super::forwarding;
use crate::ir::dependences::{Event, starts};
use crate::ir::plan::{Forward, Input, Plan};
use crate::ir::tree::{Awaited, Statement};

/// Adds the inputs of each start.
pub(super) fn add(mut plan: Plan, statements: &[Statement]) -> Plan {
    for (at, statement) in statements.iter().enumerate() {
        for (start, awaited) in starts(at, statement) {
            let inputs = plan.forwards.iter().filter_map(|(&from, &forward)| {
                Some((from, input(statement, awaited, &statements[from], forward)?))
            });
            let inputs: Vec<(usize, Input)> = inputs.collect();
            if let (Event::Start(at, number), false) = (start, inputs.is_empty()) {
                plan.inputs.insert((at, number), inputs);
            }
        }
    }
    plan
}

fn input(
    statement: &Statement,
    awaited: &Awaited,
    from: &Statement,
    forward: Forward,
) -> Option<Input> {
    let (var, name) = from.forwardable()?;
    if forwarding::borrows(statement, awaited, var, &name) {
        return Some(Input::Borrow);
    }
    let moves = matches!(forward, Forward::Moved | Forward::Lent(_));
    // Else it is bound in the function's frame by then.
    (moves && awaited.names(var)).then_some(Input::Move)
}
