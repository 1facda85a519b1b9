//! Functions in folders of sources.
//!
//! The examples that read the code of others share this file.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{ImplItemFn, ItemFn, Signature, TraitItemFn};

/// An `async` function or method with a body.
pub(crate) struct Found {
    pub(crate) name: String,
    /// The lines from its first attribute, or the first line of its documentation, to `fn`.
    pub(crate) head: RangeInclusive<usize>,
    pub(crate) item: TokenStream,
}

/// The Rust sources of a folder and all folders in it, but not those that it links to.
pub(crate) fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The functions of a file, an inner one after the one that it is in.
pub(crate) fn functions(text: &str) -> syn::Result<Vec<Found>> {
    let mut finder = Finder(Vec::new());
    finder.visit_file_mut(&mut syn::parse_file(text)?);
    Ok(finder.0)
}

struct Finder(Vec<Found>);

impl Finder {
    fn function(&mut self, item: &impl ToTokens, signature: &Signature) {
        if signature.asyncness.is_none() {
            return;
        }
        let item = item.to_token_stream();
        let first = item.span().start().line;
        let head = first..=signature.fn_token.span.start().line;
        self.0.push(Found { name: signature.ident.to_string(), head, item });
    }
}

impl VisitMut for Finder {
    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        self.function(item, &item.sig);
        visit_mut::visit_item_fn_mut(self, item);
    }
    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        self.function(item, &item.sig);
        visit_mut::visit_impl_item_fn_mut(self, item);
    }
    fn visit_trait_item_fn_mut(&mut self, item: &mut TraitItemFn) {
        if item.default.is_some() {
            self.function(item, &item.sig);
        }
        visit_mut::visit_trait_item_fn_mut(self, item);
    }
}
