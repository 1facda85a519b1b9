//! The markers on statements: `#[foreground]`, `#[background]` and
//! `#[background(limit = N)]`.

use std::cell::Cell;

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, Meta, Stmt, Token};

use crate::report::Report;
use crate::syntax::attributes;
use crate::syntax::evaluation::{self, Part};
use crate::syntax::item_loops::ItemLoop;

pub(crate) struct Marker {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

pub(crate) enum Kind {
    /// All above has finished, and nothing below has started; in a loop with a limit no iteration
    /// runs ahead meanwhile.
    Foreground,
    /// Starts like a call.
    Background,
    /// Up to so many iterations of a loop overlap.
    Limit(Box<Limit>),
}

/// `limit = N`, or `limit = N, unordered`.
pub(crate) struct Limit {
    pub(crate) limit: Expr,
    /// Whichever iteration is ready has its turn.
    pub(crate) unordered: bool,
}

/// Takes the marker off a statement.
pub(crate) fn take(stmt: &mut Stmt, report: &Report) -> Option<Marker> {
    let is_loop = matches!(stmt, Stmt::Expr(expr, _) if ItemLoop::is(expr));
    let attrs = attributes::of_stmt_mut(stmt)?;
    let mut marker = None;
    attrs.retain(|attr| {
        if !is_marker(attr) {
            return true;
        }
        let span = attr.pound_token.spans[0];
        match read(attr) {
            Ok(Kind::Limit(_)) if !is_loop => report.error(
                span,
                "`limit` goes on a loop that takes item after item, which may overlap: write \
                 `for item in items { … }`, or `while let Some(item) = next().await { … }`",
            ),
            Ok(kind) => {
                if marker.replace(Marker { kind, span }).is_some() {
                    report.error(
                        span,
                        "one marker is enough, as `#[foreground]` lets a statement wait and \
                         `#[background]` starts it: remove the other one",
                    );
                }
            }
            Err(error) => report.push(error),
        }
        false
    });
    marker
}

/// Takes the markers off that ask for a start; tells whether there are any.
pub(crate) fn take_background(attrs: &mut Vec<Attribute>) -> bool {
    !take_arguments(attrs).is_empty()
}

/// Takes the same off, and gives them: in front of a closure they have its arguments.
pub(crate) fn take_arguments(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    attrs.extract_if(.., |attr| is_background(attr)).collect()
}

/// Whether a statement has a marker.
pub(crate) fn is_marked(stmt: &Stmt) -> bool {
    attributes::of_stmt(stmt).is_some_and(|attrs| attrs.iter().any(is_marker))
}

/// The first `#[foreground]` on a statement or on one within.
pub(crate) fn foreground_within(stmt: &Stmt) -> Option<Span> {
    let found = Cell::new(None);
    evaluation::any_part_of_stmt(stmt, &|part| {
        let Part::Stmt(stmt) = part else { return None };
        let mut attrs = attributes::of_stmt(stmt)?.iter();
        let marker = attrs.find(|attr| is_foreground(attr))?;
        found.set(Some(marker.pound_token.spans[0]));
        Some(true)
    });
    found.get()
}

fn is_marker(attr: &Attribute) -> bool {
    is_foreground(attr) || is_background(attr)
}

fn is_foreground(attr: &Attribute) -> bool {
    is_called(attr, "foreground")
}

/// Whether an attribute is the marker that asks for a start.
pub(crate) fn is_background(attr: &Attribute) -> bool {
    is_called(attr, "background")
}

/// Whether an attribute has this name, by whatever path.
fn is_called(attr: &Attribute, name: &str) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == name)
}

fn read(attr: &Attribute) -> syn::Result<Kind> {
    let foreground = is_foreground(attr);
    match &attr.meta {
        Meta::Path(_) if foreground => Ok(Kind::Foreground),
        Meta::Path(_) => Ok(Kind::Background),
        _ if foreground => {
            let message = "this marker takes no arguments: write `#[foreground]`";
            Err(syn::Error::new(attr.pound_token.spans[0], message))
        }
        _ => attr.parse_args_with(limit),
    }
}

fn limit(input: ParseStream<'_>) -> syn::Result<Kind> {
    const KNOWN: &str = "a marker takes nothing else: write `#[background]` on a statement, and \
                         `#[background(limit = N)]` or `#[background(limit = N, unordered)]` on a \
                         loop";
    let known = input.parse::<Ident>().and_then(|name| match name == "limit" {
        true => input.parse::<Token![=]>(),
        false => Err(syn::Error::new(name.span(), "")),
    });
    known.map_err(|error| syn::Error::new(error.span(), KNOWN))?;
    let limit = input.parse()?;
    let comma = input.parse::<Option<Token![,]>>()?.is_some();
    let is_unordered =
        |input: ParseStream<'_>| input.parse::<Ident>().is_ok_and(|name| name == "unordered");
    let unordered = comma && is_unordered(&input.fork());
    if unordered {
        input.parse::<Ident>()?;
        input.parse::<Option<Token![,]>>()?;
    }
    if !input.is_empty() {
        return Err(syn::Error::new(input.span(), KNOWN));
    }
    Ok(Kind::Limit(Box::new(Limit { limit, unordered })))
}
