//! Makes functions that differ smaller: leaves out one statement after another as
//! long as they differ, or are rejected, in the same way.

use std::collections::BTreeMap;

use crate::grammar::Function;
use crate::smaller::smaller;
use crate::workshop::{Batch, Same, Workshop};

/// Runs of each candidate: the same as before.
const RUNS: u64 = crate::RUNS;

struct Shrinking {
    function: Function,
    kind: String,
    report: String,
    /// How many statements of it are known to be needed.
    done: bool,
}

/// The smallest forms that were found of so many of the functions that failed,
/// with what is wrong with each.
pub(crate) fn shrink(
    workshop: &Workshop,
    batch: &Batch,
    functions: &BTreeMap<u32, Function>,
    limit: usize,
    seed: u64,
    slow: bool,
) -> Vec<String> {
    let failed = reports(batch, slow);
    let mut all: Vec<Shrinking> = failed
        .iter()
        .take(limit)
        .map(|(index, report)| Shrinking {
            function: functions[index].clone(),
            kind: kind(report),
            report: report.clone(),
            done: false,
        })
        .collect();
    while all.iter().any(|one| !one.done) {
        // All candidates for all of them in one crate.
        let mut candidates = Vec::new();
        let mut owners = Vec::new();
        for (owner, one) in all.iter().enumerate().filter(|(_, one)| !one.done) {
            for mut function in smaller(&one.function) {
                function.renumber(candidates.len() as u32);
                candidates.push(function);
                owners.push(owner);
            }
        }
        all.iter_mut().for_each(|one| one.done = true);
        let found = workshop.run(&candidates, RUNS, seed);
        for (index, report) in reports(&found, slow) {
            let one = &mut all[owners[index as usize]];
            if one.done && one.kind == kind(&report) {
                one.function = candidates[index as usize].clone();
                one.report = report;
                one.done = false;
            }
        }
    }
    all.iter()
        .map(|one| format!("== smallest: {}\n{}\n{}", one.kind, one.function.shown(), one.report))
        .collect()
}

/// What is wrong with which function; or what is slow, if that is asked for.
fn reports(batch: &Batch, slow: bool) -> BTreeMap<u32, String> {
    if slow {
        let slow = batch.same.iter().filter(|same| same.at_path < same.timed);
        return slow
            .map(|same| {
                let Same { index, timed, at_path, path, measured, late } = same;
                let text = format!(
                    "- slower than its critical path\n{at_path} of {timed} runs at it; \
                     {measured} ticks for {path}\n\
                     {late}\n"
                );
                (*index, text)
            })
            .collect();
    }
    let rejected = batch.rejected.iter().map(|(index, (_, text))| (*index, text.clone()));
    rejected.chain(batch.differs.clone()).collect()
}

/// What is wrong, without the numbers: the same for the same defect, mostly.
pub(crate) fn kind(report: &str) -> String {
    let line = report
        .lines()
        .find(|line| line.starts_with("- ") || line.starts_with("error"))
        .or(report.lines().nth(1))
        .unwrap_or_default();
    let words = line.split(' ').filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    let text: Vec<&str> = words.filter(|word| !word.contains('`')).collect();
    text.join(" ")
}
