//! How it is said.

pub mod html;
pub mod json;
mod scale;
pub mod terminal;
