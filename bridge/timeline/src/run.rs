//! What a program has run: plain data, as it was recorded.

use std::time::Duration;

/// What was recorded, in the order in which it began.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Functions, calls, iterations.
    pub spans: Vec<Span>,
    /// What was waited for.
    pub joins: Vec<Join>,
    /// How much was not recorded, as the limit was reached.
    pub left_out: LeftOut,
    /// When this was taken, from the begin of the recording.
    pub taken: Duration,
}

/// What was not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Functions, calls and iterations.
    pub spans: u64,
    /// Of what was waited for.
    pub joins: u64,
}

/// Something that ran. Times are from the begin of the recording.
#[derive(Clone, Debug)]
pub struct Span {
    /// What it is in.
    pub parent: Option<usize>,
    /// What it is.
    pub kind: Kind,
    /// Where it stands in the code.
    pub place: Place,
    /// The function that it stands in, or that it is, by its path.
    pub function: Option<&'static str>,
    /// When it was started.
    pub start: Duration,
    /// When it had ended, or was cancelled.
    pub end: Option<Duration>,
    /// Its number among all that was recorded.
    pub(crate) order: u64,
    /// The calls of a chain but the last: where each stands, and when it ended.
    pub(crate) links: Vec<(Place, Duration)>,
    /// Where it was joined: of a chain, where the last call stands.
    pub(crate) joined: Option<Place>,
    /// Whose value it has taken in the background, and when.
    pub(crate) inputs: Vec<(usize, Duration)>,
}

/// A place in the code, as the compiler tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was given to the compiler.
    pub file: &'static str,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// What ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A function with the attribute.
    Function,
    /// A call of one.
    Call,
    /// An iteration of a loop with a limit.
    Iteration,
    /// What gives such a loop its items.
    Source,
    /// Blocking code, on a thread.
    Blocking,
    /// A future that was started by hand.
    Task,
    /// What was run in the foreground by hand.
    Foreground,
}

/// A call was waited for.
#[derive(Clone, Debug)]
pub struct Join {
    /// What was waited for, if it was recorded.
    pub call: Option<usize>,
    /// The function that has waited, or what else.
    pub within: Option<usize>,
    /// Where.
    pub place: Place,
    /// From when.
    pub begin: Duration,
    /// Until when.
    pub end: Duration,
    /// Its number among all that was recorded.
    pub(crate) order: u64,
}

impl Kind {
    /// By the name of its span.
    pub(crate) fn of_span(name: &str) -> Option<Self> {
        Some(match name {
            "function" => Kind::Function,
            "call" => Kind::Call,
            "iteration" => Kind::Iteration,
            "source" => Kind::Source,
            "blocking" => Kind::Blocking,
            "task" => Kind::Task,
            "foreground" => Kind::Foreground,
            _ => return None,
        })
    }
}

impl Span {
    /// Where the last call of a chain stands, or the one call.
    pub(crate) fn last(&self) -> Place {
        self.joined.filter(|_| !self.links.is_empty()).unwrap_or(self.place)
    }
}

impl Run {
    /// When a span had ended, or the recording.
    pub(crate) fn end(&self, span: usize) -> Duration {
        self.spans[span].end.unwrap_or(self.taken)
    }

    /// How long a span took.
    pub fn duration(&self, span: usize) -> Duration {
        self.end(span).saturating_sub(self.spans[span].start)
    }

    /// What is in nothing else.
    pub(crate) fn roots(&self) -> impl Iterator<Item = usize> {
        (0..self.spans.len()).filter(|&span| self.spans[span].parent.is_none())
    }

    /// What is in each, in the order in which it began.
    pub(crate) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.spans.len()];
        for (at, span) in self.spans.iter().enumerate() {
            if let Some(parent) = span.parent {
                children[parent].push(at);
            }
        }
        children
    }

    /// What each has waited for, in order.
    pub(crate) fn waits(&self) -> Vec<Vec<&Join>> {
        let mut waits = vec![Vec::new(); self.spans.len()];
        for join in &self.joins {
            if let Some(within) = join.within {
                waits[within].push(join);
            }
        }
        waits
    }

    /// The function that took longest, of those that are in no other: what is asked about.
    pub fn longest(&self) -> Option<usize> {
        self.roots().max_by_key(|&root| (self.duration(root), std::cmp::Reverse(root)))
    }
}
