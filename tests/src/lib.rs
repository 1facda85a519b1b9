//! The tools of the test suite: time without waiting, an event log, and a limit
//! on every test.
//!
//! Most tests are one call of [`virtual_time`] and read like the table that
//! they check:
//!
//! ```
//! use bridge::{run_in_background, run_in_foreground};
//! use bridge_tests::virtual_time;
//!
//! virtual_time(|clock, log| {
//!     let a = run_in_background(log.call("a", 10));
//!     let b = run_in_background(log.call("b", 10));
//!     run_in_foreground(async { tokio::join!(a, b) });
//!     log.expect(["0 S a", "0 S b", "10 E a", "10 E b"]);
//!     assert_eq!(clock.now(), 10);
//! });
//! ```
//!
//! A test that needs threads or sockets is one call of [`bounded`], and waits
//! for events, never for time to pass.

#![forbid(unsafe_code)]

mod both_forms;
mod bounded;
pub mod clock;
pub mod compiler;
mod dimension;
mod form;
pub mod log;
mod package;
pub mod proxy;
mod random;
mod setting;
pub mod worlds;

pub use bounded::{bounded, within};
pub use clock::{Clock, with_clock};
pub use form::Form;
pub use log::{Droppable, Log};
pub use package::Package;
pub use random::Random;
pub use setting::setting;

/// Runs `body` on a thread of its own, under a new [`Clock`] and with an empty
/// [`Log`], [within the limit](bounded).
///
/// # Panics
///
/// With the panic of `body`, or if it takes too long.
#[track_caller]
pub fn virtual_time<R: Send + 'static>(body: impl FnOnce(&Clock, &Log) -> R + Send + 'static) -> R {
    bounded(|| with_clock(|clock| body(clock, &Log::new(clock))))
}

/// What rewrites a function stands below the attribute; above it, that is refused, and nothing else is
/// wrong with these. (They are here as they need the crates of those attributes.)
///
/// ```
/// use bridge::background;
/// use tracing::instrument;
/// # async fn get(n: u32) -> u32 { n }
///
/// #[background]
/// #[instrument]
/// async fn sum() -> u32 {
///     let a = get(1).await;
///     let b = get(2).await;
///     a + b
/// }
/// ```
///
/// ```compile_fail
/// use bridge::background;
/// use tracing::instrument;
/// # async fn get(n: u32) -> u32 { n }
///
/// #[instrument]
/// #[background]
/// async fn sum() -> u32 {
///     let a = get(1).await;
///     let b = get(2).await;
///     a + b
/// }
/// ```
///
/// ```
/// use bridge::background;
/// use cached::proc_macro::cached;
/// # async fn get(n: u32) -> u32 { n }
///
/// #[background]
/// #[cached]
/// async fn sum() -> u32 {
///     let a = get(1).await;
///     let b = get(2).await;
///     a + b
/// }
/// ```
///
/// ```compile_fail
/// use bridge::background;
/// use cached::proc_macro::cached;
/// # async fn get(n: u32) -> u32 { n }
///
/// #[cached]
/// #[background]
/// async fn sum() -> u32 {
///     let a = get(1).await;
///     let b = get(2).await;
///     a + b
/// }
/// ```
///
/// ```compile_fail
/// use bridge::background;
/// use cached::proc_macro::once;
/// # async fn get(n: u32) -> u32 { n }
///
/// #[once]
/// #[background]
/// async fn sum() -> u32 {
///     let a = get(1).await;
///     let b = get(2).await;
///     a + b
/// }
/// ```
///
/// ```compile_fail
/// use async_trait::async_trait;
/// use bridge::background;
/// use tracing::instrument;
/// # async fn get(n: u32) -> u32 { n }
///
/// #[async_trait]
/// trait Load {
///     #[instrument(skip_all)]
///     #[background]
///     async fn sum(&self) -> u32 {
///         let a = get(1).await;
///         let b = get(2).await;
///         a + b
///     }
/// }
/// ```
#[cfg(doctest)]
struct BelowAnotherAttribute;
