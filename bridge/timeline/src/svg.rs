//! The picture.

use std::fmt::Write;
use std::time::Duration;

use crate::answer::time;
use crate::rows::Drawing;
use crate::run::Run;

const ROW: usize = 24;
const TOP: usize = 34;
const NAMES: usize = 240;
const TIMES: usize = 80;
/// How wide a character is, at the most.
const CHARACTER: usize = 8;
/// How much further in a row is than the one around it.
const INDENT: usize = 14;
/// The characters of a line of words.
const LINE: usize = 110;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1b1f24}.t{fill:#59636e}.g{stroke:#d1d9e0}\
    .r{fill:#54aeff}.c{fill:#cf222e}.b{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#e6edf3}\
    .t{fill:#9198a1}.g{stroke:#3d444d}.r{fill:#388bfd}.c{fill:#f85149}.b{fill:#0d1117}}";

impl Run {
    /// A picture of the [longest](Self::longest) function, with the [answer](Self::answer) below it: SVG, so
    /// many pixels wide, for a light and for a dark page. Red is what was at the critical path.
    pub fn svg(&self, width: usize) -> String {
        drawn(&Drawing::of(self), width.max(NAMES + TIMES + 200))
    }
}

fn drawn(drawing: &Drawing, width: usize) -> String {
    let bars = width - NAMES - TIMES;
    let scale = |at: u64| at as f64 * bars as f64 / drawing.total.max(1) as f64;
    let words: Vec<String> =
        drawing.notes.iter().chain([&drawing.answer]).flat_map(|text| wrapped(text)).collect();
    let bottom = TOP + drawing.rows.len() * ROW;
    let height = bottom + 14 + words.len() * 20;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\"><title>{}</title><style>{STYLE}</style>\
         <rect class=\"b\" width=\"{width}\" height=\"{height}\"/>\n",
        escaped(&drawing.answer)
    );
    for (at, label) in ticks(drawing.total) {
        let x = NAMES as f64 + scale(at);
        let _ = writeln!(
            out,
            "<line class=\"g\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{bottom}\"/>\
             <text class=\"t\" x=\"{x:.1}\" y=\"20\" text-anchor=\"middle\">{label}</text>",
            TOP - 6
        );
    }
    for (number, row) in drawing.rows.iter().enumerate() {
        let y = TOP + number * ROW;
        let x = 8 + row.depth.min(8) * INDENT;
        let label = crate::text::shortened(&row.label(), (NAMES - x) / CHARACTER);
        let _ = writeln!(
            out,
            "<g><title>{} ({}): {}</title><text x=\"{x}\" y=\"{}\">{}</text>",
            escaped(&row.label()),
            escaped(&row.place),
            row.told(),
            y + 16,
            escaped(&label)
        );
        for (stretches, class) in [(&row.ran, "r"), (&row.critical, "c")] {
            for (begin, end) in stretches {
                let (x, wide) = (NAMES as f64 + scale(*begin), scale(end - begin).max(1.0));
                let _ = writeln!(
                    out,
                    "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{}\" width=\"{wide:.1}\" height=\"{}\" rx=\"2\"/>",
                    y + 5,
                    ROW - 10
                );
            }
        }
        let _ = writeln!(
            out,
            "<text class=\"t\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text></g>",
            width - 8,
            y + 16,
            row.told()
        );
    }
    for (number, line) in words.iter().enumerate() {
        let y = bottom + 22 + number * 20;
        let _ = writeln!(out, "<text x=\"8\" y=\"{y}\">{}</text>", escaped(line));
    }
    out + "</svg>\n"
}

/// Where times stand at the axis: some five, at round numbers.
fn ticks(total: u64) -> Vec<(u64, String)> {
    let rough = (total / 5).max(1);
    let power = 10_u64.pow(rough.ilog10());
    let step = [1, 2, 5, 10].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    let at = (0..).map(|number| number * step).take_while(|at| *at <= total);
    at.map(|at| (at, if at == 0 { "0".to_owned() } else { time(Duration::from_micros(at)) }))
        .collect()
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one");
        if !last.is_empty() && last.chars().count() + word.chars().count() >= LINE {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
