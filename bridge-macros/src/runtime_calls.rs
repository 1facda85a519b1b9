//! Calls into `bridge::expansion`, each at the place of what it stands for.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprAwait};

use crate::awaits;
use crate::handles::mixed;
use crate::lower::Cx;
use crate::operands::Unit;
use crate::spans;

/// `background(async { … })`.
pub(crate) fn background(future: TokenStream, unit: &Unit, cx: &Cx<'_>) -> TokenStream {
    let span = mixed(unit.span());
    let awaiting = awaiting(span, cx);
    let block = mixed(spans::of_use(&unit.call));
    let block = quote_spanned!(block=> async);
    quote_spanned!(span=> __bridge::background(#block { #future }) #awaiting)
}

/// `[0]`, of which `Unguarded` tells what it is for. Errors are said of the brackets; as
/// the number is ours, no lint asks which type it has.
pub(crate) fn open_kind(span: Span) -> TokenStream {
    let mixed = mixed(span);
    let number = quote_spanned!(mixed=> 0);
    quote_spanned!(span=> [#number])
}

/// `foreground(handle, (&mut sibling, (…)), [0])`.
pub(crate) fn foreground(
    handle: &Ident,
    siblings: &[Ident],
    unit: &Unit,
    leaves: bool,
    cx: &Cx<'_>,
) -> TokenStream {
    let span = unit.span();
    let siblings = list(siblings, span, cx);
    let awaiting = awaiting(span, cx);
    let leave = leaves.then(|| quote_spanned!(span=> ?));
    let foreground = spans::named(quote_spanned!(span=> __bridge::foreground), &unit.call);
    let open = open_kind(span);
    quote_spanned!(span=> #foreground(#handle, #siblings, #open) #awaiting #leave)
}

/// How long a list of handles may be before it is made a list of lists: the compiler
/// follows each to its end, and gives up at a depth of 128.
const LONGEST: usize = 60;

/// `(&mut a, (&mut b, ()))`: the handles, and the iterations that run ahead.
pub(crate) fn list(handles: &[Ident], span: Span, cx: &Cx<'_>) -> TokenStream {
    let all = handles.iter().chain(&cx.beside);
    let all: Vec<TokenStream> = all.map(|handle| quote_spanned!(span=> &mut #handle)).collect();
    let list = |parts: &[TokenStream]| {
        let end = quote_spanned!(span=> ());
        parts.iter().rev().fold(end, |rest, first| quote_spanned!(span=> (#first, #rest)))
    };
    match all.len() {
        0..=LONGEST => list(&all),
        _ => list(&all.chunks(LONGEST).map(list).collect::<Vec<_>>()),
    }
}

pub(crate) fn awaiting(span: Span, cx: &Cx<'_>) -> Option<TokenStream> {
    cx.asynchronous.then(|| quote_spanned!(span=> .await))
}

/// Ends a call with a `?` in it.
pub(crate) fn pass(value: &TokenStream, span: Span, cx: &Cx<'_>) -> TokenStream {
    let returns = returns(cx);
    quote_spanned!(span=> __bridge::pass::<#returns, _>(#value))
}

pub(crate) fn returns(cx: &Cx<'_>) -> TokenStream {
    cx.returns.as_ref().map_or_else(|| quote!(()), |ty| quote!(#ty))
}

/// `call.await` where it stands, in a synchronous function or beside iterations
/// that run ahead.
pub(crate) fn wait(call: &ExprAwait, cx: &Cx<'_>) -> Expr {
    let span = awaits::keyword_span(call);
    let run = spans::named(quote_spanned!(span=> __bridge::run), call);
    let future = spans::argument(call);
    let waiting = finished(&quote!(#run #future), span, cx);
    let attrs = &call.attrs;
    Expr::Verbatim(quote!(#(#attrs)* #waiting))
}

/// Waits for a future that the user does not write.
pub(crate) fn wait_for(future: &TokenStream, span: Span, cx: &Cx<'_>) -> Expr {
    Expr::Verbatim(finished(&quote_spanned!(span=> __bridge::run(#future)), span, cx))
}

/// Waits for what runs in place. What is wrong with it is said of the method, at `span`.
fn finished(running: &TokenStream, span: Span, cx: &Cx<'_>) -> TokenStream {
    let awaiting = awaiting(span, cx);
    let siblings = list(&[], span, cx);
    match cx.waits_beside() {
        false => quote_spanned!(span=> #running.in_foreground()),
        true => quote_spanned!(span=> #running.beside(#siblings) #awaiting),
    }
}
