//! What the output of `#[background]` calls. Not public API: it changes with
//! the macro, which is pinned to this very version.
//!
//! The macro's output is thin: each transformation is one call into here.
//! [`sync`] serves synchronous functions and blocks; [`asynchronous`] serves an `async fn`,
//! which waits in a loop of its own ([`Task`]).

pub mod asynchronous;
mod bounded_loop;
mod call;
mod fallible;
mod guard;
mod out_of_order;
mod ready_set;
mod siblings;
mod slot;
mod state;
pub mod sync;
mod task;
mod together;

pub use bounded_loop::{
    Anywhere, Asked, Asks, Here, Items, Iterated, Iteration, Iterations, Source, asked, bounded,
};
pub use call::{Call, Starts};
pub use fallible::{Exit, Fallible, wrap};
pub use guard::Unguarded;
pub use out_of_order::{Failure, FailureOf};
pub use siblings::{Sibling, Siblings};
pub use slot::{Lent, Linked, Loan, Moved, Shared};
pub use task::{Look, Polled, Task};
pub use together::Together;
