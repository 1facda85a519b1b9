//! The whole translation as a plain function of token streams.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::args::Args;
use crate::report::Report;
use crate::{as_written, awaits, boxed, expand, lower, parse};

/// Who is going to read what is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Compiler,
    /// It wants errors and documentation, and the rest as it is written.
    Editor,
}

/// `#[background(args)] item`.
///
/// Errors come beside an item, never instead of it, so that the rest of the
/// program and the editor still see it: a function is translated as far as it
/// can be, and what does not parse comes back as it is written.
pub(crate) fn background(args: TokenStream, item: TokenStream, reader: Reader) -> TokenStream {
    let report = Report::default();
    let args = Args::parse(args, &report);
    let expanded = match parse::function(&item) {
        Ok(mut function) if awaits::of_block(&function.block).awaits > 0 => {
            let own = function.attrs.len();
            lower::function(&mut function, &args, &report);
            match reader {
                Reader::Compiler => expand::function(function, &args),
                Reader::Editor => {
                    let (own, made) = function.attrs.split_at(own);
                    // `#` and its brackets.
                    let rest = item.into_iter().skip(2 * own.len());
                    as_written::item(quote!(#(#own)* #(#made)* #(#rest)*), &args, reader)
                }
            }
        }
        Ok(mut function) => {
            let is_boxed = boxed::function(&mut function, &args, &report);
            match (is_boxed, reader) {
                (true, Reader::Compiler) => function.into_token_stream(),
                // Editors do well with awaits in a block.
                _ => item,
            }
        }
        Err(error) => {
            report.push(error);
            as_written::item(item, &args, reader)
        }
    };
    let errors = report.into_compile_errors();
    quote!(#expanded #errors)
}
