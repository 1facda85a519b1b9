//! The standard macros that take expressions: they count as calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Macro, MacroDelimiter, Token};

use crate::syntax::tokens;

/// What is known of a macro by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads its arguments and has no effect that can be seen: `format!`.
    Format,
    /// Reads its arguments and shows them: `println!`, `info!`.
    Log,
    /// Reads its arguments and may panic: `assert!`.
    Assert,
    /// Changes its first argument and reads the others: `write!`.
    Write,
    /// Takes its arguments by value, as far as its name tells: `vec!`, `anyhow!`.
    Value,
    /// Compares its first argument with a pattern: `matches!`.
    Matches,
    /// Puts a text in SQL and what it reads into a query, which something else runs: `query!`.
    Query,
}

const FORMAT: &[&str] = &["format", "format_args"];
const LOG: &[&str] =
    &["print", "println", "eprint", "eprintln", "trace", "debug", "info", "warn", "error"];
const ASSERT: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
];
const WRITE: &[&str] = &["write", "writeln"];
const VALUE: &[&str] = &["anyhow", "dbg", "eyre", "format_err", "pin", "vec"];
/// Those among them that make an error, of a value or of a text.
const ERRORS: &[&str] = &["anyhow", "eyre", "format_err"];
const MATCHES: &[&str] = &["assert_matches", "debug_assert_matches", "matches"];

/// Those that await all that they are given.
pub(crate) const JOINS: &[&str] = &["join", "try_join"];

/// Whether a macro has one of these names, by whatever path.
pub(crate) fn is_one_of(mac: &Macro, names: &[&str]) -> bool {
    mac.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

pub(crate) fn kind(mac: &Macro) -> Option<Kind> {
    let name = mac.path.segments.last()?.ident.to_string();
    let name = name.as_str();
    // `pin!(x)` of tokio binds `x` anew.
    if name == "pin" && syn::parse2::<syn::Ident>(mac.tokens.clone()).is_ok() {
        return None;
    }
    // What makes an error of a text formats, and takes nothing.
    if ERRORS.contains(&name) && begins_with_text(mac) {
        return Some(Kind::Format);
    }
    let table = [
        (FORMAT, Kind::Format),
        (LOG, Kind::Log),
        (ASSERT, Kind::Assert),
        (WRITE, Kind::Write),
        (VALUE, Kind::Value),
        (MATCHES, Kind::Matches),
    ];
    let known = table.into_iter().find(|(names, _)| names.contains(&name)).map(|(_, kind)| kind);
    known.or_else(|| is_query(name, mac).then_some(Kind::Query))
}

/// How many of its arguments a macro evaluates, whatever comes: a level that is off shows nothing,
/// and an assertion that holds has no message.
pub(crate) fn evaluates(mac: &Macro) -> usize {
    let Some(last) = mac.path.segments.last() else { return 0 };
    match last.ident.to_string().as_str() {
        "trace" | "debug" | "info" | "warn" | "error" => 0,
        name if name.starts_with("debug_assert") => 0,
        "assert" | "ensure" => 1,
        "assert_eq" | "assert_ne" => 2,
        _ => usize::MAX,
    }
}

/// Whether a macro makes a value of what it is given, and does no more.
pub(crate) fn only_makes(mac: &Macro) -> bool {
    let last = mac.path.segments.last().map(|last| last.ident.to_string());
    kind(mac) == Some(Kind::Format)
        || last.is_some_and(|last| ERRORS.contains(&last.as_str()))
        || mac.path.is_ident("vec")
        || mac.path.is_ident("matches")
}

/// A macro of sqlx, by its name and the text that it is given first, or behind a type.
fn is_query(name: &str, mac: &Macro) -> bool {
    (name == "query" || name.starts_with("query_"))
        && separated(mac).is_some_and(|given| given.iter().take(2).any(is_text))
}

fn begins_with_text(mac: &Macro) -> bool {
    separated(mac).is_some_and(|given| given.iter().next().is_some_and(is_text))
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)))
}

/// What a macro is given, as far as it is evaluated.
#[derive(Default)]
pub(crate) struct Expressions {
    exprs: Vec<Expr>,
    /// What stands before each of them: `target:`, `error = %`, `biased;`.
    before: Vec<TokenStream>,
    /// What stands after each of them.
    after: Vec<TokenStream>,
    /// Whether it may bind what it compares: a name of its pattern or its guard is that of a
    /// variable.
    pub(crate) binds: bool,
}

impl Expressions {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Expr> {
        self.exprs.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.exprs.iter_mut()
    }

    /// What stands after the last of them: of `matches!` the pattern and its guard.
    pub(crate) fn rest(&self) -> TokenStream {
        self.after.last().cloned().unwrap_or_default()
    }

    fn separated(
        input: ParseStream<'_>,
        before: fn(ParseStream<'_>, bool) -> syn::Result<TokenStream>,
    ) -> syn::Result<Self> {
        let mut found = Expressions::default();
        while !input.is_empty() {
            found.before.push(before(input, found.exprs.is_empty())?);
            found.exprs.push(input.parse()?);
            let comma = input.parse::<Option<Token![,]>>()?;
            if comma.is_none() && !input.is_empty() {
                return Err(input.error("`,`"));
            }
            found.after.push(comma.to_token_stream());
        }
        Ok(found)
    }

    /// `vec![x; n]`.
    fn repeated(input: ParseStream<'_>) -> syn::Result<Self> {
        let (item, semi) = (input.parse()?, input.parse::<Token![;]>()?);
        let exprs = vec![item, input.parse()?];
        let before = vec![TokenStream::new(); 2];
        let after = vec![semi.to_token_stream(), TokenStream::new()];
        Ok(Expressions { exprs, before, after, binds: false })
    }

    /// `matches!(x, Some(n) if n > 3)`.
    fn compared(input: ParseStream<'_>) -> syn::Result<Self> {
        let value = input.parse()?;
        let rest: TokenStream = input.fork().parse()?;
        if tokens::mentions(rest.clone(), &Ident::new("await", Span::call_site())) {
            return Err(input.error("an await in the guard"));
        }
        input.parse::<Token![,]>()?;
        let mut binds = false;
        let is_variable = |name: &Ident| name.to_string().starts_with(char::is_lowercase);
        tokens::each_name(input.parse()?, &mut |name| binds |= is_variable(name));
        let before = vec![TokenStream::new()];
        Ok(Expressions { exprs: vec![value], before, after: vec![rest], binds })
    }
}

impl ToTokens for Expressions {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for ((before, expr), after) in self.before.iter().zip(&self.exprs).zip(&self.after) {
            before.to_tokens(tokens);
            expr.to_tokens(tokens);
            after.to_tokens(tokens);
        }
    }
}

/// Nothing.
fn nothing(_: ParseStream<'_>, _: bool) -> syn::Result<TokenStream> {
    Ok(TokenStream::new())
}

/// What `tracing` lets stand before what it shows: `target:`, `%`, `error = ?`.
fn of_a_field(input: ParseStream<'_>, _: bool) -> syn::Result<TokenStream> {
    const SETTINGS: &[&str] = &["logger", "name", "parent", "target"];
    let shown = |input: ParseStream<'_>| -> syn::Result<TokenStream> {
        let debug: Option<Token![?]> = input.parse()?;
        let display: Option<Token![%]> = if debug.is_none() { input.parse()? } else { None };
        Ok(quote!(#debug #display))
    };
    let ahead = input.fork();
    if let Ok(name) = ahead.call(Ident::parse_any)
        && SETTINGS.iter().any(|setting| name == setting)
        && ahead.peek(Token![:])
        && !ahead.peek(Token![::])
    {
        let (name, colon) = (input.call(Ident::parse_any)?, input.parse::<Token![:]>()?);
        let shown = shown(input)?;
        return Ok(quote!(#name #colon #shown));
    }
    let ahead = input.fork();
    let is_shown = |input: ParseStream<'_>| input.peek(Token![?]) || input.peek(Token![%]);
    let name =
        Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(&ahead, Ident::parse_any);
    if name.is_ok() && ahead.parse::<Token![=]>().is_ok() && is_shown(&ahead) {
        let name =
            Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any)?;
        let (equals, shown) = (input.parse::<Token![=]>()?, shown(input)?);
        return Ok(quote!(#name #equals #shown));
    }
    shown(input)
}

/// `biased;`, of tokio's `join!` and `try_join!`.
fn of_a_join(input: ParseStream<'_>, is_first: bool) -> syn::Result<TokenStream> {
    let ahead = input.fork();
    let is_biased = ahead.parse::<Ident>().is_ok_and(|name| name == "biased");
    match is_first && is_biased && ahead.peek(Token![;]) {
        true => {
            let (name, semi) = (input.parse::<Ident>()?, input.parse::<Token![;]>()?);
            Ok(quote!(#name #semi))
        }
        false => Ok(TokenStream::new()),
    }
}

/// The argument expressions of a known macro, a named one (`width = 3`) as an
/// assignment; `None` for a macro that is unknown or used in another way.
pub(crate) fn expressions(mac: &Macro) -> Option<Expressions> {
    let tokens = || mac.tokens.clone();
    match kind(mac)? {
        Kind::Matches => Expressions::compared.parse2(tokens()).ok(),
        Kind::Value if mac.path.segments.last()?.ident == "vec" => {
            let several = separated(mac).ok_or(());
            several.or_else(|_| Expressions::repeated.parse2(tokens())).ok()
        }
        _ => separated(mac),
    }
}

/// Whether a macro gives a stream, which awaits by itself, as an `async` block does.
pub(crate) fn is_stream(mac: &Macro) -> bool {
    let last = mac.path.segments.last();
    last.is_some_and(|last| last.ident == "stream" || last.ident == "try_stream")
}

/// The tokens of any macro as argument expressions, if they are that.
pub(crate) fn separated(mac: &Macro) -> Option<Expressions> {
    if is_stream(mac) {
        return None;
    }
    let before = if is_one_of(mac, LOG) {
        of_a_field
    } else if is_one_of(mac, JOINS) {
        of_a_join
    } else {
        nothing
    };
    let read = |input: ParseStream<'_>| Expressions::separated(input, before);
    read.parse2(mac.tokens.clone()).ok()
}

/// The call of a macro as the user has written it; a long one without what it is given.
pub(crate) fn as_written(mac: &Macro) -> String {
    const LONG: usize = 80;
    let path: Vec<String> =
        mac.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let given = mac.delimiter.span().join().source_text();
    // On one line, which a comment or a text of several lines does not stand on.
    let on_one_line =
        |text: &String| !text.contains('\n') || !text.contains("//") && !text.contains('"');
    let given = given.filter(on_one_line);
    let given = given.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let given = given.filter(|text| text.chars().count() <= LONG);
    let given = given.unwrap_or_else(|| match mac.delimiter {
        MacroDelimiter::Paren(_) => "(…)".to_owned(),
        MacroDelimiter::Brace(_) => " { … }".to_owned(),
        MacroDelimiter::Bracket(_) => "[…]".to_owned(),
    });
    let space = if given.starts_with('{') { " " } else { "" };
    format!("{}!{space}{given}", path.join("::"))
}

/// Whether the macro is of the kind that has `name = value` arguments.
pub(crate) fn names_arguments(mac: &Macro) -> bool {
    matches!(kind(mac), Some(Kind::Format | Kind::Log | Kind::Assert))
}
