//! A name, and the words that it is made of.

use proc_macro2::{TokenStream, TokenTree};
use syn::Expr;
use syn::ext::IdentExt;

use crate::effects::words::{self, Words};

/// A name, split at its underscores.
pub(crate) struct Name<'a> {
    pub(crate) whole: &'a str,
    parts: Vec<&'a str>,
}

impl<'a> Name<'a> {
    /// A name with a capital decides nothing.
    pub(crate) fn of(name: &'a str) -> Option<Self> {
        if name.contains(char::is_uppercase) { None } else { Name::split(name) }
    }

    /// A name of any case, if it has a word.
    pub(crate) fn split(name: &'a str) -> Option<Self> {
        let whole = name.strip_suffix("_owned").unwrap_or(name);
        let parts = whole.split('_').filter(|part| !part.is_empty());
        let parts: Vec<&str> = parts.skip_while(|part| words::LEADING.contains(part)).collect();
        (!parts.is_empty()).then_some(Name { whole, parts })
    }

    pub(crate) fn first(&self) -> &'a str {
        self.parts[0]
    }

    pub(crate) fn last(&self) -> &'a str {
        self.parts[self.parts.len() - 1]
    }

    /// It is a word of the user's, or begins with it.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.whole == word || self.first() == word
    }

    pub(crate) fn is_among(&self, words: &Words) -> bool {
        words.first.contains(&self.first())
            || words.last.contains(&self.last())
            || words.name.contains(&self.whole)
    }

    /// It says that two things are done.
    pub(crate) fn joins(&self) -> bool {
        self.parts.iter().any(|part| words::CONJUNCTIONS.contains(part))
    }

    pub(crate) fn gives_connection(&self) -> bool {
        let before = self.parts.len().checked_sub(2).map(|at| self.parts[at]);
        let within = before.is_some_and(|before| words::PREPOSITIONS.contains(&before));
        words::CONNECTIONS.name.contains(&self.whole)
            || words::CONNECTIONS.last.contains(&self.last()) && !within && !self.is_shared()
    }

    /// What it gives serves many at a time: none waits until another gives it back.
    pub(crate) fn is_shared(&self) -> bool {
        self.parts.iter().any(|part| words::SHARED.contains(part))
    }
}

/// The last name of the path of a function.
pub(crate) fn of_function(function: &Expr) -> Option<String> {
    let Expr::Path(path) = function else { return None };
    path.path.segments.last().map(|last| last.ident.unraw().to_string())
}

/// Whether some name or text in code says that what it makes acts: the name of a command
/// (`delete_device::Request::new()`, `DeleteDevice { .. }`), or the verb of HTTP.
pub(crate) fn act(code: TokenStream) -> bool {
    code.into_iter().any(|token| match token {
        TokenTree::Group(group) => act(group.stream()),
        TokenTree::Ident(name) => acts(&name.to_string()),
        TokenTree::Literal(text) => acts(text.to_string().trim_matches('"')),
        TokenTree::Punct(_) => false,
    })
}

fn acts(name: &str) -> bool {
    let name = in_small_letters(name);
    Name::of(&name)
        .is_some_and(|name| name.is_among(&words::COMMANDS) || name.is_among(&words::RUN_COMMANDS))
}

/// `DeleteDevice` as `delete_device`, and `DELETE` as `delete`.
fn in_small_letters(name: &str) -> String {
    let mut small = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if after_small && letter.is_uppercase() {
            small.push('_');
        }
        after_small = letter.is_lowercase();
        small.extend(letter.to_lowercase());
    }
    small
}
