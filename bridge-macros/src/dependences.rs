//! What has to wait for what in one scope, and why.

use std::collections::BTreeMap;

use crate::access::Access;
use crate::chain;
use crate::env::VarId;
use crate::lower::{Kind, Statement};
use crate::operands::Unit;
use crate::quiet;

/// Something that happens at one place of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// One unit of a call starts: by statement and unit.
    Start(usize, usize),
    /// A call is joined; any other statement runs.
    Finish(usize),
}

impl Event {
    /// The statement that it is of.
    pub(crate) fn statement(self) -> usize {
        match self {
            Event::Start(at, _) | Event::Finish(at) => at,
        }
    }
}

/// Why one event comes after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A join comes after its start.
    Started,
    /// It uses a name that the other binds.
    Value,
    /// Both use a place, and one of them changes or moves it.
    Place,
    /// A name is bound anew after its last use.
    Shadow,
    /// One of them is an effect or a log line.
    Effect,
    /// Both are synchronous code that can be seen.
    Order,
    /// A `?` is checked after all that is above it.
    Gate,
    /// The variables are dropped as in serial code.
    Drop,
}

/// The edges of a scope: each event with those before it.
#[derive(Default)]
pub(crate) struct Dependences(BTreeMap<Event, BTreeMap<Event, Vec<Reason>>>);

impl Dependences {
    /// What has to have happened before `event`, in source order.
    pub(crate) fn before(&self, event: Event) -> impl Iterator<Item = (Event, &[Reason])> {
        let edges = self.0.get(&event).into_iter().flatten();
        edges.map(|(before, reasons)| (*before, reasons.as_slice()))
    }

    /// Why the one comes before the other.
    pub(crate) fn reasons(&self, first: Event, then: Event) -> &[Reason] {
        self.0.get(&then).and_then(|before| before.get(&first)).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, first: Event, then: Event, reason: Reason) {
        let reasons = self.0.entry(then).or_default().entry(first).or_default();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
}

/// Finds the edges; `strict` makes all wait for a `?` above.
pub(crate) fn of(statements: &[Statement], strict: bool) -> Dependences {
    let mut found = Dependences::default();
    let held: Vec<Held<'_>> = statements.iter().map(Held::of).collect();
    for (at, statement) in statements.iter().enumerate() {
        for (before, earlier) in statements[..at].iter().enumerate() {
            let (held, later) = (&held[before], &statements[at..]);
            let pair = Pair { before, earlier, held, at, statement, later };
            pair.values(&mut found);
            pair.places(&mut found);
            pair.shadows(&mut found);
            pair.order(strict, &mut found);
        }
        for (unit, later) in starts(at, statement) {
            found.add(unit, Event::Finish(at), Reason::Started);
            // Operands are evaluated in their order.
            for (other, earlier) in starts(at, statement).take_while(|(other, _)| *other != unit) {
                if !earlier.quiet && !later.quiet {
                    found.add(other, unit, Reason::Order);
                }
            }
        }
    }
    found
}

/// Whether an access of a call that may still run is in the way of another one.
///
/// What is used by way of a variable after the place that it might borrow from
/// was changed or moved does not borrow from it, or serial code would not
/// compile. So a later access counts only by its own name, and an earlier one by
/// way of a variable is no bar to a move if the variable is used in `later`, the
/// statements from the other access on.
pub(crate) fn disturbs(held: &Access, then: &Access, later: &[Statement]) -> bool {
    let outlives = |var| later.iter().any(|statement| chain::uses(statement, var));
    let gone = then.moves() && held.via.is_some_and(outlives);
    then.via.is_none() && held.conflicts(then) && !gone
}

/// What a statement uses from its first start to its finish, by variable.
struct Held<'a>(BTreeMap<VarId, Vec<&'a Access>>);

impl<'a> Held<'a> {
    fn of(statement: &'a Statement) -> Self {
        let mut held: BTreeMap<VarId, Vec<&Access>> = BTreeMap::new();
        for access in statement.held() {
            held.entry(access.place.root).or_default().push(access);
        }
        Held(held)
    }

    fn under(&self, root: VarId) -> impl Iterator<Item = &'a Access> {
        self.0.get(&root).into_iter().flatten().copied()
    }
}

/// An earlier and a later statement.
struct Pair<'a> {
    before: usize,
    earlier: &'a Statement,
    held: &'a Held<'a>,
    at: usize,
    statement: &'a Statement,
    /// The later one and all after it.
    later: &'a [Statement],
}

impl Pair<'_> {
    fn values(&self, found: &mut Dependences) {
        let finished = Event::Finish(self.before);
        for (start, unit) in starts(self.at, self.statement) {
            if uses_any(&unit.uses, &self.earlier.binds) {
                found.add(finished, start, Reason::Value);
                found.add(finished, Event::Finish(self.at), Reason::Value);
            }
        }
        if uses_any(&self.statement.uses, &self.earlier.binds) {
            found.add(finished, Event::Finish(self.at), Reason::Value);
        }
    }

    /// A call uses its places from its start to its join.
    fn places(&self, found: &mut Dependences) {
        let finished = Event::Finish(self.before);
        for (start, unit) in starts(self.at, self.statement) {
            if self.disturbs(&unit.uses) {
                found.add(finished, start, Reason::Place);
            }
        }
        if self.disturbs(&self.statement.uses) {
            found.add(finished, Event::Finish(self.at), Reason::Place);
        }
    }

    fn disturbs(&self, uses: &[Access]) -> bool {
        uses.iter().filter(|then| then.via.is_none()).any(|then| {
            self.held.under(then.place.root).any(|held| disturbs(held, then, self.later))
        })
    }

    /// The old meaning of a name is used before the name is bound anew.
    fn shadows(&self, found: &mut Dependences) {
        let bound = Event::Finish(self.at);
        let hidden = &self.statement.shadows;
        for (start, unit) in starts(self.before, self.earlier) {
            if uses_any(&unit.uses, hidden) {
                found.add(start, bound, Reason::Shadow);
            }
        }
        let binds = self.earlier.binds.iter().any(|var| hidden.contains(var));
        if binds || uses_any(&self.earlier.uses, hidden) {
            found.add(Event::Finish(self.before), bound, Reason::Shadow);
        }
    }

    fn order(&self, strict: bool, found: &mut Dependences) {
        let finish = Event::Finish(self.at);
        let finished = Event::Finish(self.before);
        let all = || starts(self.at, self.statement).map(|(start, _)| start);
        let loud = || loud_starts(self.at, self.statement);

        if strict && self.earlier.leaves {
            all().chain([finish]).for_each(|event| found.add(finished, event, Reason::Gate));
        }
        if self.statement.leaves {
            found.add(finished, finish, Reason::Gate);
        }
        match (&self.earlier.kind, &self.statement.kind) {
            (Kind::Effect(_), _) => {
                all().chain([finish]).for_each(|event| found.add(finished, event, Reason::Effect));
            }
            (_, Kind::Effect(_) | Kind::Transparent(_)) => {
                found.add(finished, finish, Reason::Effect);
            }
            (Kind::Plain(_) | Kind::Transparent(_), _) => {
                loud().chain([finish]).for_each(|event| found.add(finished, event, Reason::Order));
            }
            (Kind::Call(call), kind) => {
                // Code that can be seen to run comes after all above has ended: it
                // may look at what a call changes, or need what a call holds, and
                // serial code does not get here if a call fails. Where one may
                // leave by `?`, a move would be seen by the order of drops.
                let seen = match kind {
                    Kind::Plain(stmt) => {
                        let moves = self.statement.uses.iter().any(Access::moves);
                        !quiet::is_quiet_let(stmt) || self.earlier.leaves && moves
                    }
                    _ => false,
                };
                if seen {
                    found.add(finished, finish, Reason::Order);
                }
                // Synchronous code of the earlier: its starts', its join's.
                for before in loud_starts(self.before, self.earlier) {
                    match kind {
                        Kind::Call(_) => {
                            loud().for_each(|start| found.add(before, start, Reason::Order));
                        }
                        _ => found.add(before, finish, Reason::Order),
                    }
                }
                if !call.rest_quiet {
                    loud().for_each(|start| found.add(finished, start, Reason::Order));
                    let loud = match kind {
                        Kind::Call(later) => !later.rest_quiet,
                        _ => true,
                    };
                    if loud {
                        found.add(finished, finish, Reason::Order);
                    }
                }
                let early = call.deferrable() && self.earlier.shadows.is_empty();
                if !early && !self.statement.binds.is_empty() {
                    found.add(finished, finish, Reason::Drop);
                }
            }
        }
    }
}

/// The starts of a statement, with their units.
pub(crate) fn starts(at: usize, statement: &Statement) -> impl Iterator<Item = (Event, &Unit)> {
    let units = statement.units().iter().enumerate();
    units.map(move |(unit, started)| (Event::Start(at, unit), started))
}

/// The starts that can be seen from outside.
fn loud_starts(at: usize, statement: &Statement) -> impl Iterator<Item = Event> {
    starts(at, statement).filter(|(_, unit)| !unit.quiet).map(|(start, _)| start)
}

fn uses_any(uses: &[Access], vars: &[VarId]) -> bool {
    uses.iter().any(|access| vars.contains(&access.place.root))
}
