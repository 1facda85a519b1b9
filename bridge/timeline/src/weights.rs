//! What each call took, for the planner's schedules.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use crate::names::Names;
use crate::run::{Kind, Run};

impl Run {
    /// What each call took, in milliseconds, as `cargo background --weights` reads it: lines of the name of
    /// what is called and a time, the longest of those that were recorded.
    ///
    /// ```text
    /// fetch_prices 312.4
    /// load_user 41.0
    /// ```
    pub fn weights(&self) -> String {
        let names = Names::of(self);
        let mut longest: BTreeMap<String, Duration> = BTreeMap::new();
        for (number, span) in
            self.spans.iter().enumerate().filter(|(_, span)| span.kind == Kind::Call)
        {
            // A chain is its links.
            let mut begin = span.start;
            let last = (span.last(), self.end(number));
            for (place, end) in span.links.iter().copied().chain([last]) {
                if let Some(name) = names.callee(place) {
                    let longest = longest.entry(name).or_default();
                    *longest = end.saturating_sub(begin).max(*longest);
                }
                begin = end;
            }
        }
        let mut out = String::new();
        for (name, took) in longest {
            let _ = writeln!(out, "{name} {:.3}", took.as_secs_f64() * 1e3);
        }
        out
    }
}
