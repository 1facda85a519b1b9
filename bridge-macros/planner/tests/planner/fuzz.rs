//! Mutilated and made-up input: the pipeline never panics, and what comes out parses
//! where the input does.
//!
//! Real functions have expressions and statements of others put in the place of their
//! own, or tokens removed, repeated and changed; other input is made of the words and
//! marks that mean something to the macro.
//!
//! ```sh
//! FUZZ=100000 FUZZ_SEED=7 cargo test --release -p bridge-planner fuzz
//! ```

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ItemFn, Pat, Stmt};

use super::corpus;
use super::critical_path::Random;
use bridge_planner::{Host, Reader};

/// What arguments there are, and some that there are not.
const ARGS: &[&str] = &[
    "",
    "",
    "",
    "strict",
    "serial",
    "explain",
    "strict, explain",
    "crate = x::y",
    "limit",
    "crate =",
];

/// Words and marks that mean something to the macro.
const WORDS: &[&str] = &[
    "a",
    "b",
    "self",
    "_c",
    "call ()",
    "lock",
    "begin",
    ". clone ()",
    ". await",
    ". await",
    ". await ?",
    "async",
    "move",
    "let",
    "let a =",
    "let b =",
    "let (a, b) =",
    "mut",
    "ref",
    "if",
    "else",
    "match",
    "for",
    "for a in",
    "while",
    "loop",
    "return",
    "break",
    "continue",
    "unsafe",
    "fn",
    "format !",
    "println !",
    "select !",
    "join !",
    "# [background]",
    "# [foreground]",
    "# [background (limit = 2)]",
    "# [cfg (x)]",
    "r#type",
    "__bridge",
    "__bridge_value_0",
    "Some",
    "X",
    ".",
    "?",
    ";",
    ";",
    ",",
    "=",
    "=>",
    "&",
    "*",
    "#",
    "!",
    "|",
    "| a |",
    "::",
    "..",
    "+=",
    "->",
    "'a",
    "'a :",
    ":",
    "<",
    ">",
    "@",
    "&&",
    "1",
    "\"{a}\"",
];

thread_local! {
    /// The words, read once: proc-macro2 keeps all that it reads, as long as it is asked for
    /// positions.
    static TOKENS: Vec<TokenStream> =
        WORDS.iter().map(|word| word.parse().expect("these are tokens")).collect();
}

fn wanted(name: &str, or: u64) -> u64 {
    env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(or)
}

#[test]
fn fuzz_of_mutated_functions() {
    let functions = some_functions(300);
    let mut pieces = Pieces::default();
    functions.iter().for_each(|function| pieces.visit_item_fn_mut(&mut function.clone()));
    let mut random = Random::new(wanted("FUZZ_SEED", 1));
    let mut parsed = 0;
    let wanted = wanted("FUZZ", 1500);
    for _ in 0..wanted {
        let mut function = pick(&functions, &mut random).clone();
        for _ in 0..random.below(4) {
            let at = random.below(40) as usize;
            Transplant { at, pieces: &pieces, random: &mut random }
                .visit_item_fn_mut(&mut function);
        }
        let mut item = function.into_token_stream();
        if random.below(3) == 0 {
            for _ in 0..1 + random.below(3) {
                let mut at = random.below(count(item.clone()) as u64) as usize;
                item = edited(item, &mut at, &mut random);
            }
        }
        parsed += u64::from(holds(&item, &mut random));
    }
    assert!(parsed > wanted / 2, "only {parsed} parse");
}

#[test]
fn fuzz_of_made_up_tokens() {
    let mut random = Random::new(wanted("FUZZ_SEED", 1));
    for _ in 0..wanted("FUZZ", 1500) {
        let body = made_up(3, &mut random);
        let item = match random.below(4) {
            0 => body,
            1 => quote!(async fn f(&mut self, a: A, b: &mut B) -> Result<X> { #body }),
            _ => quote!(fn f(&mut self, a: A, b: &mut B) -> Result<X> { #body }),
        };
        holds(&item, &mut random);
    }
}

/// So many of the functions that others have written, as they would be annotated.
fn some_functions(wanted: usize) -> Vec<ItemFn> {
    let mut functions = Vec::new();
    corpus::each_function(&mut |found| {
        let several = corpus::awaits(found.function.to_token_stream()) > 1;
        if several && functions.len() < wanted {
            functions.push(found.synchronous());
        }
    });
    functions
}

/// Whether an item parses; if so, what comes out of it has to.
fn holds(item: &TokenStream, random: &mut Random) -> bool {
    let args = *pick(ARGS, random);
    let parses = syn::parse2::<ItemFn>(item.clone()).is_ok();
    for reader in [Reader::Compiler, Reader::Editor] {
        let output = catch_unwind(AssertUnwindSafe(|| {
            let args = args.parse().expect("these are tokens");
            bridge_planner::background(args, item.clone(), Host { reader, ..Host::default() })
        }));
        let Ok(output) = output else { panic!("it panics on #[background({args})]\n{item}") };
        if let Err(error) = syn::parse2::<syn::File>(output.clone())
            && parses
        {
            panic!("{error}: of #[background({args})]\n{item}\ncame\n{output}");
        }
    }
    parses
}

/// What functions are made of.
#[derive(Default)]
struct Pieces {
    exprs: Vec<Expr>,
    stmts: Vec<Stmt>,
    pats: Vec<Pat>,
}

impl VisitMut for Pieces {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        self.exprs.push(expr.clone());
        visit_mut::visit_expr_mut(self, expr);
    }
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        self.stmts.push(stmt.clone());
        visit_mut::visit_stmt_mut(self, stmt);
    }
    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        self.pats.push(local.pat.clone());
        visit_mut::visit_local_mut(self, local);
    }
}

/// Puts a piece of another function in the place of the `at`th.
struct Transplant<'a> {
    at: usize,
    pieces: &'a Pieces,
    random: &'a mut Random,
}

impl Transplant<'_> {
    fn is_here(&mut self) -> bool {
        let here = self.at == 0;
        self.at = self.at.wrapping_sub(1);
        here
    }
}

impl VisitMut for Transplant<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if self.is_here() {
            let other = pick(&self.pieces.exprs, self.random).clone();
            let changed = match self.random.below(4) {
                0 => quote!((#expr).await),
                1 => quote!((#other).await?),
                _ => quote!((#other)),
            };
            // A `let` of a condition is an expression nowhere else.
            if let Ok(changed) = syn::parse2(changed) {
                *expr = changed;
            }
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }
    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        if self.is_here() {
            local.pat = pick(&self.pieces.pats, self.random).clone();
        }
        visit_mut::visit_local_mut(self, local);
    }
    fn visit_block_mut(&mut self, block: &mut Block) {
        if self.is_here() {
            let at = self.random.below(block.stmts.len() as u64 + 1) as usize;
            block.stmts.insert(at, pick(&self.pieces.stmts, self.random).clone());
        }
        visit_mut::visit_block_mut(self, block);
    }
}

/// The `at`th token removed, repeated or changed.
fn edited(tokens: TokenStream, at: &mut usize, random: &mut Random) -> TokenStream {
    let mut out = Vec::new();
    for token in tokens {
        let here = *at == 0;
        *at = at.wrapping_sub(1);
        match (here, token) {
            (true, token) => match random.below(5) {
                0 => {}
                1 => out.extend([token.clone(), token]),
                2 => out.extend(made_up(1, random).into_iter().chain([token])),
                3 => out.extend([group(token.into(), random)]),
                _ => match token {
                    TokenTree::Group(group) => out.extend(group.stream()),
                    _ => out.extend(made_up(0, random)),
                },
            },
            (false, TokenTree::Group(group)) => {
                let inside = edited(group.stream(), at, random);
                out.push(TokenTree::Group(Group::new(group.delimiter(), inside)));
            }
            (false, token) => out.push(token),
        }
    }
    out.into_iter().collect()
}

fn made_up(depth: u64, random: &mut Random) -> TokenStream {
    let mut out = TokenStream::new();
    for _ in 0..1 + random.below(1 + depth * 6) {
        if depth > 0 && random.below(4) == 0 {
            let inside = made_up(depth - 1, random);
            out.extend([group(inside, random)]);
        } else if random.below(40) == 0 {
            out.extend([TokenTree::Literal(Literal::u64_unsuffixed(random.below(9)))]);
        } else {
            out.extend(TOKENS.with(|tokens| pick(tokens, random).clone()));
        }
    }
    out
}

fn group(inside: TokenStream, random: &mut Random) -> TokenTree {
    use Delimiter::{Brace, Bracket, None, Parenthesis};
    let delimiter = *pick(&[Brace, Brace, Parenthesis, Parenthesis, Bracket, None], random);
    TokenTree::Group(Group::new(delimiter, inside))
}

fn count(tokens: TokenStream) -> usize {
    let inside = |token| match token {
        TokenTree::Group(group) => 1 + count(group.stream()),
        _ => 1,
    };
    tokens.into_iter().map(inside).sum()
}

fn pick<'a, T>(from: &'a [T], random: &mut Random) -> &'a T {
    &from[random.below(from.len() as u64) as usize]
}
