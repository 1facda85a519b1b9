//! The names that patterns bind.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FieldValue, Ident, Item, Local, Macro, Member, Pat, PatIdent};

use crate::syntax::{macros, tokens};

/// A name that a pattern binds.
#[derive(Clone)]
pub(crate) struct Bound {
    pub(crate) ident: Ident,
    pub(crate) mutable: bool,
}

/// The names that a pattern binds, in source order. A lone name in upper case
/// is taken for a constant or a variant.
pub(crate) fn bound_names(pat: &Pat) -> Vec<Bound> {
    struct Finder(Vec<Bound>);
    impl VisitMut for Finder {
        fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
            let text = name.ident.unraw().to_string();
            let constant = text.chars().next().is_some_and(char::is_uppercase);
            let known = self.0.iter().any(|bound| bound.ident == name.ident);
            if !constant && !known {
                self.0
                    .push(Bound { ident: name.ident.clone(), mutable: name.mutability.is_some() });
            }
            visit_mut::visit_pat_ident_mut(self, name);
        }
        fn visit_expr_mut(&mut self, _: &mut Expr) {}
    }
    let mut finder = Finder(Vec::new());
    finder.visit_pat_mut(&mut pat.clone());
    finder.0
}

/// Whether a pattern borrows from what it takes apart, to change it: `ref mut`.
pub(crate) fn borrows_mut(pat: &Pat) -> bool {
    borrowed(pat).is_some_and(|name| name.mutability.is_some())
}

/// The first name with which a pattern borrows from what it takes apart; one that changes it, if
/// there is one.
pub(crate) fn borrowed(pat: &Pat) -> Option<PatIdent> {
    #[derive(Default)]
    struct Finder(Option<PatIdent>);
    impl VisitMut for Finder {
        fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
            if name.by_ref.is_some() && (self.0.is_none() || name.mutability.is_some()) {
                self.0 = Some(name.clone());
            }
            visit_mut::visit_pat_ident_mut(self, name);
        }
        fn visit_expr_mut(&mut self, _: &mut Expr) {}
    }
    let mut finder = Finder::default();
    finder.visit_pat_mut(&mut pat.clone());
    finder.0
}

/// Whether a macro stands for a part of a pattern, which may bind any name.
pub(crate) fn holds_macro(pat: &Pat) -> bool {
    struct Finder(bool);
    impl VisitMut for Finder {
        fn visit_macro_mut(&mut self, _: &mut Macro) {
            self.0 = true;
        }
    }
    let mut finder = Finder(false);
    finder.visit_pat_mut(&mut pat.clone());
    finder.0
}

/// The names that the patterns in an expression bind, and those of fields that it
/// gives values to.
pub(crate) fn bound_within(expr: &Expr) -> BTreeSet<String> {
    struct Finder(BTreeSet<String>);
    impl Finder {
        /// Whatever has a name there.
        fn all_of(&mut self, code: TokenStream) {
            tokens::each_name(code, &mut |name| {
                self.0.insert(name.unraw().to_string());
            });
        }
    }
    impl VisitMut for Finder {
        fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
            self.0.insert(name.ident.unraw().to_string());
            visit_mut::visit_pat_ident_mut(self, name);
        }
        fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
            if let (Member::Named(name), Some(_)) = (&field.member, &field.colon_token) {
                self.0.insert(name.unraw().to_string());
            }
            visit_mut::visit_field_value_mut(self, field);
        }
        fn visit_macro_mut(&mut self, mac: &mut Macro) {
            match macros::expressions(mac) {
                Some(mut all) => all.iter_mut().for_each(|expr| self.visit_expr_mut(expr)),
                None => self.all_of(mac.tokens.clone()),
            }
        }
        fn visit_item_mut(&mut self, item: &mut Item) {
            self.all_of(item.to_token_stream());
        }
    }
    let mut finder = Finder(BTreeSet::new());
    finder.visit_expr_mut(&mut expr.clone());
    finder.0
}

/// The name, if a pattern is no more than one.
pub(crate) fn plain_name(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(&name.ident),
        _ => None,
    }
}

/// The pattern of a `let` without its type.
pub(crate) fn untyped(pat: &Pat) -> &Pat {
    match pat {
        Pat::Type(typed) => &typed.pat,
        pat => pat,
    }
}

/// A name that asks for overlap: it does not begin with `_`.
pub(crate) fn asks_for_overlap(name: &Ident) -> bool {
    !name.to_string().starts_with('_')
}

/// The names that a `let` binds.
pub(crate) fn names_of(binding: Option<&Local>) -> Vec<Bound> {
    binding.map(|local| bound_names(&local.pat)).unwrap_or_default()
}

/// The patterns of the `let`s in a condition.
pub(crate) fn of_condition(cond: &Expr) -> Vec<Pat> {
    match cond {
        Expr::Let(condition) => vec![(*condition.pat).clone()],
        Expr::Binary(binary) => {
            let mut pats = of_condition(&binary.left);
            pats.extend(of_condition(&binary.right));
            pats
        }
        Expr::Paren(inner) => of_condition(&inner.expr),
        Expr::Group(inner) => of_condition(&inner.expr),
        _ => Vec::new(),
    }
}
