//! The limit on every test.

use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Real time that a test may take before it has failed. Far beyond what any
/// takes, so that a loaded machine fails nothing.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs `body` on a thread of its own and returns its value, so that a hang
/// fails the test instead of blocking whoever runs it.
///
/// The thread has ended when this returns, thread-local destructors included.
///
/// # Panics
///
/// With the panic of `body`, or if it takes longer than 30 seconds; the thread
/// is then left behind.
#[track_caller]
pub fn bounded<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    within(LIMIT, body)
}

/// The same with another limit: for what is run often, so that a hang costs less.
///
/// # Panics
///
/// As [`bounded`] does.
#[track_caller]
pub fn within<R: Send + 'static>(limit: Duration, body: impl FnOnce() -> R + Send + 'static) -> R {
    let (ended, end) = mpsc::channel();
    let body = thread::spawn(body);
    thread::spawn(move || ended.send(body.join()));
    match end.recv_timeout(limit) {
        Ok(Ok(value)) => value,
        Ok(Err(payload)) => resume_unwind(payload),
        Err(_) => panic!("the test hangs: no end after {limit:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the test hangs: no end after 1ms")]
    fn a_hang_fails() {
        let (_never, end) = mpsc::channel::<()>();
        within(Duration::from_millis(1), move || end.recv().unwrap_err());
    }

    #[test]
    fn what_ends_is_handed_back() {
        assert_eq!(bounded(|| 1), 1);
    }
}
