//! Why each step of a schedule comes when it does.

use super::drawing::Mark;
use super::excerpt::excerpt;
use crate::ir::dependences::{Event, Reason};
use crate::ir::plan::{Schedule, Step};
use crate::ir::tree::{OURS, Runs, Statement, Turn};
use crate::ir::word::Word;
use crate::plan::Disturbance;
use crate::syntax::patterns;

/// What may run beside the statements of a scope.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    /// The iterations that run ahead, of a loop around.
    Iterations,
}

/// A scope, as it is explained.
pub(super) struct Explained<'a> {
    pub(super) statements: &'a [Statement],
    pub(super) schedule: &'a Schedule,
    pub(super) beside: Beside,
}

impl Explained<'_> {
    /// What a step is shown as: its mark, what happens, and why.
    pub(super) fn step(&self, position: usize, step: &Step) -> Option<(Mark, String, String)> {
        Some(match *step {
            Step::Start(at, number) => {
                (Mark::Starts(at, number), self.awaited(at, number), self.start(at, number))
            }
            Step::Join(at) if self.statements[at].turn != Turn::Free => {
                (Mark::Ends(at), self.name(at), self.run(at))
            }
            Step::Join(at) => (Mark::Ends(at), self.name(at), self.join(position, at)),
            Step::JoinOutOfOrder(at, _) => {
                let why = self.join(position, at);
                (Mark::Ends(at), self.name(at), format!("{why}, ahead of its turn"))
            }
            Step::Run(at) => (Mark::Runs, self.name(at), self.run(at)),
            Step::Declare(_) | Step::Bind(_) => return None,
        })
    }

    /// What a start has waited for: the last effect, and what is below that.
    fn start(&self, at: usize, number: usize) -> String {
        let event = Event::Start(at, number);
        let before =
            || self.schedule.dependences.before(event).filter(|(first, _)| first.statement() != at);
        let effect = before()
            .filter(|(_, reasons)| reasons.contains(&Reason::Effect))
            .map(|(first, _)| first.statement())
            .last();
        let mut told: Vec<String> = Vec::new();
        let mut ordered = effect.map(|at| format!("after {}, an effect", self.name(at)));
        for (before, reasons) in before() {
            let from = before.statement();
            for reason in reasons.iter().filter(|_| Some(from) > effect) {
                match reason {
                    Reason::Value => told.push(self.value(at, number, from)),
                    Reason::Place => told.push(self.place(event, from)),
                    Reason::Again => {
                        ordered = Some(format!("after {}: it asks again", self.name(from)));
                    }
                    Reason::Gate => ordered = Some(format!("after the ? of {}", self.name(from))),
                    Reason::Order => {
                        ordered = Some(format!("after {}, in source order", self.name(from)));
                    }
                    Reason::Started | Reason::Effect | Reason::Shadow | Reason::Drop => {}
                }
            }
        }
        told.extend(ordered);
        if matches!(self.statements[at].awaited()[number].runs, Runs::Blocking) {
            told.push("on a thread of its own".to_owned());
        }
        told.join("; ")
    }

    /// How a value comes to a start.
    fn value(&self, at: usize, number: usize, from: usize) -> String {
        let name = self.name(from);
        let binds = &self.statements[from].binds;
        let mut uses = self.statements[at].awaited()[number].uses.iter();
        let takes = uses.any(|used| used.moves() && binds.iter().any(|var| used.names(*var)));
        match (self.schedule.plan.forwards.contains_key(&from), takes) {
            (true, true) => format!("takes {name} in the background"),
            (true, false) => format!("looks at {name} in the background"),
            (false, _) => format!("needs {name}"),
        }
    }

    /// What a call is joined for: the first thing below that comes after it.
    fn join(&self, position: usize, at: usize) -> String {
        let finish = Event::Finish(at);
        let below = self.schedule.plan.steps[position + 1..].iter().find_map(|step| {
            let event = match *step {
                Step::Start(at, number) => Event::Start(at, number),
                Step::Join(at) | Step::JoinOutOfOrder(at, _) | Step::Run(at) => Event::Finish(at),
                Step::Declare(_) | Step::Bind(_) => return None,
            };
            let reasons = self.schedule.dependences.reasons(finish, event);
            // What uses a value has it by then, and what is no call waits for all above.
            let first = match self.statements[event.statement()].turn {
                Turn::Free if self.statements[event.statement()].call().is_some() => Reason::Gate,
                _ => Reason::Effect,
            };
            let reason = reasons.iter().find(|reason| **reason == first).or(reasons.first());
            reason.map(|reason| (event.statement(), *reason))
        });
        let Some((then, reason)) = below else { return "at the end".to_owned() };
        let name = self.name(then);
        match reason {
            Reason::Value => format!("{name} uses it"),
            Reason::Place => format!("{name} uses the same place"),
            Reason::Effect => match self.statements[then].turn {
                Turn::LogLine => "before a log line".to_owned(),
                Turn::LocalEffect => "before a change of a local".to_owned(),
                _ if self.statements[then].yields() => "before its turn".to_owned(),
                _ if self.is_value(then) => "before the value".to_owned(),
                _ => "before an effect".to_owned(),
            },
            Reason::Again => format!("{name} asks again"),
            Reason::Gate => format!("before the ? of {name}"),
            Reason::Order => format!("before {name}, in source order"),
            Reason::Shadow => format!("before {name} is bound anew"),
            Reason::Drop => format!("before {name}, to be dropped after it"),
            Reason::Started => unreachable!("a statement starts before its own end"),
        }
    }

    /// Why something runs where it stands, and what has ended before it in a loop with a limit.
    fn run(&self, at: usize) -> String {
        let kind = self.kind(at);
        match self.beside {
            Beside::Iterations if self.statements[at].foreground => {
                format!("{kind}, after the calls that run ahead")
            }
            _ => kind,
        }
    }

    fn kind(&self, at: usize) -> String {
        match self.statements[at].turn {
            Turn::Free => String::new(),
            Turn::LogLine => "a log line".to_owned(),
            Turn::LocalEffect => "a change of a local".to_owned(),
            Turn::Effect if self.statements[at].word.is_some() => self.word(at),
            Turn::Effect if self.is_value(at) => "the value".to_owned(),
            Turn::Effect => "an effect".to_owned(),
        }
    }

    /// The word by which a statement waits, and what to write if it is wrong.
    fn word(&self, at: usize) -> String {
        let Some(Word { text, kind }) = &self.statements[at].word else { return String::new() };
        format!("{kind} by its name, {text}, unless marked #[background]")
    }

    /// It is the last expression, which the scope comes to.
    fn is_value(&self, at: usize) -> bool {
        at + 1 == self.statements.len() && self.statements[at].is_value()
    }

    /// Which place two statements are in each other's way by.
    fn place(&self, event: Event, before: usize) -> String {
        let first = self.name(before);
        match Disturbance::of(self.statements, event, before) {
            None => format!("after {first}: both use a place"),
            Some(Disturbance { name, borrower: Some(at), .. }) => {
                let borrower = self.name(at);
                format!("after {first}: {borrower} may borrow {name}, if not: state its type")
            }
            Some(Disturbance { name, may_take: true, .. }) => format!(
                "after {first}: this may move {name}, if not: `let {name} = &{name};` above"
            ),
            Some(Disturbance { name, .. }) => format!("after {first}: both use {name}"),
        }
    }

    /// One await: the statement, if it has no other.
    fn awaited(&self, at: usize, number: usize) -> String {
        match self.statements[at].awaited() {
            [_] => self.name(at),
            several => excerpt(several[number].written()),
        }
    }

    fn name(&self, at: usize) -> String {
        name(&self.statements[at])
    }
}

/// What a statement is called: by what it binds, or by its code.
pub(crate) fn name(statement: &Statement) -> String {
    let binds = statement.turn == Turn::Free;
    let names = patterns::names_of(statement.local().filter(|_| binds));
    let names: Vec<String> = names.iter().map(|name| name.ident.to_string()).collect();
    let is_ours = |name: &String| OURS.iter().any(|ours| name.starts_with(ours));
    if !names.is_empty() && !names.iter().any(is_ours) {
        return names.join(", ");
    }
    excerpt(match statement.awaited().first() {
        Some(awaited) if statement.turn == Turn::Free => awaited.written(),
        _ => statement.written(),
    })
}
