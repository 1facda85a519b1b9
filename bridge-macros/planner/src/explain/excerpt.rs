//! Code as it is named in a drawing.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The longest excerpt of code that is shown.
const EXCERPT: usize = 40;

/// The beginning of some code, on one line, up to its first block.
pub(super) fn excerpt(code: TokenStream) -> String {
    let block = |token: &TokenTree| {
        matches!(token, TokenTree::Group(group)
        if group.delimiter() == Delimiter::Brace)
    };
    let code: TokenStream = code.into_iter().take_while(|token| !block(token)).collect();
    let code = code.to_string();
    let mut code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    // Tokens come with spaces between them.
    for (apart, together) in [
        (" . ", "."),
        (" :: ", "::"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" ;", ""),
        (" ?", "?"),
        (" !", "!"),
        ("& ", "&"),
    ] {
        code = code.replace(apart, together);
    }
    let code = code.trim_end_matches([' ', ';']);
    match code.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &code[..end]),
        None => code.to_owned(),
    }
}
