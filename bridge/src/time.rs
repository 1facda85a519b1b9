//! Time limits and waits, as tokio has them, for programs that need no more of tokio.

use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::runtime::runtime;

/// Waits for `future`, and no longer than `limit` from the first poll: tokio's
/// [`timeout`](tokio::time::timeout), where no runtime is entered too.
///
/// ```
/// use std::time::Duration;
/// use bridge::{Elapsed, background, timeout};
///
/// # async fn load(id: u32) -> u32 { bridge::sleep(Duration::from_secs(id.into())).await; id }
/// #[background]
/// fn page() -> Result<u32, Elapsed> {
///     let slow = timeout(Duration::from_millis(1), load(60)).await; // both run side by side
///     let fast = timeout(Duration::from_secs(60), load(0)).await?;
///     Ok(fast + slow.unwrap_or(7))
/// }
///
/// assert_eq!(page(), Ok(7));
/// ```
///
/// # Errors
///
/// [`Elapsed`], if the limit passes first.
///
/// # Cancellation
///
/// `future` is dropped when the limit passes. Blocking code cannot be stopped: it runs on, and its
/// value is dropped.
pub async fn timeout<F: IntoFuture>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    let timeout = in_a_runtime(|| tokio::time::timeout(limit, future));
    timeout.await.map_err(|_| Elapsed(()))
}

/// Waits: tokio's [`sleep`](tokio::time::sleep), where no runtime is entered too.
///
/// ```
/// use std::time::Duration;
/// use bridge::{run_in_foreground, sleep};
///
/// run_in_foreground(sleep(Duration::from_millis(1)));
/// ```
pub async fn sleep(time: Duration) {
    in_a_runtime(|| tokio::time::sleep(time)).await;
}

/// Makes a timer: of the current runtime, or else of ours.
fn in_a_runtime<T>(make: impl FnOnce() -> T) -> T {
    let _ours = Handle::try_current().is_err().then(|| runtime().enter());
    make()
}

/// A [time limit](timeout) has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time limit has passed")
    }
}

impl Error for Elapsed {}

/// Of the kind `TimedOut`.
impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        io::Error::new(io::ErrorKind::TimedOut, elapsed)
    }
}
