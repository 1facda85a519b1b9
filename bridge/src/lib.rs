//! Synchronous code that waits for several things at once, without becoming `async`.
//!
//! There are three ways in.
//!
//! **The attribute.** [`macro@background`] on a synchronous function lets the calls overlap that are
//! marked with `.await`. The function stays a plain one: call it from anywhere.
//!
//! ```
//! # async fn load_remote_data_set1() -> u32 { 1 }
//! # async fn load_remote_data_set2() -> u32 { 2 }
//! # fn process_data(a: u32, b: u32) -> u32 { a + b }
//! use bridge::background;
//!
//! #[background]
//! fn load_and_process_data() -> u32 {
//!     let data1 = load_remote_data_set1().await;
//!     let data2 = load_remote_data_set2().await;
//!     process_data(data1, data2)
//! }
//!
//! assert_eq!(load_and_process_data(), 3);
//! ```
//!
//! **The attribute on an `async fn`.** The same plan, with joins that await, for code that is
//! asynchronous already and writes one await after the other.
//!
//! ```
//! # async fn one() -> u32 { 1 }
//! # async fn two() -> u32 { 2 }
//! #[bridge::background]
//! async fn sum() -> u32 {
//!     let a = one().await;
//!     let b = two().await;
//!     a + b
//! }
//! # assert_eq!(bridge::run_in_foreground(sum()), 3);
//! ```
//!
//! **By hand.** A shell starts a job in the background with `&`, and waits for it with `fg`.
//! [`run_in_background`] starts a future, or a blocking callable, and gives a [`Task`].
//! [`run_in_foreground`] runs the event loop in the calling thread until a future or a task is done.
//!
//! ```
//! use bridge::{run_in_background, run_in_foreground};
//!
//! let rows = run_in_background(|| (1..=10).sum::<u32>()); // a thread
//! let more = run_in_background(async { 45 });              // this thread's loop
//! assert_eq!(run_in_foreground(rows) + run_in_foreground(more), 100);
//! ```
//!
//! [`timeout`] and [`sleep`] are for programs that need no more of tokio. [`Config`] sets up the
//! [`runtime`](runtime()), of which there is one for the process. [`enter`] is for a `main` whose clients
//! spawn.
//!
//! The [`guide`] answers what real code asks: [what overlaps](guide::overlap), the
//! [names that decide](guide::words), [errors](guide::errors), [time limits](guide::timeouts),
//! [cancellation](guide::cancellation), [loops](guide::loops), [blocking code](guide::blocking),
//! [pools](guide::pools), [why a call waits](guide::waiting), [tests](guide::testing), and
//! [what it is like beside other ways](guide::comparison).
//!
//! The idea and the names are from Nick Coghlan, "Learning from the shell in supporting asyncio
//! background calls" (python-ideas, July 2015).

#![forbid(unsafe_code)]

mod background;
mod budget;
mod claims;
mod config;
mod context;
mod drive;
mod enter;
#[doc(hidden)]
pub mod expansion;
mod flag;
mod foreground;
pub mod guide;
mod idle;
mod in_flight;
mod local_loop;
#[cfg(all(test, bridge_loom))]
mod models;
mod parking;
mod primitives;
mod quiescence;
mod readiness;
mod report;
mod runtime;
pub mod serial;
mod stall;
mod standstill;
mod task;
mod time;
mod trace;
mod wait;

pub use background::{Target, run_in_background};
#[doc = include_str!("../docs/background.md")]
pub use bridge_macros::background;
/// ```
/// # async fn user(id: u32) -> Result<u32, String> { Ok(id) }
/// # async fn feed(id: u32) -> Result<u32, String> { Ok(2 * id) }
/// use bridge::background_closure;
///
/// let page = background_closure!(|id: u32| -> Result<u32, String> {
///     let user = user(id).await?; // beside `feed`
///     let feed = feed(id).await?;
///     Ok(user + feed)
/// });
/// assert_eq!(page(1), Ok(3));
/// ```
///
pub use bridge_macros::background_closure;
pub use config::{Config, ConfigError};
pub use enter::{Entered, enter};
pub use foreground::run_in_foreground;
pub use quiescence::{Quiescent, quiescent};
pub use runtime::runtime;
pub use task::{OnLoop, OnThread, Task};
pub use time::{Elapsed, sleep, timeout};
