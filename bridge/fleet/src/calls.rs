//! The calls that a worker has, by their ids.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// How many calls that are over are remembered.
const REMEMBERED: usize = 4096;

/// The calls that run here, and those that need no run any more.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: HashMap<String, watch::Sender<bool>>,
    /// They have their results, or nobody waits for them.
    over: HashSet<String>,
    /// The oldest first.
    remembered: VecDeque<String>,
}

impl State {
    fn remember(&mut self, id: String) {
        if !self.over.insert(id.clone()) {
            return;
        }
        self.remembered.push_back(id);
        if self.remembered.len() > REMEMBERED
            && let Some(oldest) = self.remembered.pop_front()
        {
            self.over.remove(&oldest);
        }
    }
}

impl Calls {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cancel(&self, id: &str) {
        let mut state = self.state();
        match state.running.get(id) {
            Some(running) => drop(running.send_replace(true)),
            // It may be on its way to here.
            None => state.remember(id.to_owned()),
        }
    }

    /// A call is to begin.
    pub(crate) fn begin(&self, id: &str) -> Begun {
        let mut state = self.state();
        if state.over.contains(id) {
            return Begun::Over;
        }
        if let Some(running) = state.running.get(id) {
            return Begun::Before(running.subscribe());
        }
        let (sender, receiver) = watch::channel(false);
        state.running.insert(id.to_owned(), sender);
        Begun::Now(receiver)
    }

    /// A run has ended. A server that had missed its beats may still give the call out, also after it was
    /// told that it is done.
    pub(crate) fn end(&self, id: String, is_over: bool) {
        let mut state = self.state();
        state.running.remove(&id);
        if is_over {
            state.remember(id);
        }
    }
}

/// How a call stands that is to begin.
pub(crate) enum Begun {
    /// It tells whether the call is cancelled.
    Now(watch::Receiver<bool>),
    /// It runs here already, until this is closed: the server has missed a beat, and gave it out again.
    Before(watch::Receiver<bool>),
    /// It was done here, or nobody waits for it.
    Over,
}
