//! Loops with a limit, by event logs and beside their serial twins.

#![forbid(unsafe_code)]

mod limited;
mod limited_twins;
mod sources;
mod unordered;
