//! Code as it is named in a drawing.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::ir::tree::OURS;

/// The longest excerpt of code that is shown.
const EXCERPT: usize = 40;

/// Without the names that are not the user's.
fn without_values(code: &str) -> String {
    let without = |code: String, ours: &str| {
        let mut parts = code.split(ours);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |code, part| {
            code + "…" + part.trim_start_matches(|c: char| c == '_' || c.is_ascii_digit())
        })
    };
    OURS.into_iter().fold(code.to_owned(), without)
}

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
        ("# [", "#["),
        // `if !done`, but `vec![…]`; `?error` in a log line.
        ("if!", "if !"),
        ("=!", "= !"),
        ("&&!", "&& !"),
        ("||!", "|| !"),
        ("(? ", "(?"),
        (", ? ", ", ?"),
    ] {
        code = code.replace(apart, together);
    }
    let code = without_values(&code);
    let code = code.trim_end_matches([' ', ';']);
    match code.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &code[..end]),
        None => code.to_owned(),
    }
}
