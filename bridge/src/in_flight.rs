//! What was started on the calling thread and has not ended: for a foreground that stands
//! still, which says what nobody runs meanwhile.
//!
//! A flag that a thread recycles is known to `flag` alone, so that a call costs no more than to
//! note its origin. Here is what has a shorter life: the calls of an `async fn`, and the
//! iterations of a loop.

use std::any::type_name;
use std::cell::RefCell;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use tokio::task;

use crate::primitives::thread_local;
use crate::readiness::Scanner;

/// What it is that was started, and where: two words, as each call hands them on.
#[derive(Clone, Copy)]
pub struct Origin {
    pub(crate) location: &'static Location<'static>,
    /// What it is, and the type of its future, which is named after the function that it stands
    /// in.
    what: fn() -> (Kind, &'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Call,
    Iterations,
    Source,
    Task,
    Foreground,
}

impl Origin {
    /// Of a call of an annotated function, by the `async` block that the macro writes there.
    #[inline]
    #[track_caller]
    pub(crate) fn call<F>() -> Self {
        Origin { location: Location::caller(), what: || (Kind::Call, type_name::<F>()) }
    }

    /// Of the iterations of a loop at this place.
    pub(crate) fn iterations<F>(location: &'static Location<'static>) -> Self {
        Origin { location, what: || (Kind::Iterations, type_name::<F>()) }
    }

    /// Of what gives the items of the loop at this place.
    pub(crate) fn source<F>(location: &'static Location<'static>) -> Self {
        Origin { location, what: || (Kind::Source, type_name::<F>()) }
    }

    /// Of a task that was started in the background there.
    pub(crate) fn task<F>(location: &'static Location<'static>) -> Self {
        Origin { location, what: || (Kind::Task, type_name::<F>()) }
    }

    /// Of what is run in the foreground.
    #[inline]
    #[track_caller]
    pub(crate) fn foreground<F>() -> Self {
        Origin { location: Location::caller(), what: || (Kind::Foreground, type_name::<F>()) }
    }

    /// Of what is run in the foreground at this place.
    pub(crate) fn foreground_at<F>(location: &'static Location<'static>) -> Self {
        Origin { location, what: || (Kind::Foreground, type_name::<F>()) }
    }

    pub(crate) fn kind(&self) -> Kind {
        (self.what)().0
    }

    /// The function that the code of the future stands in, or the future's type if it is no
    /// `async` block or function.
    pub(crate) fn function(&self) -> &'static str {
        function((self.what)().1)
    }
}

/// The type of an `async` block is `function::{{closure}}`; that of a block in a block has one
/// more.
pub(crate) fn function(future: &str) -> &str {
    let mut function = future;
    while let Some(outer) = function.strip_suffix("::{{closure}}") {
        function = outer;
    }
    function
}

/// What was started at one place, as a message names it.
pub(crate) struct Several<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) count: usize,
}

impl fmt::Display for Several<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Several { origin, count } = self;
        let location: &Location<'_> = origin.location;
        let function = origin.function();
        match (origin.kind(), count) {
            (Kind::Call, 1) => write!(f, "the call at {location}, in `{function}`"),
            (Kind::Call, _) => write!(f, "{count} calls at {location}, in `{function}`"),
            (Kind::Iterations, 1) => {
                write!(f, "1 iteration of the loop at {location}, in `{function}`")
            }
            (Kind::Iterations, _) => {
                write!(f, "{count} iterations of the loop at {location}, in `{function}`")
            }
            (Kind::Source, _) => {
                write!(f, "what gives the loop at {location} its items, in `{function}`")
            }
            (Kind::Task, _) => {
                write!(f, "the background task that was started at {location}: `{function}`")
            }
            (Kind::Foreground, _) => {
                write!(f, "what runs in the foreground at {location}: `{function}`")
            }
        }
    }
}

/// What knows whether it was woken.
pub(crate) trait Watched: Send + Sync {
    /// How many of it have not ended.
    fn pending(&self) -> usize;

    /// How many of it were woken, and have not been polled since.
    fn woken(&self) -> usize;

    /// Who has to poll it, or `None` if it is the calling thread for sure.
    fn scanner(&self) -> Option<&Scanner>;
}

/// What was woken when it was looked for.
pub(crate) struct Woken {
    pub(crate) origin: Origin,
    watched: Weak<dyn Watched>,
}

impl Woken {
    /// What is watched, if it was woken.
    pub(crate) fn of(watched: Weak<dyn Watched>, origin: Origin) -> Option<Self> {
        let woken = Woken { origin, watched };
        (woken.count() > 0).then_some(woken)
    }

    /// How many of it are still there, woken, and not polled.
    pub(crate) fn count(&self) -> usize {
        self.watched.upgrade().map_or(0, |watched| watched.woken())
    }
}

/// What has not ended.
pub(crate) struct Pending {
    pub(crate) origin: Origin,
    pub(crate) count: usize,
    /// When it was started, if that was [noted](note_times).
    pub(crate) since: Option<Instant>,
}

/// Whether the times of starts are noted: to look at the clock costs as much as half a call.
static TIMED: AtomicBool = AtomicBool::new(false);

/// From now on the time of each start is noted.
pub(crate) fn note_times() {
    TIMED.store(true, Ordering::Relaxed);
}

#[inline]
pub(crate) fn notes_times() -> bool {
    TIMED.load(Ordering::Relaxed)
}

thread_local! {
    static WATCHED: RefCell<Entries> =
        const { RefCell::new(Entries { all: Vec::new(), free: Vec::new() }) };
}

/// Each has a place, which does not move.
struct Entries {
    all: Vec<Entry>,
    /// Places that may be taken.
    free: Vec<usize>,
}

struct Entry {
    /// Nothing at a place that is free.
    watched: Option<Weak<dyn Watched>>,
    origin: Origin,
    since: Option<Instant>,
    /// The tokio task in which it was started.
    task: Option<task::Id>,
}

impl Entry {
    /// Whether whoever has to poll it is further up the calling thread's stack, as far as
    /// tokio tells: a task of tokio's that has another id is not.
    fn is_above(&self, task: Option<task::Id>) -> bool {
        self.upgrade().is_some_and(|watched| match watched.scanner() {
            Some(scanner) => scanner.thread().is_this_thread() || self.task == task,
            None => true,
        })
    }

    fn upgrade(&self) -> Option<Arc<dyn Watched>> {
        self.watched.as_ref()?.upgrade()
    }
}

/// How many are noted before it is looked which have ended.
const FEW: usize = 64;

/// The place of what is not noted.
pub(crate) const NOWHERE: usize = usize::MAX;

/// Notes what was started here, until it is dropped, or is [forgotten](forget); gives the place.
pub(crate) fn watch<W: Watched + 'static>(watched: &Arc<W>, origin: Origin) -> usize {
    let watched: Weak<W> = Arc::downgrade(watched);
    let since = notes_times().then(Instant::now);
    let entry = Entry { watched: Some(watched), origin, since, task: task::try_id() };
    let place = WATCHED.try_with(|entries| entries.borrow_mut().add(entry));
    place.unwrap_or(NOWHERE)
}

/// Forgets at its end what was noted at this place; tells whether it was, on this thread.
pub(crate) fn forget<W: Watched + 'static>(place: usize, watched: &Arc<W>) -> bool {
    let forget = |entries: &RefCell<Entries>| {
        let Entries { all, free } = &mut *entries.borrow_mut();
        let Some(entry) = all.get_mut(place) else { return false };
        let is_it = |known: &mut Weak<dyn Watched>| {
            Weak::as_ptr(known).addr() == Arc::as_ptr(watched).addr()
        };
        let is_known = entry.watched.take_if(is_it).is_some();
        if is_known {
            free.push(place);
        }
        is_known
    };
    WATCHED.try_with(forget).unwrap_or(false)
}

impl Entries {
    #[inline]
    fn add(&mut self, entry: Entry) -> usize {
        if self.free.is_empty() && self.all.len() == self.all.capacity() {
            self.make_room();
        }
        match self.free.pop() {
            Some(place) => {
                self.all[place] = entry;
                place
            }
            None => {
                self.all.push(entry);
                self.all.len() - 1
            }
        }
    }

    /// Forgets what has ended. Afterwards there is as much room as something is noted, so that a
    /// call pays for a look at a few.
    #[cold]
    fn make_room(&mut self) {
        for (place, entry) in self.all.iter_mut().enumerate() {
            if entry.watched.take_if(|watched| watched.strong_count() == 0).is_some() {
                self.free.push(place);
            }
        }
        let noted = self.all.len() - self.free.len();
        self.all.reserve(noted.max(FEW).saturating_sub(self.free.len()));
    }
}

/// What was noted on this thread, and has not ended.
pub(crate) fn pending(found: &mut Vec<Pending>) {
    let _ = WATCHED.try_with(|entries| {
        let task = task::try_id();
        let entries = entries.borrow();
        let above = entries.all.iter().filter(|entry| entry.is_above(task));
        found.extend(above.map(|entry| Pending {
            origin: entry.origin,
            count: entry.upgrade().map_or(0, |watched| watched.pending()),
            since: entry.since,
        }));
    });
}

/// What was noted on this thread, and was woken.
pub(crate) fn woken(found: &mut Vec<Woken>) {
    let _ = WATCHED.try_with(|entries| {
        let task = task::try_id();
        let entries = entries.borrow();
        let above = entries.all.iter().filter(|entry| entry.is_above(task));
        found.extend(
            above.filter_map(|entry| Woken::of(Weak::clone(entry.watched.as_ref()?), entry.origin)),
        );
    });
}

#[cfg(all(test, not(bridge_loom)))]
mod tests {
    use super::function;

    #[test]
    fn a_future_is_named_after_its_function() {
        assert_eq!(function("app::page::{{closure}}::{{closure}}"), "app::page");
        assert_eq!(function("bridge::task::Task<u32>"), "bridge::task::Task<u32>");
    }
}
