//! What is read: the arguments, the function, and what its syntax alone tells.

pub(crate) mod arguments;
pub(crate) mod attributes;
pub(crate) mod captures;
pub(crate) mod cfg_if;
pub(crate) mod control_flow;
pub(crate) mod deref_uses;
pub(crate) mod evaluation;
pub(crate) mod first_use;
pub(crate) mod fragments;
pub(crate) mod function;
pub(crate) mod item_loops;
pub(crate) mod macros;
pub(crate) mod markers;
pub(crate) mod patterns;
pub(crate) mod rewritten;
pub(crate) mod tokens;
pub(crate) mod types;
