//! Questions that tokens of the user answer, whatever they mean.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;

/// Visits each name, wherever it stands.
pub(crate) fn each_name(tokens: TokenStream, visit: &mut dyn FnMut(&Ident)) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => visit(&name),
            TokenTree::Group(group) => each_name(group.stream(), visit),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The first name of which something holds.
pub(crate) fn find_name(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(name) => wanted(&name).then_some(name),
        TokenTree::Group(group) => find_name(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Whether tokens name a variable, format strings included.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident.unraw() == name.unraw(),
        TokenTree::Group(group) => mentions(group.stream(), name),
        // A format string may capture it.
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}

/// Whether tokens speak of `mut`, or of a name that says so: what is made there
/// may hold a `&mut`.
pub(crate) fn says_mut(tokens: TokenStream) -> bool {
    let says = |name: &Ident| {
        let name = name.to_string();
        name == "mut" || name.ends_with("_mut") || name == "leak"
    };
    find_name(tokens, &says).is_some()
}

/// Where some code begins.
pub(crate) fn first_span(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().next().map(|token| token.span())
}
