//! What a soak came to.

use std::fmt;

use crate::gauge::Sample;

#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) calls: u64,
    pub(crate) rounds: u64,
    pub(crate) live: usize,
    pub(crate) other_panics: u64,
    /// The threads that stand still.
    pub(crate) stalled: Vec<String>,
    pub(crate) samples: Vec<Sample>,
}

/// What the last quarter may have more than the second: this much and a
/// twentieth, as an allocator is never quite still.
const SLACK: u64 = 2 << 10; // KiB

/// Samples without which quarters say nothing: 20 s of them.
const ENOUGH: usize = 40;

/// The means of a quarter.
struct Quarter {
    memory: u64,
    threads: u64,
}

impl Report {
    /// What should not have happened.
    pub(crate) fn faults(&self) -> Vec<&'static str> {
        let grown = self.quarters().is_some_and(|(second, last)| has_grown(&second, &last));
        let faults = [
            (self.live > 0, "futures are live"),
            (self.other_panics > 0, "something has panicked"),
            (!self.stalled.is_empty(), "a thread stands still"),
            (grown, "memory has grown"),
        ];
        faults.into_iter().filter_map(|(is_so, fault)| is_so.then_some(fault)).collect()
    }

    /// The second and the last, if there is enough to tell.
    fn quarters(&self) -> Option<(Quarter, Quarter)> {
        let quarter = self.samples.len() / 4;
        let enough = self.samples.len() >= ENOUGH;
        enough.then(|| {
            let last = self.samples.len() - quarter;
            (mean(&self.samples[quarter..2 * quarter]), mean(&self.samples[last..]))
        })
    }
}

fn mean(samples: &[Sample]) -> Quarter {
    let mean = |of: fn(&Sample) -> u64| samples.iter().map(of).sum::<u64>() / samples.len() as u64;
    Quarter { memory: mean(|sample| sample.memory), threads: mean(|sample| sample.threads) }
}

fn has_grown(second: &Quarter, last: &Quarter) -> bool {
    last.memory > second.memory + second.memory / 20 + SLACK
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "calls         {} in {} rounds", self.calls, self.rounds)?;
        writeln!(f, "live futures  {}", self.live)?;
        writeln!(f, "other panics  {}", self.other_panics)?;
        for stalled in &self.stalled {
            writeln!(f, "stands still  {stalled}")?;
        }
        match self.quarters() {
            Some((second, last)) => {
                let verdict = if has_grown(&second, &last) { "grown" } else { "level" };
                let Quarter { memory, threads } = second;
                writeln!(
                    f,
                    "memory        {memory} KiB in the second quarter, {} in the last: {verdict}",
                    last.memory
                )?;
                writeln!(
                    f,
                    "threads       {threads} in the second quarter, {} in the last",
                    last.threads
                )?;
            }
            None if self.samples.is_empty() => {
                writeln!(f, "memory        cannot be seen on this system")?;
            }
            None => writeln!(f, "memory        too short a time to compare")?,
        }
        let faults = self.faults();
        f.write_str(&if faults.is_empty() {
            "passed".to_owned()
        } else {
            format!("failed: {}", faults.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(memory: impl Fn(u64) -> u64) -> Vec<&'static str> {
        let sample = |at| Sample { memory: memory(at), threads: 1 };
        let samples = (0..ENOUGH as u64).map(sample).collect();
        Report { samples, ..Report::default() }.faults()
    }

    #[test]
    fn what_grows_is_told_from_what_is_level() {
        assert_eq!(faults(|at| 10_000 + at % 3 * 1_000), [""; 0]);
        assert_eq!(faults(|at| 10_000 + at * 200), ["memory has grown"]);
    }

    #[test]
    fn what_is_left_is_a_fault() {
        let report = Report { live: 1, stalled: vec!["thread 0".to_owned()], ..Report::default() };
        assert_eq!(report.faults(), ["futures are live", "a thread stands still"]);
    }
}
