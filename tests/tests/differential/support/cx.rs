//! The context of a run: it knows how long each call takes and how it ends, and
//! writes down what happens.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use bridge_tests::Clock;

use super::world::World;
use crate::dice::mix;

/// A call by its number in the source, and how often it was made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub site: u32,
    pub turn: u32,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.site, self.turn)
    }
}

/// How a run goes: the durations and the failures follow from it.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub seed: u64,
    /// So many fallible calls in a hundred fail.
    pub failing: u64,
    /// So many calls in a hundred panic.
    pub panicking: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Well,
    Fails,
    Panics,
}

/// What kind of event it is: what it waits for follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All above has finished, and nothing below has started.
    Effect,
    /// All above has finished.
    Log,
    /// Synchronous code that may run while calls do.
    Sync,
    /// The same, which only computes, and may run ahead of what is above it.
    Derived,
    /// The same, in the arguments of a call.
    Argument,
    /// A local is dropped.
    Drop,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub kind: Kind,
    pub key: Key,
    pub text: String,
    pub at: u64,
    /// The calls that had started.
    pub started: Vec<Key>,
    /// Those of them that were running.
    pub live: Vec<Key>,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub key: Key,
    pub args: String,
    pub start: u64,
    pub end: Option<u64>,
    pub cancelled: bool,
    /// The guards held at its start and at its end.
    pub under: [Vec<Key>; 2],
}

#[derive(Default)]
pub struct Trace {
    turns: BTreeMap<u32, u32>,
    pub events: Vec<Event>,
    pub calls: Vec<Call>,
    /// In the order in which they were cancelled.
    pub cancelled: Vec<Key>,
    /// Values that calls were given.
    pub given: Vec<(Key, Key)>,
    held: Vec<Key>,
    /// The last site that anything happened at.
    pub last: Option<u32>,
    /// Code in the arguments of calls that has panicked, so that the call did not
    /// start and dropped what it was to be given.
    pub torn: Vec<Key>,
    /// A `let` without an await has left the function.
    pub left_early: bool,
    /// All of it in words, for whoever reads the report.
    pub story: Vec<String>,
    closed: bool,
}

impl Trace {
    fn turn(&mut self, site: u32) -> Key {
        let turns = self.turns.entry(site).or_default();
        let key = Key { site, turn: *turns };
        *turns += 1;
        key
    }

    pub fn live(&self) -> Vec<Key> {
        let live = self.calls.iter().filter(|call| call.end.is_none() && !call.cancelled);
        live.map(|call| call.key).collect()
    }
}

#[derive(Clone)]
pub struct Cx {
    pub clock: Clock,
    pub run: Run,
    pub trace: Rc<RefCell<Trace>>,
    pub world: Rc<World>,
}

impl Cx {
    pub fn new(clock: &Clock, run: Run) -> Self {
        Cx { clock: clock.clone(), run, trace: Rc::default(), world: Rc::new(World::new()) }
    }

    /// How long a call takes.
    pub fn ticks(&self, key: Key) -> u64 {
        const TICKS: [u64; 12] = [0, 1, 1, 2, 3, 4, 5, 8, 10, 10, 13, 20];
        let dice = mix(mix(self.run.seed, u64::from(key.site)), u64::from(key.turn));
        TICKS[(dice % TICKS.len() as u64) as usize]
    }

    /// The same, for the next time that the call at `site` is made.
    pub fn next_ticks(&self, site: u32) -> u64 {
        self.ticks(self.next(site))
    }

    /// The next call at `site`.
    pub fn next(&self, site: u32) -> Key {
        let turn = self.trace.borrow().turns.get(&site).copied().unwrap_or_default();
        Key { site, turn }
    }

    pub fn fate(&self, key: Key) -> Fate {
        let dice = mix(mix(self.run.seed, u64::from(key.site) + 7000), u64::from(key.turn)) % 100;
        if dice < self.run.panicking {
            Fate::Panics
        } else if dice < self.run.panicking + self.run.failing {
            Fate::Fails
        } else {
            Fate::Well
        }
    }

    /// The turn of something that is made without a call.
    pub fn turn(&self, site: u32) -> Key {
        let mut trace = self.trace.borrow_mut();
        trace.last = Some(site);
        trace.turn(site)
    }

    /// Synchronous code that can be seen.
    pub fn event(&self, kind: Kind, site: u32, text: impl fmt::Display) -> Key {
        let key = self.turn(site);
        self.push(kind, key, text.to_string());
        key
    }

    pub fn push(&self, kind: Kind, key: Key, text: String) {
        let at = self.clock.now();
        let mut trace = self.trace.borrow_mut();
        if !trace.closed {
            let started = trace.calls.iter().map(|call| call.key).collect();
            let live = trace.live();
            trace.story.push(format!("{at:3} {text}"));
            trace.events.push(Event { kind, key, text, at, started, live });
        }
    }

    /// Whether the function was left where calls below may have started: what
    /// they have changed is no difference.
    pub fn cut(&self, value: &str) -> bool {
        value.starts_with("Err") || value == "None" || self.trace.borrow().left_early
    }

    /// The function has been left.
    pub fn close(&self) {
        self.trace.borrow_mut().closed = true;
    }

    pub fn hold(&self, key: Key) {
        self.trace.borrow_mut().held.push(key);
    }

    pub fn release(&self, key: Key) {
        self.trace.borrow_mut().held.retain(|held| *held != key);
        self.push(Kind::Drop, key, format!("drop guard {key}"));
    }

    /// A call is polled for the first time.
    pub fn start(&self, site: u32, args: String) -> Running {
        let start = self.clock.now();
        let mut trace = self.trace.borrow_mut();
        let key = trace.turn(site);
        trace.last = Some(site);
        let under = [trace.held.clone(), Vec::new()];
        trace.story.push(format!("{start:3} start {key}({args})"));
        trace.calls.push(Call { key, args, start, end: None, cancelled: false, under });
        Running { cx: self.clone(), key, ended: false }
    }
}

/// A call from its first poll to its end.
pub struct Running {
    cx: Cx,
    pub key: Key,
    ended: bool,
}

impl Running {
    pub fn end(mut self) {
        self.ended = true;
        let now = self.cx.clock.now();
        let mut trace = self.cx.trace.borrow_mut();
        let held = trace.held.clone();
        trace.story.push(format!("{now:3} end {}", self.key));
        if let Some(call) = trace.calls.iter_mut().find(|call| call.key == self.key) {
            call.end = Some(now);
            call.under[1] = held;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            let mut trace = self.cx.trace.borrow_mut();
            if let Some(call) = trace.calls.iter_mut().find(|call| call.key == self.key) {
                call.cancelled = true;
            }
            trace.cancelled.push(self.key);
            let now = self.cx.clock.now();
            trace.story.push(format!("{now:3} cancel {}", self.key));
        }
    }
}
