//! The planner behind the `#[background]` attribute of the [`bridge`] crate: a function in, a
//! plan and tokens out.
//!
//! [`background`] is the attribute as a plain function of tokens. [`Planned`] is a function's
//! plan as data: its scopes, what each statement waits for and why, which statements overlap,
//! and the same as a drawing and as code.
//!
//! The pipeline is visible in the folders, and each imports only from those before it:
//!
//! | folder | role |
//! |---|---|
//! | `syntax` | what is read: arguments, function, markers, known macros, patterns |
//! | `ir` | what the passes hand on: accesses, the tree of scopes, edges, plans |
//! | `effects` | what code does: which places it uses, whether it can be seen to run |
//! | `lower` | from a function to the tree |
//! | `plan` | from the tree to an order of events |
//! | `explain` | the schedule as a drawing |
//! | `advice` | waits that a rewrite would avoid |
//! | `expand` | the schedule as code |
//! | `pipeline` | the driver |
//!
//! [`bridge`]: https://docs.rs/bridge

#![forbid(unsafe_code)]

mod advice;
mod effects;
mod expand;
mod explain;
mod ir;
mod lower;
mod pipeline;
mod plan;
mod report;
mod syntax;
mod view;

pub use effects::words::command_words;
pub use expand::as_written::Reader;
pub use ir::advice::{Advice, Rewrite};
pub use ir::dependences::{Event, Reason};
pub use ir::plan::{Forward, Step};
pub use ir::word::WordKind;
pub use pipeline::{Host, background, background_closure, serial_background};
pub use syntax::arguments::{Arguments, Order, OwnWords};
pub use view::{Planned, Scope, ScopeStatement, StatementKind, Wait};
