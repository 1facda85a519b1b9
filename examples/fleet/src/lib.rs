//! A fleet that reads flights, and what it is tried with: a cluster of servers, workers that are killed.
//!
//! | module | role |
//! |---|---|
//! | [`jobs`] | what workers do |
//! | [`report`] | the annotated function, the same with and without a server |
//! | [`timeline`] | which worker has run what |
//! | [`cluster`], [`process`] | servers of NATS on this machine, and workers |
//! | [`trial`] | many jobs, while workers and a server are killed |
//! | [`costs`] | what a call costs beside what it is made of, and how it scales |

#![forbid(unsafe_code)]

pub mod cluster;
pub mod costs;
pub mod jobs;
pub mod process;
pub mod report;
pub mod timeline;
pub mod trial;
