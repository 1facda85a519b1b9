//! What our bridges come to: `ok`, and why not where it cannot be.

use std::time::Duration;

use crate::cell::Verdict;
use crate::contexts::Context;
use crate::operations::Operation;

/// What one of our bridges has to come to.
pub(crate) fn expected(context: Context, operation: Operation) -> Verdict {
    // The call blocks the thread that the timer, the socket or the task needs.
    // One that is only slow looks the same, and the message says so.
    let stands_still = operation.is_the_callers() || operation == Operation::Slow;
    if context.blocks_its_runtime() && stands_still {
        return Verdict::ClearError;
    }
    // What is made here is the entered runtime's, which goes on.
    if context == Context::CurrentEnteredOwn && operation == Operation::Slow {
        return Verdict::ClearError;
    }
    // It waits for something further up its own stack, and nothing tells that
    // the thread runs a `LocalSet`.
    if operation == Operation::CallersLocalTask {
        return Verdict::Hang;
    }
    // A worker of the entered runtime looks the same, and hands its tasks on,
    // which is refused here. The message is tokio's.
    if context == Context::CurrentEnteredOther {
        return Verdict::Panic;
    }
    Verdict::Ok
}

/// The limit within which a clear error has to come.
pub(crate) const CLEAR_WITHIN: Duration = Duration::from_secs(5);

/// The stall limit to configure, to save time; none for the default.
pub(crate) fn stall_limit(context: Context, operation: Operation) -> Option<Duration> {
    // This holds that the default is below `CLEAR_WITHIN`.
    if (context, operation) == (Context::TokioTest, Operation::CallersTimer) {
        return None;
    }
    // Shorter than the operation takes.
    if operation == Operation::Slow {
        return Some(Duration::from_millis(100));
    }
    let clear = expected(context, operation) == Verdict::ClearError;
    clear.then_some(Duration::from_millis(500))
}
