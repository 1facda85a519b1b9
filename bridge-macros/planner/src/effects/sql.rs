//! Texts in SQL: whether what one does is more than to read.

use syn::{Expr, Lit};

use crate::effects::words;

/// What a text in SQL does that is written down here, in a literal or in a macro, if it acts.
pub(crate) fn act_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => act(&text.value()),
            _ => None,
        },
        // The first text among its tokens.
        Expr::Macro(call) => act(call.mac.tokens.to_string().split('"').nth(1)?),
        _ => None,
    }
}

/// Its verb, also below `WITH`; a lock of rows; or a function.
fn act(text: &str) -> Option<String> {
    let text = without_comments_and_values(&text.to_lowercase());
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let is_verb = |word: &&str| words::SQL_VERBS.contains(word);
    let (first, rest) = words.split_first()?;
    let verb = match *first {
        "with" => rest.iter().copied().find(is_verb),
        first => Some(first).filter(is_verb),
    };
    let lock = || {
        let mut pairs = words.windows(2).filter(|pair| pair[0] == "for");
        pairs.any(|pair| matches!(pair[1], "update" | "share" | "no" | "key"))
    };
    let acts = |word: &&str| words::SQL_FUNCTIONS.iter().any(|begin| word.starts_with(begin));
    let found = verb
        .or_else(|| rest.iter().copied().find(acts))
        .or_else(|| (*first == "select" && lock()).then_some("for update"))?;
    Some(found.to_owned())
}

/// `-- …`, `/* … */` and `'…'` are no words.
fn without_comments_and_values(text: &str) -> String {
    const BEGIN_AND_END: [(&str, &str); 3] = [("--", "\n"), ("/*", "*/"), ("'", "'")];
    let mut out = String::new();
    let mut rest = text;
    let first = |rest: &str| {
        let found = BEGIN_AND_END.into_iter();
        found.filter_map(|(begin, end)| Some((rest.find(begin)?, begin, end))).min()
    };
    while let Some((at, begin, end)) = first(rest) {
        out.push_str(&rest[..at]);
        out.push(' ');
        rest = rest[at + begin.len()..].split_once(end).map_or("", |(_, after)| after);
    }
    out + rest
}
