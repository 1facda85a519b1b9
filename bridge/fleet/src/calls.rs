//! The calls that a worker has, by their ids.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// How many calls that nobody waits for are remembered.
const REMEMBERED: usize = 4096;

/// The calls that run here, and those that nobody waits for.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: HashMap<String, watch::Sender<bool>>,
    cancelled: HashSet<String>,
    /// The oldest first.
    remembered: VecDeque<String>,
}

impl Calls {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cancel(&self, id: &str) {
        let mut state = self.state();
        if let Some(running) = state.running.get(id) {
            running.send_replace(true);
        } else if state.cancelled.insert(id.to_owned()) {
            // It may be on its way to here.
            state.remembered.push_back(id.to_owned());
            if state.remembered.len() > REMEMBERED
                && let Some(oldest) = state.remembered.pop_front()
            {
                state.cancelled.remove(&oldest);
            }
        }
    }

    /// A call is to begin.
    pub(crate) fn begin(&self, id: &str) -> Begun {
        let mut state = self.state();
        if state.cancelled.contains(id) {
            return Begun::Cancelled;
        }
        if let Some(running) = state.running.get(id) {
            return Begun::Before(running.subscribe());
        }
        let (sender, receiver) = watch::channel(false);
        state.running.insert(id.to_owned(), sender);
        Begun::Now(receiver)
    }

    pub(crate) fn end(&self, id: &str) {
        self.state().running.remove(id);
    }
}

/// How a call stands that is to begin.
pub(crate) enum Begun {
    /// It tells whether the call is cancelled.
    Now(watch::Receiver<bool>),
    /// It runs here already, until this is closed: the server has missed a beat, and gave it out again.
    Before(watch::Receiver<bool>),
    /// Nobody waits for it.
    Cancelled,
}
