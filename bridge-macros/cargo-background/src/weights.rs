//! How long awaits take.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;

use crate::names;

/// Times by the name of what is called; all others take 1.
#[derive(Clone, Debug, Default)]
pub struct Weights(BTreeMap<String, f64>);

impl Weights {
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

    /// What the awaits in some code take one after the other. What is only awaited when something else
    /// runs (a closure, an `async` block) counts as what it holds.
    pub fn of(&self, code: &TokenStream) -> f64 {
        let mut sum = 0.0;
        names::each_await(code.clone(), &mut |called| {
            sum += match called {
                // Its awaits are counted.
                Some("async" | "move") => 0.0,
                Some(called) => self.0.get(called).copied().unwrap_or(1.0),
                None => 1.0,
            };
        });
        sum
    }
}
