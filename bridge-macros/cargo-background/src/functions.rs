//! The functions of a file that could be annotated, or are.

use std::ops::{Range, RangeInclusive};

use bridge_planner::Arguments;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, ImplItemFn, ItemFn, ItemImpl, ItemMod, ItemTrait, Signature};
use syn::{TraitItemFn, Type};

/// An `async` function or method with a body, or one with the attribute.
pub struct Function {
    /// Its path in the file: `tests::Client::load`.
    pub name: String,
    /// The lines from its first attribute, or the first line of its documentation, to `fn`.
    pub head: RangeInclusive<usize>,
    /// Where `fn` stands.
    pub line: usize,
    /// The whole of it, in bytes of the file.
    pub range: Range<usize>,
    /// Where an attribute goes that is to stand above all others: behind the documentation.
    pub attribute: usize,
    /// `fn` or `async fn`.
    pub is_async: bool,
    /// The arguments of the attribute, if it has that.
    pub arguments: Option<Arguments>,
    /// It is a test, or in a module of tests.
    pub is_test: bool,
    /// Without the attribute.
    pub item: TokenStream,
}

/// The functions of a file, an inner one after the one that it is in.
///
/// # Errors
///
/// The file does not parse.
pub fn of_file(text: &str) -> syn::Result<Vec<Function>> {
    let mut finder = Finder { text, found: Vec::new(), path: Vec::new(), tests: 0 };
    finder.visit_file_mut(&mut syn::parse_file(text)?);
    Ok(finder.found)
}

struct Finder<'t> {
    text: &'t str,
    found: Vec<Function>,
    path: Vec<String>,
    /// How many modules of tests are around.
    tests: usize,
}

impl Finder<'_> {
    fn function(
        &mut self,
        item: &impl ToTokens,
        without_attribute: impl FnOnce() -> TokenStream,
        signature: &Signature,
        written: &[Attribute],
    ) {
        let annotated = written.iter().find(|attr| is_background(attr));
        if signature.asyncness.is_none() && annotated.is_none() {
            return;
        }
        let range = item.span().byte_range();
        // Of the others nothing is planned, so that nothing is copied.
        let awaits = self.text.get(range.clone()).is_none_or(|text| text.contains(".await"));
        let tokens = match awaits {
            true => without_attribute(),
            false => TokenStream::new(),
        };
        let first = item.span().start().line;
        let line = signature.fn_token.span.start().line;
        let attribute = below_documentation(tokens.clone()).unwrap_or(range.start);
        let arguments = annotated.map(|attr| {
            let list = attr.meta.require_list().map(|list| list.tokens.clone());
            Arguments::parse(list.unwrap_or_default()).unwrap_or_default()
        });
        let mut name = self.path.join("::");
        if !name.is_empty() {
            name += "::";
        }
        self.found.push(Function {
            name: name + &signature.ident.to_string(),
            head: first..=line,
            line,
            attribute,
            range,
            is_async: signature.asyncness.is_some(),
            arguments,
            is_test: self.tests > 0 || written.iter().any(is_test),
            item: tokens,
        });
    }

    fn within(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.path.push(name);
        visit(self);
        self.path.pop();
    }
}

/// Where the first token stands that is not of the documentation.
fn below_documentation(item: TokenStream) -> Option<usize> {
    let mut tokens = item.into_iter().peekable();
    loop {
        let first = tokens.next()?;
        let is_documentation = match tokens.peek() {
            Some(TokenTree::Group(group)) if first.to_string() == "#" => {
                group.stream().into_iter().next().is_some_and(|name| name.to_string() == "doc")
            }
            _ => false,
        };
        if !is_documentation {
            return Some(first.span().byte_range().start);
        }
        tokens.next();
    }
}

/// `#[background]`, by whatever path.
fn is_background(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "background")
}

/// `#[test]`, `#[tokio::test]`, `#[bench]`.
fn is_test(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| last.ident == "test" || last.ident == "bench" || last.ident == "rstest")
}

/// `#[cfg(test)]`, also among others.
fn is_for_tests(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let list = attr.path().is_ident("cfg").then(|| attr.meta.require_list().ok()).flatten();
        list.is_some_and(|list| {
            let mut names = list.tokens.clone().into_iter();
            names.any(|token| token.to_string() == "test")
        })
    })
}

/// What an `impl` is of.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
        }
        Type::Reference(reference) => type_name(&reference.elem),
        _ => "_".to_owned(),
    }
}

macro_rules! add {
    ($finder:ident, $item:ident) => {{
        let without_attribute = || {
            let mut copy = $item.clone();
            copy.attrs.retain(|attr| !is_background(attr));
            copy.into_token_stream()
        };
        $finder.function($item, without_attribute, &$item.sig, &$item.attrs);
    }};
}

impl VisitMut for Finder<'_> {
    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        add!(self, item);
        self.inner(&item.sig, &mut item.block);
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        add!(self, item);
        self.inner(&item.sig, &mut item.block);
    }

    fn visit_trait_item_fn_mut(&mut self, item: &mut TraitItemFn) {
        if item.default.is_none() {
            return;
        }
        add!(self, item);
        if let Some(block) = &mut item.default {
            self.inner(&item.sig, block);
        }
    }

    fn visit_item_mod_mut(&mut self, item: &mut ItemMod) {
        let tests = usize::from(is_for_tests(&item.attrs));
        self.tests += tests;
        self.within(item.ident.to_string(), |finder| visit_mut::visit_item_mod_mut(finder, item));
        self.tests -= tests;
    }

    fn visit_item_impl_mut(&mut self, item: &mut ItemImpl) {
        let name = type_name(&item.self_ty);
        self.within(name, |finder| visit_mut::visit_item_impl_mut(finder, item));
    }

    fn visit_item_trait_mut(&mut self, item: &mut ItemTrait) {
        let name = item.ident.to_string();
        self.within(name, |finder| visit_mut::visit_item_trait_mut(finder, item));
    }
}

impl Finder<'_> {
    /// What is inside of a function, if there can be functions.
    fn inner(&mut self, signature: &Signature, block: &mut Block) {
        let text = self.text.get(block.span().byte_range());
        if text.is_none_or(|text| text.contains("fn ")) {
            let name = signature.ident.to_string();
            self.within(name, |finder| visit_mut::visit_block_mut(finder, block));
        }
    }
}
