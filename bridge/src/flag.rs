//! The readiness flag of one future, which is its waker.
//!
//! Each future under a foreground has a flag of its own, so that a scan polls only what
//! was woken. Flags are recycled by thread: a call costs no allocation for its waker.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use futures_task::{ArcWake, waker_ref};

use crate::budget;
use crate::idle::Idle;
use crate::in_flight::{self, Origin, Pending, Watched, Woken};
use crate::parking;
use crate::primitives::{RUNTIME, thread_local};
use crate::readiness::{ALL, PollAll, Ready, Scanner};

thread_local! {
    static OWN: Flags = const { Flags::new() };
}

/// How many idle flags a thread keeps.
const POOLED: usize = if RUNTIME { 64 } else { 8 };
/// Of so many flags a thread knows at once what they stand for. (The stacks of models are small.)
const KNOWN: usize = if RUNTIME { 256 } else { 8 };

/// The flags that a thread scans in its foregrounds. In cells, as a call takes one, and gives it
/// back.
struct Flags {
    /// Those of futures that have ended.
    idle: Idle<Flag, POOLED>,
    /// The same of those that tasks scan.
    idle_of_tasks: Idle<Flag, POOLED>,
    /// What each of the first flags stands for, or has stood for last, at its index.
    first: [Cell<Option<Origin>>; KNOWN],
    /// The same of those beyond.
    beyond: RefCell<Vec<Option<Origin>>>,
    /// When each was started, if that is noted.
    times: RefCell<Vec<Option<Instant>>>,
    /// All of them, each at its index. Of some the flag is gone.
    all: RefCell<Vec<Weak<Parts>>>,
    /// Indices that may be taken.
    free: RefCell<Vec<usize>>,
    /// With so many flags it is looked which are gone.
    full: Cell<usize>,
}

/// The index of a flag that is none of these.
const NONE: usize = usize::MAX;

impl Flags {
    const fn new() -> Self {
        Flags {
            idle: Idle::new(),
            idle_of_tasks: Idle::new(),
            first: [const { Cell::new(None) }; KNOWN],
            beyond: RefCell::new(Vec::new()),
            times: RefCell::new(Vec::new()),
            all: RefCell::new(Vec::new()),
            free: RefCell::new(Vec::new()),
            full: Cell::new(POOLED),
        }
    }

    /// An idle one, if there is one.
    #[inline]
    fn take(&self, origin: Origin) -> Option<Flag> {
        let flag = self.idle.take()?;
        flag.ready().reset(NEW);
        if let Some(known) = self.first.get(flag.0.index) {
            known.set(Some(origin));
        }
        Some(flag)
    }

    #[inline]
    fn give_back(&self, flag: Flag) {
        if flag.0.index < KNOWN {
            self.idle.give_back(flag);
        }
    }

    #[inline]
    fn note(&self, index: usize, origin: Origin) {
        match self.first.get(index) {
            Some(place) => place.set(Some(origin)),
            None => set(&self.beyond, index - KNOWN, origin),
        }
        if in_flight::notes_times() {
            set(&self.times, index, Instant::now());
        }
    }

    #[cold]
    fn make(&self, origin: Origin) -> Flag {
        let (mut all, mut free) = (self.all.borrow_mut(), self.free.borrow_mut());
        if free.is_empty() && all.len() >= self.full.get() {
            let known = all.iter().enumerate();
            let gone = known.filter(|(_, flag)| !is_there(flag));
            free.extend(gone.map(|(index, _)| index));
            // So that each that is made pays for a look at a few, and no more are kept.
            self.full.set(POOLED.max(2 * (all.len() - free.len())));
        }
        let index = free.pop().unwrap_or(all.len());
        let flag = parking::with_waker(|waker| Flag::with(index, None, waker));
        match all.get_mut(index) {
            Some(free) => *free = Arc::downgrade(&flag.0),
            None => all.push(Arc::downgrade(&flag.0)),
        }
        drop((all, free));
        self.note(index, origin);
        flag
    }

    fn origin_at(&self, index: usize) -> Option<Origin> {
        match self.first.get(index) {
            Some(place) => place.get(),
            None => self.beyond.borrow().get(index - KNOWN).copied().flatten(),
        }
    }

    fn origin_of(&self, flag: &Flag) -> Option<Origin> {
        let index = flag.0.index;
        let is_known = self.all.borrow().get(index)?.as_ptr() == Arc::as_ptr(&flag.0);
        if is_known { self.origin_at(index) } else { None }
    }

    /// Those that stand for a future that has not ended.
    fn running(&self) -> Vec<Running> {
        let all = self.all.borrow();
        let mut idle = vec![false; all.len()];
        self.idle.each(|flag| {
            if let Some(idle) = idle.get_mut(flag.0.index) {
                *idle = true;
            }
        });
        let times = self.times.borrow();
        let known = all.iter().zip(idle).enumerate();
        let running = known.filter(|(_, (flag, idle))| !idle && is_there(flag));
        let running = running.filter_map(|(index, (flag, _))| {
            let since = times.get(index).copied().flatten();
            Some(Running { flag: flag.clone(), origin: self.origin_at(index)?, since })
        });
        running.collect()
    }
}

/// Whether the flag has not been dropped. Wakers may be left of one that has.
fn is_there(flag: &Weak<Parts>) -> bool {
    flag.upgrade().is_some_and(|flag| !flag.is_left.load(Ordering::Relaxed))
}

/// A flag of a future that has not ended.
struct Running {
    flag: Weak<Parts>,
    origin: Origin,
    since: Option<Instant>,
}

#[cold]
fn set<T: Copy>(all: &RefCell<Vec<Option<T>>>, index: usize, value: T) {
    let mut all = all.borrow_mut();
    if all.len() <= index {
        all.resize(index + 1, None);
    }
    all[index] = Some(value);
}

/// What is raised of a flag that has not been polled or woken.
const NEW: usize = 1;

/// A flag, whose waker raises it. New flags are raised, so that what they stand for is polled at
/// least once.
///
/// Behind a pointer, as it is moved often: into a call, and back to those that are idle. Nobody
/// but wakers owns it too: as long as the flag is there, it stands for a future.
pub struct Flag(Arc<Parts>);

struct Parts {
    /// All bits are one, but that a new flag has not been woken.
    ready: Ready<Scanner>,
    /// Among the [flags](Flags) of its thread, or none.
    index: usize,
    /// Where it is known here alone: of what a task polls.
    origin: Option<Origin>,
    /// Where that is noted, while it runs.
    place: AtomicUsize,
    /// The flag was dropped, and wakers are left.
    is_left: AtomicBool,
}

/// (Not `std::task::Wake`, for which a waker has to be kept, or made for each poll.)
impl ArcWake for Parts {
    fn wake_by_ref(parts: &Arc<Self>) {
        parts.ready.raise(ALL);
    }
}

impl Watched for Parts {
    fn pending(&self) -> usize {
        usize::from(!self.is_left.load(Ordering::Relaxed))
    }

    fn woken(&self) -> usize {
        if self.ready.raised() & !NEW != 0 { self.pending() } else { 0 }
    }

    fn scanner(&self) -> Option<&Scanner> {
        Some(self.ready.scanner())
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        if !self.is_unshared() {
            self.0.is_left.store(true, Ordering::Relaxed);
        }
    }
}

impl Flag {
    /// A flag that the calling thread scans in its foregrounds.
    #[inline]
    pub(crate) fn of_this_thread(origin: Origin) -> Self {
        let idle = OWN.try_with(|own| own.take(origin)).ok().flatten();
        match idle {
            Some(flag) if !in_flight::notes_times() => flag,
            idle => Flag::noted(idle, origin),
        }
    }

    /// One that has to be made, or whose time is noted.
    #[cold]
    fn noted(idle: Option<Flag>, origin: Origin) -> Self {
        let noted = OWN.try_with(|own| match idle {
            Some(flag) => {
                own.note(flag.0.index, origin);
                flag
            }
            None => own.make(origin),
        });
        // In a destructor of the thread's own.
        noted.unwrap_or_else(|_| parking::with_waker(|waker| Flag::with(NONE, None, waker)))
    }

    /// A flag that is scanned by who this wakes.
    pub(crate) fn new(scanner: &Waker, origin: Origin) -> Self {
        let flag = Flag::with(NONE, Some(origin), scanner);
        flag.watch(origin);
        flag
    }

    /// One that was not polled, of what a task polls that this wakes.
    fn of_task(scanner: &Waker, origin: Origin) -> Self {
        let idle = OWN.try_with(|own| own.idle_of_tasks.take()).ok().flatten();
        if let Some(mut flag) = idle
            && let Some(parts) = Arc::get_mut(&mut flag.0)
        {
            *parts.ready.scanner_mut() = Scanner::new(scanner);
            parts.origin = Some(origin);
            return flag;
        }
        Flag::with(NONE, Some(origin), scanner)
    }

    /// Notes what a task polls.
    fn watch(&self, origin: Origin) {
        let place = in_flight::watch(&self.0, origin);
        self.0.place.store(place, Ordering::Relaxed);
    }

    fn with(index: usize, origin: Option<Origin>, scanner: &Waker) -> Self {
        let ready = Ready::new(Scanner::new(scanner), NEW);
        let (place, is_left) = (AtomicUsize::new(in_flight::NOWHERE), AtomicBool::new(false));
        Flag(Arc::new(Parts { ready, index, origin, place, is_left }))
    }

    #[inline]
    fn ready(&self) -> &Ready<Scanner> {
        &self.0.ready
    }

    /// Whether the next scan polls what it stands for.
    pub(crate) fn is_raised(&self) -> bool {
        self.ready().raised() != 0
    }

    /// Makes it as new: the next scan polls what it stands for, which nobody has woken.
    pub(crate) fn renew(&self) {
        self.ready().raise_own(NEW);
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
            Some(poll(&mut Context::from_waker(&waker_ref(&self.0))))
        } else {
            None
        }
    }

    /// One of the same future that is scanned by who this wakes.
    #[cold]
    fn renewed(&self, scanner: &Waker) -> Self {
        let of_a_thread = || OWN.try_with(|own| own.origin_of(self)).ok().flatten();
        match self.0.origin.or_else(of_a_thread) {
            Some(origin) => Flag::new(scanner, origin),
            None => Flag::with(NONE, None, scanner),
        }
    }

    /// Gives the flag back to its thread, which calls this, unless it is shared.
    #[inline]
    pub(crate) fn recycle(self) {
        if self.0.index == NONE {
            self.recycle_of_task();
        } else if self.is_unshared() {
            let _ = OWN.try_with(|own| own.give_back(self));
        }
    }

    /// One that has started on another thread is not known here, and is dropped. So is one of which
    /// wakers are left: they wake in vain.
    fn recycle_of_task(mut self) {
        let place = self.0.place.load(Ordering::Relaxed);
        if place != in_flight::NOWHERE && !in_flight::forget(place, &self.0) {
            return;
        }
        if let Some(parts) = Arc::get_mut(&mut self.0) {
            // It keeps no task that has ended.
            *parts.ready.scanner_mut() = Scanner::nobody();
            parts.place = AtomicUsize::new(in_flight::NOWHERE);
            let _ = OWN.try_with(|own| own.idle_of_tasks.give_back(self));
        }
    }

    /// Whether no waker of it is held somewhere, which could then wake its next owner.
    #[inline]
    fn is_unshared(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// From now on it is that of what has started there.
    #[inline]
    fn stand_for(&mut self, origin: Origin) {
        if self.0.index != NONE {
            let _ = OWN.try_with(|own| own.note(self.0.index, origin));
        } else if let Some(parts) = Arc::get_mut(&mut self.0) {
            parts.origin = Some(origin);
        }
    }
}

/// Polls calls for the first time. Most of them are ready then: they use one flag, one after the
/// other, and one that is not keeps it.
pub struct Starter<'a> {
    flag: Option<Flag>,
    /// Something was polled under the budget already.
    polled: bool,
    /// Who scans, if it is not the calling thread in a foreground.
    task: Option<&'a Waker>,
}

impl<'a> Starter<'a> {
    pub(crate) fn of_this_thread() -> Self {
        Starter { flag: None, polled: false, task: None }
    }

    pub(crate) fn of_task(task: &'a Waker) -> Self {
        Starter { flag: None, polled: true, task: Some(task) }
    }

    /// Polls what has started there, with a flag that stands for it.
    #[inline]
    pub(crate) fn poll<T>(
        &mut self,
        origin: Origin,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if self.polled {
            budget::fill_if_spent();
        }
        self.polled = true;
        let flag = match &mut self.flag {
            Some(flag) if flag.is_unshared() => {
                flag.stand_for(origin);
                flag
            }
            _ => self.next(origin),
        };
        flag.ready().reset(0);
        poll(&mut Context::from_waker(&waker_ref(&flag.0)))
    }

    /// One more flag, after the one before was kept.
    #[inline]
    fn next(&mut self, origin: Origin) -> &mut Flag {
        self.flag.insert(match self.task {
            Some(task) => Flag::of_task(task, origin),
            None => Flag::of_this_thread(origin),
        })
    }

    /// The flag of what was polled last, and is pending.
    pub(crate) fn flag(&mut self) -> Flag {
        let flag = self.flag.take().expect("it was polled");
        if let Some(origin) = flag.0.origin {
            flag.watch(origin);
        }
        flag
    }
}

impl Drop for Starter<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(flag) = self.flag.take() {
            flag.recycle();
        }
    }
}

/// The calling thread's flags that are raised, and stand for a future that has not ended.
pub(crate) fn woken(found: &mut Vec<Woken>) {
    let running = OWN.try_with(Flags::running).unwrap_or_default();
    found.extend(running.into_iter().filter_map(|one| Woken::of(one.flag, one.origin)));
}

/// The calling thread's flags that stand for a future that has not ended.
pub(crate) fn pending(found: &mut Vec<Pending>) {
    let running = OWN.try_with(Flags::running).unwrap_or_default();
    let pending = |Running { origin, since, .. }| Pending { origin, count: 1, since };
    found.extend(running.into_iter().map(pending));
}

#[cfg(all(test, not(bridge_loom)))]
mod tests {
    use super::{Flag, OWN, POOLED};
    use crate::in_flight::Origin;

    fn known() -> usize {
        OWN.with(|own| own.all.borrow().len())
    }

    #[test]
    fn flags_that_are_dropped_leave_nothing_behind() {
        let flag = || Flag::of_this_thread(Origin::call::<()>());
        let kept: Vec<Flag> = (0..10).map(|_| flag()).collect();
        for _ in 0..100_000 {
            drop(flag());
        }
        assert!(known() <= POOLED, "{}", known());
        drop(kept);
        let many: Vec<Flag> = (0..1_000).map(|_| flag()).collect();
        drop(many);
        for _ in 0..100_000 {
            drop(flag());
        }
        let known = known();
        assert!((1_000..=1_000 + 2 * POOLED).contains(&known), "{known}");
    }
}
