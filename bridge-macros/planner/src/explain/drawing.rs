//! Schedules as drawings: a line for each step, and a lane for each call in flight.
//!
//! ```text
//! ┬   ads
//! │┬  user
//! ┴│  ads     before the ? of user
//!  ┴  user    page uses it
//! •   page
//! ```

/// What happens at a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An await of a statement starts.
    Starts(usize, usize),
    /// All awaits of a statement are joined.
    Ends(usize),
    /// Something runs where it stands.
    Runs,
}

pub(crate) struct Line {
    pub(crate) mark: Mark,
    pub(crate) what: String,
    pub(crate) why: String,
    /// What is drawn inside of it.
    pub(crate) inside: Vec<Drawing>,
}

/// The steps of one scope.
pub(crate) struct Drawing {
    pub(crate) lines: Vec<Line>,
    /// What is said of the statement that it is in.
    pub(crate) note: Option<String>,
}

/// The lines of a scope and of those in it, aligned.
pub(crate) fn draw(drawing: &Drawing) -> String {
    let mut rows = Vec::new();
    rows_of(drawing, 0, &mut rows);
    let width = |column: fn(&Row) -> &str| {
        rows.iter().map(|row| column(row).chars().count()).max().unwrap_or_default()
    };
    let (lanes, whats) = (width(|row| &row.lanes), width(|row| &row.what));
    let lines = rows.iter().map(|Row { lanes: lane, what, why }| {
        format!("{lane:lanes$}  {what:whats$}  {why}").trim_end().to_owned() + "\n"
    });
    lines.collect()
}

struct Row {
    lanes: String,
    what: String,
    why: String,
}

fn rows_of(drawing: &Drawing, depth: usize, rows: &mut Vec<Row>) {
    let indent = "  ".repeat(depth);
    let mut lanes: Vec<Option<(usize, usize)>> = Vec::new();
    for line in &drawing.lines {
        let free = lanes.iter().position(Option::is_none).unwrap_or(lanes.len());
        if let Mark::Starts(at, unit) = line.mark {
            lanes.resize(lanes.len().max(free + 1), None);
            lanes[free] = Some((at, unit));
        }
        let drawn = lanes.iter().enumerate().map(|(lane, call)| match (line.mark, call) {
            (Mark::Starts(at, unit), call) if *call == Some((at, unit)) => '┬',
            (Mark::Ends(at), Some((call, _))) if *call == at => '┴',
            (Mark::Runs, None) if lane == free => '•',
            (_, Some(_)) => '│',
            (_, None) => ' ',
        });
        let mut drawn: String = drawn.collect();
        if line.mark == Mark::Runs && free == lanes.len() {
            drawn.push('•');
        }
        rows.push(Row {
            lanes: format!("{indent}{drawn}"),
            what: format!("{indent}{}", line.what),
            why: line.why.clone(),
        });
        for call in &mut lanes {
            if matches!((line.mark, *call), (Mark::Ends(at), Some((ended, _))) if at == ended) {
                *call = None;
            }
        }
        while lanes.last().is_some_and(Option::is_none) {
            lanes.pop();
        }
        line.inside.iter().for_each(|inner| rows_of(inner, depth + 1, rows));
    }
}
