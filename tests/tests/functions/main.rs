//! What annotated functions do, by event logs and beside their serial twins.

#![forbid(unsafe_code)]

mod attributes;
mod blocking;
mod closures;
mod forms;
mod fragments;
mod inference;
mod many;
mod names;
mod parameters;
mod scenarios;
mod send;
mod waiting;
