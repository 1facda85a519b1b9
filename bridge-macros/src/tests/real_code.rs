//! Every async function in the sources of the project's own dependencies goes
//! through the pipeline, as it is and as a synchronous function. What comes out
//! parses, is the same each time, and has every literal of the input once.
//!
//! `REAL_CODE=dir:dir cargo test -p bridge-macros real_code -- --nocapture`
//! reads other sources too, and prints what it found.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use crate::awaits;
use crate::pipeline::{self, Reader};

#[test]
fn real_code() {
    let mut files = Vec::new();
    sources().iter().for_each(|dir| rust_files(dir, &mut files));
    files.sort();
    let mut corpus = Corpus::default();
    for file in &files {
        let Ok(text) = fs::read_to_string(file) else { continue };
        if let Some(mut parsed) =
            text.contains(".await").then(|| syn::parse_file(&text).ok()).flatten()
        {
            corpus.file.clone_from(file);
            corpus.visit_file_mut(&mut parsed);
        }
    }
    println!(
        "{} files, {} functions with {} awaits; {} refused in a synchronous function; \
         {:.2?} an expansion",
        files.len(),
        corpus.functions,
        corpus.awaits,
        corpus.refused,
        corpus.spent.checked_div(2 * corpus.functions).unwrap_or_default(),
    );
    assert!(corpus.broken.is_empty(), "{}", corpus.broken.join("\n\n"));
    assert!(corpus.functions > 100, "only {} async functions", corpus.functions);
}

/// So many of the functions, as they would be annotated.
pub(super) fn some_functions(wanted: usize) -> Vec<ItemFn> {
    #[derive(Default)]
    struct Found(Vec<ItemFn>);
    impl VisitMut for Found {
        fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
            if item.sig.asyncness.take().is_some() && awaits::of_block(&item.block).awaits > 1 {
                self.0.push(item.clone());
            }
        }
    }
    let mut files = Vec::new();
    sources().iter().for_each(|dir| rust_files(dir, &mut files));
    files.sort();
    let mut found = Found::default();
    for text in files.iter().filter_map(|file| fs::read_to_string(file).ok()) {
        if found.0.len() < wanted
            && text.contains(".await")
            && let Ok(mut parsed) = syn::parse_file(&text)
        {
            found.visit_file_mut(&mut parsed);
        }
    }
    found.0
}

#[derive(Default)]
struct Corpus {
    file: PathBuf,
    functions: u32,
    awaits: usize,
    refused: usize,
    spent: Duration,
    broken: Vec<String>,
}

impl Corpus {
    fn function(&mut self, item: &impl ToTokens, sig: &Signature, block: &Block) {
        let awaits = awaits::of_block(block).awaits;
        let Ok(mut item) = syn::parse2::<ItemFn>(item.to_token_stream()) else { return };
        if sig.asyncness.is_none() || awaits == 0 {
            return;
        }
        self.functions += 1;
        self.awaits += awaits;
        self.expand(&item);
        item.sig.asyncness = None;
        self.expand(&item);
    }

    fn expand(&mut self, item: &ItemFn) {
        let name = format!("{}: {}", self.file.display(), item.sig.ident);
        let input = item.to_token_stream();
        let begun = Instant::now();
        let Ok(output) = std::panic::catch_unwind(|| expanded(&input)) else {
            return self.broken.push(format!("{name}: panicked"));
        };
        self.spent += begun.elapsed();
        if output.to_string() != expanded(&input).to_string() {
            self.broken.push(format!("{name}: not the same each time"));
        }
        match syn::parse2::<syn::File>(output.clone()) {
            Err(error) => self.broken.push(format!("{name}: {error}\n{output}")),
            // An error stands beside the function.
            Ok(file) if file.items.len() > 1 => self.refused += 1,
            Ok(_) if literals(input) != literals(output.clone()) => {
                self.broken.push(format!("{name}: lost or repeated code\n{output}"));
            }
            Ok(_) => {}
        }
    }
}

fn expanded(item: &TokenStream) -> TokenStream {
    pipeline::background(TokenStream::new(), item.clone(), Reader::Compiler)
}

/// The literals of the function's body, sorted; without each `0`, which joins have.
fn literals(item: TokenStream) -> Vec<String> {
    fn within(token: TokenTree) -> Vec<String> {
        match token {
            TokenTree::Literal(literal) => {
                Some(literal.to_string()).filter(|text| text != "0").into_iter().collect()
            }
            TokenTree::Group(group) => group.stream().into_iter().flat_map(within).collect(),
            _ => Vec::new(),
        }
    }
    let mut found: Vec<String> = item.into_iter().last().into_iter().flat_map(within).collect();
    found.sort();
    found
}

impl VisitMut for Corpus {
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
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
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
