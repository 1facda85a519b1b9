//! The product of the test: what each cell is about, and the calls that it makes.

use std::fmt;

use bridge_tests::dimension;

dimension! {
    /// What the attribute is on.
    Form {
        Sync,
        Async,
    }
}

dimension! {
    /// How a call stands when the function gets to its exit.
    State {
        Ready,
        Pending,
        Panicked,
    }
}

dimension! {
    /// What the function does with its calls.
    Exit {
        /// It joins them, in order.
        Joined,
        /// It leaves by the `?` of a call above them.
        QuestionMark,
        /// It leaves by a `return` above them.
        Return,
        /// A call above them panics.
        CallPanics,
        /// Synchronous code above them panics.
        CodePanics,
        /// Its future is dropped.
        Cancelled,
    }
}

dimension! {
    /// Where the call stands that is in the given state.
    Position {
        First,
        Last,
        /// It is in the middle, and calls a synchronous `#[background]` function.
        Nested,
        /// It is in the middle, and awaits an asynchronous `#[background]` function.
        NestedAsync,
        /// It is the first call of a synchronous `#[background]` function, which
        /// is left by the exit, and is itself called by a call of another one.
        Within,
        /// The same of an asynchronous function.
        WithinAsync,
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) form: Form,
    pub(crate) exit: Exit,
    pub(crate) position: Position,
    pub(crate) state: State,
    /// The state of the other two calls.
    pub(crate) others: State,
}

impl Cell {
    pub(crate) fn all() -> impl Iterator<Item = Cell> {
        let cells = Form::ALL.into_iter().flat_map(|form| {
            Exit::ALL.into_iter().flat_map(move |exit| {
                Position::ALL.into_iter().flat_map(move |position| {
                    State::ALL.into_iter().flat_map(move |state| {
                        let cell = move |others| Cell { form, exit, position, state, others };
                        State::ALL.into_iter().map(cell)
                    })
                })
            })
        });
        cells.filter(Cell::exists)
    }

    /// Only a future can be dropped, and not while synchronous code in it runs.
    fn exists(&self) -> bool {
        self.exit != Exit::Cancelled
            || (self.form == Form::Async && self.position != Position::Within)
    }

    /// The call whose end decides how the function is left.
    pub(crate) fn gate(&self) -> Call {
        let panics = self.exit == Exit::CallPanics;
        Call { name: "gate", value: 1, ends: GATE, panics, nests: Nests::Nothing }
    }

    /// The three calls below it.
    pub(crate) fn calls(&self) -> [Call; 3] {
        let (own, nests) = match self.position {
            Position::First | Position::Within | Position::WithinAsync => (0, Nests::Nothing),
            Position::Nested => (1, Nests::Sync),
            Position::NestedAsync => (1, Nests::Async),
            Position::Last => (2, Nests::Nothing),
        };
        [(0, "a", 10), (1, "b", 100), (2, "c", 1000)].map(|(at, name, value)| {
            let (state, nests) =
                if at == own { (self.state, nests) } else { (self.others, Nests::Nothing) };
            let ends = at + if state == State::Pending { PENDING } else { SETTLED };
            Call { name, value, ends, panics: state == State::Panicked, nests }
        })
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cell { form, exit, position, state, others } = self;
        write!(f, "{state:?} × {exit:?} × {position:?}, {form:?}, the others {others:?}")
    }
}

/// What is ready or has panicked before the gate ends does so from here on, each
/// call at a tick of its own; what is pending then ends from [`PENDING`] on.
pub(crate) const SETTLED: u64 = 1;

/// When the function's future is dropped, in the cells where it is.
pub(crate) const CANCELLED: u64 = 5;

const GATE: u64 = 6;

const PENDING: u64 = 10;

/// The calls of the function around, which end when all within has ended.
pub(crate) const BEFORE: Call = around("before", 10_000, 30);
pub(crate) const AFTER: Call = around("after", 100_000, 40);

const fn around(name: &'static str, value: u32, ends: u64) -> Call {
    Call { name, value, ends, panics: false, nests: Nests::Nothing }
}

/// One asynchronous call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) value: u32,
    /// So many ticks after its start.
    pub(crate) ends: u64,
    pub(crate) panics: bool,
    pub(crate) nests: Nests,
}

/// What a call calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nests {
    Nothing,
    /// A synchronous function, at its end.
    Sync,
    /// An asynchronous function, all the time.
    Async,
}
