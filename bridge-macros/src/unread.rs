//! What does not parse: a function while it is being typed.
//!
//! It goes back token by token, so that the editor and the compiler see it as it is
//! written, with the one error that it has. The body of a plain function stands in
//! an `async` block: else each `.await` would be an error that nobody made.
//!
//! ```text
//! // Input:
//! fn load() -> Report {
//!     let data = load_remote_data_set().await;
//!     process(data.
//! }
//! // Output:
//! fn load() -> Report {
//!     use ::bridge::expansion::sync as __bridge;
//!     __bridge::unread::<Report>(async {
//!         let value: Report = {
//!             let data = load_remote_data_set().await;
//!             process(data.
//!         };
//!         value
//!     })
//! }
//! ```

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{ReturnType, TraitItemFn, Type, parse_quote};

use crate::args::Args;
use crate::expand;

/// The item as it is written, without the markers on its statements.
pub(crate) fn item(item: TokenStream, args: &Args) -> TokenStream {
    let mut head: Vec<TokenTree> = unmarked(item.clone()).unwrap_or(item).into_iter().collect();
    let word = |word: &str| head.iter().any(|token| is_word(token, word));
    let plain = word("fn") && !word("async");
    let Some(body) = head.pop_if(|last| plain && is_block(last)) else {
        return head.into_iter().collect();
    };
    // What is wrong with the whole body is shown at the body.
    let span = body.span();
    let returns = returns(&head);
    let waiting = quote_spanned! {span=>
        __bridge::unread::<#returns>(async { let value: #returns = #body; value })
    };
    let waiting = expand::importing(waiting, false, &args.krate);
    quote!(#(#head)* { #waiting })
}

/// The type that the body ends with, as far as it can be read and named.
fn returns(head: &[TokenTree]) -> Type {
    let read = syn::parse2::<TraitItemFn>(quote!(#(#head)*;));
    match read.as_ref().map(|function| &function.sig.output) {
        Ok(ReturnType::Type(_, ty)) if !matches!(**ty, Type::Never(_)) => {
            expand::with_opaque(ty, &parse_quote!(_))
        }
        Ok(ReturnType::Default) => parse_quote!(()),
        _ => parse_quote!(_),
    }
}

/// The tokens without markers, if there are any. Groups that hold none are left
/// alone: a group that is made anew forgets where its two brackets are.
fn unmarked(tokens: TokenStream) -> Option<TokenStream> {
    let mut out = TokenStream::new();
    let mut found = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(hash)
                if hash.as_char() == '#' && tokens.peek().is_some_and(is_marker) =>
            {
                tokens.next();
                found = true;
            }
            TokenTree::Group(group) => out.extend([match unmarked(group.stream()) {
                None => TokenTree::Group(group),
                Some(contents) => {
                    found = true;
                    let mut like = Group::new(group.delimiter(), contents);
                    like.set_span(group.span());
                    TokenTree::Group(like)
                }
            }]),
            token => out.extend([token]),
        }
    }
    found.then_some(out)
}

/// The brackets of a marker on a statement.
fn is_marker(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket
        && first.is_some_and(|name| is_word(&name, "foreground") || is_word(&name, "background"))
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if Ident::eq(ident, word))
}
