//! What the written functions are made of, and what judges them: compiled into
//! the crate that the test writes.

pub mod calls;
pub mod cx;
pub mod judge;
pub mod methods;
pub mod model;
pub mod values;
pub mod world;

pub use std::cell::Cell;
pub use std::fs;
pub use std::sync::atomic::Ordering::SeqCst;

pub use calls::*;
pub use cx::Cx;
pub use judge::{Case, judge_all};
pub use methods::Asks;
pub use model::{Mode::*, Model, Runs::*, unit};
pub use values::*;
pub use world::*;

/// A log line, transparent by its name.
#[macro_export]
macro_rules! info {
    ($cx:expr, $site:expr, $($text:tt)*) => {
        $cx.event($crate::support::cx::Kind::Log, $site, format_args!($($text)*))
    };
}
