//! Names in code: what a pattern binds, and whether some code mentions it.

use std::collections::BTreeSet;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FnArg, ItemFn, Local, Pat, PatIdent};

/// Some variables, by their names.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// What a pattern binds.
    pub fn of(pat: &Pat) -> Self {
        let mut binders = Binders::default();
        binders.visit_pat_mut(&mut pat.clone());
        binders.all
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    pub fn add(&mut self, others: Names) {
        self.0.extend(others.0);
    }

    /// Adds the variable that an expression is a place in.
    pub fn add_root(&mut self, place: &Expr) {
        self.0.extend(root(place));
    }

    pub fn remove(&mut self, others: &Names) {
        self.0.retain(|name| !others.has(name));
    }

    /// Whether none of them would be used: there are none, or all begin with `_`.
    pub fn are_unused(&self) -> bool {
        self.0.iter().all(|name| name.starts_with('_'))
    }

    /// Whether some code mentions one of them, be it in the text of a macro.
    pub fn are_in(&self, code: &impl ToTokens) -> bool {
        !self.0.is_empty() && self.are_in_tokens(code.to_token_stream())
    }

    fn are_in_tokens(&self, code: TokenStream) -> bool {
        let tokens: Vec<TokenTree> = code.into_iter().collect();
        let is = |at: Option<usize>, punct: char| {
            let token = at.and_then(|at| tokens.get(at));
            matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == punct)
        };
        tokens.iter().enumerate().any(|(at, token)| match token {
            TokenTree::Group(group) => self.are_in_tokens(group.stream()),
            TokenTree::Literal(literal) => self.are_in_text(&literal.to_string()),
            TokenTree::Ident(name) => {
                let member = is(at.checked_sub(1), '.') && !is(at.checked_sub(2), '.');
                self.has(&name.to_string()) && !member && !is_field(tokens.get(at + 1))
            }
            TokenTree::Punct(_) => false,
        })
    }

    /// `"{name}"`
    fn are_in_text(&self, text: &str) -> bool {
        let mut parts = text.split('{').skip(1);
        text.starts_with('"')
            && parts.any(|part| self.has(part.split(['}', ':']).next().unwrap_or_default()))
    }
}

/// The name before it is a field's.
fn is_field(next: Option<&TokenTree>) -> bool {
    matches!(next, Some(TokenTree::Punct(punct))
        if punct.as_char() == ':' && punct.spacing() == Spacing::Alone)
}

/// The variables of a function that are its own.
#[derive(Default)]
pub struct Locals {
    /// Bound by a `let`.
    pub bound: Names,
    /// Bound as `mut`, by a `let` or as a parameter.
    pub mutable: Names,
}

impl Locals {
    pub fn of(function: &ItemFn) -> Self {
        let mut lets = Lets::default();
        for input in &function.sig.inputs {
            if let FnArg::Typed(input) = input {
                lets.0.visit_pat_mut(&mut input.pat.clone());
            }
        }
        let of_parameters = std::mem::take(&mut lets.0.mutable);
        lets.0.all = Names::default();
        lets.visit_block_mut(&mut function.block.clone());
        let mut mutable = lets.0.mutable;
        mutable.add(of_parameters);
        Locals { bound: lets.0.all, mutable }
    }

    /// The variable of the function that an expression is a place in.
    pub fn root(&self, place: &Expr) -> Option<Names> {
        let root = root(place)?;
        self.bound.has(&root).then(|| Names([root].into()))
    }
}

/// The variable that an expression is, or is a field of.
pub(super) fn root(place: &Expr) -> Option<String> {
    match place {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        Expr::Field(field) => root(&field.base),
        Expr::Index(index) => root(&index.expr),
        Expr::Paren(inner) => root(&inner.expr),
        _ => None,
    }
}

#[derive(Default)]
struct Binders {
    all: Names,
    mutable: Names,
}

impl VisitMut for Binders {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        let name = pat.ident.to_string();
        // A constant or a variant looks the same.
        if !name.starts_with(char::is_uppercase) {
            if pat.mutability.is_some() {
                self.mutable.0.insert(name.clone());
            }
            self.all.0.insert(name);
        }
        visit_mut::visit_pat_ident_mut(self, pat);
    }
}

/// Finds what `let`s bind.
#[derive(Default)]
struct Lets(Binders);

impl VisitMut for Lets {
    fn visit_local_mut(&mut self, local: &mut Local) {
        self.0.visit_pat_mut(&mut local.pat);
        visit_mut::visit_local_mut(self, local);
    }
}
