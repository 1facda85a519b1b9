//! The budget of a poll, as tokio's own tasks have it: after so many operations tokio's
//! leaves are pending, so that a future that is always ready comes back to the scan, and
//! timers and its siblings have their turn.
//!
//! Tokio has no public function that sets one. But what
//! [`poll_proceed`](tokio::task::coop::poll_proceed) returns sets the budget back to what it
//! was, when it is dropped: one that was taken under a full budget gives a full one anywhere.
//! Each thread keeps such a token, and takes a new one whenever it uses it up.
//!
//! No budget holds outside of a poll. One that was spent there would leave tokio's leaves
//! pending for ever, for whoever polls them: an executor of the user's too.

use std::cell::Cell;
use std::future::poll_fn;
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread_local;

use tokio::task::LocalSet;
use tokio::task::coop::{RestoreOnPending, has_budget_remaining, poll_proceed, unconstrained};

thread_local! {
    /// It is dropped where it is used, and not at the end of the thread.
    static TOKEN: Cell<Option<Token>> = const { Cell::new(None) };
    static SPENT: Spent = const { Spent { times: Cell::new(0), asked: Cell::new(0) } };
}

/// What sets a full budget when it is dropped.
type Token = ManuallyDrop<RestoreOnPending>;

/// How often a poll of the thread was found to have spent its budget.
struct Spent {
    times: Cell<u32>,
    /// How often by the time at which it was asked for.
    asked: Cell<u32>,
}

/// What is polled with a budget.
type Poller<'a> = &'a mut dyn FnMut(&mut Context<'_>);

/// Polls with a budget of its own, and restores the one before.
pub(crate) fn poll_budgeted(poll: Poller<'_>) {
    let _ = pin!(unconstrained(Once::<false>(poll))).poll(&mut no_context());
}

/// The same in this context, and inlined: for who has no type parameter, so that tokio's part is not
/// compiled for each call of each function.
#[inline]
pub(crate) fn budgeted(cx: &mut Context<'_>, poll: Poller<'_>) {
    let _ = pin!(unconstrained(Once::<true>(poll))).poll(cx);
}

/// What runs when it is polled. (A type of its own, as a `poll_fn` has three more frames in
/// each backtrace. And a type for each of those two, so that tokio's part has one caller: with two
/// it would be a call, which costs an eighth of a foreground.)
struct Once<'a, const INLINED: bool>(Poller<'a>);

impl<const INLINED: bool> Future for Once<'_, INLINED> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        fill(cx);
        (self.0)(cx);
        Poll::Ready(())
    }
}

/// Before one more poll under the same budget: if the one before has spent it, it is filled, so
/// that none starves beside a future that is always ready.
///
/// After the last one too, on a thread whose scheduler stands still: tokio hands the wakes of what
/// is pending for a spent budget to the scheduler, so that it has to be known.
#[inline]
pub(crate) fn fill_if_spent() {
    if !has_budget_remaining() {
        fill_spent();
    }
}

#[cold]
fn fill_spent() {
    let _ = SPENT.try_with(|spent| spent.times.set(times_spent().wrapping_add(1)));
    fill(&mut no_context());
}

/// How often a poll of the thread was found to have spent its budget.
#[inline]
pub(crate) fn times_spent() -> u32 {
    SPENT.try_with(|spent| spent.times.get()).unwrap_or(0)
}

/// Whether one was since this was asked last.
pub(crate) fn was_spent() -> bool {
    let times = times_spent();
    SPENT.try_with(|spent| spent.asked.replace(times) != times).unwrap_or(false)
}

/// Sets a full budget, in place of the one that holds.
#[inline]
fn fill(cx: &mut Context<'_>) {
    let token = TOKEN.try_with(Cell::take).ok().flatten();
    if let Some(token) = token.or_else(first_token) {
        drop(ManuallyDrop::into_inner(token));
        keep(poll_proceed(cx));
    }
}

#[inline]
fn keep(token: Poll<RestoreOnPending>) {
    if let Poll::Ready(token) = token {
        let _ = TOKEN.try_with(|kept| kept.set(Some(ManuallyDrop::new(token))));
    }
}

/// A task of a `LocalSet` is polled with a full budget, wherever the set is polled.
#[cold]
fn first_token() -> Option<Token> {
    let set = LocalSet::new();
    set.spawn_local(poll_fn(|cx| {
        keep(poll_proceed(cx));
        Poll::Ready(())
    }));
    let _ = pin!(set).poll(&mut no_context());
    TOKEN.try_with(Cell::take).ok().flatten()
}

/// For what registers no waker.
fn no_context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[cfg(all(test, not(bridge_loom)))]
mod tests {
    use std::task::Poll;

    use tokio::task::coop::{has_budget_remaining, poll_proceed};

    use super::{fill_if_spent, no_context, poll_budgeted};

    fn budgeted<R>(mut poll: impl FnMut() -> R) -> R {
        let mut value = None;
        poll_budgeted(&mut |_| value = Some(poll()));
        value.unwrap()
    }

    /// How many operations are left.
    fn left() -> usize {
        let operation = || match poll_proceed(&mut no_context()) {
            Poll::Ready(operation) => {
                operation.made_progress();
                Some(())
            }
            Poll::Pending => None,
        };
        std::iter::from_fn(operation).take(1_000).count()
    }

    #[test]
    fn each_poll_has_a_budget_and_nothing_else_has() {
        let full = budgeted(left);
        assert!((64..256).contains(&full), "about that of tokio: {full}");
        assert_eq!(left(), 1_000, "none is left in force");
        let nested = budgeted(|| {
            let used = left();
            (used, budgeted(left), left())
        });
        assert_eq!(nested, (full, full, 0), "each has its own");
    }

    #[test]
    fn a_spent_budget_is_filled() {
        budgeted(|| {
            let full = left();
            assert!(!has_budget_remaining());
            fill_if_spent();
            assert_eq!(left(), full);
        });
    }

    #[test]
    fn a_budget_that_was_spent_before_stays_so_and_is_in_nobodys_way() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (mine, theirs) = runtime.block_on(async {
            left();
            (budgeted(left), left())
        });
        assert!(mine > 0);
        assert_eq!(theirs, 0);
    }
}
