//! What the promise says of a cell, worked out from its calls and their times.
//!
//! All calls start at once, in source order. Each ends when its time has come,
//! whatever the function waits for. The function joins them in source order, and
//! is left with the first that has failed. What is pending then is cancelled, in
//! reverse order of start, and then the locals are dropped.

use crate::cell::{AFTER, BEFORE, CANCELLED, Call, Cell, Exit, Nests, Position};
use crate::functions::{Left, Payload};
use crate::run::{Outcome, Seen};

pub(crate) fn of(cell: &Cell) -> Seen {
    let function = match cell.position {
        Position::Within => around_sync(cell),
        Position::WithinAsync => around_async(cell),
        _ => left(cell),
    };
    let Function { log, reported, outcome, .. } = function;
    let log: Vec<_> = log.iter().map(|(tick, event)| format!("{tick} {event}")).collect();
    let started = log.iter().filter(|entry| entry.contains(" S ")).count();
    let outcome = outcome.expect("it has been left");
    Seen { log, outcome, reported, started, live: 0 }
}

/// The function that is left by the exit.
fn left(cell: &Cell) -> Function {
    let mut function = Function::default();
    function.start(cell.gate());
    cell.calls().into_iter().for_each(|call| function.start(call));
    let outcome = function.exit(cell).map_or_else(|early| early, Outcome::Value);
    function.leave(outcome, &["second", "first"]);
    function
}

impl Function {
    /// From its first join on.
    fn exit(&mut self, cell: &Cell) -> Result<u32, Outcome> {
        if cell.exit == Exit::Cancelled {
            self.pass_time(CANCELLED);
            return Err(Outcome::Cancelled);
        }
        let mut sum = self.join(cell.gate())?;
        match cell.exit {
            Exit::QuestionMark => return Err(Outcome::Left(Left::ByQuestionMark)),
            Exit::Return => return Err(Outcome::Left(Left::ByReturn)),
            Exit::CodePanics => {
                self.reported += 1;
                return Err(Outcome::Panic(Payload("code")));
            }
            Exit::Joined | Exit::CallPanics | Exit::Cancelled => {}
        }
        for call in cell.calls() {
            sum += self.join(call)?;
        }
        Ok(sum)
    }
}

/// All within happens while its call is started: the thread is in there.
fn around_sync(cell: &Cell) -> Function {
    let mut around = Function::default();
    around.start(BEFORE);
    let within = left(cell);
    around.log.extend(within.log);
    around.now = within.now;
    around.reported = within.reported;
    around.start(AFTER);
    around.go_on(within.outcome);
    around
}

/// All within happens while the first call is waited for.
fn around_async(cell: &Cell) -> Function {
    let mut around = Function::default();
    let within = left(cell);
    let (at_start, later): (Vec<_>, Vec<_>) =
        within.log.into_iter().partition(|(tick, _)| *tick == 0);
    around.start(BEFORE);
    around.log.extend(at_start);
    around.start(AFTER);
    around.reported = within.reported;
    if cell.exit == Exit::Cancelled {
        let (ended, cancelled): (Vec<_>, Vec<_>) =
            later.into_iter().partition(|(tick, _)| *tick < CANCELLED);
        around.log.extend(ended);
        around.now = CANCELLED;
        around.cancel_last();
        // The call in the middle, with all its own.
        around.log.extend(cancelled);
        around.leave(Outcome::Cancelled, &["outer"]);
    } else {
        around.log.extend(later);
        around.go_on(within.outcome);
    }
    around
}

/// A function up to some tick.
#[derive(Default)]
struct Function {
    now: u64,
    log: Vec<(u64, String)>,
    /// The calls that are pending, with the ticks at which they end, as started.
    pending: Vec<(u64, Call)>,
    reported: usize,
    /// Once it has been left.
    outcome: Option<Outcome>,
}

impl Function {
    /// The joins of a function around.
    fn go_on(&mut self, within: Option<Outcome>) {
        let outcome = match within {
            Some(Outcome::Value(value)) => {
                let sum = self.join(BEFORE).and_then(|sum| Ok(sum + value + self.join(AFTER)?));
                sum.map_or_else(|early| early, Outcome::Value)
            }
            early => {
                let joined = self.join(BEFORE);
                joined.map_or_else(Some, |_| early).expect("it has been left")
            }
        };
        self.leave(outcome, &["outer"]);
    }

    fn log(&mut self, event: &str, name: &str) {
        self.log.push((self.now, format!("{event} {name}")));
    }

    fn start(&mut self, call: Call) {
        self.log("S", call.name);
        if call.nests == Nests::Async {
            for (event, name) in [("S", "x"), ("E", "x"), ("S", "y")] {
                self.log(event, name);
            }
        }
        self.pending.push((self.now + call.ends, call));
    }

    /// Time passes, and calls end.
    fn pass_time(&mut self, until: u64) {
        while let Some(next) = self.next_until(until) {
            let (tick, call) = self.pending.remove(next);
            self.now = tick;
            self.end(call);
        }
        self.now = self.now.max(until);
    }

    fn next_until(&self, until: u64) -> Option<usize> {
        let due = (0..self.pending.len()).filter(|&at| self.pending[at].0 <= until);
        due.min_by_key(|&at| self.pending[at].0)
    }

    fn end(&mut self, call: Call) {
        self.reported += usize::from(call.panics);
        let end = if call.panics { "P" } else { "E" };
        match call.nests {
            Nests::Nothing => {}
            Nests::Sync => {
                self.log("S", "x");
                self.log(end, "x");
                self.log("S", "y");
                // It is pending when `x` is joined.
                self.log(if call.panics { "D" } else { "E" }, "y");
                self.log("D", "inner");
            }
            Nests::Async => {
                self.log(end, "y");
                self.log("D", "inner");
            }
        }
        self.log(end, call.name);
    }

    /// The thread waits for a call.
    fn join(&mut self, call: Call) -> Result<u32, Outcome> {
        let pending = self.pending.iter().find(|(_, pending)| pending.name == call.name);
        if let Some(&(tick, _)) = pending {
            self.pass_time(tick);
        }
        if call.panics { Err(Outcome::Panic(Payload(call.name))) } else { Ok(call.value) }
    }

    fn cancel_last(&mut self) {
        let Some((_, call)) = self.pending.pop() else { return };
        self.log("D", call.name);
        if call.nests == Nests::Async {
            self.log("D", "y");
            self.log("D", "inner");
        }
    }

    fn leave(&mut self, outcome: Outcome, locals: &[&str]) {
        while !self.pending.is_empty() {
            self.cancel_last();
        }
        locals.iter().for_each(|local| self.log("D", local));
        self.outcome = Some(outcome);
    }
}
