//! Every async function in the sources of the project's own dependencies goes
//! through the pipeline, as it is and as a synchronous function. What comes out
//! parses, is the same each time (which every eighth function tells), and has every literal of the
//! input once.
//!
//! `REAL_CODE=dir:dir cargo test -p bridge-planner real_code -- --nocapture`
//! reads other sources too, and prints what it found.

use std::time::{Duration, Instant};

use bridge_planner::Host;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ItemFn;

use super::corpus::{self, Found};

#[test]
fn real_code() {
    let mut tried = Tried::default();
    corpus::each_function(&mut |found| tried.function(&found));
    println!(
        "{} functions with {} awaits; {} refused in a synchronous function; {:.2?} an expansion",
        tried.functions,
        tried.awaits,
        tried.refused,
        tried.spent.checked_div(2 * tried.functions).unwrap_or_default(),
    );
    assert!(tried.broken.is_empty(), "{}", tried.broken.join("\n\n"));
    assert!(tried.functions > 100, "only {} async functions", tried.functions);
}

#[derive(Default)]
struct Tried {
    functions: u32,
    awaits: usize,
    refused: usize,
    spent: Duration,
    broken: Vec<String>,
}

impl Tried {
    fn function(&mut self, found: &Found) {
        self.functions += 1;
        self.awaits += corpus::awaits(found.function.to_token_stream());
        self.expand(&found.name(), &found.function);
        self.expand(&found.name(), &found.synchronous());
    }

    fn expand(&mut self, name: &str, item: &ItemFn) {
        let input = item.to_token_stream();
        let begun = Instant::now();
        let Ok(output) = std::panic::catch_unwind(|| expanded(&input)) else {
            return self.broken.push(format!("{name}: panicked"));
        };
        self.spent += begun.elapsed();
        // Of some, as it takes as long as all else.
        let again = self.functions.is_multiple_of(8);
        if again && output.to_string() != expanded(&input).to_string() {
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
    bridge_planner::background(TokenStream::new(), item.clone(), Host::default())
}

fn is_cfg(group: &Group) -> bool {
    let first = group.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(name)) if name == "cfg")
}

/// The literals of the function's body, sorted; without each `0`, which joins have, and without the
/// warning of a function that awaits nothing itself.
fn literals(item: TokenStream) -> Vec<String> {
    fn within(token: TokenTree) -> Vec<String> {
        match token {
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let is_ours = text == "0" || text.starts_with("\"`#[background]` finds");
                Some(text).filter(|_| !is_ours).into_iter().collect()
            }
            // `cfg_if!` has its conditions once, and its statements have them each.
            TokenTree::Group(group) if is_cfg(&group) => Vec::new(),
            TokenTree::Group(group) => group.stream().into_iter().flat_map(within).collect(),
            _ => Vec::new(),
        }
    }
    let mut found: Vec<String> = item.into_iter().last().into_iter().flat_map(within).collect();
    found.sort();
    found
}
