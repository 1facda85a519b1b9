//! Where a call stands, and what moves it on.
//!
//! All of this is without the type of the call's future, so that it is compiled once, and not for
//! each call of each function.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};
use std::thread;

use crate::context;
use crate::flag::{Flag, Starter};
use crate::in_flight::Origin;

/// Where a call stands.
pub enum State {
    /// It has not been polled.
    New(Origin),
    /// It was polled, and is polled again when its flag is raised.
    Running(Flag),
    /// Its value is there.
    Ended,
    Panicked(Panic),
    /// It was joined or cancelled.
    Taken,
}

type Panic = Box<dyn Any + Send>;

/// A future in its box, and the place for its value.
pub trait Work {
    /// Polls the future. At its end keeps its value, and drops what it holds, as an await would.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Drops the future, and the value if it is there.
    fn clear(&mut self);
}

impl State {
    #[inline]
    pub(super) fn has_ended(&self) -> bool {
        !matches!(self, State::New(_) | State::Running(_))
    }

    /// Whether there is something to take.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        matches!(self, State::Ended | State::Panicked(_))
    }

    /// Polls it for the first time.
    pub(super) fn start(&mut self, work: &mut dyn Work, starter: &mut Starter<'_>) {
        let State::New(origin) = self else { return };
        let origin = *origin;
        match caught(|| starter.poll(origin, |cx| work.poll(cx))) {
            Ok(Poll::Ready(())) => self.replace(State::Ended),
            Ok(Poll::Pending) => self.replace(State::Running(starter.flag())),
            Err(panic) => self.replace(State::panicked(work, panic)),
        }
    }

    /// Polls it if it was woken; tells whether it was polled.
    pub(super) fn advance(&mut self, work: &mut dyn Work, cx: &Context<'_>) -> bool {
        let State::Running(flag) = self else { return false };
        match caught(|| flag.poll_if_raised(cx, |cx| work.poll(cx))) {
            Ok(None) => return false,
            Ok(Some(Poll::Pending)) => {}
            Ok(Some(Poll::Ready(()))) => self.leave(State::Ended),
            Err(panic) => self.leave(State::panicked(work, panic)),
        }
        true
    }

    /// Drops the future before its end.
    pub(super) fn cancel(&mut self, work: &mut dyn Work) {
        if !self.has_ended() {
            context::drop_there(|| work.clear());
            self.leave(State::Taken);
        }
    }

    /// The panic, if it has ended with one: otherwise its value is there.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Panic> {
        match self {
            State::Panicked(_) => self.take_panic(),
            _ => {
                self.replace(State::Taken);
                None
            }
        }
    }

    #[cold]
    fn take_panic(&mut self) -> Option<Panic> {
        match mem::replace(self, State::Taken) {
            State::Panicked(panic) => Some(panic),
            _ => None,
        }
    }

    /// In place of one that has nothing to drop, which the compiler does not see.
    #[inline]
    fn replace(&mut self, next: State) {
        debug_assert!(matches!(self, State::New(_) | State::Ended));
        mem::forget(mem::replace(self, next));
    }

    /// Gives the flag back.
    fn leave(&mut self, next: State) {
        if let State::Running(flag) = mem::replace(self, next) {
            flag.recycle();
        }
    }

    /// What is left of one that has panicked, in a poll or in a destructor at its end, is dropped.
    /// A panic on the way there is the second one.
    #[cold]
    fn panicked(work: &mut dyn Work, panic: Panic) -> Self {
        let _ = caught(|| work.clear());
        State::Panicked(panic)
    }
}

/// What code gives, or its panic.
#[inline]
pub(super) fn caught<R>(body: impl FnOnce() -> R) -> thread::Result<R> {
    catch_unwind(AssertUnwindSafe(body))
}
