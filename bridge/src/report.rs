//! What a foreground waits for, said once it has waited for long: the tool against hangs that no
//! library can solve, as of a chain whose first link holds what a later one needs.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::flag;
use crate::in_flight::{self, Kind, Origin, Pending, Several};
use crate::local_loop;
use crate::runtime::Process;

/// The wait of one foreground, from its first park.
#[derive(Default)]
pub(crate) struct Report {
    since: Option<Instant>,
    /// It is said once.
    said: bool,
}

impl Report {
    /// It waits: says what for, if it has waited long. Gives the time until it will have.
    pub(crate) fn look(&mut self, origin: Origin, now: Instant) -> Option<Duration> {
        if self.said {
            return None;
        }
        let limit = Process::get().limits.report?;
        let waited = now.duration_since(*self.since.get_or_insert(now));
        let left = limit.saturating_sub(waited);
        if !left.is_zero() {
            return Some(left);
        }
        self.said = true;
        let text = Message { origin, waited, now, pending: pending(origin) }.to_string();
        // Not by `eprint!`, which panics where it cannot write.
        let _ = io::stderr().write_all(text.as_bytes());
        None
    }
}

/// What has not ended on this thread, by where it was started: how many, and since when the first
/// of them. The foreground itself is left out.
fn pending(own: Origin) -> Vec<Pending> {
    let mut all = Vec::new();
    flag::pending(&mut all);
    in_flight::pending(&mut all);
    local_loop::pending(&mut all);
    let is_own = |one: &Pending| {
        one.origin.kind() == Kind::Foreground && one.origin.location == own.location
    };
    all.retain(|one| one.count > 0 && !is_own(one));
    all.sort_by_key(|one| (one.origin.location, one.origin.kind()));
    all.dedup_by(|next, first| {
        let (origin, other) = (first.origin, next.origin);
        let same = origin.location == other.location && origin.kind() == other.kind();
        if same {
            first.count += next.count;
            first.since = [first.since, next.since].into_iter().flatten().min();
        }
        same
    });
    all
}

struct Message {
    origin: Origin,
    waited: Duration,
    now: Instant,
    pending: Vec<Pending>,
}

/// How many are named.
const MANY: usize = 64;

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Message { origin, waited, now, pending } = self;
        let (location, function) = (origin.location, origin.function());
        write!(
            f,
            "bridge: the foreground at {location} (`{function}`) has waited for {waited:.1?}."
        )?;
        if pending.is_empty() {
            return writeln!(f, " Nothing else is pending on its thread.");
        }
        writeln!(f, " Pending on its thread:")?;
        for Pending { origin, count, since } in pending.iter().take(MANY) {
            write!(f, "  {}", Several { origin, count: *count })?;
            match since {
                Some(since) => writeln!(f, ", for {:.1?}", now.duration_since(*since))?,
                None => writeln!(f)?,
            }
        }
        match pending.len().checked_sub(MANY) {
            None | Some(0) => Ok(()),
            Some(more) => writeln!(f, "  and {more} more"),
        }
    }
}
