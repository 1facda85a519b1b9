//! A schedule drawn to scale.
//!
//! ```text
//! users      ━━━━━━━━                                 0 to 200 ms
//! inventory  ━━━━━━━━━━━━━━━━━━━━━━━━━━               0 to 640 ms
//! prices                               ━━━━━━━━━━━━   640 to 1000 ms
//! ```

use crate::entry::{Bar, in_tenths, ms};

/// How many columns the whole time takes.
const WIDTH: f64 = 40.0;

/// A line for each, and one that tells of those whose times are not known.
pub(super) fn lines(bars: &[Bar]) -> Vec<String> {
    let all = bars.iter().map(|bar| bar.end).fold(0.0, f64::max);
    if all == 0.0 {
        return Vec::new();
    }
    let name = bars.iter().map(|bar| bar.name.chars().count()).max().unwrap_or_default();
    let column = |time: f64| (time / all * WIDTH).round() as usize;
    let line = |bar: &Bar| {
        // What is short is seen too.
        let begin = column(bar.begin).min(WIDTH as usize - 1);
        let length = column(bar.end).saturating_sub(begin).max(1);
        let drawn = format!("{}{}", " ".repeat(begin), "━".repeat(length));
        let begins = in_tenths(bar.begin);
        let known = if bar.known { "" } else { " ?" };
        let width = WIDTH as usize;
        format!("{:name$}  {drawn:width$}  {begins} to {}{known}", bar.name, ms(bar.end))
    };
    let mut lines: Vec<String> = bars.iter().map(line).collect();
    if bars.iter().any(|bar| !bar.known) {
        lines.push("? holds a call without a time, which counts as 1 ms".to_owned());
    }
    lines
}
