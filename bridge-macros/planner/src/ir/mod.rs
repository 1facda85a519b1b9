//! What the passes hand on: data, and queries of it.

pub(crate) mod access;
pub(crate) mod advice;
pub(crate) mod dependences;
pub(crate) mod plan;
pub(crate) mod template;
pub(crate) mod tree;
pub(crate) mod word;
