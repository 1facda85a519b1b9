//! What is said of one function: plain data, which passes between threads and into files.

use std::ops::Range;

use serde::Serialize;

/// One function that awaits more than once, be it in a loop.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// As it was found.
    pub file: String,
    /// Where `fn` stands.
    pub line: usize,
    /// Its path in the file: `Client::load`.
    pub name: String,
    /// `fn` or `async fn`.
    pub form: String,
    /// It has the attribute.
    pub annotated: bool,
    /// How often it awaits.
    pub awaits: usize,
    /// The statements of its body that overlap, by their numbers, the smaller first.
    pub overlaps: Vec<(usize, usize)>,
    /// How long it takes.
    pub steps: Steps,
    /// Two calls are in flight at once.
    pub gains: bool,
    /// They would be, with a rewrite.
    pub gains_with_rewrite: bool,
    /// All statements of its scopes, those of an outer one first.
    pub statements: Vec<Statement>,
    /// What to look at before it is trusted.
    pub cautions: Vec<Caution>,
    /// What would let more overlap.
    pub rewrites: Vec<Rewrite>,
    /// What the attribute would refuse, and where: it would not compile as it stands.
    pub refused: Vec<String>,
    /// The schedule.
    #[serde(skip)]
    pub drawing: String,
    /// The same to scale, if times are given.
    #[serde(skip)]
    pub bars: Vec<Bar>,
    /// Its text, from its first attribute on.
    #[serde(skip)]
    pub source: String,
    /// Where that begins.
    #[serde(skip)]
    pub first_line: usize,
    /// The whole of it, in bytes of the file.
    #[serde(skip)]
    pub range: Range<usize>,
    /// Where an attribute goes, in bytes of the file.
    #[serde(skip)]
    pub attribute: usize,
}

/// How long a function takes, one after the other and as planned. An await takes 1, or what it weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Steps {
    /// One await after the other.
    pub serial: f64,
    /// As planned.
    pub background: f64,
    /// They are milliseconds, and else each await counts as one.
    #[serde(skip)]
    pub in_ms: bool,
}

/// What takes time in a function as it is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// As a drawing calls it.
    pub name: String,
    /// When it begins.
    pub begin: f64,
    /// When it has ended.
    pub end: f64,
    /// Whether it is known how long all in it takes.
    pub known: bool,
}

/// One statement of a scope.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    /// The scope: empty for the body; else the numbers of the statements that it is in, and which of
    /// their scopes it is, `2.0` for the first scope of the third statement.
    pub path: String,
    /// Its number in the scope.
    pub index: usize,
    /// Where it begins.
    pub line: usize,
    /// `call`, `derivation`, `log line`, `local effect` or `effect`.
    pub kind: String,
    /// What it is called in a drawing.
    pub name: String,
    /// The names that made it wait.
    pub words: Vec<String>,
    /// The statements of its scope that it waits for.
    pub waits_for: Vec<WaitsFor>,
    /// The statements below it in its scope that may run before it has ended.
    pub overlaps: Vec<usize>,
    /// Its code, in bytes of the file.
    #[serde(skip)]
    pub range: Range<usize>,
}

/// Why a statement waits for another one of its scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitsFor {
    /// The other one's number.
    pub on: usize,
    /// In words.
    pub why: String,
    /// What would let the two overlap.
    pub rewrite: Option<String>,
}

/// What no name tells, and a person can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Caution {
    /// Where.
    pub line: usize,
    /// What, and the marker that decides.
    pub text: String,
}

/// A change that would let more overlap.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rewrite {
    /// What waits.
    pub line: usize,
    /// For what it waits, why, and what to write.
    pub text: String,
    /// When it keeps what the function does.
    pub condition: String,
    /// It does, as far as names and the compiler tell.
    pub keeps: bool,
    /// What it takes with it.
    pub steps: Option<Steps>,
    /// The changes of the file that make it; none if only a person can.
    #[serde(skip)]
    pub edits: Vec<Edit>,
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// In bytes of the file.
    pub at: usize,
    /// How many bytes go from there.
    pub removed: usize,
    /// What is put there.
    pub text: String,
}

impl Entry {
    /// How many steps fewer.
    pub fn gain(&self) -> f64 {
        self.steps.serial - self.steps.background
    }

    /// `src/page.rs:12`
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

impl Steps {
    /// One after the other.
    pub(crate) fn add(&mut self, other: Steps) {
        self.serial += other.serial;
        self.background += other.background;
    }

    /// "5 calls in 2 steps", or "41.5 ms instead of 80 ms".
    pub fn told(&self) -> String {
        let Steps { serial, background, in_ms } = *self;
        if in_ms {
            return format!("{} instead of {}", ms(background), ms(serial));
        }
        let s = |n: f64| if n == 1.0 { "" } else { "s" };
        format!("{serial} call{} in {background} step{}", s(serial), s(background))
    }
}

impl Bar {
    /// The same, so much later.
    pub(crate) fn later(&self, by: f64) -> Self {
        Bar { begin: self.begin + by, end: self.end + by, ..self.clone() }
    }
}

/// `41.5 ms`
pub(crate) fn ms(time: f64) -> String {
    format!("{} ms", in_tenths(time))
}

/// As precise as a time is shown.
pub(crate) fn in_tenths(time: f64) -> f64 {
    (time * 10.0).round() / 10.0
}
