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
//!
//! A source that is asked for each item is a loop of its own:
//!
//! ```text
//! // Input:
//! #[background(limit = 8)]
//! while let Some(url) = urls.recv().await { … }
//! // Output:
//! match __bridge::asked(8, async |asks| {
//!     while let Some(url) = urls.recv().await {
//!         asks.gives(url).await;
//!     }
//!     asks.ends().await
//! }) { … }
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::context::Context;
use super::spans::mixed;
use crate::ir::tree::{BoundedLoop, Yield};
use crate::syntax::item_loops::ItemLoop;
use crate::syntax::patterns::{self, Bound};

impl Context<'_> {
    pub(super) fn bounded_loop(&self, repeat: &BoundedLoop) -> TokenStream {
        let ItemLoop { attrs, label, .. } = &repeat.head;
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
        let items = self.items(repeat);
        quote_spanned! {span=>
            #(#attrs)* match #items {
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

    /// What the loop goes over. It is not hidden, so that the loop's place is told at run time.
    fn items(&self, repeat: &BoundedLoop) -> TokenStream {
        let here = repeat.yields.span;
        let (bridge, limit) = (self.runtime(here), self.expr(&repeat.limit));
        let items = match repeat.head.asks {
            true => {
                let asks = self.asks(repeat);
                quote_spanned!(here=> #bridge::asked(#limit, #asks))
            }
            false => {
                let source = self.expr(&repeat.source);
                quote_spanned!(here=> #bridge::bounded(#limit, #source))
            }
        };
        match repeat.unordered {
            true => quote_spanned!(here=> #items.unordered()),
            false => items,
        }
    }

    /// The loop that asks for the items, as an `async` closure.
    fn asks(&self, repeat: &BoundedLoop) -> TokenStream {
        let span = mixed(repeat.yields.span);
        let cx = self.in_prefix();
        let source = cx.expr(&repeat.source);
        let ends = quote_spanned!(span=> asks.ends().await);
        let ends = if repeat.yields.fallible { cx.wrap(&ends, span) } else { ends };
        let task = cx.task(span);
        let import = self.import_within(&cx);
        let pat = repeat.head.without_mut();
        let names = patterns::bound_names(&pat);
        let names = one_or_tuple(names.iter().map(|name| name.ident.to_token_stream()));
        // What is wrong with what it takes along is said where it asks.
        let begins = repeat.first_use_to_ask.map_or(span, |used| span.located_at(used));
        let asks = quote_spanned! {span=>
            while let #pat = #source {
                asks.gives(#names).await;
            }
        };
        quote_spanned!(begins=> async |asks| { #import #task #asks #ends })
    }

    /// What runs ahead, as an `async` closure. What is wrong with what that takes along is
    /// said at its first token.
    fn prefix(&self, repeat: &BoundedLoop) -> TokenStream {
        let pat = match &repeat.head {
            ItemLoop { asks: true, pat, .. } => of_names(patterns::bound_names(pat).iter()),
            head => head.pat.to_token_stream(),
        };
        let cx = self.in_prefix();
        let stmts = cx.scope(repeat.prefix);
        let span = mixed(repeat.yields.span);
        let task = cx.task(span);
        let import = self.import_within(&cx);
        let begins = repeat.first_use.map_or(span, |used| span.located_at(used));
        quote_spanned!(begins=> async |#pat, iteration| { #import #task #(#stmts)* })
    }
}

impl Yield {
    /// The names as one value.
    pub(super) fn values(&self) -> TokenStream {
        one_or_tuple(self.values.iter().map(|value| value.bound.ident.to_token_stream()))
    }

    /// The names as one pattern.
    fn patterns(&self) -> TokenStream {
        of_names(self.values.iter().map(|value| &value.bound))
    }

    /// The prefix, or the suffix, may be alone in changing what is `mut`.
    pub(super) fn touched(&self, span: Span) -> TokenStream {
        let mutable = self.values.iter().filter(|value| value.bound.mutable);
        let names = mutable.map(|value| &value.bound.ident);
        quote_spanned!(span=> #(let _ = &mut #names;)*)
    }
}

/// The pattern of these names.
fn of_names<'a>(names: impl ExactSizeIterator<Item = &'a Bound>) -> TokenStream {
    one_or_tuple(names.map(|Bound { ident, mutable }| match mutable {
        true => quote!(mut #ident),
        false => quote!(#ident),
    }))
}

/// One by itself, several as a tuple.
fn one_or_tuple(elements: impl ExactSizeIterator<Item = TokenStream>) -> TokenStream {
    match elements.len() {
        1 => quote!(#(#elements)*),
        _ => quote!((#(#elements),*)),
    }
}
