//! A function as it is written: what an editor is given, and what comes out of one that
//! does not parse, as it is being typed.
//!
//! An editor wants every name where it is written, and in scope from there on, while
//! calls start above names that they do not use (yet). The body of a plain function
//! stands in an `async` block, where awaits are awaits.
//!
//! ```text
//! // Input:
//! fn load() -> Report {
//!     let data = load_remote_data_set().await;
//!     process(data.
//! }
//! // Output:
//! fn load() -> Report {
//!     ::bridge::expansion::sync::as_written::<Report>(async {
//!         let value: Report = {
//!             let data = load_remote_data_set().await;
//!             process(data.
//!         };
//!         value
//!     })
//! }
//! ```

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprClosure, ReturnType, TraitItemFn, Type, parse_quote};

use crate::syntax::arguments::Arguments;
use crate::syntax::types;

/// Who is going to read what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// It wants the translation.
    Compiler,
    /// It wants errors and documentation, and the rest as it is written.
    Editor,
}

/// The item as it is written, without the markers on its statements.
pub(crate) fn item(item: TokenStream, arguments: &Arguments, reader: Reader) -> TokenStream {
    let mut head: Vec<TokenTree> = unmarked(item.clone()).unwrap_or(item).into_iter().collect();
    let word = |word: &str| head.iter().any(|token| is_word(token, word));
    let plain = word("fn") && !word("async");
    let Some(body) = head.pop_if(|last| plain && is_block(last)) else {
        return head.into_iter().collect();
    };
    let span = match reader {
        // What is wrong with the whole body is shown at the body.
        Reader::Compiler => body.span(),
        // It takes what is shown at a place for what is written there.
        Reader::Editor => Span::mixed_site(),
    };
    let returns = returns(&head);
    let krate = &arguments.krate;
    let waiting = quote_spanned! {span=> {
        #krate::expansion::sync::as_written::<#returns>(async { let value: #returns = #body; value })
    }};
    quote!(#(#head)* #waiting)
}

/// The closure as it is written, without the markers on its statements.
pub(crate) fn closure(mut closure: ExprClosure, arguments: &Arguments) -> TokenStream {
    let body = closure.body.to_token_stream();
    let body = unmarked(body.clone()).unwrap_or(body);
    if closure.asyncness.is_some() {
        *closure.body = Expr::Verbatim(body);
        return closure.into_token_stream();
    }
    let returns: Type = match &closure.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => parse_quote!(_),
    };
    let krate = &arguments.krate;
    let span = Span::mixed_site();
    *closure.body = Expr::Verbatim(quote_spanned! {span=> {
        #krate::expansion::sync::as_written::<#returns>(async { let value: #returns = #body; value })
    }});
    closure.into_token_stream()
}

/// The type that the body ends with, as far as it can be read and named.
fn returns(head: &[TokenTree]) -> Type {
    let read = syn::parse2::<TraitItemFn>(quote!(#(#head)*;));
    match read.as_ref().map(|function| &function.sig.output) {
        Ok(ReturnType::Type(_, ty)) if !matches!(**ty, Type::Never(_)) => {
            types::with_opaque(ty, &parse_quote!(_))
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

/// The brackets of a marker on a statement, by whatever path.
fn is_marker(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let path = group.stream().into_iter().take_while(|token| !matches!(token, TokenTree::Group(_)));
    group.delimiter() == Delimiter::Bracket
        && path
            .last()
            .is_some_and(|name| is_word(&name, "foreground") || is_word(&name, "background"))
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if Ident::eq(ident, word))
}
