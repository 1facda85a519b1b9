//! The serial twins of a whole module: [`background`] in serial order, whatever its arguments say of that.
//!
//! A module that imports its `background` from the module above it is compiled twice, under the one and the
//! other, and so a test can compare them, and a program can say what it gains:
//!
//! ```
//! // In a program both are `#[path = "shop.rs"] mod shop;`.
//! macro_rules! shop {
//!     () => {
//!         pub mod shop {
//!             use super::background;
//!
//!             # async fn user(id: u32) -> u32 { id }
//!             # async fn feed(id: u32) -> u32 { 2 * id }
//!             #[background(strict)]
//!             pub fn page(id: u32) -> u32 {
//!                 let user = user(id).await;
//!                 let feed = feed(id).await;
//!                 user + feed
//!             }
//!         }
//!     };
//! }
//!
//! mod overlapped {
//!     use bridge::background;
//!     shop!();
//! }
//!
//! mod serial {
//!     use bridge::serial::background;
//!     shop!();
//! }
//!
//! assert_eq!(overlapped::shop::page(1), serial::shop::page(1));
//! ```
pub use bridge_macros::serial_background as background;
