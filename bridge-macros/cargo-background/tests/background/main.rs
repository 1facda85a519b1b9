//! The program, run on small packages.

#![forbid(unsafe_code)]

mod apply;
mod explain;
mod page;
mod project;
mod survey;
