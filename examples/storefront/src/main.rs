//! `storefront`: see the README.

#![forbid(unsafe_code)]

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bridge_storefront::setting::Setting;
use bridge_storefront::{batching, connections, faults, pages, random};
use lexopt::{Arg, Parser};

const HELP: &str = "\
Runs a storefront over PostgreSQL, Redis and an HTTP service, which it starts:
its functions beside their serial twins, loads in batches, and all of it under
faults. Its last line is

    summary: page R statements N faults N same N left N broken N

the time of the page of a flight over that of its serial twin, the statements
that 100 loads in batches are at the server, the fault cases that were tried,
those with the outcome of the serial twin, the connections that are left at the
end, and the invariants of the orders that are broken.

Usage: storefront [--quick] [--cases]

Options:
  --quick     500 orders at random, and not 10000
  --cases     show every fault case
  -h, --help  print this

Exit codes: 0, or 1 if something differs, is left or is broken, 2 wrong usage,
3 if a server is not installed.
";

/// How much longer each way between the program and a server takes: a server in the same region.
const LATENCY: Duration = Duration::from_millis(2);

struct Asked {
    orders: usize,
    cases: bool,
}

fn asked() -> Result<Option<Asked>, lexopt::Error> {
    let mut asked = Asked { orders: 10_000, cases: false };
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("quick") => asked.orders = 500,
            Arg::Long("cases") => asked.cases = true,
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(asked))
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match Setting::start() {
        Ok(Ok(setting)) => match run(&Arc::new(setting), &asked) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        },
        Ok(Err(missing)) => {
            eprintln!("error: not installed: {missing} (Debian: `apt-get install {missing}`)");
            ExitCode::from(3)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

fn run(setting: &Arc<Setting>, asked: &Asked) -> io::Result<bool> {
    let width = if io::stdout().is_terminal() { 100 } else { 80 };
    println!("Each way to a server takes {} ms more than loopback.\n", ms(LATENCY));
    let pairs = pages::all(setting, LATENCY).map_err(io::Error::other)?;
    println!("| function | serial, ms | background, ms | ratio | same |\n|---|---|---|---|---|");
    for pair in &pairs {
        let (name, serial, overlapped) = (pair.name, ms(pair.serial), ms(pair.overlapped));
        let same = if pair.is_same { "yes" } else { "no" };
        println!("| {name} | {serial} | {overlapped} | {:.2} | {same} |", pair.ratio());
    }
    println!("\n{}", pages::timeline(setting, LATENCY, width).map_err(io::Error::other)?);

    let ways = batching::all(setting, LATENCY).map_err(io::Error::other)?;
    println!("| 100 loads by key | statements | ms | of serial |\n|---|---|---|---|");
    let serial = ways[0].time.as_secs_f64();
    for way in &ways {
        let ratio = way.time.as_secs_f64() / serial;
        println!("| {} | {} | {} | {ratio:.3} |", way.name, way.statements, ms(way.time));
    }
    let batched = ways.iter().find(|way| way.name == "the same, in batches");

    setting.fill().map_err(io::Error::other)?;
    let before = connections::count(setting).map_err(io::Error::other)?;
    let begin = Instant::now();
    let cases = faults::all(setting, usize::MAX).map_err(io::Error::other)?;
    println!("\n{} fault cases in {:.0} s", cases.len(), begin.elapsed().as_secs_f64());
    show(&cases, asked.cases);

    setting.fill().map_err(io::Error::other)?;
    let begin = Instant::now();
    let orders = random::run(setting, asked.orders).map_err(io::Error::other)?;
    let random::Outcome { runs, struck, given, sold_out, refused, failed, settled, broken } =
        &orders;
    println!(
        "\n{runs} orders in {:.0} s, {struck} of them met by a fault: {given} were given, {sold_out} sold \
         out, {refused} refused, {failed} failed; of what was left half-way {} were paid and {} cancelled",
        begin.elapsed().as_secs_f64(),
        settled.0,
        settled.1,
    );
    for broken in broken {
        println!("broken: {broken}");
    }
    let mut left = i64::MAX;
    // A server notices only when it looks.
    for _ in 0..50 {
        left = connections::count(setting).map_err(io::Error::other)? - before;
        if left <= 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let same = cases.iter().filter(|case| case.is_same()).count();
    let statements = batched.map_or(0, |way| way.statements);
    println!(
        "\nsummary: page {:.2} statements {statements} faults {} same {same} left {left} broken {}",
        pairs[0].ratio(),
        cases.len(),
        broken.len(),
    );
    let is_same = pairs.iter().all(|pair| pair.is_same) && same == cases.len();
    Ok(is_same && left <= 0 && broken.is_empty())
}

fn show(cases: &[faults::Case], all: bool) {
    println!("\n| function | request | fault | outcome | s | same |\n|---|---|---|---|---|---|");
    for case in cases.iter().filter(|case| all || !case.is_same() || !case.has_struck) {
        let outcome = match case.overlapped == case.serial {
            true => short(&case.serial),
            false => format!("{}; serial: {}", short(&case.overlapped), short(&case.serial)),
        };
        let (same, took) = (if case.is_same() { "yes" } else { "no" }, case.took.as_secs_f64());
        let met = if case.has_struck { "" } else { " (not met)" };
        let (function, request, fault) = (case.function, case.request, case.fault);
        println!("| {function} | `{request}` | {fault}{met} | {outcome} | {took:.2} | {same} |");
    }
}

/// A value is long.
fn short(outcome: &str) -> String {
    match outcome.starts_with("error: ") {
        true => outcome.to_owned(),
        false => "a value".to_owned(),
    }
}
