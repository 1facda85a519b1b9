//! The runtime's context, entered by hand.

use crate::context;

/// Makes the runtime the current one of the calling thread until what is returned is dropped, so
/// that synchronous code may make timers and sockets, and spawn tasks with `tokio::spawn`, as code
/// in an `async fn` may.
///
/// The clients of databases and brokers spawn when they are made, and when they are dropped. An
/// annotated function has the context around it, its parameters included. A `main` that holds such
/// a client longer enters first, so that the client is dropped before the context is left:
///
/// ```
/// struct Pool(tokio::task::JoinHandle<()>);
///
/// impl Pool {
///     fn open() -> Self {
///         Pool(tokio::spawn(async { /* keeps connections alive */ }))
///     }
/// }
///
/// impl Drop for Pool {
///     fn drop(&mut self) {
///         tokio::spawn(async { /* says goodbye */ });
///     }
/// }
///
/// fn main() {
///     let _context = bridge::enter();
///     let pool = Pool::open();
///     pool.0.abort();
/// }
/// ```
///
/// On a worker of a multi-thread runtime the context stays that runtime's. Contexts are left in the
/// reverse order in which they were entered.
///
/// # Panics
///
/// At first use, if the operating system refuses the runtime its threads or its event queue.
pub fn enter() -> Entered {
    Entered { _scope: context::enter_scope() }
}

/// What [`enter`] has entered, until it is dropped.
#[derive(Debug)]
#[must_use = "the context is left when this is dropped: `let _context = enter();`"]
pub struct Entered {
    _scope: Option<context::Entered>,
}
