//! Functions that others have written: those in the sources of the project's own
//! dependencies, and in the directories of `REAL_CODE`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

/// An `async` function or method that holds an `.await`.
pub(super) struct Found {
    pub(super) file: PathBuf,
    pub(super) function: ItemFn,
}

impl Found {
    pub(super) fn name(&self) -> String {
        format!("{}: {}", self.file.display(), self.function.sig.ident)
    }

    /// The same as a synchronous function.
    pub(super) fn synchronous(&self) -> ItemFn {
        let mut function = self.function.clone();
        function.sig.asyncness = None;
        function
    }
}

/// Visits all of them. Files are read once; trees cannot be shared by threads, so that what
/// is kept is the text of the functions.
pub(super) fn each_function(visit: &mut dyn FnMut(Found)) {
    static FUNCTIONS: OnceLock<Vec<(PathBuf, String)>> = OnceLock::new();
    for (file, text) in FUNCTIONS.get_or_init(read) {
        let function = syn::parse_str(text).expect("it has been one");
        visit(Found { file: file.clone(), function });
    }
}

fn read() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for file in files() {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if let Some(mut parsed) =
            text.contains(".await").then(|| syn::parse_file(&text).ok()).flatten()
        {
            Finder { file, found: &mut found }.visit_file_mut(&mut parsed);
        }
    }
    found
}

/// How many awaits some code holds.
pub(super) fn awaits(code: TokenStream) -> usize {
    let inside = |token| match token {
        TokenTree::Group(group) => awaits(group.stream()),
        TokenTree::Ident(word) => usize::from(word == "await"),
        TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
    };
    code.into_iter().map(inside).sum()
}

struct Finder<'a> {
    file: PathBuf,
    found: &'a mut Vec<(PathBuf, String)>,
}

impl Finder<'_> {
    fn function(&mut self, item: &impl ToTokens, sig: &Signature, block: &Block) {
        if sig.asyncness.is_none() || awaits(block.to_token_stream()) == 0 {
            return;
        }
        let text = item.to_token_stream().to_string();
        if syn::parse_str::<ItemFn>(&text).is_ok() {
            self.found.push((self.file.clone(), text));
        }
    }
}

impl VisitMut for Finder<'_> {
    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        self.function(item, &item.sig, &item.block);
        visit_mut::visit_item_fn_mut(self, item);
    }
    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        self.function(item, &item.sig, &item.block);
        visit_mut::visit_impl_item_fn_mut(self, item);
    }
    fn visit_trait_item_fn_mut(&mut self, item: &mut TraitItemFn) {
        item.default.iter().for_each(|block| self.function(item, &item.sig, block));
        visit_mut::visit_trait_item_fn_mut(self, item);
    }
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    sources().iter().for_each(|dir| rust_files(dir, &mut files));
    files.sort();
    files
}

/// The packages that the project depends on, and the directories of `REAL_CODE`.
fn sources() -> Vec<PathBuf> {
    let told = |tool: &str, or: &str, args: &[&str]| {
        let tool = env::var_os(tool).unwrap_or_else(|| or.into());
        let output = Command::new(tool).args(args).output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    // Packages of other platforms may not be there.
    let version = told("RUSTC", "rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let only = ["--filter-platform", host];
    let metadata = told(
        "CARGO",
        "cargo",
        &[&["metadata", "--offline", "--format-version=1"], &only[..]].concat(),
    );
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let others = env::var_os("REAL_CODE").unwrap_or_default();
    metadata
        .split("\"manifest_path\":\"")
        .skip(1)
        .filter_map(|rest| Path::new(rest.split('"').next()?).parent())
        .filter(|dir| own.is_none_or(|own| !dir.starts_with(own)))
        .map(Path::to_path_buf)
        .chain(env::split_paths(&others).filter(|dir| dir.is_dir()))
        .collect()
}

pub(super) fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
