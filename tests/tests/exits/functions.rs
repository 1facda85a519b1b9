//! The functions under test, and the calls that they make.

use std::future::ready;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bridge::background;
use bridge_tests::log::Droppable;
use bridge_tests::{Clock, Log};

use crate::cell::{AFTER, BEFORE, Call, Cell, Exit, Nests, Position};

/// What the functions of one cell use.
pub(crate) struct Scene {
    pub(crate) cell: Cell,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) futures: Futures,
}

/// Counts the futures of calls, with the values that came out of them.
#[derive(Debug, Default)]
pub(crate) struct Futures {
    live: Arc<()>,
    started: AtomicUsize,
}

/// What each future holds.
type Live = Arc<()>;

impl Futures {
    fn start(&self) -> Live {
        self.started.fetch_add(1, Ordering::Relaxed);
        Arc::clone(&self.live)
    }

    pub(crate) fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    pub(crate) fn live(&self) -> usize {
        Arc::strong_count(&self.live) - 1
    }
}

/// How a function was left early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    ByQuestionMark,
    ByReturn,
}

/// What is thrown, by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payload(pub(crate) &'static str);

/// Borrows a local like the future that it comes from.
struct Value<'a> {
    number: u32,
    _borrowed: &'a Droppable,
    _live: Live,
}

impl Scene {
    async fn call<'a>(&self, call: Call, local: &'a Droppable) -> Value<'a> {
        let body = async {
            let live = self.futures.start();
            let number = match call.nests {
                Nests::Async => nested_async(self, call).await,
                Nests::Sync => {
                    self.clock.sleep(call.ends).await;
                    nested(self, call)
                }
                Nests::Nothing => {
                    self.clock.sleep(call.ends).await;
                    self.end(call)
                }
            };
            Value { number, _borrowed: local, _live: live }
        };
        self.log.trace(call.name, body).await
    }

    fn end(&self, call: Call) -> u32 {
        if call.panics {
            panic_any(Payload(call.name));
        }
        call.value
    }

    /// The call that decides how the function is left.
    async fn gate(&self, local: &Droppable) -> Result<(u32, bool), Left> {
        let gate = self.call(self.cell.gate(), local).await;
        match self.cell.exit {
            Exit::QuestionMark => Err(Left::ByQuestionMark),
            exit => Ok((gate.number, exit == Exit::Return)),
        }
    }

    /// Whether the synchronous code between the calls panics.
    fn panics(&self) -> bool {
        self.cell.exit == Exit::CodePanics
    }

    /// A call of a nested function: it awaits `time`, and then ends like `call`,
    /// if it is the one that decides, or else well.
    async fn step(
        &self,
        name: &str,
        time: impl Future<Output = ()>,
        decides: Option<Call>,
        local: &Droppable,
    ) -> u32 {
        let body = async {
            let _live = self.futures.start();
            let _borrowed = local;
            time.await;
            decides.map_or(0, |call| self.end(call))
        };
        self.log.trace(name, body).await
    }
}

/// Synchronous code between the calls.
fn pass(panics: bool, number: u32) -> u32 {
    if panics {
        panic_any(Payload("code"));
    }
    number
}

/// The function that is left, under either keyword.
macro_rules! left {
    ($name:ident, $($function:tt)+) => {
        #[background]
        pub(crate) $($function)+ $name(scene: &Scene) -> Result<u32, Left> {
            let [call_a, call_b, call_c] = scene.cell.calls();
            let first = scene.log.droppable("first");
            let second = scene.log.droppable("second");
            let panics = scene.panics();
            let (passed, leave) = scene.gate(&first).await?;
            // A jump would hold back what is below, and so would what uses the scene.
            let passed = if leave { Err(Left::ByReturn)? } else { pass(panics, passed) };
            let a = scene.call(call_a, &second).await;
            let b = scene.call(call_b, &first).await;
            let c = scene.call(call_c, &second).await;
            Ok(passed + a.number + b.number + c.number)
        }
    };
}

left!(left, fn);
left!(left_async, async fn);

/// A function one of whose calls calls the one that is left.
macro_rules! around {
    ($name:ident, $($function:tt)+) => {
        #[background]
        pub(crate) $($function)+ $name(scene: &Scene) -> Result<u32, Left> {
            let outer = scene.log.droppable("outer");
            let before = scene.call(BEFORE, &outer).await;
            let within = within(scene).await?;
            let after = scene.call(AFTER, &outer).await;
            Ok(before.number + within + after.number)
        }
    };
}

around!(around, fn);
around!(around_async, async fn);

async fn within(scene: &Scene) -> Result<u32, Left> {
    match scene.cell.position {
        Position::WithinAsync => left_async(scene).await,
        _ => left(scene),
    }
}

/// What a call calls at its end. Its first call decides, at once; the second one
/// is pending by then, and takes no time.
#[background]
fn nested(scene: &Scene, call: Call) -> u32 {
    let local = scene.log.droppable("inner");
    let x = scene.step("x", ready(()), Some(call), &local).await;
    let y = scene.step("y", scene.clock.sleep(0), None, &local).await;
    x + y
}

/// What a call awaits. Its second call decides; the first one is ready by then.
#[background]
async fn nested_async(scene: &Scene, call: Call) -> u32 {
    let local = scene.log.droppable("inner");
    let x = scene.step("x", ready(()), None, &local).await;
    let y = scene.step("y", scene.clock.sleep(call.ends), Some(call), &local).await;
    x + y
}
