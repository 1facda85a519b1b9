//! Loops that take item after item: `for item in items` and `while let Some(item) = next`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprForLoop, ExprWhile, Label, Pat, PatIdent};

#[derive(Clone)]
pub(crate) struct ItemLoop {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) label: Option<Label>,
    /// Its first token.
    pub(crate) span: Span,
    pub(crate) pat: Pat,
    pub(crate) source: Expr,
    /// The source is evaluated for each item, until the pattern does not match.
    pub(crate) asks: bool,
    pub(crate) body: Block,
}

impl ItemLoop {
    /// A loop that is one of these.
    pub(crate) fn of(expr: &Expr) -> Option<Self> {
        match expr.clone() {
            Expr::ForLoop(ExprForLoop { attrs, label, for_token, pat, expr, body, .. }) => {
                let (span, asks) = (for_token.span, false);
                Some(ItemLoop { attrs, label, span, pat: *pat, source: *expr, asks, body })
            }
            Expr::While(ExprWhile { attrs, label, while_token, cond, body }) => {
                let Expr::Let(binding) = *cond else { return None };
                let (pat, source) = (*binding.pat, *binding.expr);
                let (span, asks) = (while_token.span, true);
                Some(ItemLoop { attrs, label, span, pat, source, asks, body })
            }
            _ => None,
        }
    }

    /// It is one.
    pub(crate) fn is(expr: &Expr) -> bool {
        match expr {
            Expr::ForLoop(_) => true,
            Expr::While(repeat) => matches!(*repeat.cond, Expr::Let(_)),
            _ => false,
        }
    }

    /// As it is written, without its body.
    pub(crate) fn head(&self) -> TokenStream {
        let ItemLoop { attrs, label, pat, source, .. } = self;
        match self.asks {
            false => quote!(#(#attrs)* #label for #pat in #source {}),
            true => quote!(#(#attrs)* #label while let #pat = #source {}),
        }
    }

    /// The pattern, of which what it binds is handed on: nothing changes it there.
    pub(crate) fn without_mut(&self) -> Pat {
        struct Changed;
        impl VisitMut for Changed {
            fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
                name.mutability = None;
                visit_mut::visit_pat_ident_mut(self, name);
            }
        }
        let mut pat = self.pat.clone();
        Changed.visit_pat_mut(&mut pat);
        pat
    }
}
