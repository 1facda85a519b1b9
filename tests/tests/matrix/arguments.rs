//! The arguments of `cargo test` that matter to a single test without a harness.

use std::env;

/// Options that are followed by a value, which is no filter.
const WITH_VALUE: [&str; 6] =
    ["--color", "--format", "--logfile", "--skip", "--test-threads", "-Z"];

pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn of_process() -> Self {
        Arguments(env::args().skip(1).collect())
    }

    pub(crate) fn has(&self, option: &str) -> bool {
        self.0.iter().any(|argument| argument == option)
    }

    /// Whether the test of this name, which is not an ignored one, is not to run.
    pub(crate) fn leaves_out(&self, name: &str) -> bool {
        let mut filters = Vec::new();
        let mut arguments = self.0.iter();
        while let Some(argument) = arguments.next() {
            if WITH_VALUE.contains(&argument.as_str()) {
                arguments.next();
            } else if !argument.starts_with('-') {
                filters.push(argument);
            }
        }
        let wanted = filters.iter().any(|filter| name.contains(filter.as_str()));
        self.has("--ignored") || (!filters.is_empty() && !wanted)
    }
}
