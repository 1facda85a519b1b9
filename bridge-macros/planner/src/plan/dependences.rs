//! Draws the edges of a scope.

use std::collections::BTreeSet;

use syn::Stmt;

use crate::effects::asks::{self, Asks};
use crate::effects::purity;
use crate::ir::access::{self, Access, VarId};
use crate::ir::dependences::{Dependences, Event, Reason, starts};
use crate::ir::tree::{Awaited, Call, Kind, Runs, Statement, Template, Turn};
use crate::plan::conflicts::Held;
use crate::plan::needs::needed_by_calls;

/// Finds the edges; `strict` makes all wait for a `?` above.
pub(super) fn of(statements: &[Statement], strict: bool) -> Dependences {
    let mut found = Dependences::default();
    let held: Vec<Held<'_>> = statements.iter().map(Held::of).collect();
    let needed = needed_by_calls(statements);
    let mut bound = BTreeSet::new();
    let asks = asks(statements);
    // What is above an effect comes before what is below it by the two edges that each has with it.
    let mut last_effect = 0;
    for (at, statement) in statements.iter().enumerate() {
        for (before, earlier) in statements[..at].iter().enumerate().skip(last_effect) {
            let (held, above, later) = (&held[before], &statements[..at], &statements[at..]);
            let (needed, bound, found) = (&needed, &bound, &mut found);
            let mut pair =
                Pair { before, earlier, held, at, statement, above, later, needed, bound, found };
            pair.values();
            pair.places();
            pair.shadows();
            pair.asked_again(&asks[before], &asks[at]);
            pair.gates(strict);
            pair.order();
        }
        within(at, statement, &mut found);
        if statement.call().is_some() {
            bound.extend(&statement.binds);
        } else if statement.turn == Turn::Effect {
            last_effect = at;
            bound.clear();
        }
    }
    found
}

/// A call is joined after its starts, and its operands are evaluated in their order.
fn within(at: usize, statement: &Statement, found: &mut Dependences) {
    for (start, later) in starts(at, statement) {
        found.add(start, Event::Finish(at), Reason::Started);
        for (other, earlier) in starts(at, statement).take_while(|(other, _)| *other != start) {
            if !earlier.pure && !later.pure {
                found.add(other, start, Reason::Order);
            }
        }
    }
}

/// An earlier and a later statement, and the edges that are found between them.
struct Pair<'a> {
    before: usize,
    earlier: &'a Statement,
    held: &'a Held<'a>,
    at: usize,
    statement: &'a Statement,
    /// All before the later one.
    above: &'a [Statement],
    /// The later one and all after it.
    later: &'a [Statement],
    /// Which statements bind what a call below needs to start, however indirectly.
    needed: &'a [bool],
    /// What calls have bound since the last effect: what they had bound before is in the frame.
    bound: &'a BTreeSet<VarId>,
    found: &'a mut Dependences,
}

impl Pair<'_> {
    /// What uses a name comes after what binds it.
    fn values(&mut self) {
        let made = &self.earlier.binds;
        for (start, awaited) in starts(self.at, self.statement) {
            if access::uses_any(&awaited.uses, made) {
                self.after_finish(start, Reason::Value);
                self.after_finish(Event::Finish(self.at), Reason::Value);
            }
        }
        if access::uses_any(&self.statement.uses, made) {
            self.after_finish(Event::Finish(self.at), Reason::Value);
        }
    }

    /// A call uses its places from its start to its join.
    fn places(&mut self) {
        for (start, awaited) in starts(self.at, self.statement) {
            if self.held.disturbs(&awaited.uses, self.later) {
                self.after_finish(start, Reason::Place);
            }
        }
        if self.held.disturbs(&self.statement.uses, self.later) {
            self.after_finish(Event::Finish(self.at), Reason::Place);
        }
        self.derivation_beside_call();
    }

    /// A derivation runs ahead of no call above that uses a place of it: a function that is not
    /// known may look at what the call changes, or wait for what it holds. Nor does it take what
    /// would be dropped in its turn, should a call above fail.
    fn derivation_beside_call(&mut self) {
        let [derivation] = self.statement.awaited() else { return };
        if !self.statement.is_derivation() || self.earlier.is_derivation() {
            return;
        }
        let start = Event::Start(self.at, 0);
        let takes = derivation.uses.iter().any(|used| {
            used.moves() && used.via.is_none() && !self.bound.contains(&used.place.root)
        });
        if takes && self.earlier.leaves {
            self.after_finish(start, Reason::Order);
        }
        let is_call = self.earlier.call().is_some();
        if is_call && !purity::is_pure(&derivation.call.base) {
            let named = |used: &&Access| used.via.is_none();
            let uses = || derivation.uses.iter().filter(named);
            let mut held = self.earlier.held().filter(named);
            if held.any(|held| uses().any(|used| used.place.overlaps(&held.place))) {
                self.after_finish(start, Reason::Place);
            }
        }
    }

    /// The old meaning of a name is used before the name is bound anew.
    fn shadows(&mut self) {
        let bound = Event::Finish(self.at);
        let hidden = &self.statement.shadows;
        for (start, awaited) in starts(self.before, self.earlier) {
            if access::uses_any(&awaited.uses, hidden) {
                self.found.add(start, bound, Reason::Shadow);
            }
        }
        let binds = self.earlier.binds.iter().any(|var| hidden.contains(var));
        if binds || access::uses_any(&self.earlier.uses, hidden) {
            self.after_finish(bound, Reason::Shadow);
        }
    }

    /// A question is asked again as the answer may have changed, and what is taken is taken in
    /// order.
    fn asked_again(&mut self, earlier: &[Vec<Asks>], later: &[Vec<Asks>]) {
        for ((start, _), asks) in starts(self.at, self.statement).zip(later) {
            let again = |asks: &Asks| earlier.iter().flatten().any(|earlier| earlier.again(asks));
            if asks.iter().any(again) {
                self.after_finish(start, Reason::Again);
            }
        }
    }

    /// A `?` is checked in its turn.
    fn gates(&mut self, strict: bool) {
        // A marker says of one statement that it may start before the checks above have passed.
        let is_marked = self.statement.call().is_some_and(|call| call.marked);
        if strict && self.earlier.leaves && !is_marked {
            self.all_after_finish(Reason::Gate);
        } else if self.statement.leaves {
            self.after_finish(Event::Finish(self.at), Reason::Gate);
        }
    }

    /// What can be seen to run keeps the order of the source.
    fn order(&mut self) {
        self.check_in_its_turn();
        // An effect holds back all that is below, and waits for all that is above.
        if self.earlier.turn == Turn::Effect {
            return self.all_after_finish(Reason::Effect);
        }
        if self.statement.turn != Turn::Free {
            self.after_finish(Event::Finish(self.at), Reason::Effect);
        }
        match &self.earlier.kind {
            // It holds back what uses that local, and keeps the order of synchronous code.
            _ if self.earlier.turn == Turn::LocalEffect => {
                self.after_check();
                self.after_arguments();
                if self.statement.call().is_none_or(|later| !later.hoisted.pure) {
                    self.after_finish(Event::Finish(self.at), Reason::Order);
                }
                self.arguments_in_their_turn();
            }
            Kind::Code(_) => {
                self.calls_after_unknown_function();
                let mut events = self.visible_starts();
                // Nobody can tell when that ran which only computes.
                let is_pure =
                    || self.earlier.plain().is_some_and(|made| purity::is_pure_let(&made.code));
                if !events.is_empty() && is_pure() {
                    events.clear();
                }
                events.push(Event::Finish(self.at));
                events.into_iter().for_each(|event| self.after_finish(event, Reason::Order));
            }
            Kind::Call(call) => {
                self.calls_after_unknown_function();
                self.after_check();
                self.visible_code_after_call();
                self.arguments_in_their_turn();
                self.after_arguments();
                self.after_residual(call);
                self.drops(call);
            }
        }
    }

    /// A check may do more than its name says, so that it waits for all that is above.
    fn check_in_its_turn(&mut self) {
        if self.statement.is_check() {
            self.all_after_finish(Reason::Order);
        }
    }

    /// What permits something holds back all that may act; what only reads harms nobody if it
    /// does not pass.
    fn after_check(&mut self) {
        if !self.earlier.is_check() {
            return;
        }
        for (start, awaited) in starts(self.at, self.statement) {
            if !awaited.reads && !self.statement.is_derivation() {
                self.after_finish(start, Reason::Gate);
            }
        }
    }

    /// Arguments that look at the world are evaluated when all above has ended.
    fn arguments_in_their_turn(&mut self) {
        for (start, awaited) in starts(self.at, self.statement) {
            if awaited.waits_its_turn {
                self.after_finish(start, Reason::Order);
            }
        }
    }

    /// A function that is not known may wait in a foreground of its own, which drives none of
    /// ours: what it could wait for has not started.
    fn calls_after_unknown_function(&mut self) {
        // Fields are no bar: what is behind two of one value often works together.
        let named = |uses: &[Access]| -> BTreeSet<VarId> {
            let named = uses.iter().filter(|used| used.via.is_none());
            named.map(|used| used.place.root).collect()
        };
        let waits = |made: &Template<Stmt>| {
            !purity::is_pure_let(&made.code) && purity::calls_unknown(&made.code)
        };
        let held: BTreeSet<VarId> = match self.earlier.plain() {
            Some(made) if !self.needed[self.before] && waits(made) => named(&self.earlier.uses),
            Some(_) => return,
            None => {
                let blocks = self.earlier.awaited().iter().filter(|awaited| awaited.may_block);
                blocks.flat_map(|block| named(&block.uses)).collect()
            }
        };
        if held.is_empty() {
            return;
        }
        // By what passes in the background alone nothing waits for a function.
        let reason = if self.earlier.plain().is_some() { Reason::Place } else { Reason::Order };
        for (start, awaited) in starts(self.at, self.statement) {
            if !held.is_disjoint(&named(&awaited.uses)) {
                self.after_finish(start, reason);
            }
        }
    }

    /// Code that can be seen to run comes after all above has ended: it may look at what a
    /// call changes, or need what a call holds, and serial code does not get here if a call
    /// fails. Where one may leave by `?`, a move would be seen by the order of drops. What no
    /// call below needs gains nothing by running early.
    fn visible_code_after_call(&mut self) {
        let Some(template) = self.statement.plain() else { return };
        let moves = self.statement.uses.iter().any(Access::moves);
        let unneeded = !self.needed[self.at] && matches!(template.code, Stmt::Local(_));
        let seen = !purity::is_pure_let(&template.code) || self.earlier.leaves && moves;
        if seen || unneeded {
            self.after_finish(Event::Finish(self.at), Reason::Order);
        }
    }

    /// The arguments of the earlier call, as far as they can be seen to be evaluated.
    fn after_arguments(&mut self) {
        let later = match self.statement.kind {
            Kind::Call(_) => self.visible_starts(),
            _ => vec![Event::Finish(self.at)],
        };
        for before in visible_starts(self.before, self.earlier) {
            later.iter().for_each(|then| self.found.add(before, *then, Reason::Order));
        }
        // What acts holds back all that is below.
        for (before, _) in starts(self.before, self.earlier).filter(|(_, given)| given.acts) {
            for (then, _) in starts(self.at, self.statement) {
                self.found.add(before, then, Reason::Order);
            }
        }
    }

    /// What the earlier call does where it is joined, if that can be seen.
    fn after_residual(&mut self, call: &Call) {
        if call.hoisted.pure {
            return;
        }
        for start in self.visible_starts() {
            self.after_finish(start, Reason::Order);
        }
        if self.statement.call().is_none_or(|later| !later.hoisted.pure) {
            self.after_finish(Event::Finish(self.at), Reason::Order);
        }
    }

    /// Variables that cannot be declared before they are bound are bound in their order.
    fn drops(&mut self, call: &Call) {
        if self.statement.binds.is_empty() {
            return;
        }
        let hidden = &self.earlier.shadows;
        if !call.deferrable() || access::uses_any(&self.earlier.uses, hidden) {
            self.after_finish(Event::Finish(self.at), Reason::Drop);
        } else if call.is_named_as_function() && self.statement.call().is_none() {
            for (start, _) in starts(self.before, self.earlier) {
                self.found.add(start, Event::Finish(self.at), Reason::Drop);
            }
        }
        self.before_declaration(hidden);
    }

    /// A declaration of the earlier one's variables hides what their names have stood for: whatever uses
    /// that has done so by then.
    fn before_declaration(&mut self, hidden: &[VarId]) {
        if hidden.is_empty() {
            return;
        }
        let bound = Event::Finish(self.at);
        for (number, user) in self.above[..=self.before].iter().enumerate() {
            let starts = starts(number, user);
            for (start, _) in starts.filter(|(_, awaited)| access::uses_any(&awaited.uses, hidden))
            {
                self.found.add(start, bound, Reason::Drop);
            }
            let binds = user.binds.iter().any(|var| hidden.contains(var));
            if number < self.before && (binds || access::uses_any(&user.uses, hidden)) {
                self.found.add(Event::Finish(number), bound, Reason::Drop);
            }
        }
    }

    fn after_finish(&mut self, event: Event, reason: Reason) {
        self.found.add(Event::Finish(self.before), event, reason);
    }

    fn all_after_finish(&mut self, reason: Reason) {
        let starts = starts(self.at, self.statement).map(|(start, _)| start);
        for event in starts.chain([Event::Finish(self.at)]) {
            self.found.add(Event::Finish(self.before), event, reason);
        }
    }

    fn visible_starts(&self) -> Vec<Event> {
        visible_starts(self.at, self.statement)
    }
}

/// What the awaits of each call ask, if there is another call to ask it again. A call that a
/// marker has started is asked for nothing.
fn asks(statements: &[Statement]) -> Vec<Vec<Vec<Asks>>> {
    let asked = |statement: &&Statement| {
        statement.call().is_some_and(|call| !call.marked) && !statement.is_derivation()
    };
    let several = statements.iter().filter(asked).nth(1).is_some();
    let of_statement = |statement: &Statement| {
        let awaited = statement.awaited().iter().filter(|_| several && asked(&statement));
        let of = |awaited: &Awaited| match awaited.runs {
            Runs::Block(_) => asks::of_block(&awaited.call.base, &awaited.uses),
            _ => vec![asks::asks(&awaited.call, &awaited.uses)],
        };
        awaited.map(of).collect()
    };
    statements.iter().map(of_statement).collect()
}

/// The starts whose arguments can be seen to be evaluated.
fn visible_starts(at: usize, statement: &Statement) -> Vec<Event> {
    let visible = starts(at, statement).filter(|(_, awaited)| !awaited.pure);
    visible.map(|(start, _)| start).collect()
}
