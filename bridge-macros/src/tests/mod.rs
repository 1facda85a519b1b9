//! Tests of the pipeline as a plain function of token streams.

mod snapshots;

use proc_macro2::TokenStream;

use crate::pipeline;

/// The expansion of an annotated function, formatted.
fn expand(args: &str, item: &str) -> String {
    let args: TokenStream = args.parse().expect("arguments are tokens");
    let item: TokenStream = item.parse().expect("the item is tokens");
    let expanded = pipeline::background(args, item);
    let file = syn::parse2(expanded).expect("the expansion parses");
    prettyplease::unparse(&file)
}
