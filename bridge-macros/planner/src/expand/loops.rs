//! Writes loops with a limit.
//!
//! ```text
//! // Input:
//! #[background(limit = 8)]
//! for url in &urls {
//!     let page = get(url).await?;
//!     pages.push(page);
//! }
//! // Output:
//! match __bridge::bounded(8, &urls) {
//!     items => {
//!         let prefix = __bridge::prefix(&items, async |url, iteration| {
//!             let page = get(url).await?;
//!             __bridge::unguarded(&page, [0]);
//!             __bridge::wrap::<Result<Vec<Page>>, _>(iteration.yields(page).await)
//!         });
//!         let mut iterations =
//!             __bridge::overlap(items, |item, iteration| prefix(item, iteration));
//!         while let __bridge::Some(page) = __bridge::next(&mut iterations, ())? {
//!             pages.push(page);
//!         }
//!     }
//! }
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ExprForLoop;

use super::context::Context;
use super::spans::mixed;
use crate::ir::tree::{BoundedLoop, Yield};

impl Context<'_> {
    pub(super) fn bounded_loop(&self, repeat: &BoundedLoop) -> TokenStream {
        let ExprForLoop { attrs, label, .. } = &repeat.head;
        let (limit, source) = (self.expr(&repeat.limit), self.expr(&repeat.source));
        let span = mixed(repeat.yields.span);
        let iterations = self.iterations(repeat.yields.span);
        let prefix = self.prefix(repeat);
        let suffix = self.in_suffix(iterations.clone()).scope(repeat.suffix);

        let (bridge, awaiting) = (self.runtime(span), self.awaiting(span));
        let siblings = self.siblings(&[], span);
        let leave = repeat.yields.fallible.then(|| quote_spanned!(span=> ?));
        let names = repeat.yields.patterns();
        let touched = repeat.yields.touched(span);
        // The prefix may be alone in using a name.
        let may_go_unused = repeat.yields.values.iter();
        let may_go_unused =
            may_go_unused.filter(|value| value.may_go_unused && !value.bound.mutable);
        let may_go_unused = may_go_unused.map(|value| &value.bound.ident);
        // Not hidden, so that the loop's place is told at run time.
        let (here, limit) = (repeat.yields.span, &limit);
        let bounded = self.runtime(here);
        let begins = match repeat.unordered {
            true => quote_spanned!(here=> unordered),
            false => quote_spanned!(here=> bounded),
        };
        let bounded = quote_spanned!(here=> #bounded::#begins(#limit, #source));
        quote_spanned! {span=>
            #(#attrs)* match #bounded {
                items => {
                    let prefix = #bridge::prefix(&items, #prefix);
                    let mut #iterations =
                        #bridge::overlap(items, |item, iteration| prefix(item, iteration));
                    #label while let #bridge::Some(#names) =
                        #bridge::next(&mut #iterations, #siblings) #awaiting #leave
                    {
                        #(let _ = &#may_go_unused;)*
                        #touched
                        #(#suffix)*
                    }
                }
            }
        }
    }

    /// What runs ahead, as an `async` closure. What is wrong with what that takes along is
    /// said at its first token.
    fn prefix(&self, repeat: &BoundedLoop) -> TokenStream {
        let pat = &repeat.head.pat;
        let cx = self.in_prefix();
        let stmts = cx.scope(repeat.prefix);
        let import = self.import_within(&cx);
        let span = mixed(repeat.yields.span);
        let begins = repeat.first_use.map_or(span, |used| span.located_at(used));
        quote_spanned!(begins=> async |#pat, iteration| { #import #(#stmts)* })
    }
}

impl Yield {
    /// The names as one value.
    pub(super) fn values(&self) -> TokenStream {
        one_or_tuple(self.values.iter().map(|value| value.bound.ident.to_token_stream()))
    }

    /// The names as one pattern.
    fn patterns(&self) -> TokenStream {
        one_or_tuple(self.values.iter().map(|value| {
            let ident = &value.bound.ident;
            match value.bound.mutable {
                true => quote!(mut #ident),
                false => quote!(#ident),
            }
        }))
    }

    /// The prefix, or the suffix, may be alone in changing what is `mut`.
    pub(super) fn touched(&self, span: Span) -> TokenStream {
        let mutable = self.values.iter().filter(|value| value.bound.mutable);
        let names = mutable.map(|value| &value.bound.ident);
        quote_spanned!(span=> #(let _ = &mut #names;)*)
    }
}

/// One by itself, several as a tuple.
fn one_or_tuple(elements: impl ExactSizeIterator<Item = TokenStream>) -> TokenStream {
    match elements.len() {
        1 => quote!(#(#elements)*),
        _ => quote!((#(#elements),*)),
    }
}
