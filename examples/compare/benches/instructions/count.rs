//! Counts under valgrind what a row takes: this program again, in a process of its own.

use std::env;
use std::process::Command;

/// What a process is to run: `row way times`.
const COUNTED: &str = "COUNTED";

/// So much of one way of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) row: usize,
    pub(crate) way: usize,
    pub(crate) times: u64,
}

/// What one more takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) instructions: u64,
    pub(crate) allocations: u64,
}

impl Counted {
    /// What this process is for, if it is one of those that are counted.
    pub(crate) fn of_this_process() -> Option<Self> {
        let text = env::var(COUNTED).ok()?;
        let mut numbers = text.split(' ').map(|number| number.parse::<u64>().ok());
        let mut next = || numbers.next().flatten();
        let (row, way, times) = (next()?, next()?, next()?);
        Some(Counted { row: row.try_into().ok()?, way: way.try_into().ok()?, times })
    }

    /// The instructions of all of it.
    pub(crate) fn instructions(self) -> Result<u64, String> {
        let region = "--toggle-collect=*counted_region*";
        let arguments = ["--tool=callgrind", "--callgrind-out-file=/dev/null", region];
        let output = self.under_valgrind(&arguments)?;
        number_after(&output, "Collected : ")
    }

    /// The allocations of the whole process.
    pub(crate) fn allocations(self) -> Result<u64, String> {
        let output = self.under_valgrind(&["--leak-check=no"])?;
        number_after(&output, "total heap usage: ")
    }

    fn under_valgrind(self, arguments: &[&str]) -> Result<String, String> {
        let exe = env::current_exe().map_err(|error| error.to_string())?;
        let Counted { row, way, times } = self;
        let output = Command::new("valgrind")
            .args(arguments)
            .arg(exe)
            .env(COUNTED, format!("{row} {way} {times}"))
            .output()
            .map_err(|error| format!("valgrind counts (`apt-get install valgrind`): {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(said) } else { Err(said) }
    }
}

/// The number that follows a text, with or without commas.
fn number_after(output: &str, text: &str) -> Result<u64, String> {
    let (_, rest) = output.split_once(text).ok_or_else(|| format!("no `{text}` in:\n{output}"))?;
    let digits: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().map_err(|_| format!("no number after `{text}` in:\n{output}"))
}

/// What is counted is in here, and what comes before it is not.
#[inline(never)]
pub(crate) fn counted_region(run: &mut dyn FnMut()) {
    run();
    // So that this function is not left by a jump.
    std::hint::black_box(());
}
