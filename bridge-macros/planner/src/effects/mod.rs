//! What code does: to which variables, and whether it can be seen to run.
//!
//! Types are not known here. What a form leaves open is taken for the stronger
//! reading, so that a doubt costs some overlap and never an error.

pub(crate) mod accesses;
pub(crate) mod asks;
pub(crate) mod built;
pub(crate) mod called;
pub(crate) mod claims;
pub(crate) mod closures;
pub(crate) mod commands;
pub(crate) mod environment;
pub(crate) mod local_effects;
pub(crate) mod moves;
pub(crate) mod names;
pub(crate) mod purity;
pub(crate) mod redis;
pub(crate) mod requests;
pub(crate) mod runs;
pub(crate) mod sql;
pub(crate) mod taken_along;
pub(crate) mod words;
