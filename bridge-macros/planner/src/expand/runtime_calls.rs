//! Calls into `bridge::expansion`, each at the place of what it stands for.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprAwait};

use super::context::Context;
use super::spans::{self, mixed};
use crate::ir::tree::{Awaited, Runs};
use crate::syntax::control_flow::keyword_span;

/// How long a list of handles may be before it is made a list of lists: the compiler
/// follows each to its end, and gives up at a depth of 128.
const LONGEST: usize = 60;

impl Context<'_> {
    /// What is awaited; blocking code runs on a thread.
    ///
    /// ```text
    /// // Input:
    /// query(&path).await    // blocking
    /// // Output:
    /// __bridge::run_in_background(move || query(&path)).await
    /// ```
    pub(super) fn awaited(&self, awaited: &Awaited) -> ExprAwait {
        let call = awaited.call.clone();
        if !matches!(awaited.runs, Runs::Blocking) {
            return call;
        }
        let span = awaited.span();
        let (bridge, code) = (self.runtime(span), &call.base);
        let base = quote_spanned!(span=> #bridge::run_in_background(move || #code));
        ExprAwait { base: Box::new(Expr::Verbatim(base)), ..call }
    }

    /// `background(async { … })`, or `background_beside(&together, async { … })`.
    pub(super) fn background(
        &self,
        future: TokenStream,
        call: &ExprAwait,
        beside: Option<&Ident>,
    ) -> TokenStream {
        let span = keyword_span(call);
        let bridge = self.runtime(span);
        let block = mixed(spans::of_use(call, self.is_above));
        let block = quote_spanned!(block=> async);
        match beside {
            None => quote_spanned!(span=> #bridge::background(#block { #future })),
            Some(name) => {
                quote_spanned!(span=> #bridge::background_beside(&#name, #block { #future }))
            }
        }
    }

    /// `start((&mut handle, (&mut other, ())))`.
    pub(super) fn start(&self, handles: &[Ident], span: Span) -> TokenStream {
        let handles = handle_list(handles.iter(), span);
        if self.is_asynchronous() {
            let polled = self.polled(span);
            return quote_spanned!(span=> #polled.start(#handles));
        }
        let bridge = self.runtime(span);
        quote_spanned!(span=> #bridge::start(#handles))
    }

    /// `foreground(…)`, of what [`joined`](Self::joined) or [`waited_for`](Self::waited_for) gives.
    pub(super) fn foreground(
        &self,
        joined: &TokenStream,
        call: &ExprAwait,
        leaves: bool,
    ) -> TokenStream {
        let span = keyword_span(call);
        let bridge = self.runtime(span);
        let leave = leaves.then(|| quote_spanned!(span=> ?));
        let name = quote_spanned!(span=> #bridge::foreground);
        let foreground = spans::named(name, call, self.is_above);
        quote_spanned!(span=> #foreground(#joined) #leave)
    }

    /// What a join is given that waits where it stands.
    ///
    /// ```text
    /// handle, (&mut sibling, (…)), [0]
    /// // In an `async fn`:
    /// { while task.polled().await.runs(&mut handle, (&mut sibling, (…))) {} handle }, [0]
    /// ```
    pub(super) fn joined(&self, handle: &Ident, siblings: &[Ident], span: Span) -> TokenStream {
        match self.waited_for(handle, siblings, span) {
            (None, joined) => joined,
            (Some(wait), _) => {
                let witness = guard_witness(span);
                quote_spanned!(span=> { #wait #handle }, #witness)
            }
        }
    }

    /// What an `async fn` does ahead of a join, and what the join is given then.
    pub(super) fn waited_for(
        &self,
        handle: &Ident,
        siblings: &[Ident],
        span: Span,
    ) -> (Option<TokenStream>, TokenStream) {
        let (siblings, witness) = (self.siblings(siblings, span), guard_witness(span));
        if !self.is_asynchronous() {
            return (None, quote_spanned!(span=> #handle, #siblings, #witness));
        }
        let polled = self.polled(span);
        let wait = quote_spanned!(span=> while #polled.runs(&mut #handle, #siblings) {});
        (Some(wait), quote_spanned!(span=> #handle, #witness))
    }

    /// The handles, and the iterations that run ahead.
    pub(super) fn siblings(&self, handles: &[Ident], span: Span) -> TokenStream {
        handle_list(handles.iter().chain(&self.beside), span)
    }

    /// Ends a call that holds a `?`.
    pub(super) fn wrap(&self, value: &TokenStream, span: Span) -> TokenStream {
        let (bridge, output) = (self.runtime(span), self.output());
        quote_spanned!(span=> #bridge::wrap::<#output, _>(#value))
    }

    /// `call.await` where it stands, in a synchronous function or beside iterations
    /// that run ahead.
    pub(super) fn wait(&self, call: &ExprAwait) -> TokenStream {
        let span = keyword_span(call);
        let bridge = self.runtime(span);
        let run = spans::named(quote_spanned!(span=> #bridge::run), call, self.is_above);
        let future = spans::argument(call, self.is_above);
        let waiting = self.finished(&quote!(#run #future), span);
        let attrs = &call.attrs;
        quote!(#(#attrs)* #waiting)
    }

    /// `call.await` where it stands, and nothing runs beside it: one of the function's own is told of.
    pub(super) fn alone(&self, call: ExprAwait) -> ExprAwait {
        if !self.is_body {
            return call;
        }
        let span = keyword_span(&call);
        let bridge = self.runtime(span);
        let name = quote_spanned!(span=> #bridge::in_place);
        let in_place = spans::named(name, &call, self.is_above);
        let future = spans::argument(&call, self.is_above);
        let base = Expr::Verbatim(quote!(#in_place #future));
        ExprAwait { base: Box::new(base), ..call }
    }

    /// Waits for a future that the user does not write.
    pub(super) fn wait_for(&self, future: &TokenStream, span: Span) -> TokenStream {
        let bridge = self.runtime(span);
        self.finished(&quote_spanned!(span=> #bridge::run(#future)), span)
    }

    /// Waits for what runs in place. What is wrong with it is said of the method, at `span`.
    fn finished(&self, running: &TokenStream, span: Span) -> TokenStream {
        let awaiting = self.awaiting(span);
        let siblings = self.siblings(&[], span);
        match self.waits_beside() {
            false => quote_spanned!(span=> #running.in_foreground()),
            true => quote_spanned!(span=> #running.beside(#siblings) #awaiting),
        }
    }
}

/// `(&mut a, (&mut b, ()))`.
fn handle_list<'a>(handles: impl Iterator<Item = &'a Ident>, span: Span) -> TokenStream {
    let handles: Vec<TokenStream> =
        handles.map(|handle| quote_spanned!(span=> &mut #handle)).collect();
    let list = |parts: &[TokenStream]| {
        let end = quote_spanned!(span=> ());
        parts.iter().rev().fold(end, |rest, first| quote_spanned!(span=> (#first, #rest)))
    };
    match handles.len() {
        0..=LONGEST => list(&handles),
        _ => list(&handles.chunks(LONGEST).map(list).collect::<Vec<_>>()),
    }
}

/// `[0]`, of which `Unguarded` tells what it is for. Errors are said of the brackets; as
/// the number is ours, no lint asks which type it has.
pub(super) fn guard_witness(span: Span) -> TokenStream {
    let mixed = mixed(span);
    let number = quote_spanned!(mixed=> 0);
    quote_spanned!(span=> [#number])
}
