//! What is counted, and how it is printed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::panic::{self, AssertUnwindSafe};

use bridge_planner::{Arguments, Planned, Scope};
use syn::ItemFn;

use cargo_background::functions::{self, Function};
use cargo_background::obstacles::awaits;
use cargo_background::obstacles::pairs::{self, Pair};
use cargo_background::plan;
use cargo_background::survey::message;

use crate::report;

/// All that is counted.
#[derive(Default)]
pub(crate) struct Tally {
    /// Functions with an attribute `test` are left out.
    pub(crate) without_tests: bool,
    pub(crate) files: usize,
    /// Async functions with a body.
    pub(crate) functions: usize,
    /// Those with two or more awaits of their own; all that follows is of these.
    pub(crate) several: usize,
    pub(crate) in_background: usize,
    pub(crate) two_in_flight: usize,
    /// By obstacle.
    pub(crate) obstacles: BTreeMap<String, Count>,
    /// A line for each function with two or more awaits.
    pub(crate) listed: Vec<String>,
    /// A line for each file that cannot be read or does not parse.
    pub(crate) not_parsed: Vec<String>,
    /// A line for each function that the planner does not read, or panics on.
    pub(crate) not_planned: Vec<String>,
}

/// In how many functions an obstacle stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// As the first one.
    pub(crate) first: usize,
    /// As the first one of the first two awaits of which the later does not need the earlier.
    pub(crate) free: usize,
    /// As the only one between two awaits.
    pub(crate) alone: usize,
}

/// What has become of one function.
pub(crate) struct Judged {
    in_background: bool,
    two_in_flight: bool,
    /// If no two calls are in flight: what is kept apart in it, in source order.
    pub(crate) pairs: Vec<Pair>,
    /// The lines of two statements that overlap.
    overlapping: Option<(usize, usize)>,
}

impl Tally {
    /// Counts the functions of one file.
    pub(crate) fn file(&mut self, name: &str, text: Result<String, String>) {
        self.files += 1;
        let found = text.and_then(|text| {
            let parsed = panic::catch_unwind(|| functions::of_file(&text));
            parsed.map_err(|payload| message(&*payload))?.map_err(|error| error.to_string())
        });
        match found {
            Ok(found) => {
                let wanted =
                    |found: &&Function| found.is_async && !(self.without_tests && found.is_test);
                let found: Vec<_> = found.iter().filter(wanted).collect();
                found.into_iter().for_each(|found| self.function(name, found));
            }
            Err(why) => self.not_parsed.push(format!("{name}: {why}")),
        }
    }

    fn function(&mut self, file: &str, found: &Function) {
        self.functions += 1;
        let place = format!("{file}:{} {}", found.head.end(), found.name);
        match panic::catch_unwind(AssertUnwindSafe(|| judge(found))) {
            Ok(Ok(Some(judged))) => self.judged(&place, &judged),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => self.not_planned.push(format!("{place}: {error}")),
            Err(payload) => {
                self.not_planned.push(format!("{place}: panicked: {}", message(&*payload)));
            }
        }
    }

    fn judged(&mut self, place: &str, judged: &Judged) {
        self.several += 1;
        self.in_background += usize::from(judged.in_background);
        self.two_in_flight += usize::from(judged.two_in_flight);
        self.listed.push(format!("{place}: {judged}"));
        let first = |pair: &Pair| pair.obstacles.first().map(ToString::to_string);
        if let Some(first) = judged.pairs.first().and_then(first) {
            self.obstacles.entry(first).or_default().first += 1;
        }
        if let Some(free) = judged.pairs.iter().find(|pair| pair.is_free()).and_then(first) {
            self.obstacles.entry(free).or_default().free += 1;
        }
        let alone = judged.pairs.iter().filter_map(|pair| match pair.obstacles.as_slice() {
            [only] => Some(only.to_string()),
            _ => None,
        });
        for only in alone.collect::<BTreeSet<_>>() {
            self.obstacles.entry(only).or_default().alone += 1;
        }
    }

    /// What is behind the counts, one a line.
    pub(crate) fn list(&self) -> String {
        report::list([
            ("do not parse", &self.not_parsed),
            ("not planned", &self.not_planned),
            ("functions with two or more awaits", &self.listed),
        ])
    }
}

impl Display for Tally {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, count: usize, of: usize| match of {
            0 => writeln!(formatter, "{name:34}{count:>8}"),
            of => {
                let share = 100.0 * count as f64 / of as f64;
                writeln!(formatter, "{name:34}{count:>8}{share:>7.1}%")
            }
        };
        line("files", self.files, 0)?;
        line("  that do not parse", self.not_parsed.len(), 0)?;
        line("async functions with a body", self.functions, 0)?;
        line("  that are not planned", self.not_planned.len(), 0)?;
        line("  with two or more awaits", self.several, 0)?;
        line("    a call in the background", self.in_background, self.several)?;
        line("    two calls in flight at once", self.two_in_flight, self.several)?;

        writeln!(formatter)?;
        let mut row = |name: &str, columns: [&dyn Display; 3]| {
            let [first, free, alone] = columns;
            writeln!(formatter, "{name:62}{first:>8}{free:>8}{alone:>8}")
        };
        row("no two in flight, by what is in the way", [&"first", &"free", &"alone"])?;
        let mut rows: Vec<_> = self.obstacles.iter().collect();
        rows.sort_by_key(|(_, count)| Reverse((count.first, count.free, count.alone)));
        for (obstacle, count) in &rows {
            row(obstacle, [&count.first, &count.free, &count.alone])?;
        }
        let sum = |of: fn(&Count) -> usize| rows.iter().map(|(_, count)| of(count)).sum::<usize>();
        row("all", [&sum(|count| count.first), &sum(|count| count.free), &""])
    }
}

impl Display for Judged {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.overlapping {
            Some((one, other)) => return write!(formatter, "lines {one} and {other} overlap"),
            None if self.pairs.is_empty() => return write!(formatter, "operands overlap"),
            None => {}
        }
        let first = self.pairs.first().filter(|first| !first.is_free());
        let free = self.pairs.iter().find(|pair| pair.is_free());
        let told: Vec<_> = first.into_iter().chain(free).map(ToString::to_string).collect();
        write!(formatter, "{}", told.join(" | "))
    }
}

/// What has become of a function, if it has two or more awaits of its own.
pub(crate) fn judge(found: &Function) -> syn::Result<Option<Judged>> {
    if found.item.is_empty() {
        return Ok(None);
    }
    let function: ItemFn = syn::parse2(found.item.clone())?;
    if awaits::count(&function.block) < 2 {
        return Ok(None);
    }
    let Some(planned) = Planned::of(found.item.clone(), Arguments::default())? else {
        return Ok(None);
    };
    let scopes = planned.scopes();
    let two_in_flight = plan::gains(&planned);
    Ok(Some(Judged {
        in_background: scopes.iter().copied().any(Scope::has_call_in_background),
        two_in_flight,
        pairs: if two_in_flight { Vec::new() } else { pairs::apart(&planned, &function) },
        overlapping: scopes.into_iter().find_map(pairs::in_flight),
    }))
}
