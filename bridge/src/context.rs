//! Where the calling thread stands towards tokio, and how to block there.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tokio::runtime::{EnterGuard, Handle, RuntimeFlavor, worker_index};
use tokio::task::block_in_place;

use crate::primitives::RUNTIME;
use crate::runtime::{Process, runtime};

/// What a thread may do while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It may park until it is woken.
    Free,
    /// It may park, as it runs no scheduler, inside of a multi-thread runtime. But
    /// it may run a `LocalSet`, which stands still meanwhile.
    Beside,
    /// It blocks the scheduler of a current-thread runtime, which holds back
    /// some of the wakes: it may only nap, and then polls all again.
    Scheduler,
}

impl Place {
    /// Of a thread without a scheduler that has this runtime.
    fn beside(runtime: &Handle) -> Self {
        match runtime.runtime_flavor() {
            RuntimeFlavor::MultiThread => Place::Beside,
            _ => Place::Free,
        }
    }
}

thread_local! {
    /// Set while this thread is inside [`enter`], with the place found there.
    static ENTERED: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Runs `body` where futures of this crate may be polled, dropped and waited
/// for: inside the runtime's context, on a thread that may block.
///
/// # Panics
///
/// Where tokio lets nothing wait.
#[track_caller]
pub(crate) fn enter<R>(body: impl FnOnce(Place) -> R) -> R {
    let mut body = Some(body);
    let mut value = None;
    enter_once(&mut |place| value = body.take().map(|body| body(place)));
    value.expect("it has run")
}

/// The same without a type parameter, so that it is compiled once, and not for each call of
/// each function.
#[track_caller]
fn enter_once(body: &mut dyn FnMut(Place)) {
    match Standing::of_thread() {
        Standing::Inside(place) => body(place),
        // In a destructor of the thread's own: there is no context any more.
        Standing::Ending => body(Place::Free),
        Standing::Worker => {
            let ran = on_a_worker(body);
            assert!(
                ran,
                "a multi-thread tokio runtime is entered on this thread, which runs a \
                 current-thread one: tokio lets no call wait there. Drop the `EnterGuard` before \
                 this call, enter `bridge::runtime()` in its place, or call from `spawn_blocking`"
            );
        }
        Standing::Outside(place) => {
            let _entered = Entered::new(place);
            body(place);
        }
    }
}

/// Runs `body` as [`enter`] does. Between [`enter_scope`] and its end what was found
/// there holds, and is not looked for again: a runtime that the function enters by hand
/// is the one in which its calls run.
#[inline]
#[track_caller]
pub(crate) fn inside<R>(body: impl FnOnce(Place) -> R) -> R {
    match ENTERED.try_with(Cell::get) {
        Ok(Some(place)) => body(place),
        _ => enter(body),
    }
}

/// Drops something where it lies, as [`inside`] does, but without a panic of its own.
#[inline]
pub(crate) fn drop_there(body: impl FnOnce()) {
    if let Ok(Some(_)) = ENTERED.try_with(Cell::get) {
        return body();
    }
    let mut body = Some(body);
    drop_once(&mut |_| {
        if let Some(body) = body.take() {
            body();
        }
    });
}

fn drop_once(body: &mut dyn FnMut(Place)) {
    match Standing::of_thread() {
        Standing::Worker => {
            if !on_a_worker(body) {
                let _entered = Entered::new(Place::Scheduler);
                body(Place::Scheduler);
            }
        }
        _ => enter_once(body),
    }
}

/// Hands the worker's tasks to another thread before our own runtime becomes the
/// current one: tokio hands them to the current runtime.
///
/// Tells whether `body` has run: tokio refuses if the scheduler below is that of a
/// current-thread runtime.
fn on_a_worker(body: &mut dyn FnMut(Place)) -> bool {
    let mut ran = false;
    let run = || {
        ran = true;
        let _entered = Entered::new(Place::Free);
        body(Place::Free);
    };
    match catch_unwind(AssertUnwindSafe(|| block_in_place(run))) {
        Err(payload) if ran => resume_unwind(payload),
        _ => ran,
    }
}

/// Enters for as long as the value lives, where that can be done without a
/// closure: on a worker of a multi-thread runtime the context stays that one's.
pub(crate) fn enter_scope() -> Option<Entered> {
    match Standing::of_thread() {
        Standing::Outside(place) => Some(Entered::new(place)),
        Standing::Worker => Some(Entered::nothing()),
        Standing::Inside(_) | Standing::Ending => None,
    }
}

/// Whether a thread [beside](Place::Beside) a runtime runs a tokio `LocalSet` further
/// up its stack, whose tasks stand still until it is back.
///
/// Tokio tells only by its answer to `block_in_place`, and where it refuses, the
/// panic hook is called: this is to be asked where a panic follows anyway. It does
/// not refuse where the `LocalSet` is driven inside a `block_in_place`. Inside of a
/// current-thread runtime that another thread runs it refuses without a `LocalSet`.
pub(crate) fn blocks_a_local_set() -> bool {
    catch_unwind(|| block_in_place(|| ())).is_err()
}

/// How a thread stands to our runtime.
enum Standing {
    Inside(Place),
    Outside(Place),
    Worker,
    Ending,
}

impl Standing {
    fn of_thread() -> Self {
        if !RUNTIME {
            return Standing::Ending;
        }
        match (Handle::try_current(), ENTERED.try_with(Cell::get)) {
            (Ok(current), Ok(Some(place))) if current.id() == runtime().id() => {
                Standing::Inside(place)
            }
            (Err(error), _) if error.is_thread_local_destroyed() => Standing::Ending,
            // Whatever has been entered since, the scheduler is below.
            (_, Ok(Some(Place::Scheduler))) => Standing::Outside(Place::Scheduler),
            // No scheduler runs on this thread: one of the blocking pool, or one
            // that has only entered a runtime.
            (Ok(current), _) if worker_index().is_none() => {
                Standing::Outside(Place::beside(&current))
            }
            (Ok(current), _) if current.runtime_flavor() == RuntimeFlavor::CurrentThread => {
                Standing::Outside(Place::Scheduler)
            }
            // Ours was entered by hand on a scheduler that is not ours. Of other
            // runtimes nothing tells whether the scheduler is theirs.
            (Ok(current), _)
                if current.id() == runtime().id() && !Process::get().runs_this_thread() =>
            {
                Standing::Outside(Place::Scheduler)
            }
            (Ok(_), _) => Standing::Worker,
            _ => Standing::Outside(Place::Free),
        }
    }
}

/// Our runtime is the thread's current one, until this is dropped.
#[derive(Debug)]
pub(crate) struct Entered {
    before: Option<Place>,
    _context: Option<EnterGuard<'static>>,
}

impl Entered {
    fn new(place: Place) -> Self {
        Entered { before: Self::replace(Some(place)), _context: Some(runtime().enter()) }
    }

    /// Our runtime is not entered, whatever is further up the stack.
    fn nothing() -> Self {
        Entered { before: Self::replace(None), _context: None }
    }

    fn replace(place: Option<Place>) -> Option<Place> {
        ENTERED.try_with(|entered| entered.replace(place)).ok().flatten()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = ENTERED.try_with(|entered| entered.set(self.before));
    }
}
