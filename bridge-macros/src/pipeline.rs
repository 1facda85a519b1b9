//! The whole translation as a plain function of token streams.

use proc_macro2::TokenStream;
use quote::quote;

use crate::args::Args;
use crate::report::Report;
use crate::{awaits, expand, lower, parse, unread};

/// `#[background(args)] item`.
///
/// Errors come beside an item, never instead of it, so that the rest of the
/// program and the editor still see it: a function is translated as far as it
/// can be, and what does not parse comes back as it is written.
pub(crate) fn background(args: TokenStream, item: TokenStream) -> TokenStream {
    let report = Report::default();
    let args = Args::parse(args, &report);
    let expanded = match parse::function(&item) {
        Ok(mut function) if awaits::of_block(&function.block).awaits > 0 => {
            lower::function(&mut function, &args, &report);
            expand::function(&function, &args)
        }
        Ok(_) => item,
        Err(error) => {
            report.push(error);
            unread::item(item, &args)
        }
    };
    let errors = report.into_compile_errors();
    quote!(#expanded #errors)
}
