//! The arguments of the attribute.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, Path, Token, ext::IdentExt};

use crate::report::Report;

/// In which order the calls of a function run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Calls overlap.
    Background,
    /// Calls overlap, but nothing below a `?` starts before it has passed.
    Strict,
    /// Every await runs where it is written.
    Serial,
}

/// What stands in the parentheses of `#[background(…)]`.
///
/// ```
/// let arguments = bridge_planner::Arguments::parse("strict, explain".parse().unwrap()).unwrap();
/// assert_eq!(arguments.order, bridge_planner::Order::Strict);
/// assert!(arguments.explain);
/// ```
#[derive(Clone, Debug)]
pub struct Arguments {
    /// In which order the calls run.
    pub order: Order,
    /// The documentation shows the schedule.
    pub explain: bool,
    /// The compiler warns of each wait that a rewrite would avoid.
    pub warn: bool,
    /// The path of the `bridge` crate.
    pub krate: TokenStream,
    /// The function's own words.
    pub words: OwnWords,
}

/// Names that one function knows better than the table of words does: whole names, or the first
/// word of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// They are commands.
    pub commands: Vec<String>,
    /// They are none.
    pub queries: Vec<String>,
}

impl Default for Arguments {
    /// What `#[background]` alone means.
    fn default() -> Self {
        Arguments {
            order: Order::Background,
            explain: false,
            warn: false,
            krate: quote!(::bridge),
            words: OwnWords::default(),
        }
    }
}

impl Arguments {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// What is not known, or contradicts what stands before it.
    pub fn parse(tokens: TokenStream) -> syn::Result<Self> {
        let mut arguments = Arguments::default();
        (|input: ParseStream<'_>| arguments.read(input)).parse2(tokens)?;
        Ok(arguments)
    }

    /// What is wrong is reported, and what stands before it counts.
    pub(crate) fn parse_or_report(tokens: TokenStream, report: &Report) -> Self {
        let mut arguments = Arguments::default();
        if let Err(error) = (|input: ParseStream<'_>| arguments.read(input)).parse2(tokens) {
            report.push(error);
        }
        arguments
    }

    fn read(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            let name = input.call(Ident::parse_any)?;
            match name.to_string().as_str() {
                "serial" => self.set_order(&name, Order::Serial)?,
                "strict" => self.set_order(&name, Order::Strict)?,
                "explain" if input.peek(Token![=]) => self.warn |= warns(input)?,
                "explain" => self.explain = true,
                "crate" => {
                    input.parse::<Token![=]>()?;
                    let path = input.call(Path::parse_mod_style)?;
                    self.krate = quote!(#path);
                }
                "commands" => self.words.commands.extend(names(input)?),
                "queries" => self.words.queries.extend(names(input)?),
                other => {
                    return Err(syn::Error::new(
                        name.span(),
                        format!(
                            "unknown argument `{other}`; there are `serial`, `strict`, `explain`, \
                             `explain = warn`, `commands(name, …)`, `queries(name, …)` and \
                             `crate = path`"
                        ),
                    ));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    fn set_order(&mut self, name: &Ident, order: Order) -> syn::Result<()> {
        if self.order != Order::Background {
            return Err(syn::Error::new(
                name.span(),
                "`serial` and `strict` say in which order one and the same calls run: write one of them, once",
            ));
        }
        self.order = order;
        Ok(())
    }
}

/// `= warn`.
fn warns(input: ParseStream<'_>) -> syn::Result<bool> {
    input.parse::<Token![=]>()?;
    let how = input.call(Ident::parse_any)?;
    if how != "warn" {
        let message = "write `explain` for the schedule in the documentation, or `explain = warn` \
                       for a warning where a rewrite would overlap more";
        return Err(syn::Error::new(how.span(), message));
    }
    Ok(true)
}

const NAMES: &str = "words are names of functions, or the first words of names: write \
                     `commands(audit, spool)`";

/// The names in parentheses.
fn names(input: ParseStream<'_>) -> syn::Result<Vec<String>> {
    let content;
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(input.span(), NAMES));
    }
    syn::parenthesized!(content in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), NAMES))?;
    Ok(names.iter().map(|name| name.unraw().to_string()).collect())
}
