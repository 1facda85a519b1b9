//! The pattern of a call whose variables are declared ahead of its value.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FieldPat, Local, Pat, PatIdent, PatWild, Token};

use crate::expand::handles::Names;
use crate::syntax::patterns::{self, Bound};

/// What a value is taken apart into.
///
/// ```text
/// let pair_value;                                  // what is borrowed from is kept
/// let k;                                           // what is taken has a variable of its own
/// …
/// pair_value = __bridge::foreground(pair, (), [0]);
/// let Pair { a: ref x, k: k_taken } = pair_value;
/// k = k_taken;
/// ```
pub(super) struct TakenApart {
    /// Where the value is kept, if the pattern borrows from it; to be changed or not.
    kept: Option<(Ident, bool)>,
    /// The names that take a part, each with what it is called in the pattern.
    taken: Vec<(Bound, Ident)>,
    pat: Pat,
}

impl TakenApart {
    /// None of what is no more than a name.
    pub(super) fn of(local: &Local, names: &mut Names) -> Option<Self> {
        if patterns::plain_name(patterns::untyped(&local.pat)).is_some() {
            return None;
        }
        let mut pat = local.pat.clone();
        let kept = patterns::borrowed(&pat).map(|name| {
            let first = patterns::bound_names(&pat).into_iter().next();
            let named = first.map_or(name.ident, |first| first.ident);
            let value = format_ident!("{}_value", named.unraw());
            (names.fresh(&value, named.span()), patterns::borrows_mut(&pat))
        });
        let mut renamer = Renamer { names, taken: Vec::new() };
        renamer.visit_pat_mut(&mut pat);
        let taken = renamer.taken;
        Some(TakenApart { kept, taken, pat })
    }

    pub(super) fn declared(&self) -> TokenStream {
        let mark = |mutable: bool| mutable.then(|| quote!(mut));
        let kept = self.kept.iter().map(|(name, mutable)| (mark(*mutable), name));
        let taken = self.taken.iter().map(|(bound, _)| (mark(bound.mutable), &bound.ident));
        kept.chain(taken).map(|(mark, name)| quote!(let #mark #name;)).collect()
    }

    /// The value has come, but is only to be dropped in its turn.
    pub(super) fn left(&self, value: &TokenStream, other: Option<&Expr>) -> TokenStream {
        let mut pat = self.pat.clone();
        WithoutBorrows.visit_pat_mut(&mut pat);
        let kept = self.kept.iter().map(|(kept, _)| kept);
        let names = kept.chain(self.taken.iter().map(|(bound, _)| &bound.ident));
        let bound = self.taken_out(&pat, value, other);
        quote!(#bound #(let _ = &#names;)*)
    }

    /// The value has come, which the pattern may not fit: then its `let` has an `else`.
    pub(super) fn bound(&self, value: &TokenStream, other: Option<&Expr>) -> TokenStream {
        self.taken_out(&self.pat, value, other)
    }

    fn taken_out(&self, pat: &Pat, value: &TokenStream, other: Option<&Expr>) -> TokenStream {
        let (keep, value) = match &self.kept {
            Some((kept, _)) => (quote!(#kept = #value;), kept.to_token_stream()),
            None => (TokenStream::new(), value.clone()),
        };
        let taken = self.taken.iter().map(|(bound, taken)| {
            let name = &bound.ident;
            quote!(#name = #taken;)
        });
        let other = other.map(|other| quote!(else #other));
        quote!(#keep let #pat = #value #other; #(#taken)*)
    }
}

/// Gives the names that take a part other ones.
struct Renamer<'n> {
    names: &'n mut Names,
    taken: Vec<(Bound, Ident)>,
}

impl VisitMut for Renamer<'_> {
    fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
        let is_bound = !patterns::bound_names(&Pat::Ident(name.clone())).is_empty();
        if name.by_ref.is_none() && is_bound {
            let known = self.taken.iter().find(|(bound, _)| bound.ident == name.ident);
            let taken = match known {
                Some((_, taken)) => taken.clone(),
                None => {
                    let taken = format_ident!("{}_taken", name.ident.unraw());
                    let taken = self.names.fresh(&taken, name.ident.span());
                    let mutable = name.mutability.is_some();
                    self.taken.push((Bound { ident: name.ident.clone(), mutable }, taken.clone()));
                    taken
                }
            };
            (name.ident, name.mutability) = (taken, None);
        }
        visit_mut::visit_pat_ident_mut(self, name);
    }

    fn visit_field_pat_mut(&mut self, field: &mut FieldPat) {
        // `Pair { k }` is `Pair { k: k }`.
        field.colon_token.get_or_insert_default();
        visit_mut::visit_field_pat_mut(self, field);
    }

    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}

/// Leaves out the names that borrow.
struct WithoutBorrows;

impl VisitMut for WithoutBorrows {
    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        match pat {
            Pat::Ident(name) if name.by_ref.is_some() => {
                let underscore_token = Token![_](name.ident.span());
                *pat = Pat::Wild(PatWild { attrs: Vec::new(), underscore_token });
            }
            pat => visit_mut::visit_pat_mut(self, pat),
        }
    }
}
