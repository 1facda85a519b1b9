//! What programs do with a database and a cache beyond a page: transactions, small pools, limits, notifications,
//! pipelines, streams, and a pooler between. Each function beside its serial twin, on real servers.
//!
//! Where the servers are not installed, each test says so and passes.

/// Functions in both forms: `overlapped::…` and `serial::…`.
macro_rules! twins {
    ($($(#[doc = $doc:literal])* fn $name:ident $arguments:tt -> $gives:ty { $($body:tt)* })*) => {
        mod overlapped {
            use super::*;
            $(
                $(#[doc = $doc])*
                #[bridge::background]
                pub(super) fn $name $arguments -> $gives { $($body)* }
            )*
        }
        mod serial {
            use super::*;
            $(
                $(#[doc = $doc])*
                #[bridge::background(serial)]
                pub(super) fn $name $arguments -> $gives { $($body)* }
            )*
        }
    };
}

mod cancelled;
mod common;
mod limits;
mod notify;
mod pgbouncer;
mod pipelines;
mod pools;
mod servers;
mod streams;
mod transactions;
