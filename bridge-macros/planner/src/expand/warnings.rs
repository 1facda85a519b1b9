//! Warnings on stable toolchains: the compiler warns of the use of a deprecated item, at the
//! place of the use and with the item's note.
//!
//! ```text
//! const _: () = {
//!     #[deprecated(note = "waits for `audit()` above, a statement: …")]
//!     const fn wait() {}
//!     wait()
//! };
//! ```

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use crate::ir::advice::Advice;

/// An item that the compiler warns of by a name. It is spelled at the user's code as a whole: what a
/// macro has written is not warned of.
pub(super) fn warning(name: &str, Advice { span, text, .. }: &Advice) -> TokenStream {
    let span = *span;
    let name = Ident::new(name, span);
    quote_spanned! {span=>
        const _: () = {
            #[deprecated(note = #text)]
            const fn #name() {}
            #name()
        };
    }
}
