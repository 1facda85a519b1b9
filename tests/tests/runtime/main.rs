//! `run_in_background`, `run_in_foreground` and tasks, and the tools of the test suite.

#![forbid(unsafe_code)]

mod budget;
mod edges;
mod foreground;
mod from_anywhere;
mod quiescent;
mod random;
mod seed;
mod task;
mod task_elsewhere;
mod tools;
