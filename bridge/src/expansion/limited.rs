//! Loops with a limit: the leading calls of so many iterations overlap, and what
//! comes after them runs iteration by iteration, in order.
//!
//! The leading calls of one iteration are one future. It hands over what the rest
//! of the iteration uses and stays as it is until that has run, so that whatever
//! else it holds is dropped at the end of the iteration, as written.

use std::any::Any;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::pending;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Context;
use std::thread;

use super::{Call, Sibling};

/// What a loop goes over, and how many iterations of it may be in flight.
pub struct Items<I> {
    limit: usize,
    iterator: I,
}

/// Begins a loop.
///
/// # Panics
///
/// If the limit is 0.
#[track_caller]
pub fn limited<I: IntoIterator>(limit: usize, iterator: I) -> Items<I::IntoIter> {
    assert!(
        limit > 0,
        "`#[background(limit = …)]` was 0, with which no iteration could begin: 1 is one at a time"
    );
    Items { limit, iterator: iterator.into_iter() }
}

/// Says of the leading calls that they take the items of this loop.
pub fn leading<I: Iterator, T, Left, L>(_: &Items<I>, leading: L) -> L
where
    L: AsyncFn(I::Item, Iteration<T>) -> Left,
{
    leading
}

/// Where an iteration hands over what its rest uses.
pub struct Iteration<T>(Arc<Values<T>>);

type Values<T> = Mutex<Option<T>>;

impl<T> Iteration<T> {
    /// Hands the values over, and waits for the end of the iteration, with which
    /// it is dropped.
    pub async fn hand(self, values: T) -> Infallible {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(values);
        pending().await
    }
}

/// The iterations of a loop that are in flight.
pub struct Iterations<I, L, F: Future, T> {
    items: Items<I>,
    leading: L,
    /// The iterator has come to its end, or has panicked.
    exhausted: bool,
    /// In order; the first one's turn is next.
    ahead: VecDeque<Ahead<F, T>>,
    /// The one whose rest runs.
    current: Option<Running<F, T>>,
    /// Of the last iteration, for the next one.
    spare: Option<Arc<Values<T>>>,
}

/// An iteration whose turn has not come.
enum Ahead<F: Future, T> {
    Running(Running<F, T>),
    /// The iterator has panicked in its place.
    Panicked(Box<dyn Any + Send>),
}

struct Running<F: Future, T> {
    call: Call<F>,
    values: Arc<Values<T>>,
}

/// What an iteration comes to when it is its turn: the values, `None` after the
/// last, or what its `?` leaves with.
type Turn<T, Left> = thread::Result<Result<Option<T>, Left>>;

impl<I: Iterator, L: FnMut(I::Item, Iteration<T>) -> F, F: Future, T> Iterations<I, L, F, T> {
    pub(super) fn new(items: Items<I>, leading: L) -> Self {
        Iterations {
            items,
            leading,
            exhausted: false,
            ahead: VecDeque::new(),
            current: None,
            spare: None,
        }
    }

    /// The rest of the current iteration has run: drops what its leading calls
    /// still hold.
    pub(super) fn end_current(&mut self) {
        if let Some(Running { call, values }) = self.current.take() {
            drop(call);
            self.spare = Some(values).filter(|values| Arc::strong_count(values) == 1);
        }
    }

    /// Begins one more iteration, if one may begin; the call is to be started.
    pub(super) fn begin(&mut self) -> Option<&mut Call<F>> {
        if self.exhausted || self.ahead.len() >= self.items.limit {
            return None;
        }
        let next = catch_unwind(AssertUnwindSafe(|| {
            let item = self.items.iterator.next()?;
            let values = self.spare.take().unwrap_or_default();
            let call = Call::new((self.leading)(item, Iteration(Arc::clone(&values))));
            Some(Running { call, values })
        }));
        match next {
            Ok(Some(running)) => {
                self.ahead.push_back(Ahead::Running(running));
                match self.ahead.back_mut() {
                    Some(Ahead::Running(begun)) => Some(&mut begun.call),
                    _ => None,
                }
            }
            Ok(None) => {
                self.exhausted = true;
                None
            }
            Err(payload) => {
                self.exhausted = true;
                self.ahead.push_back(Ahead::Panicked(payload));
                None
            }
        }
    }

    /// The next iteration, if its turn has come.
    pub(super) fn turn(&mut self) -> Option<Turn<T, F::Output>> {
        let Some(Ahead::Running(first)) = self.ahead.front_mut() else {
            return Some(match self.ahead.pop_front() {
                Some(Ahead::Panicked(payload)) => Err(payload),
                _ => Ok(Ok(None)),
            });
        };
        if let Some(left) = first.call.take() {
            return Some(left.map(Err));
        }
        let values = mem::take(&mut *first.values.lock().unwrap_or_else(PoisonError::into_inner))?;
        if let Some(Ahead::Running(first)) = self.ahead.pop_front() {
            self.current = Some(first);
        }
        Some(Ok(Ok(Some(values))))
    }
}

impl<I, L, F: Future, T> Sibling for Iterations<I, L, F, T> {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        let mut polled = false;
        for ahead in &mut self.ahead {
            if let Ahead::Running(running) = ahead {
                polled |= running.call.advance(cx);
            }
        }
        polled
    }

    /// They have started before a call of the iteration whose turn it is, and end
    /// with the loop.
    fn cancel(&mut self) {}
}

/// What runs ahead is cancelled in reverse order of start.
impl<I, L, F: Future, T> Drop for Iterations<I, L, F, T> {
    fn drop(&mut self) {
        while self.ahead.pop_back().is_some() {}
    }
}
