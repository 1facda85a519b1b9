//! How it is said.

pub mod html;
pub mod json;
pub mod terminal;
