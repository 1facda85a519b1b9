//! A storefront for seats on flights: a synchronous program over PostgreSQL, Redis and an HTTP service, of the
//! size of a real one, and what it is tried with.
//!
//! | module | role |
//! |---|---|
//! | [`overlapped`], [`serial`] | the functions that have the attribute (`shop/`), as they are and as their serial twins |
//! | [`loads`], [`clients`] | what they call |
//! | [`model`], [`error`] | what they give |
//! | [`service`], [`servers`], [`seed`], [`setting`] | the servers, and what is in them |
//! | [`connections`] | what is connected |
//! | [`pages`], [`batching`], [`faults`], [`random`] | what it is tried with |

#![forbid(unsafe_code)]
// What the fields of rows and pages are is said by their names.
#![allow(missing_docs)]
// The shop is compiled twice on purpose.
#![allow(clippy::duplicate_mod)]

pub mod batching;
pub mod clients;
pub mod connections;
pub mod error;
pub mod faults;
pub mod loads;
pub mod model;
pub mod overlapped;
pub mod pages;
pub mod random;
pub mod seed;
pub mod serial;
pub mod servers;
pub mod service;
pub mod setting;
