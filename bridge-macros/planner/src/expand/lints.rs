//! Lint attributes of a `let` that is written as a start and a join.
//!
//! ```text
//! // Input:
//! #[allow(deprecated)]
//! let x = old().await;
//! // Output:
//! #[allow(deprecated)]
//! let x = background(async { old().await });
//! …
//! #[allow(deprecated)]
//! let x = foreground(x, …);
//! ```

use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Pat, PatIdent, Stmt, Token, parse_quote};

use super::spans::mixed;

/// What lints say of a binding, and not of what is bound.
const OF_BINDINGS: &[&str] = &[
    "unused",
    "unused_variables",
    "unused_mut",
    "unused_assignments",
    "non_snake_case",
    "let_unit_value",
    "let_underscore_untyped",
    "many_single_char_names",
    "similar_names",
    "shadow_reuse",
    "shadow_same",
    "shadow_unrelated",
    "disallowed_names",
    "used_underscore_binding",
];

/// What of an attribute holds for the start.
pub(super) fn at_start(attr: &Attribute) -> Option<Attribute> {
    match &attr.meta {
        Meta::List(list) if list.path.is_ident("expect") => Some(expectation(attr, false)),
        _ if attr.path().is_ident("doc") => None,
        _ => Some(attr.clone()),
    }
}

/// What of an attribute holds for the join.
pub(super) fn at_join(attr: &Attribute) -> Option<Attribute> {
    match &attr.meta {
        Meta::List(list) if list.path.is_ident("expect") => Some(expectation(attr, true)),
        _ => Some(attr.clone()),
    }
}

/// Clippy says of a `let` that its value is `()`, but not where that is awaited: `let x = pause().await;`.
/// It is silent of one that a macro has written.
pub(super) fn unit_may_be_awaited(stmt: &mut Stmt) {
    let Stmt::Local(local) = stmt else { return };
    // What it says of a `ref` it would not say either.
    if matches!(&local.pat, Pat::Ident(PatIdent { by_ref: None, .. })) {
        local.let_token.span = mixed(local.let_token.span);
        local.semi_token.span = mixed(local.semi_token.span);
    }
}

/// An `expect` that is fulfilled in one of two places is an `allow` in the other.
fn expectation(attr: &Attribute, at_join: bool) -> Attribute {
    let parts = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let Ok(parts) = parts else { return attr.clone() };
    let is_reason = |part: &&Meta| matches!(part, Meta::NameValue(_));
    let of_binding = |part: &&Meta| {
        let name = part.path().segments.last().map(|last| last.ident.to_string());
        name.is_some_and(|name| OF_BINDINGS.contains(&name.as_str()))
    };
    let lints = parts.iter().filter(|part| !is_reason(part));
    let (here, there): (Vec<&Meta>, Vec<&Meta>) =
        lints.partition(|part| of_binding(part) == at_join);
    let reason: Vec<&Meta> = parts.iter().filter(is_reason).collect();
    let expect = (!here.is_empty()).then(|| quote::quote!(expect(#(#here,)* #(#reason)*)));
    let allow = (!there.is_empty()).then(|| quote::quote!(allow(#(#there,)* #(#reason)*)));
    both(attr, expect, allow)
}

/// Both in one attribute.
fn both(attr: &Attribute, expect: Option<TokenStream>, allow: Option<TokenStream>) -> Attribute {
    match (expect, allow) {
        (Some(one), None) | (None, Some(one)) => parse_quote!(#[#one]),
        (Some(one), Some(other)) => parse_quote!(#[cfg_attr(all(), #one, #other)]),
        (None, None) => attr.clone(),
    }
}
