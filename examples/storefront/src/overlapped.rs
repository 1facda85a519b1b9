//! The functions as they are: their calls overlap.

use bridge::background;

#[path = "shop/mod.rs"]
pub mod shop;
