//! The one sink for errors: stages report and go on, and the pipeline decides.

use std::cell::RefCell;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::Error;

#[derive(Default)]
pub(crate) struct Report {
    errors: RefCell<Vec<Error>>,
}

impl Report {
    pub(crate) fn error(&self, span: Span, message: impl std::fmt::Display) {
        self.push(Error::new(span, message));
    }

    pub(crate) fn push(&self, error: Error) {
        self.errors.borrow_mut().push(error);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.errors.borrow().len()
    }

    /// Takes back all but the first so many.
    pub(crate) fn truncate(&self, errors: usize) {
        self.errors.borrow_mut().truncate(errors);
    }

    /// All errors, in the order of the stages.
    pub(crate) fn into_errors(self) -> Vec<Error> {
        self.errors.into_inner()
    }

    /// All errors as `compile_error!` items, in the order of the stages.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors.into_inner().iter().flat_map(Error::to_compile_error).map(of_std).collect()
    }
}

/// `::core::compile_error!` is no path in edition 2015, where `core` has to be named first.
fn of_std(token: TokenTree) -> TokenTree {
    match token {
        TokenTree::Ident(name) if name == "core" => Ident::new("std", name.span()).into(),
        token => token,
    }
}
