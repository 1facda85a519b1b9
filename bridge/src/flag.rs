//! The readiness flag of one future, which is its waker.
//!
//! Each future under a foreground has a flag of its own, so that a scan polls only what
//! was woken. Flags are recycled by thread: a call costs no allocation for its waker.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use crate::budget;
use crate::in_flight::{self, Origin, Pending, Watched, Woken};
use crate::parking;
use crate::primitives::thread_local;
use crate::readiness::{ALL, PollAll, Ready, Scanner};

thread_local! {
    static OWN: RefCell<Flags> = const { RefCell::new(Flags::new()) };
}

/// How many idle flags a thread keeps.
const POOLED: usize = 64;

/// The flags that a thread scans in its foregrounds.
struct Flags {
    /// Those of futures that have ended.
    idle: Vec<Flag>,
    /// All of them, each at its index. Of some the flag is gone.
    all: Vec<Known>,
    /// Indices that may be taken.
    free: Vec<usize>,
}

/// A flag, and whose it is, or was last.
struct Known {
    flag: Weak<Parts>,
    origin: Origin,
    since: Option<Instant>,
}

/// The index of a flag that is none of these.
const NONE: usize = usize::MAX;

impl Flags {
    const fn new() -> Self {
        Flags { idle: Vec::new(), all: Vec::new(), free: Vec::new() }
    }

    #[inline]
    fn take(&mut self, origin: Origin) -> Flag {
        match self.idle.pop() {
            Some(flag) => {
                flag.ready().reset(NEW);
                if let Some(known) = self.all.get_mut(flag.0.index) {
                    known.origin = origin;
                    known.since = in_flight::noted_now();
                }
                flag
            }
            None => self.make(origin),
        }
    }

    #[cold]
    fn make(&mut self, origin: Origin) -> Flag {
        if self.free.is_empty() && self.all.len() == self.all.capacity() {
            self.find_free();
        }
        let index = self.free.pop().unwrap_or(self.all.len());
        let flag = parking::with_waker(|waker| Flag::with(index, None, waker));
        let since = in_flight::noted_now();
        let known = Known { flag: Arc::downgrade(&flag.0), origin, since };
        match self.all.get_mut(index) {
            Some(free) => *free = known,
            None => self.all.push(known),
        }
        flag
    }

    /// Finds the indices of flags that are gone. Afterwards as many may be made as there are,
    /// so that each pays for a look at a few.
    fn find_free(&mut self) {
        let all = self.all.iter().enumerate();
        let gone = all.filter(|(_, known)| known.flag.strong_count() == 0);
        self.free.extend(gone.map(|(index, _)| index));
        self.all.reserve(self.all.len().max(POOLED));
    }

    fn origin_of(&self, flag: &Flag) -> Option<Origin> {
        let known = self.all.get(flag.0.index)?;
        (known.flag.as_ptr() == Arc::as_ptr(&flag.0)).then_some(known.origin)
    }

    /// Those that stand for a future that has not ended.
    fn running(&self) -> impl Iterator<Item = &Known> {
        let mut idle = vec![false; self.all.len()];
        for flag in &self.idle {
            if let Some(idle) = idle.get_mut(flag.0.index) {
                *idle = true;
            }
        }
        let known = self.all.iter().zip(idle).filter(|(_, idle)| !idle).map(|(known, _)| known);
        known.filter(|known| known.flag.strong_count() > 0)
    }
}

/// Of a flag all bits are one, but that a new one has not been woken.
struct State(Ready<Scanner>);

/// What is raised of a flag that has not been polled or woken.
const NEW: usize = 1;

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.raise(ALL);
    }
}

/// A flag and the waker that raises it. New flags are raised, so that what they
/// stand for is polled at least once.
///
/// Behind a pointer, as it is moved often: into a call, and back to those that are idle. Nobody
/// else owns it: as long as it is there, it stands for a future.
pub(crate) struct Flag(Arc<Parts>);

struct Parts {
    state: Arc<State>,
    waker: Waker,
    /// Among the [flags](Flags) of its thread, or none.
    index: usize,
    /// Where it is known here alone: of what a task polls.
    origin: Option<Origin>,
}

impl Watched for Parts {
    fn pending(&self) -> usize {
        1
    }

    fn woken(&self) -> usize {
        usize::from(self.state.0.raised() & !NEW != 0)
    }

    fn scanner(&self) -> Option<&Scanner> {
        Some(self.state.0.scanner())
    }
}

impl Flag {
    /// A flag that the calling thread scans in its foregrounds.
    #[inline]
    pub(crate) fn of_this_thread(origin: Origin) -> Self {
        OWN.try_with(|own| own.borrow_mut().take(origin))
            // In a destructor of the thread's own.
            .unwrap_or_else(|_| parking::with_waker(|waker| Flag::with(NONE, None, waker)))
    }

    /// A flag that is scanned by who this wakes.
    pub(crate) fn new(scanner: &Waker, origin: Origin) -> Self {
        let flag = Flag::with(NONE, Some(origin), scanner);
        in_flight::watch(&flag.0, origin);
        flag
    }

    fn with(index: usize, origin: Option<Origin>, scanner: &Waker) -> Self {
        let state = Arc::new(State(Ready::new(Scanner::new(scanner), NEW)));
        let waker = Waker::from(Arc::clone(&state));
        Flag(Arc::new(Parts { state, waker, index, origin }))
    }

    #[inline]
    fn ready(&self) -> &Ready<Scanner> {
        &self.0.state.0
    }

    /// Whether the next scan polls what it stands for.
    pub(crate) fn is_raised(&self) -> bool {
        self.ready().raised() != 0
    }

    /// Makes it as new: the next scan polls what it stands for, which nobody has woken.
    pub(crate) fn renew(&self) {
        self.ready().raise_own(NEW);
    }

    /// Polls with this flag's waker.
    #[inline]
    pub(crate) fn poll<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> T) -> T {
        self.ready().lower();
        poll(&mut Context::from_waker(&self.0.waker))
    }

    /// Polls with this flag's waker if the flag is raised, or if [all](PollAll) are polled.
    ///
    /// A scanner that the flag does not know gets one that it does, and polls.
    #[inline]
    pub(crate) fn poll_if_raised<T>(
        &mut self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Option<Poll<T>> {
        if !self.ready().scanner().is_woken_by(cx.waker()) {
            *self = self.renewed(cx.waker());
        }
        if self.ready().lower() != 0 || PollAll::is_set() {
            budget::fill_if_spent();
            Some(poll(&mut Context::from_waker(&self.0.waker)))
        } else {
            None
        }
    }

    /// One of the same future that is scanned by who this wakes.
    #[cold]
    fn renewed(&self, scanner: &Waker) -> Self {
        let of_a_thread = || OWN.try_with(|own| own.borrow().origin_of(self)).ok().flatten();
        match self.0.origin.or_else(of_a_thread) {
            Some(origin) => Flag::new(scanner, origin),
            None => Flag::with(NONE, None, scanner),
        }
    }

    /// Gives the flag back to its thread, which calls this, unless a waker of it is still
    /// held somewhere, which could then wake the flag's next owner.
    #[inline]
    pub(crate) fn recycle(self) {
        const OURS: usize = 2; // `state` and `waker`
        if self.0.index != NONE && Arc::strong_count(&self.0.state) == OURS {
            let _ = OWN.try_with(|own| {
                let idle = &mut own.borrow_mut().idle;
                if idle.len() < POOLED {
                    idle.push(self);
                }
            });
        }
    }
}

/// The calling thread's flags that are raised, and stand for a future that has not ended.
pub(crate) fn woken(found: &mut Vec<Woken>) {
    let _ = OWN.try_with(|own| {
        let own = own.borrow();
        found.extend(own.running().filter_map(|known| Woken::of(known.flag.clone(), known.origin)));
    });
}

/// The calling thread's flags that stand for a future that has not ended.
pub(crate) fn pending(found: &mut Vec<Pending>) {
    let _ = OWN.try_with(|own| {
        let one = |known: &Known| Pending { origin: known.origin, count: 1, since: known.since };
        found.extend(own.borrow().running().map(one));
    });
}
