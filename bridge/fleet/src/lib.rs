//! Background calls on other machines, over NATS JetStream.
//!
//! When work outgrows a machine, the same synchronous function sends it to others:
//!
//! ```
//! use bridge::background;
//! use bridge_fleet::{Fleet, FleetError, Job};
//!
//! // Shared by both sides.
//! pub const COUNT: Job<String, usize> = Job::new("count");
//!
//! #[background]
//! fn report(fleet: &Fleet, a: String, b: String) -> Result<usize, FleetError> {
//!     let a = fleet.call(COUNT, &a).await?; // on some machine
//!     let b = fleet.call(COUNT, &b).await?; // beside it, on another
//!     Ok(a + b)
//! }
//! ```
//!
//! A [`Worker`] does the jobs, in a process of its own. [`Fleet::local`] does them in this process, without a
//! server.
//!
//! # Once or twice
//!
//! A job is kept by the server until its result has arrived. So it is run *at least once*: a worker that is
//! killed while it runs a job, or whose word is lost, gives it to another one, which runs it again. The caller
//! has one result. What a job does has to bear being done twice; [`running`] gives its [id](Running::id), which
//! is the same in each run, so that the second run can tell. See the README.
//!
//! | module | role |
//! |---|---|
//! | `job`, `handlers` | what is done |
//! | `fleet` | the caller |
//! | `worker`, `seat`, `questions`, `calls`, `leftovers` | the worker |
//! | `server`, `settings` | streams and consumers |
//! | `wire`, `error` | what is sent |

#![forbid(unsafe_code)]

mod calls;
mod error;
mod fleet;
mod handlers;
mod job;
mod leftovers;
mod questions;
mod seat;
mod server;
mod settings;
mod wire;
mod worker;

/// Its examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use error::FleetError;
pub use fleet::Fleet;
pub use handlers::Handlers;
pub use job::{Job, Running, running};
pub use settings::Settings;
pub use wire::Format;
pub use worker::Worker;
