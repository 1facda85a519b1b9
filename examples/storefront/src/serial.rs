//! Their serial twins: every call runs to its end where it is written.

use bridge::serial::background;

#[path = "shop/mod.rs"]
pub mod shop;
