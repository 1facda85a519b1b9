//! The functions in the repositories, and which of them a row is about.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{ImplItemFn, ItemFn, Signature, TraitItemFn};

use crate::rows::Row;

/// An `async` function or method with a body.
pub(crate) struct Found {
    pub(crate) name: String,
    /// The lines from its first attribute, or the first line of its documentation, to `fn`.
    pub(crate) head: RangeInclusive<usize>,
    pub(crate) item: TokenStream,
}

/// Where a row's function is.
pub(crate) struct Placed {
    /// The path below the root. Others may have moved the file since it was judged.
    pub(crate) file: String,
    pub(crate) found: Found,
}

/// Finds the function that a row is about, or says why it cannot.
///
/// One with a name is looked for by it, first in its file, then in the whole repository. Of
/// one without a name only the line is known: if no function begins there, the file is not
/// as it was when it was judged.
pub(crate) fn place(root: &Path, row: &Row) -> Result<Placed, String> {
    let functions = match fs::read_to_string(root.join(&row.file)) {
        Ok(text) => functions(&text).map_err(|error| format!("does not parse: {error}"))?,
        Err(_) => Vec::new(),
    };
    let placed = |found| Placed { file: row.file.clone(), found };
    let Some(name) = &row.name else {
        let at_line = functions.into_iter().find(|function| function.head.contains(&row.line));
        return at_line.map(placed).ok_or_else(|| {
            "no function begins at this line: it is another commit's file, or not there".to_owned()
        });
    };
    let called = functions.into_iter().filter(|function| function.name == *name);
    match called.min_by_key(|function| distance(&function.head, row.line)) {
        Some(found) => Ok(placed(found)),
        None => anywhere(root, &row.file, name),
    }
}

/// How many lines a line is away from some others.
fn distance(lines: &RangeInclusive<usize>, line: usize) -> usize {
    lines.start().saturating_sub(line) + line.saturating_sub(*lines.end())
}

/// The function of a name that has moved to another file of its repository, if there is one
/// of this name.
fn anywhere(root: &Path, file: &str, name: &str) -> Result<Placed, String> {
    let repository = file.split('/').next().unwrap_or_default();
    let mut files = Vec::new();
    rust_files(&root.join(repository), &mut files);
    if files.is_empty() {
        return Err(format!("its repository is not at {}", root.join(repository).display()));
    }
    let word = format!("fn {name}");
    let mut found = Vec::new();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if !text.contains(&word) {
            continue;
        }
        let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        // A file that does not parse is a template, or a test of a parser.
        let called = functions(&text).unwrap_or_default().into_iter();
        let called = called.filter(|function| function.name == name);
        found.extend(called.map(|found| Placed { file: file.clone(), found }));
    }
    match (found.pop(), found.len()) {
        (Some(placed), 0) => Ok(placed),
        (None, _) => Err("no async function of its repository has its name".to_owned()),
        (Some(_), more) => {
            Err(format!("it is not in its file, and {} others have its name", more + 1))
        }
    }
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
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
