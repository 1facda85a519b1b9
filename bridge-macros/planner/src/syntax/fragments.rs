//! Statements out of a `$stmt:stmt` of a `macro_rules!` macro. They come in groups without
//! delimiters and without their `;`, as the compiler takes them and syn does not.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

/// Tokens with such statements as if they were written in place.
pub(crate) fn in_place(tokens: TokenStream) -> TokenStream {
    let inside = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let block = statements(in_place(group.stream()));
            with(&group, block)
        }
        TokenTree::Group(group) => with(&group, in_place(group.stream())),
        token => token,
    };
    tokens.into_iter().map(inside).collect()
}

fn statements(block: TokenStream) -> TokenStream {
    let mut out = Vec::new();
    let mut tokens = block.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let TokenTree::Group(group) = &token else {
            out.push(token);
            continue;
        };
        let begins = out.last().is_none_or(ends_statement);
        let is_let = is_fragment(&token) && begins_with_let(group.stream());
        let is_followed = is_fragment(&token) && tokens.peek().is_some_and(is_fragment);
        let is_closed = tokens.peek().is_some_and(|next| is_punct(next, ';'));
        let last = group.stream().into_iter().last().map(|last| last.span());
        let span = last.unwrap_or_else(|| group.span());
        match is_let {
            true => out.extend(group.stream()),
            false => out.push(token),
        }
        if begins && (is_let || is_followed) && !is_closed {
            let mut semicolon = Punct::new(';', Spacing::Alone);
            semicolon.set_span(span);
            out.push(semicolon.into());
        }
    }
    out.into_iter().collect()
}

fn with(group: &Group, stream: TokenStream) -> TokenTree {
    let mut changed = Group::new(group.delimiter(), stream);
    changed.set_span(group.span());
    changed.into()
}

fn ends_statement(token: &TokenTree) -> bool {
    let is_block = matches!(token, TokenTree::Group(group)
        if group.delimiter() == Delimiter::Brace);
    is_block || is_punct(token, ';')
}

fn is_fragment(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::None)
}

fn begins_with_let(tokens: TokenStream) -> bool {
    matches!(tokens.into_iter().next(), Some(TokenTree::Ident(word)) if word == "let")
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}
