//! When nothing on a thread can go on: for what is better asked once that all the others have asked.

use std::cell::{Cell, RefCell};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::task::yield_now;

/// Waits until nothing else on this thread can go on: each call that could start has started, and all of
/// them wait for something.
///
/// It makes batches as large as they can be. What loads by a key waits for this and then asks a loader
/// that collects keys (the crates `dataloader` and `ultra-batch` are such): by then the others have come
/// here too, so that all keys come at once, and the loader asks for them in one query. The
/// [guide](crate::guide::batching) has an example.
///
/// ```
/// use std::sync::Mutex;
/// use bridge::{background, quiescent};
///
/// #[derive(Default)]
/// struct Loader {
///     asked: Mutex<Vec<u32>>,
/// }
///
/// impl Loader {
///     /// Gives how many have asked.
///     async fn load(&self, id: u32) -> usize {
///         self.asked.lock().unwrap().push(id);
///         quiescent().await;
///         self.asked.lock().unwrap().len()
///     }
/// }
///
/// #[background]
/// fn page(loader: &Loader) -> (usize, usize) {
///     let user = loader.load(1).await;
///     let posts = loader.load(2).await;
///     (user, posts)
/// }
///
/// assert_eq!(page(&Loader::default()), (2, 2)); // each has seen the other
/// ```
///
/// What waits for a server, a timer or another thread is waited for by nobody here: a load that comes
/// later is in a later batch. It costs no time: a thread of `bridge` would have slept now.
///
/// In an `async fn` that has `#[background]`, nothing else means its own calls, and those of functions
/// that they are in. Where no code of `bridge` runs what waits, it gives way to others once, as
/// `yield_now` of tokio does.
///
/// The name of such a moment, a round, is from Haxl (Marlow, Brandy, Coens, Purdy, "There is no Fork: an
/// Abstraction for Efficient, Concurrent, and Concise Data Access", ICFP 2014).
///
/// # Cancellation
///
/// Nothing is left behind.
pub fn quiescent() -> Quiescent {
    Quiescent { round: None }
}

/// What [`quiescent`] returns.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Quiescent {
    /// Since it was polled first.
    round: Option<Arc<Round>>,
}

/// Up to a moment at which nothing can go on.
#[derive(Debug, Default)]
struct Round(Mutex<Stage>);

#[derive(Debug)]
enum Stage {
    /// These wait for its end.
    Open(Vec<Waker>),
    Ended,
}

impl Default for Stage {
    fn default() -> Self {
        Stage::Open(Vec::new())
    }
}

impl Future for Quiescent {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let round = self.round.get_or_insert_with(here);
        match &mut *round.stage() {
            Stage::Ended => return Poll::Ready(()),
            Stage::Open(waiting) => {
                if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                    waiting.push(cx.waker().clone());
                }
            }
        }
        // Nobody looks here, or it was moved from where somebody did.
        if !is_looking() || !is_of_this_thread(round) {
            round.end();
        }
        Poll::Pending
    }
}

impl Round {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        let ended = mem::replace(&mut *self.stage(), Stage::Ended);
        // A waker may run code of anybody.
        if let Stage::Open(waiting) = ended {
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

/// What this thread knows of its looks over futures.
struct Looks {
    /// How many are in each other.
    depth: Cell<u32>,
    /// Whether there is a round, as that is asked for more often than there is one.
    has_round: Cell<bool>,
    /// Something was polled for the first time since the last one.
    has_started: Cell<bool>,
}

thread_local! {
    static LOOKS: Looks = const {
        Looks { depth: Cell::new(0), has_round: Cell::new(false), has_started: Cell::new(false) }
    };
    static ROUND: RefCell<Option<Arc<Round>>> = const { RefCell::new(None) };
}

fn is_looking() -> bool {
    LOOKS.with(|looks| looks.depth.get() > 0)
}

fn has_round() -> bool {
    LOOKS.with(|looks| looks.has_round.get())
}

fn is_of_this_thread(round: &Arc<Round>) -> bool {
    let is_it =
        |here: &Option<Arc<Round>>| here.as_ref().is_some_and(|here| Arc::ptr_eq(here, round));
    ROUND.try_with(|here| is_it(&here.borrow())).unwrap_or(false)
}

/// Gives the round before. A thread that ends has none any more.
fn set(round: Option<Arc<Round>>) -> Option<Arc<Round>> {
    let is_some = round.is_some();
    let before = ROUND.try_with(|here| here.replace(round));
    LOOKS.with(|looks| looks.has_round.set(is_some && before.is_ok()));
    before.ok().flatten()
}

/// The round of this thread. Where nobody looks, it is one of whoever asks.
fn here() -> Arc<Round> {
    if !is_looking() {
        return Arc::default();
    }
    let round = set(None).unwrap_or_default();
    set(Some(Arc::clone(&round)));
    round
}

/// A look over futures, until it is dropped: whatever is polled meanwhile may wait for the end of the round.
pub(crate) struct Look(());

#[inline]
pub(crate) fn look() -> Look {
    LOOKS.with(|looks| looks.depth.set(looks.depth.get() + 1));
    Look(())
}

/// Begins one in which something is polled for the first time.
#[inline]
pub(crate) fn first_look() -> Look {
    starts();
    look()
}

/// Something is polled for the first time.
#[inline]
pub(crate) fn starts() {
    LOOKS.with(|looks| looks.has_started.set(true));
}

impl Drop for Look {
    #[inline]
    fn drop(&mut self) {
        LOOKS.with(|looks| looks.depth.set(looks.depth.get() - 1));
    }
}

/// Nothing on this thread can go on: tells whether something has waited for that.
#[inline]
pub(crate) fn reached() -> bool {
    has_round() && end_round()
}

#[cold]
fn end_round() -> bool {
    if let Some(round) = set(None) {
        round.end();
    }
    true
}

/// The round of a task between two looks: the next one may be on another thread.
#[derive(Default)]
pub(crate) struct Kept(Option<Arc<Round>>);

impl Kept {
    /// The task looks once more.
    #[inline]
    pub(crate) fn resume(&mut self) {
        if self.0.is_some() {
            self.resume_here();
        }
    }

    #[cold]
    fn resume_here(&mut self) {
        if let Some(other) = set(self.0.take()) {
            other.end();
        }
    }

    /// The task has looked, and waits; it has polled something or not.
    #[inline]
    pub(crate) fn pause(&mut self, polled: bool, cx: &mut Context<'_>) {
        if has_round() && !is_looking() {
            self.pause_here(polled, cx);
        }
    }

    #[cold]
    fn pause_here(&mut self, polled: bool, cx: &mut Context<'_>) {
        if polled | LOOKS.with(|looks| looks.has_started.take()) {
            // What has given way to others has not been woken yet: the task looks again after that.
            self.0 = set(None);
            let _ = pin!(yield_now()).poll(cx);
        } else {
            end_round();
        }
    }
}
