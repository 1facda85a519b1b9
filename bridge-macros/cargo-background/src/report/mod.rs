//! How it is said.

pub mod json;
pub mod terminal;
