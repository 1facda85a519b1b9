//! A foreground that stands still, and what it says of it: for long nothing has woken what it
//! waits for, while calls further up the thread's stack were woken, which nobody polls before it
//! ends. It may wait for what they hold.
//!
//! Such a call is told from one that is only pending by its flag, which is raised. And from one
//! that the foreground itself drives by the time: it would have been polled with the next scan,
//! which ends the idle time.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::flag;
use crate::in_flight::{self, Kind, Origin, Several, Woken};
use crate::local_loop;
use crate::primitives::RUNTIME;
use crate::runtime::Process;

/// The time in which a foreground has polled nothing of its own.
pub(crate) struct Idle {
    /// The foreground.
    origin: Origin,
    /// How often it has polled something of its own.
    polls: u32,
    /// When it was found idle, and after how many of the polls.
    since: Option<(Instant, u32)>,
    noticed: Option<Box<Noticed>>,
    /// It is said once.
    said: bool,
}

/// What was woken in the middle of the time.
struct Noticed {
    at: Instant,
    woken: Vec<Woken>,
}

impl Idle {
    pub(crate) fn new(origin: Origin) -> Self {
        Idle { origin, polls: 0, since: None, noticed: None, said: false }
    }

    /// Something was polled, of its own or not. The time ends with the former.
    #[inline]
    pub(crate) fn polled(&mut self, own: bool) {
        self.polls = self.polls.wrapping_add(u32::from(own));
    }

    /// It is idle: looks once for what was woken, in the middle of the time, and says at its
    /// end what of it still is. Gives the time to the next look.
    pub(crate) fn look(&mut self, now: Instant) -> Option<Duration> {
        if self.said || !RUNTIME {
            return None;
        }
        let half = Process::get().limits.warning / 2;
        let since = match self.since {
            Some((since, polls)) if polls == self.polls => since,
            _ => {
                self.since = Some((now, self.polls));
                self.noticed = None;
                now
            }
        };
        let since = self.noticed.as_ref().map_or(since, |noticed| noticed.at);
        let left = half.saturating_sub(now.duration_since(since));
        if left.is_zero() { self.look_further(now, half) } else { Some(left) }
    }

    #[cold]
    fn look_further(&mut self, now: Instant, half: Duration) -> Option<Duration> {
        match self.noticed.take() {
            Some(noticed) => self.say(noticed.woken),
            None => {
                let woken = woken();
                if !woken.is_empty() {
                    self.noticed = Some(Box::new(Noticed { at: now, woken }));
                    return Some(half);
                }
            }
        }
        // From now on with each park.
        None
    }

    /// It ends without what it waits for: says what was woken meanwhile.
    pub(crate) fn give_up(&mut self) {
        if !self.said && Process::get().limits.warning != Duration::MAX {
            self.say(woken());
        }
    }

    #[cold]
    fn say(&mut self, woken: Vec<Woken>) {
        let left_behind = LeftBehind::of(&woken);
        if left_behind.0.is_empty() {
            return;
        }
        self.said = true;
        let time = Process::get().limits.warning;
        let mut text = format!("{}", Message { origin: self.origin, time, left_behind });
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            text += &format!("It was called here:\n{trace}\n");
        }
        // Not by `eprint!`, which panics where it cannot write, and of which a test that hangs
        // would never show what it has caught.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

/// What was woken on this thread and has not been polled.
fn woken() -> Vec<Woken> {
    let mut found = Vec::new();
    flag::woken(&mut found);
    in_flight::woken(&mut found);
    local_loop::woken(&mut found);
    found
}

/// What stands still, by where it was started.
struct LeftBehind(Vec<(Origin, usize)>);

impl LeftBehind {
    /// A foreground or a task is woken through its calls. It is named if it has none that are
    /// known.
    fn of(woken: &[Woken]) -> Self {
        let counted = woken.iter().map(|woken| (woken.origin, woken.count()));
        let mut all: Vec<(Origin, usize)> = counted.filter(|(_, count)| *count > 0).collect();
        if all.iter().any(is_call) {
            all.retain(is_call);
        }
        all.sort_by_key(|(origin, _)| (origin.location, origin.kind()));
        // A call in a function that calls itself, or the rows of one loop.
        all.dedup_by(|(next, more), (origin, count)| {
            let same = next.location == origin.location && next.kind() == origin.kind();
            if same {
                *count += *more;
            }
            same
        });
        LeftBehind(all)
    }

    fn has_calls(&self) -> bool {
        self.0.iter().any(is_call)
    }

    fn has_iterations(&self) -> bool {
        self.0.iter().any(|(origin, _)| origin.kind() == Kind::Iterations)
    }

    /// The functions that they stand in, each once.
    fn functions(&self) -> Vec<&'static str> {
        let mut functions = Vec::new();
        for (origin, _) in &self.0 {
            let function = origin.function();
            if !functions.contains(&function) {
                functions.push(function);
            }
        }
        functions
    }
}

/// Whether it is of an annotated function.
fn is_call((origin, _): &(Origin, usize)) -> bool {
    matches!(origin.kind(), Kind::Call | Kind::Iterations | Kind::Source)
}

struct Message {
    /// The foreground that waits.
    origin: Origin,
    time: Duration,
    left_behind: LeftBehind,
}

/// How many are named.
const MANY: usize = 16;

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Message { origin, time, left_behind } = self;
        writeln!(
            f,
            "bridge: the foreground at {} (`{}`) stands still: nothing has woken it for {time:?}.\n\
             Meanwhile nothing runs what its thread has in flight further up the stack. Of that, \
             this was woken:",
            origin.location,
            origin.function()
        )?;
        let all = &left_behind.0;
        for (origin, count) in all.iter().take(MANY) {
            writeln!(f, "  {}", Several { origin, count: *count })?;
        }
        if let Some(more) = all.len().checked_sub(MANY).filter(|more| *more > 0) {
            writeln!(f, "  and {more} more")?;
        }
        writeln!(
            f,
            "If the foreground waits for what that holds (a lock, a permit, a connection of a \
             pool), neither ever ends."
        )?;
        let functions = left_behind.functions().join("` or `");
        if left_behind.has_calls() {
            writeln!(
                f,
                "Mark the statement of `{functions}` that leads to the foreground with \
                 `#[foreground]`: then the calls above it have ended before it runs, and those \
                 below it start after it."
            )?;
            if left_behind.has_iterations() {
                writeln!(f, "In a loop with a limit, the calls that run ahead have ended too.")?;
            }
        } else {
            writeln!(
                f,
                "Let `{functions}` await what holds before it calls what waits, or call that on a \
                 thread of its own: `run_in_background(|| ...).await`."
            )?;
        }
        writeln!(
            f,
            "If the foreground is only slow, these are late, and no more. \
             `bridge::Config::stall_warning` sets the time, or turns this off."
        )
    }
}
