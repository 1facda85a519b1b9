//! The command line.

use std::fmt;
use std::time::Duration;

pub(crate) const USAGE: &str = "usage: soak [--seconds N] [--threads N] [--seed N]";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) budget: Budget,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
}

/// When it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    Time(Duration),
    /// So many on each thread.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests want to end at the same point"))]
    Rounds(u64),
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments =
            Arguments { budget: Budget::Time(Duration::from_secs(180)), threads: 8, seed: 1 };
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} has no value"))?;
            let number = || value.parse::<u64>().ok().filter(|&number| number > 0);
            let number = number().ok_or_else(|| format!("{name} {value}: not a number above 0"))?;
            match &*name {
                "--seconds" => arguments.budget = Budget::Time(Duration::from_secs(number)),
                "--threads" => {
                    arguments.threads = usize::try_from(number).map_err(|err| err.to_string())?;
                }
                "--seed" => arguments.seed = number,
                _ => return Err(format!("{name}: no such argument")),
            }
        }
        Ok(arguments)
    }
}

impl fmt::Display for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.budget {
            Budget::Time(time) => write!(f, "{} s", time.as_secs())?,
            Budget::Rounds(rounds) => write!(f, "{rounds} rounds")?,
        }
        write!(f, " on {} threads, seed {}", self.threads, self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_given_replaces_what_is_not() {
        let budget = Budget::Time(Duration::from_secs(5));
        assert_eq!(parse("--seconds 5 --seed 7"), Ok(Arguments { budget, threads: 8, seed: 7 }));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(parse("--minutes 1"), Err("--minutes: no such argument".to_owned()));
        assert_eq!(parse("--seconds 0"), Err("--seconds 0: not a number above 0".to_owned()));
        assert_eq!(parse("--seed"), Err("--seed has no value".to_owned()));
    }
}
