//! What the command line asks for.

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const HELP: &str = "\
Measures `#[background]` beside what one would write in its place: all in one run,
turn by turn. Each line has the median, the quartiles, and the ratio of ours to it:
below 1 ours is faster. Its last line sums up:

    summary: join R serial R threads R ready_ns N ready_allocs N eight R sixtyfour R
             yielding R loop R loop_yielding R local R critical R   (in one line)

    join, serial, threads  the seed's function to a hand-written `join!` on the same
                           runtime, to its serial twin, and to threads with blocking
                           clients; over HTTP or TCP, whichever is worse
    ready_ns               one of two calls that are ready at once
    ready_allocs           how often it allocates
    eight, sixtyfour       so many calls that are ready at once to hand-written boxed
                           futures under the same loop
    yielding               the same of eight calls that yield
    loop, loop_yielding    a loop with a limit to `buffered`, where that is worst: where
                           one iteration after the other is woken, and where each yields
    local                  the seed's function, answered at once, to `join!` on a
                           current-thread runtime
    critical               the time of a random graph of calls to its critical path, mean

Usage: compare [OPTIONS] [PART…]

Arguments:
  PART        seed, overhead, loops, critical or threads [default: all]

Options:
  --quick     in less than 40 seconds
  --tiny      in a moment: its figures say nothing
  -h, --help  print this

Exit codes: 0 measured, 1 no server could be started, 2 wrong usage.
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Seed,
    Overhead,
    Loops,
    Critical,
    Threads,
}

impl Part {
    const ALL: [(&str, Part); 5] = [
        ("seed", Part::Seed),
        ("overhead", Part::Overhead),
        ("loops", Part::Loops),
        ("critical", Part::Critical),
        ("threads", Part::Threads),
    ];
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Tiny,
    Quick,
    Full,
}

impl Size {
    /// One of three.
    pub(crate) fn pick<T>(self, tiny: T, quick: T, full: T) -> T {
        match self {
            Size::Tiny => tiny,
            Size::Quick => quick,
            Size::Full => full,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) size: Size,
    pub(crate) parts: Vec<Part>,
}

/// Reads the command line of this process; gives none if it asks for help.
pub(crate) fn parse() -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments { size: Size::Full, parts: Vec::new() };
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("quick") => arguments.size = Size::Quick,
            Arg::Long("tiny") => arguments.size = Size::Tiny,
            Arg::Value(value) => {
                arguments.parts.push(value.parse_with(|name| {
                    let known = Part::ALL.into_iter().find(|(known, _)| *known == name);
                    known.map(|(_, part)| part).ok_or("there is no such part")
                })?);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    if arguments.parts.is_empty() {
        arguments.parts.extend(Part::ALL.map(|(_, part)| part));
    }
    Ok(Some(arguments))
}
