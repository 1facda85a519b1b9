//! What calls are named after.

use proc_macro2::{TokenStream, TokenTree};

/// The function or method of the last await in some code, as in `get` of `client.get(url).await?`. What
/// is called on what it gives, and what only wraps it, is not looked through.
pub fn called(code: &TokenStream) -> Option<String> {
    let mut found = None;
    each_await(code.clone(), &mut |called| found = called.map(str::to_owned).or(found.take()));
    found
}

/// Tells of each `.await`, inner ones first, what is called for it.
pub fn each_await(code: TokenStream, found: &mut dyn FnMut(Option<&str>)) {
    // The name in front of the last arguments.
    let mut called: Option<String> = None;
    let mut name: Option<String> = None;
    for token in code {
        match token {
            TokenTree::Ident(word) if word == "await" => found(called.take().as_deref()),
            TokenTree::Ident(word) => name = Some(word.to_string()),
            TokenTree::Group(group) => {
                called = name.take().or(called);
                each_await(group.stream(), found);
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The local on which a method is called, as `client` of `client.get(url).await`: the name with which
/// the code begins, if a field or a method of it follows.
pub fn receiver(code: &TokenStream) -> Option<String> {
    let mut tokens = code.clone().into_iter();
    match (tokens.next()?, tokens.next()?, tokens.next()?) {
        (TokenTree::Ident(name), TokenTree::Punct(dot), TokenTree::Ident(then))
            if dot.as_char() == '.' && then != "await" =>
        {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// Whether an error may leave by `?`.
pub fn tries(code: &TokenStream) -> bool {
    code.clone().into_iter().any(|token| match token {
        TokenTree::Punct(mark) => mark.as_char() == '?',
        TokenTree::Group(group) => tries(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}
