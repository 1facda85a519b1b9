//! What the operating system says of this process.

use std::fs;

/// One look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Resident memory, in KiB.
    pub(crate) memory: u64,
    pub(crate) threads: u64,
}

/// `None` where it cannot be had: this is known of Linux only.
pub(crate) fn sample() -> Option<Sample> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Sample { memory: number("VmRSS:")?, threads: number("Threads:")? })
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn there_is_something_to_see() {
        let sample = super::sample().expect("this is Linux");
        assert!(sample.memory > 100 && sample.threads > 0, "{sample:?}");
    }
}
