//! Puts the events of a scope in the order in which they are written down.

use std::collections::BTreeSet;

use crate::dependences::{self, Dependences, Event};
use crate::lower::{Call, Kind, Statement};

/// One thing to write down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Declare the variable of a call that is joined after a later binding, so
    /// that the two are dropped as in serial code.
    Declare(usize),
    /// Start a call.
    Start(usize),
    /// Join a call and bind its value.
    Join(usize),
    /// Run a statement.
    Run(usize),
}

/// Synchronous code in source order, each call as early and each join as late
/// as the edges allow.
pub(crate) fn schedule(statements: &[Statement], strict: bool) -> Vec<Step> {
    let dependences = dependences::of(statements, strict);
    let mut scheduler = Scheduler {
        statements,
        dependences: &dependences,
        order: Vec::new(),
        done: BTreeSet::new(),
    };
    for (at, statement) in statements.iter().enumerate() {
        match &statement.kind {
            Kind::Call(call) if call.quiet() => scheduler.start_if_ready(at, call),
            Kind::Call(_) => scheduler.require(Event::Start(at)),
            _ => scheduler.require(Event::Finish(at)),
        }
    }
    (0..statements.len()).for_each(|at| scheduler.require(Event::Finish(at)));
    declare(&scheduler.order, statements)
}

struct Scheduler<'a> {
    statements: &'a [Statement],
    dependences: &'a Dependences,
    order: Vec<Event>,
    done: BTreeSet<Event>,
}

impl Scheduler<'_> {
    /// Makes an event happen now, after all that has to be before it.
    fn require(&mut self, event: Event) {
        if self.done.contains(&event) {
            return;
        }
        let dependences = self.dependences;
        dependences.before(event).for_each(|before| self.require(before));
        if let Event::Finish(at) = event
            && self.statements[at].call().is_some()
        {
            // The thread waits here: start all that can run meanwhile.
            self.start_ready();
        }
        self.happen(event);
    }

    fn start_ready(&mut self) {
        for (at, statement) in self.statements.iter().enumerate() {
            if let Some(call) = statement.call() {
                self.start_if_ready(at, call);
            }
        }
    }

    fn start_if_ready(&mut self, at: usize, call: &Call) {
        let event = Event::Start(at);
        let ready = call.quiet()
            && !self.done.contains(&event)
            && self.dependences.before(event).all(|before| self.done.contains(&before));
        if ready {
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        self.done.insert(event);
        self.order.push(event);
    }
}

/// The steps, with the declarations that keep the order of drops.
fn declare(order: &[Event], statements: &[Statement]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut declared = BTreeSet::new();
    for (position, event) in order.iter().enumerate() {
        if let Event::Finish(at) = *event
            && !statements[at].binds.is_empty()
        {
            let late = order[position + 1..].iter().filter_map(|later| match *later {
                Event::Finish(earlier) if earlier < at => Some(earlier),
                _ => None,
            });
            let mut late: Vec<usize> = late
                .filter(|&earlier| {
                    !statements[earlier].binds.is_empty() && declared.insert(earlier)
                })
                .collect();
            late.sort_unstable();
            steps.extend(late.into_iter().map(Step::Declare));
        }
        steps.push(match *event {
            Event::Start(at) => Step::Start(at),
            Event::Finish(at) if statements[at].call().is_some() => Step::Join(at),
            Event::Finish(at) => Step::Run(at),
        });
    }
    steps
}
