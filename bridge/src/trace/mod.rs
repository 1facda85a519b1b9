//! What runs, as spans and events of the `tracing` crate, with the feature of that name. Without it
//! the same names stand for nothing: types without a size, and functions that give back what they
//! are given.
//!
//! | span | opened | entered | closed |
//! |---|---|---|---|
//! | `function` | as the function begins | by a synchronous one until its end; by an `async fn` only while another is opened below it | at its end |
//! | `call` | as it is started | while it is polled | at its end, or as it is cancelled |
//! | `iteration`, of a loop with a limit | the same | the same | as it has yielded what its rest uses |
//! | `blocking` | as it is started | while it runs, on its thread | at its end |
//! | `task`, `foreground` | the same, of what was started by hand | while it is polled | at its end |

#[cfg(not(feature = "tracing"))]
mod nothing;
#[cfg(feature = "tracing")]
mod spans;

#[cfg(not(feature = "tracing"))]
pub(crate) use nothing::*;
#[cfg(feature = "tracing")]
pub(crate) use spans::*;
