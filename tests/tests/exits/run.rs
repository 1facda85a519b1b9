//! Runs a cell, and notes what is seen of it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bridge::run_in_foreground;
use bridge_tests::{Clock, Log};

use crate::cell::{CANCELLED, Cell, Exit, Form, Position};
use crate::functions::{Futures, Left, Payload, Scene, around, around_async, left, left_async};
use crate::hook;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) log: Vec<String>,
    pub(crate) outcome: Outcome,
    /// How many panics the hook has seen.
    pub(crate) reported: usize,
    /// How many futures have been started, and how many of them are left.
    pub(crate) started: usize,
    pub(crate) live: usize,
}

/// What comes out of a function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Value(u32),
    Left(Left),
    Panic(Payload),
    Cancelled,
    /// None of these.
    Unexpected(String),
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { log, outcome, reported, started, live } = self;
        write!(f, "{outcome:?}, {reported} panics reported, {started} futures, {live} live: ")?;
        f.write_str(&log.join(", "))
    }
}

pub(crate) fn seen(cell: Cell, clock: &Clock, log: &Log) -> Seen {
    let (clock, log) = (clock.clone(), log.clone());
    let scene = Scene { cell, clock, log, futures: Futures::default() };
    let reported = hook::reported();
    let outcome = catch_unwind(AssertUnwindSafe(|| match cell.form {
        Form::Sync => came_out(called(&scene)),
        Form::Async => awaited(&scene),
    }));
    let outcome = outcome.unwrap_or_else(|payload| match payload.downcast_ref() {
        Some(payload) => Outcome::Panic(*payload),
        None => Outcome::Unexpected(crate::message(&*payload)),
    });
    Seen {
        log: scene.log.take(),
        outcome,
        reported: hook::reported() - reported,
        started: scene.futures.started(),
        live: scene.futures.live(),
    }
}

fn called(scene: &Scene) -> Result<u32, Left> {
    match scene.cell.position {
        Position::Within | Position::WithinAsync => around(scene),
        _ => left(scene),
    }
}

/// The future is dropped half-way in the cells that are about that.
fn awaited(scene: &Scene) -> Outcome {
    let future = async {
        match scene.cell.position {
            Position::Within | Position::WithinAsync => around_async(scene).await,
            _ => left_async(scene).await,
        }
    };
    run_in_foreground(async {
        if scene.cell.exit != Exit::Cancelled {
            return came_out(future.await);
        }
        tokio::select! {
            biased;
            result = future => came_out(result),
            () = scene.clock.sleep(CANCELLED) => Outcome::Cancelled,
        }
    })
}

fn came_out(result: Result<u32, Left>) -> Outcome {
    result.map_or_else(Outcome::Left, Outcome::Value)
}
