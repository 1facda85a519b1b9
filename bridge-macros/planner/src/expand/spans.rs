//! Where the compiler says what is wrong with a call: where it would say so of the
//! plain one.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprAwait};

use crate::syntax::control_flow::keyword_span;
use crate::syntax::{first_use, tokens};

/// Whether a place of the user's is not below another in the same file.
pub(crate) type IsAbove = fn(place: Span, span: Span) -> bool;

/// A span for what the macro makes: hidden names, shown at `span`.
pub(super) fn mixed(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// A function's name in parentheses that stand where the call begins, so that the
/// expression is as long as the one that was written: `get(url).await`.
pub(super) fn named(function: TokenStream, call: &ExprAwait, is_above: IsAbove) -> TokenStream {
    let mut name = Group::new(Delimiter::Parenthesis, function);
    let begins = tokens::begin(call.base.to_token_stream());
    name.set_span(located(keyword_span(call), begins, is_above));
    TokenTree::Group(name).into()
}

/// The future of a call as the one argument of a function that is [`named`] so, whose
/// value ends where the future ends: `get(url)`.
pub(super) fn argument(call: &ExprAwait, is_above: IsAbove) -> TokenStream {
    let future = match &*call.base {
        // They would be around an argument, where there is no need for them.
        Expr::Paren(inner) => inner.expr.to_token_stream(),
        base => base.to_token_stream(),
    };
    let ends = tokens::end(future.clone());
    let mut argument = Group::new(Delimiter::Parenthesis, future);
    argument.set_span(located(keyword_span(call), ends, is_above));
    TokenTree::Group(argument).into()
}

/// Where a call first uses a variable: what is wrong with what an `async` block takes
/// along is said at the word `async`.
pub(super) fn of_use(call: &ExprAwait, is_above: IsAbove) -> Span {
    located(keyword_span(call), first_use::of_variable(&call.base, &|_| true), is_above)
}

/// `place` for a token that stands with others at `span`; but `span` itself if that is
/// no later place in the same file, as with what a macro puts together.
fn located(span: Span, place: Option<Span>, is_above: IsAbove) -> Span {
    let place = place.filter(|place| is_above(*place, span));
    place.map_or(span, |place| span.located_at(place))
}
