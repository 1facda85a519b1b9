//! `cfg_if! { … }` that awaits, written as `#[cfg]` on its statements.
//!
//! ```text
//! // Input:
//! cfg_if! {
//!     if #[cfg(unix)] { let a = unix().await; } else { let a = other().await; }
//! }
//! // Output:
//! #[cfg(unix)] let a = unix().await;
//! #[cfg(not(any(unix)))] let a = other().await;
//! ```

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, Macro, Stmt, Token, parse_quote};

use crate::syntax::{attributes, control_flow};

/// Writes those of a block, and of the blocks in it, as their statements.
pub(crate) fn unfold(block: &mut Block) {
    Unfold.visit_block_mut(block);
}

struct Unfold;

impl VisitMut for Unfold {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let stmts = std::mem::take(&mut block.stmts);
        for stmt in stmts {
            match of_stmt(&stmt).and_then(branches) {
                Some(branches) => block.stmts.extend(branches),
                None => block.stmts.push(stmt),
            }
        }
        visit_mut::visit_block_mut(self, block);
    }
}

fn of_stmt(stmt: &Stmt) -> Option<&Macro> {
    let mac = match stmt {
        Stmt::Macro(call) if call.attrs.is_empty() => &call.mac,
        Stmt::Expr(Expr::Macro(call), _) if call.attrs.is_empty() => &call.mac,
        _ => return None,
    };
    let is_cfg_if = mac.path.segments.last()?.ident == "cfg_if";
    (is_cfg_if && control_flow::await_in_macro(mac).is_some()).then_some(mac)
}

/// The statements of all branches, each with its condition. `None` if it is no `cfg_if!` that can
/// be read.
fn branches(mac: &Macro) -> Option<Vec<Stmt>> {
    let read = |input: ParseStream<'_>| {
        let mut conditions: Vec<TokenStream> = Vec::new();
        let mut stmts = Vec::new();
        loop {
            let condition = if input.parse::<Option<Token![if]>>()?.is_some() {
                let attrs = input.call(Attribute::parse_outer)?;
                let [attr] = attrs.as_slice() else { return Err(input.error("`#[cfg(…)]`")) };
                Some(attr.meta.require_list()?.tokens.clone())
            } else {
                None
            };
            let is_last = condition.is_none();
            let others = &conditions;
            let cfg: Attribute = match &condition {
                Some(condition) if others.is_empty() => parse_quote!(#[cfg(#condition)]),
                Some(condition) => parse_quote!(#[cfg(all(#condition, not(any(#(#others),*))))]),
                None => parse_quote!(#[cfg(not(any(#(#others),*)))]),
            };
            let block: Block = input.parse()?;
            stmts.extend(block.stmts.into_iter().map(|stmt| under(&cfg, stmt)));
            conditions.extend(condition);
            if is_last || input.parse::<Option<Token![else]>>()?.is_none() {
                return Ok(stmts);
            }
        }
    };
    read.parse2(mac.tokens.clone()).ok()
}

/// A statement under a condition. A value stands in a block, on which an attribute may stand.
fn under(cfg: &Attribute, mut stmt: Stmt) -> Stmt {
    match &stmt {
        Stmt::Item(item) => return Stmt::Item(parse_quote!(#cfg #item)),
        Stmt::Expr(value, None) => {
            return Stmt::Expr(parse_quote!(#cfg { #value }), None);
        }
        _ => {}
    }
    match attributes::of_stmt_mut(&mut stmt) {
        Some(attrs) => {
            attrs.insert(0, cfg.clone());
            stmt
        }
        None => Stmt::Expr(parse_quote!(#cfg { #stmt }), None),
    }
}
