//! The waits of a foreground: how long it parks, when it polls all without a wake, and when
//! it gets the runtime going.

use std::time::{Duration, Instant};

use crate::budget;
use crate::claims;
use crate::context::{self, Place};
use crate::in_flight::Origin;
use crate::primitives::{RUNTIME, park_timeout};
use crate::report::Report;
use crate::runtime::{Process, runtime};
use crate::stall::{Blocked, Silence, Stalled};
use crate::standstill::Idle;

/// The waits of one foreground between two polls.
pub(crate) struct Wait {
    /// How long the next park lasts at the most.
    next: Duration,
    /// Scans in a row that found something to poll.
    busy: u32,
    /// When the runtime was kicked last, or the foreground has begun to wait.
    kicked: Option<Instant>,
    /// For a foreground that blocks a scheduler: when all were polled last.
    polled_all: Option<Instant>,
    /// For one that may block what could wake it.
    silence: Option<Silence>,
    /// How long nothing of its own was woken.
    idle: Idle,
    /// What it waits for.
    report: Report,
    origin: Origin,
}

impl Wait {
    /// A thread that blocks a scheduler looks again this soon.
    const NAP: Duration = Duration::from_millis(1);
    /// Blocking code in a task can hold tokio's driver with all timers and
    /// sockets; any spawn moves the driver to a free worker. A foreground that
    /// has waited this long without a wake does so.
    const KICK: Duration = Duration::from_millis(5);
    const LONGEST: Duration = Duration::from_secs(1);
    /// A busy foreground looks at the clock after so many scans.
    const BUSY: u32 = 256;

    pub(crate) fn new(place: Place, origin: Origin) -> Self {
        let now = matches!(place, Place::Beside | Place::Scheduler).then(Instant::now);
        let mut wait = Wait {
            next: Duration::ZERO,
            busy: 0,
            kicked: None,
            polled_all: now.filter(|_| place == Place::Scheduler),
            silence: now.map(Silence::since),
            idle: Idle::new(origin),
            report: Report::default(),
            origin,
        };
        wait.shorten();
        wait
    }

    /// Something was polled: of the foreground's own, as it was woken, or else a background
    /// task, or what nobody may have woken.
    #[inline]
    pub(crate) fn restart(&mut self, own: bool) {
        self.idle.polled(own);
        self.shorten();
        self.busy += 1;
        // Beside a task that is always busy nobody parks.
        if self.busy.is_multiple_of(Self::BUSY) {
            self.look_at_the_clock();
        }
    }

    #[cold]
    fn look_at_the_clock(&mut self) {
        let now = Instant::now();
        self.kick_if_due(now);
        self.idle.look(now);
        self.report(now);
        let _ = claims::run_one(now);
    }

    fn report(&mut self, now: Instant) -> Option<Duration> {
        if RUNTIME { self.report.look(self.origin, now) } else { None }
    }

    fn shorten(&mut self) {
        self.next = if self.polled_all.is_none() { Self::KICK } else { Self::NAP };
    }

    fn kick_if_due(&mut self, now: Instant) {
        if now.duration_since(*self.kicked.get_or_insert(now)) >= Self::KICK {
            self.kicked = Some(now);
            kick();
        }
    }

    /// Whether all are to be polled, as wakes may be lost: on a scheduler's thread, once a
    /// nap, however busy the thread is with those that were woken, and at once after a poll that
    /// has spent its budget.
    pub(crate) fn is_to_poll_all(&mut self) -> Result<bool, Stalled> {
        let Some(polled_all) = &mut self.polled_all else { return Ok(false) };
        let now = Instant::now();
        let busy = budget::was_spent();
        if !busy && now.duration_since(*polled_all) < Self::NAP {
            return Ok(false);
        }
        *polled_all = now;
        if busy {
            self.silence = Some(Silence::since(now));
        } else if self.silence_left(now) == Some(Duration::ZERO) {
            self.idle.give_up();
            return Err(Stalled::on(Blocked::Scheduler));
        }
        self.idle.look(now);
        self.report(now);
        self.kick_if_due(now);
        Ok(true)
    }

    /// Parks, or runs blocking code for which there is no thread.
    pub(crate) fn park(&mut self) -> Result<(), Stalled> {
        self.busy = 0;
        if RUNTIME && Process::get().was_forked() {
            return Err(Stalled::Forked);
        }
        let begun = Instant::now();
        let claim = match claims::run_one(begun) {
            Ok(()) => return Ok(()),
            Err(left) => left,
        };
        if self.polled_all.is_some() {
            park_timeout(claim.into_iter().fold(self.next, Duration::min));
            return Ok(());
        }
        self.kicked.get_or_insert(begun);
        // Once nothing is left, it has been asked what the thread blocks.
        let left = self.silence_left(begun).filter(|left| !left.is_zero());
        let looks = self.idle.look(begun);
        let report = self.report(begun);
        let earlier = left.into_iter().chain(looks).chain(claim).chain(report);
        let longest = earlier.fold(self.next, Duration::min);
        park_timeout(longest);
        let woken = Instant::now();
        self.kick_if_due(woken);
        // A wake that was for another foreground puts no kick off.
        if woken.duration_since(begun) >= self.next {
            self.next = (self.next * 2).min(Self::LONGEST);
        }
        let is_over = left.is_some() && self.silence_left(Instant::now()) == Some(Duration::ZERO);
        if is_over && context::blocks_a_local_set() {
            self.idle.give_up();
            return Err(Stalled::on(Blocked::LocalSet));
        }
        Ok(())
    }

    fn silence_left(&mut self, now: Instant) -> Option<Duration> {
        self.silence.as_mut().map(|silence| silence.left(now))
    }
}

/// Moves the runtime's driver off a worker that runs blocking code.
fn kick() {
    if RUNTIME {
        runtime().spawn(async {});
    }
}

#[cfg(all(test, not(bridge_loom)))]
mod tests {
    use super::{Place, Wait};
    use crate::in_flight::Origin;

    #[test]
    fn wakes_for_others_put_off_no_kick() {
        let mut wait = Wait::new(Place::Free, Origin::foreground::<()>());
        for _ in 0..16 {
            std::thread::current().unpark();
            assert!(wait.park().is_ok());
        }
        assert!(wait.next < Wait::LONGEST, "as if it had slept all along");
    }
}
