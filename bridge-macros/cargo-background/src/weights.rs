//! How long awaits take.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::visit_mut::VisitMut;
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, ExprIf, ExprMatch, Item, Macro};

use crate::entry::Steps;
use crate::names;

/// Times in milliseconds by the name of what is called. All others take 1 millisecond, and without any
/// times each await counts as one.
#[derive(Clone, Debug, Default)]
pub struct Weights(BTreeMap<String, f64>);

impl Weights {
    /// Reads a file of such lines, if there is one.
    ///
    /// # Errors
    ///
    /// It cannot be read, or a line is not of the form.
    pub fn read(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else { return Ok(Weights::default()) };
        let named = |error: String| io::Error::other(format!("{}: {error}", file.display()));
        let text = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
        Self::parse(&text).map_err(named)
    }

    /// Reads lines of a name and a time, `load_user 120`. What follows a `#` is a comment.
    ///
    /// # Errors
    ///
    /// The first line that is not of this form, by its number.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut weights = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let words: Vec<_> = line.split_whitespace().collect();
            let time = match words[..] {
                [_, time] => {
                    time.parse().ok().filter(|time: &f64| *time >= 0.0 && time.is_finite())
                }
                _ => None,
            };
            let number = number + 1;
            let time = time.ok_or_else(|| {
                format!("line {number}: write a name and a time, `load_user 120`, not `{line}`")
            })?;
            weights.insert(words[0].to_owned(), time);
        }
        Ok(Weights(weights))
    }

    /// What the awaits in some code take one after the other: of the arms of a branch the longest ones, and
    /// none of a closure or an `async` block that is not awaited there.
    pub fn of(&self, code: &TokenStream) -> f64 {
        self.told(code).0
    }

    /// The same, and whether a time is given for each of them.
    pub(crate) fn told(&self, code: &TokenStream) -> (f64, bool) {
        let mut sum = Sum { weights: self, time: 0.0, known: true };
        match Block::parse_within.parse2(code.clone()) {
            Ok(mut stmts) => stmts.iter_mut().for_each(|stmt| sum.visit_stmt_mut(stmt)),
            // The braces of a macro, or what is left of a block.
            Err(_) => names::each_await(code.clone(), &mut |called| sum.add(called)),
        }
        (sum.time, sum.known)
    }

    /// Times in the unit of these.
    pub(crate) fn steps(&self, serial: f64, background: f64) -> Steps {
        Steps { serial, background, in_ms: self.are_given() }
    }

    /// Whether there is any.
    pub fn are_given(&self) -> bool {
        !self.0.is_empty()
    }

    /// The names of which nothing is called in some texts.
    pub fn unknown<'t>(&self, texts: impl Iterator<Item = &'t str> + Clone) -> Vec<&str> {
        let is_there = |name: &str| texts.clone().any(|text| text.contains(name));
        self.0.keys().map(String::as_str).filter(|name| !is_there(name)).collect()
    }
}

struct Sum<'w> {
    weights: &'w Weights,
    time: f64,
    known: bool,
}

impl Sum<'_> {
    fn add(&mut self, called: Option<&str>) {
        let known = called.and_then(|called| self.weights.0.get(called));
        self.known &= known.is_some();
        self.time += known.copied().unwrap_or(1.0);
    }

    /// What something takes by itself.
    fn within(&mut self, visit: impl FnOnce(&mut Self)) -> f64 {
        let before = std::mem::take(&mut self.time);
        visit(self);
        std::mem::replace(&mut self.time, before)
    }
}

impl VisitMut for Sum<'_> {
    fn visit_expr_await_mut(&mut self, call: &mut ExprAwait) {
        match &mut *call.base {
            // What it takes is what it awaits.
            Expr::Async(block) => self.visit_block_mut(&mut block.block),
            base => {
                self.visit_expr_mut(base);
                let called = names::called(&call.to_token_stream());
                self.add(called.as_deref());
            }
        }
    }

    fn visit_expr_if_mut(&mut self, branch: &mut ExprIf) {
        self.visit_expr_mut(&mut branch.cond);
        let then = self.within(|sum| sum.visit_block_mut(&mut branch.then_branch));
        let other = self.within(|sum| {
            if let Some((_, other)) = &mut branch.else_branch {
                sum.visit_expr_mut(other);
            }
        });
        self.time += then.max(other);
    }

    fn visit_expr_match_mut(&mut self, choice: &mut ExprMatch) {
        self.visit_expr_mut(&mut choice.expr);
        let arms = choice.arms.iter_mut();
        let longest = arms.map(|arm| self.within(|sum| sum.visit_arm_mut(arm))).fold(0.0, f64::max);
        self.time += longest;
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        names::each_await(mac.tokens.clone(), &mut |called| self.add(called));
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

#[cfg(test)]
mod tests {
    use super::Weights;

    #[test]
    fn of_a_branch_the_longest_arm_counts() {
        let weights = Weights::parse("slow 10").unwrap();
        let time = |code: &str| weights.of(&code.parse().unwrap());
        assert_eq!(time("let a = one().await?.two().await?;"), 2.0);
        assert_eq!(time("match c { 0 => a().await, 1 => slow().await, _ => d().await }"), 10.0);
        assert_eq!(time("Some(if a().await { b().await } else { slow(1).await })"), 11.0);
        assert_eq!(time("async { a().await; b().await }.await"), 2.0);
        assert_eq!(time("let f = |x| async move { x.await };"), 0.0);
        assert_eq!(time("println!(\"{}\", a().await)"), 1.0);
        assert_eq!(time("client.get(slow().await).send().await"), 11.0);
    }
}
