//! Which uses of a place are in each other's way.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ir::access::{Access, VarId};
use crate::ir::dependences::Event;
use crate::ir::tree::{Awaited, Statement};

/// Whether an access of a call that may still run is in the way of another one.
///
/// What is used by way of a variable after the place that it might borrow from
/// was changed or moved does not borrow from it, or serial code would not
/// compile. So a later access counts only by its own name, and an earlier one by
/// way of a variable is no bar to a move if the variable is used in `later`, the
/// statements from the other access on, and none to what is written as a change if
/// it is used after the first of them (which may use it, and then the place).
pub(super) fn disturbs(held: &Access, then: &Access, later: &[Statement]) -> bool {
    let after = match (then.moves(), then.assigns()) {
        (true, _) => later,
        (false, true) => later.get(1..).unwrap_or_default(),
        (false, false) => &[],
    };
    let gone = held.via.is_some_and(|var| after.iter().any(|statement| statement.names(var)));
    then.via.is_none() && held.conflicts(then) && !gone
}

/// Why an event comes after a statement whose place it uses.
#[derive(Clone)]
pub(crate) struct Disturbance {
    /// What the place is called.
    pub(crate) name: Rc<str>,
    /// The statement that binds what may borrow from it.
    pub(crate) borrower: Option<usize>,
    /// The later one uses it as the receiver of a method that may take it.
    pub(crate) may_take: bool,
}

impl Disturbance {
    /// By which place an event of a scope waits for the statement before it.
    pub(crate) fn of(statements: &[Statement], event: Event, before: usize) -> Option<Self> {
        let later = &statements[event.statement()..];
        let then = match event {
            Event::Start(_, number) => &later[0].awaited()[number].uses,
            Event::Finish(_) => &later[0].uses,
        };
        let (then, held) = then.iter().find_map(|then| {
            let mut held = statements[before].held();
            Some((then, held.find(|held| disturbs(held, then, later))?))
        })?;
        let borrower = held.via.filter(|_| then.moves()).and_then(|var| {
            let binds = |at: &usize| statements[*at].binds.contains(&var);
            (0..event.statement()).find(binds)
        });
        Some(Disturbance { name: Rc::clone(&then.place.name), borrower, may_take: then.may_take() })
    }
}

/// Whether an await of `statements[at]` is in the way of an earlier call by nothing
/// but values that are lent to that one, and then moved by this.
pub(super) fn only_lent(
    statements: &[Statement],
    before: usize,
    at: usize,
    awaited: &Awaited,
    lent: &[VarId],
) -> bool {
    let others = |access: &&Access| !lent.contains(&access.place.root);
    let later = &statements[at..];
    !statements[before]
        .held()
        .filter(others)
        .any(|held| awaited.uses.iter().filter(others).any(|then| disturbs(held, then, later)))
}

/// What a statement uses from its first start to its finish, by variable.
pub(super) struct Held<'a>(BTreeMap<VarId, Vec<&'a Access>>);

impl<'a> Held<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        let mut held: BTreeMap<VarId, Vec<&Access>> = BTreeMap::new();
        for access in statement.held() {
            held.entry(access.place.root).or_default().push(access);
        }
        Held(held)
    }

    /// Whether what is held is in the way of uses in `later`, the statements from those on.
    pub(super) fn disturbs(&self, uses: &[Access], later: &[Statement]) -> bool {
        uses.iter().filter(|then| then.via.is_none()).any(|then| {
            let held = self.0.get(&then.place.root).into_iter().flatten();
            held.into_iter().any(|held| disturbs(held, then, later))
        })
    }
}
