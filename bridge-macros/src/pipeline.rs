//! The whole translation as a plain function of token streams.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::args::Args;
use crate::report::Report;
use crate::{awaits, expand, lower, parse};

/// `#[background(args)] item`.
///
/// Input that cannot be translated comes back as it is, with the errors beside
/// it, so that the rest of the program and the editor still see it.
pub(crate) fn background(args: TokenStream, item: TokenStream) -> TokenStream {
    let report = Report::default();
    let args = Args::parse(args, &report);
    let expanded = match parse::function(&item) {
        Ok(mut function) if awaits::of_block(&function.block).awaits > 0 => {
            lower::function(&mut function, &args, &report);
            expand::function(&function, &args)
        }
        Ok(_) => item.clone(),
        Err(error) => {
            report.push(error);
            item.clone()
        }
    };
    match report.into_compile_errors() {
        None => expanded,
        Some(errors) => {
            let item = item.into_token_stream();
            quote!(#item #errors)
        }
    }
}
