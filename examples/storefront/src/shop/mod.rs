//! The functions of the storefront, as such a program has them. Each is compiled twice: `crate::overlapped`
//! has them as they are, `crate::serial` their serial twins.

use super::background;

pub mod nightly;
pub mod orders;
pub mod pages;
pub mod reports;
