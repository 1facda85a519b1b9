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
    // It blocks what the task needs here too, but tokio answers as in a task on a
    // worker.
    if context == Context::InPlaceLocalSet {
        let hangs = operation == Operation::CallersLocalTask;
        return if hangs { Verdict::Hang } else { Verdict::Ok };
    }
    // Only the tasks of the `LocalSet` stand still. One that is slow looks like them.
    let local = matches!(operation, Operation::CallersLocalTask | Operation::Slow);
    if context.blocks_a_local_set() && local {
        return Verdict::ClearError;
    }
    // A worker of the entered runtime looks the same, and hands its tasks on,
    // which tokio refuses here.
    if context == Context::CurrentEnteredOther {
        return Verdict::ClearError;
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
