//! What is counted, and how it is printed.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use bridge_planner::{Arguments, Planned};
use cargo_background::plan;

use crate::report;
use crate::rows::{Grade, Hazard, Row};
use crate::sources::Placed;
use crate::verdict::{self, Outcome};

/// All that is counted.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) rows: usize,
    pub(crate) placed: usize,
    /// By grade and kind: those drawn at random, and the others.
    pub(crate) hazards: BTreeMap<(Grade, String), [Count; 2]>,
    /// The lost ones of the safe gains.
    pub(crate) gains: Count,
    /// A line for each hazard that still overlaps.
    pub(crate) remaining: Vec<String>,
    /// A line for each safe gain that is lost.
    pub(crate) lost: Vec<String>,
    /// A line for each row, or hazard, that could not be found, with why.
    pub(crate) not_placed: Vec<String>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) met: usize,
    pub(crate) of: usize,
}

impl Count {
    fn add(&mut self, met: bool) {
        self.of += 1;
        self.met += usize::from(met);
    }

    fn and(self, other: Count) -> Count {
        Count { met: self.met + other.met, of: self.of + other.of }
    }
}

impl Display for Count {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.of {
            0 => formatter.pad("none"),
            of => formatter.pad(&format!("{} of {of}", self.met)),
        }
    }
}

impl Tally {
    /// Counts one row.
    pub(crate) fn row(&mut self, row: &Row, placed: Result<Placed, String>) {
        self.rows += 1;
        let planned = placed.and_then(|placed| Ok((plan(&placed)?, placed)));
        match planned {
            Err(why) => self.not_placed.push(format!("{}: {why}", place(row, None))),
            Ok((planned, placed)) => {
                self.placed += 1;
                let place = place(row, Some(&placed));
                row.hazards.iter().for_each(|hazard| self.hazard(row, hazard, &planned, &place));
                if row.hazards.is_empty() {
                    self.gain(&planned, &place);
                }
            }
        }
    }

    fn hazard(&mut self, row: &Row, hazard: &Hazard, planned: &Planned, place: &str) {
        let told = format!(
            "{place}, {}{}, {}: {:?}",
            hazard.grade.word(),
            if row.random { " (random)" } else { "" },
            hazard.kind,
            hazard.pairs,
        );
        let overlaps = match verdict::hazard(planned, &hazard.pairs) {
            Outcome::Overlaps(lines) => {
                self.remaining.push(format!("{told}, at lines {lines:?}"));
                true
            }
            Outcome::Apart => false,
            Outcome::NoSuchStatements => {
                self.not_placed.push(format!("{told}: no block has so many statements"));
                return;
            }
        };
        let counts = self.hazards.entry((hazard.grade, hazard.kind.clone())).or_default();
        counts[usize::from(!row.random)].add(overlaps);
    }

    fn gain(&mut self, planned: &Planned, place: &str) {
        let lost = !plan::gains(planned);
        self.gains.add(lost);
        if lost {
            self.lost.push(place.to_owned());
        }
    }

    /// The hazards of a grade: those drawn at random, and the others.
    pub(crate) fn grade(&self, grade: Grade) -> [Count; 2] {
        let of_grade = self.hazards.iter().filter(|((of, _), _)| *of == grade);
        of_grade.fold(Default::default(), |[random, others], (_, counts)| {
            [random.and(counts[0]), others.and(counts[1])]
        })
    }

    /// What is behind the counts, one a line.
    pub(crate) fn list(&self) -> String {
        report::list([
            ("hazards still overlapped", &self.remaining),
            ("safe gains lost", &self.lost),
            ("not placed", &self.not_placed),
        ])
    }
}

impl Display for Tally {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "rows placed: {} of {}\n", self.placed, self.rows)?;
        let mut line = |name: &str, random: &dyn Display, others: &dyn Display| {
            writeln!(formatter, "{name:26}{random:>16}{others:>12}")
        };
        line("hazards still overlapped", &"drawn at random", &"others")?;
        for grade in Grade::ALL {
            let [random, others] = self.grade(grade);
            line(grade.word(), &random, &others)?;
            for ((_, kind), [random, others]) in
                self.hazards.iter().filter(|((of, _), _)| *of == grade)
            {
                line(&format!("  {kind}"), random, others)?;
            }
        }
        writeln!(formatter, "\nsafe gains lost: {}", self.gains)
    }
}

fn plan(placed: &Placed) -> Result<Planned, String> {
    match Planned::of(placed.found.item.clone(), Arguments::default()) {
        Ok(Some(planned)) => Ok(planned),
        Ok(None) => Err("the function awaits nothing".to_owned()),
        Err(error) => Err(format!("the planner does not read it: {error}")),
    }
}

/// The file and line, as they are now, and the name.
fn place(row: &Row, placed: Option<&Placed>) -> String {
    match placed {
        Some(Placed { file, found }) => format!("{file}:{} {}", found.head.end(), found.name),
        None => match &row.name {
            Some(name) => format!("{}:{} {name}", row.file, row.line),
            None => format!("{}:{}", row.file, row.line),
        },
    }
}
