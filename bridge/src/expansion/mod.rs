//! What the output of `#[background]` calls. Not public API: it changes with
//! the macro, which is pinned to this very version.
//!
//! The macro's output is thin: each transformation is one call into here.
//! [`sync`] serves synchronous functions and blocks; [`asynchronous`] has the
//! same names for `async fn`, to be awaited.

mod ahead;
pub mod asynchronous;
mod call;
mod fallible;
mod guard;
mod limited;
mod ready_set;
mod siblings;
mod slot;
pub mod sync;

pub use ahead::{Failure, FailureOf};
pub use call::Call;
pub use fallible::{Fallible, Left, pass};
pub use guard::Unguarded;
pub use limited::{Items, Iteration, Iterations, leading, limited, overlap};
pub use siblings::{Sibling, Siblings};
pub use slot::{Lent, Loan, Passed, Shared};
