//! The drawing for a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::answer::time;
use crate::rows::{Drawing, Row};
use crate::run::Run;

/// A name is cut to no less than this.
const SHORTEST: usize = 8;

impl Run {
    /// A drawing of the [longest](Self::longest) function for a terminal of so many columns, and the
    /// [answer](Self::answer) below it. `#` is what was at the critical path, `-` what else ran.
    pub fn text(&self, width: usize) -> String {
        drawn(&Drawing::of(self), width, Style::new(), Style::new())
    }

    /// [The same](Self::text) in colours.
    pub fn coloured_text(&self, width: usize) -> String {
        let critical = AnsiColor::Red.on_default().bold();
        drawn(&Drawing::of(self), width, critical, AnsiColor::Cyan.on_default())
    }
}

fn drawn(drawing: &Drawing, width: usize, critical: Style, other: Style) -> String {
    let mut out = String::new();
    let names: Vec<String> = drawing
        .rows
        .iter()
        .map(|row| format!("{}{}", "  ".repeat(row.depth), row.label()))
        .collect();
    let times: Vec<String> = drawing.rows.iter().map(Row::told).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let name = longest.min((width * 2 / 5).max(SHORTEST));
    let time_width = times.iter().map(|time| time.chars().count()).max().unwrap_or_default();
    let bar = width.saturating_sub(name + time_width + 4).max(10);
    for ((row, label), took) in drawing.rows.iter().zip(&names).zip(&times) {
        let label = shortened(label, name);
        let cells = cells(row, drawing.total, bar);
        let _ = write!(out, "{label:<name$}  ");
        for (style, run) in runs(&cells) {
            match style {
                '#' => _ = write!(out, "{critical}{run}{critical:#}"),
                '-' => _ = write!(out, "{other}{run}{other:#}"),
                _ => out += &run,
            }
        }
        let _ = writeln!(out, "  {took:>time_width$}");
    }
    if !drawing.rows.is_empty() {
        let end = time(std::time::Duration::from_micros(drawing.total));
        let _ = writeln!(out, "{:<name$}  0{end:>rest$}", "", rest = bar - 1);
    }
    for note in &drawing.notes {
        let _ = writeln!(out, "({note})");
    }
    out + &drawing.answer + "\n"
}

fn cells(row: &Row, total: u64, width: usize) -> Vec<char> {
    let mut cells = vec![' '; width];
    let scale = |at: u64| (at as u128 * width as u128 / u128::from(total.max(1))) as usize;
    for (stretches, mark) in [(&row.ran, '-'), (&row.critical, '#')] {
        for (begin, end) in stretches {
            let first = scale(*begin).min(width - 1);
            let end = scale(*end).clamp(first + 1, width);
            cells[first..end].fill(mark);
        }
    }
    cells
}

/// Cells of one kind that stand side by side.
fn runs(cells: &[char]) -> impl Iterator<Item = (char, String)> {
    cells.chunk_by(|one, other| one == other).map(|run| (run[0], run.iter().collect()))
}

/// At most so long: what is in the middle is left out.
pub(crate) fn shortened(name: &str, width: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= width {
        return name.to_owned();
    }
    let end = (width - 1) / 2;
    let begin = width - 1 - end;
    let (begin, end) = (&characters[..begin], &characters[characters.len() - end..]);
    begin.iter().chain(&['…']).chain(end).collect()
}
