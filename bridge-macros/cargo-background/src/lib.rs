//! Where a code base would gain by `#[background]`, and what to look at before it is trusted.
//!
//! | module | role |
//! |---|---|
//! | [`files`], [`functions`] | what is read |
//! | [`plan`], [`time`], [`weights`] | what the planner makes of a function, and how long that takes |
//! | [`cautions`], [`rewrites`] | what a person has to look at, and what would gain more |
//! | [`entry`], [`survey`] | what is said of a function, and of all |
//! | [`report`] | how it is said |
//! | [`obstacles`] | what keeps two awaits apart, counted over the code of others |

#![forbid(unsafe_code)]

pub mod apply;
pub mod cautions;
pub mod cli;
pub mod entry;
pub mod explain;
pub mod files;
pub mod functions;
pub mod names;
pub mod obstacles;
pub mod plan;
pub mod report;
pub mod rewrites;
pub mod run;
pub mod snapshot;
pub mod survey;
pub mod time;
pub mod weights;

mod split;
