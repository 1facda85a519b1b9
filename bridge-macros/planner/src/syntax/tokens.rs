//! Questions that tokens of the user answer, whatever they mean.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

/// Whether there is a `?` among them.
pub(crate) fn leaves(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => leaves(group.stream()),
        _ => false,
    })
}

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

/// Whether tokens name a variable, with these fields or some of them, or all of it.
pub(crate) fn mentions_place(
    tokens: TokenStream,
    wanted: &dyn Fn(&Ident) -> bool,
    fields: &[String],
) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_wanted = |at: usize| match &tokens[at] {
        TokenTree::Ident(name) => {
            wanted(name) && named_fields(&tokens[at + 1..]).zip(fields).all(|(own, of)| own == *of)
        }
        TokenTree::Group(group) => mentions_place(group.stream(), wanted, fields),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    };
    (0..tokens.len()).any(is_wanted)
}

/// The fields at the beginning of tokens: of `.a.b.len()`, the first two.
fn named_fields(tokens: &[TokenTree]) -> impl Iterator<Item = String> {
    tokens.chunks(2).enumerate().map_while(|(number, pair)| match pair {
        [TokenTree::Punct(dot), TokenTree::Ident(field)] if dot.as_char() == '.' => {
            let called = matches!(tokens.get(2 * number + 2), Some(TokenTree::Group(group))
                if group.delimiter() == Delimiter::Parenthesis);
            (!called).then(|| field.unraw().to_string())
        }
        [TokenTree::Punct(dot), TokenTree::Literal(field)] if dot.as_char() == '.' => {
            Some(field.to_string())
        }
        _ => None,
    })
}

/// Whether tokens name a variable, format strings included.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    let name = name.unraw();
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident.unraw() == name,
        TokenTree::Group(group) => mentions(group.stream(), &name),
        TokenTree::Literal(literal) => {
            let literal = literal.to_string();
            captures(&literal).any(|capture| name == capture.name)
        }
        TokenTree::Punct(_) => false,
    })
}

/// Whether a literal among tokens captures a name, as a format string does.
pub(crate) fn is_captured(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => is_captured(group.stream(), name),
        TokenTree::Literal(literal) => {
            captures(&literal.to_string()).any(|capture| *name == capture.name)
        }
        TokenTree::Ident(_) | TokenTree::Punct(_) => false,
    })
}

/// Whether a name stands in code as that of a variable or a function: no field, no method, and
/// no part of a path.
pub(crate) fn stands_alone(code: TokenStream, name: &Ident) -> bool {
    let name = name.unraw();
    let mut tokens = code.into_iter().peekable();
    let mut before = ' ';
    while let Some(token) = tokens.next() {
        let after = match tokens.peek() {
            Some(TokenTree::Punct(punct)) => punct.as_char(),
            _ => ' ',
        };
        match &token {
            TokenTree::Ident(ident) => {
                if ident.unraw() == name && !matches!(before, '.' | ':') && after != ':' {
                    return true;
                }
            }
            TokenTree::Group(group) => {
                if stands_alone(group.stream(), &name) {
                    return true;
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        before = match token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
    }
    false
}

/// A name in the braces of a format string.
pub(crate) struct Capture<'a> {
    pub(crate) name: &'a str,
    /// It is the width or the precision of what is shown: `{:width$}`, `{:.precision$}`.
    pub(crate) is_size: bool,
}

/// The names that a literal captures, if it is a format string.
pub(crate) fn captures(literal: &str) -> impl Iterator<Item = Capture<'_>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    literal.split('{').skip(1).flat_map(move |part| {
        let shown = part.split(move |c| !is_part(c)).next().unwrap_or_default();
        let inside = part.split('}').next().unwrap_or_default();
        let words = inside.split(move |c| !(is_part(c) || c == '$'));
        let sizes = words.filter_map(|word| word.strip_suffix('$'));
        let sizes = sizes.map(|name| Capture { name, is_size: true });
        std::iter::once(Capture { name: shown, is_size: false }).chain(sizes)
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

/// Whether tokens hold a `break`, a `continue` or a `return`.
pub(crate) fn jumps(tokens: TokenStream) -> bool {
    let is_jump = |name: &Ident| name == "break" || name == "continue" || name == "return";
    find_name(tokens, &is_jump).is_some()
}

/// Tokens in which each `break`, `continue` and `return`, with what it gives, is a panic. The first
/// `break` is kept apart, without what it gives.
pub(crate) fn without_jumps(tokens: TokenStream, ends: &mut TokenStream) -> TokenStream {
    let ends_here = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';' || mark.as_char() == ',');
    let mut out = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(jump) if jump == "break" || jump == "continue" || jump == "return" => {
                let mut given = TokenStream::new();
                while let Some(token) = tokens.next_if(|token| !ends_here(token)) {
                    given.extend([token]);
                }
                let label: TokenStream = match given.clone().into_iter().next() {
                    Some(TokenTree::Punct(quote)) if quote.as_char() == '\'' => {
                        given.into_iter().take(2).collect()
                    }
                    _ => TokenStream::new(),
                };
                if jump == "break" && ends.is_empty() {
                    ends.extend(quote!(#jump #label;));
                }
                let span = jump.span();
                out.extend(quote_spanned!(span=> ::core::panic!()));
            }
            TokenTree::Group(group) => {
                let mut like = Group::new(group.delimiter(), without_jumps(group.stream(), ends));
                like.set_span(group.span());
                out.extend([TokenTree::Group(like)]);
            }
            token => out.extend([token]),
        }
    }
    out
}

/// Where some code of the user begins; groups without delimiters are none.
pub(crate) fn begin(code: TokenStream) -> Option<Span> {
    code.into_iter().next().map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            begin(group.stream()).unwrap_or_else(|| group.span())
        }
        TokenTree::Group(group) => group.span_open(),
        token => token.span(),
    })
}

/// Where some code of the user ends.
pub(crate) fn end(code: TokenStream) -> Option<Span> {
    code.into_iter().last().map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            end(group.stream()).unwrap_or_else(|| group.span())
        }
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    })
}
