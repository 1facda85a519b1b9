//! Random functions, each as its serial twin, in the background and as an
//! `async fn`: whatever the durations and the failures, they do the same, and
//! never in less than the critical path.
//!
//! ```text
//! DIFFERENTIAL_FUNCTIONS=5000 DIFFERENTIAL_SEED=7 \
//!     cargo test -p bridge-tests --test differential -- --nocapture
//! ```
//!
//! runs as many as one likes. What fails is shown at once; the first ten
//! (`DIFFERENTIAL_SHOW`) are shown again at the end, with all statements left out that
//! they fail without. `DIFFERENTIAL_SLOW=10` shows functions that are slower than
//! their critical path, made smaller in the same way; `DIFFERENTIAL_LATE=100` as they are
//! written. Both tell of the slowest run which call begins later than it could.
//! With `DIFFERENTIAL_TIMED=1` only those of which the time is compared are run, in the form that
//! is timed.
//!
//! Most functions share a world with their calls (`support/world.rs`): a map behind a mutex,
//! cells, an atomic number, a file, a gate that one passes at a time, a pool of one connection, a
//! queue. Commands write to it, queries look at all of it when they begin and when they end, and
//! synchronous code does both, in statements, plain `let`s, arguments, operands and log lines. Some
//! are given it, and some reach it as one reaches a static. Fields of it lie behind guards;
//! derivations fail or panic; a type that is none of the standard library has its names, and
//! changes when it is looked at. The names are those that tell what acts. In a share of the
//! functions they do not tell: those are counted apart, and may differ.
//!
//! What is compared: what is left of the world; the value, the error or the payload of the
//! panic; the events of synchronous code and of unbound awaits, and the drops of locals, in
//! their order; the calls, their arguments, and the guards that they ran under;
//! that an effect has waited for all above, and nothing below it has started;
//! that further calls are only those right below what has failed, cancelled in
//! reverse order; that nothing is left running.
//!
//! Where the serial twin panics, the order of the drops is left out: a call that
//! has started owns its arguments. So does one that waits for another one's value: where that
//! has failed, what was dropped is compared, and not in which order.
//!
//! Of functions with a world the time is not compared: the yardstick knows nothing of what their
//! calls do to each other.
//!
//! In the form `strict`, that nothing below a `?` has started before it has passed;
//! how long it takes is open there.
//!
//! How many functions have each form of the grammar is counted, and few is an
//! error (`census`).
//!
//! Loops with a limit of more than one are in `random_loops`. Not written yet: callables on the
//! blocking pool, `select!` in an `async fn`.

#![forbid(unsafe_code)]

mod census;
mod dice;
mod generate;
mod grammar;
mod lets;
mod methods;
mod operands;
mod places;
mod scope;
mod scopes;
mod shrink;
mod signature;
mod smaller;
mod statements;
mod workshop;
mod worlds;
mod write;

use std::collections::BTreeMap;

use bridge_tests::setting;
use grammar::{Form, Function};
use workshop::{Batch, Same, Workshop};

/// The share of timed runs that are as fast as the critical path, in a hundred,
/// and the time on the whole, as a multiple of it: what today's planner reaches.
const AT_PATH: f64 = 93.0;
const MULTIPLE: f64 = 1.02;
/// Functions in one package.
const BATCH: u32 = 200;
/// Runs of each, with other durations and failures.
const RUNS: u64 = 20;

#[test]
fn background_does_what_serial_does() {
    let count = setting("DIFFERENTIAL_FUNCTIONS", 200) as u32;
    let seed = setting("DIFFERENTIAL_SEED", 1);
    let show = setting("DIFFERENTIAL_SHOW", 10) as usize;
    let workshop = Workshop::new("differential");
    let mut all = Batch::default();
    let mut functions = BTreeMap::new();
    let mut misnamed = Misnamed::default();
    for first in (0..count).step_by(BATCH as usize) {
        let written: Vec<Function> = (first..count.min(first + BATCH))
            .map(|index| generate::function(index, seed))
            .filter(|function| !grammar::only_timed() || function.signature.world.is_none())
            .collect();
        let mut batch = workshop.run(&written, RUNS, seed);
        functions.extend(written.into_iter().map(|function| (function.index, function)));
        misnamed.take_out_of(&mut batch, &functions);
        report(&batch, &functions);
        all.invalid.extend(batch.invalid);
        all.rejected.extend(batch.rejected);
        all.differs.extend(batch.differs);
        all.same.extend(batch.same);
        if count > BATCH {
            println!(
                "{} so far: {} the same, {} not; names do not tell: {} and {}",
                first + BATCH,
                all.same.len(),
                all.differs.len() + all.rejected.len(),
                misnamed.same,
                misnamed.differ,
            );
        }
    }
    let smallest = shrink::shrink(&workshop, &all, &functions, show, seed, false);
    let slow = setting("DIFFERENTIAL_SLOW", 0) as usize;
    let slow = shrink::shrink(&workshop, &all, &functions, slow, seed, true);
    smallest.iter().chain(&slow).for_each(|text| println!("{text}"));
    let as_written = setting("DIFFERENTIAL_LATE", 0) as usize;
    for same in all.same.iter().filter(|same| !same.late.is_empty()).take(as_written) {
        let Same { index, timed, at_path, late, .. } = same;
        println!("== {index} is late: {at_path} of {timed} runs at the critical path");
        println!("{}- {late}\n", functions[index].shown());
    }
    let sum = |of: fn(&Same) -> u64| all.same.iter().map(of).sum::<u64>();
    let (timed, at_path) = (sum(|same| same.timed), sum(|same| same.at_path));
    let (path, measured) = (sum(|same| same.path), sum(|same| same.measured));
    println!(
        "{count} functions from seed {seed}: {} the same in {} runs each, {} differ, \
         {} compile serially and not in the background, {} do not compile serially",
        all.same.len(),
        RUNS,
        all.differs.len(),
        all.rejected.len(),
        all.invalid.len(),
    );
    println!(
        "{} further functions have commands whose names do not tell: {} the same, {} differ",
        misnamed.same + misnamed.differ,
        misnamed.same,
        misnamed.differ,
    );
    let census = census::census(functions.values());
    println!("of all have, so many each, {census:?}");
    println!("timed runs at the critical path, of functions with each form:");
    for (form, share) in census::shares(&all.same, &functions) {
        println!("  {share:6.2}%  {form}");
    }
    let share = 100.0 * at_path as f64 / timed.max(1) as f64;
    let multiple = measured as f64 / path.max(1) as f64;
    println!(
        "{timed} timed runs: {share:.2}% at the critical path, {multiple:.4} of its time on the \
         whole"
    );
    assert!(all.differs.is_empty() && all.rejected.is_empty(), "see above");
    let rare: Vec<_> = census.iter().filter(|(_, times)| **times * 200 < count).collect();
    let all_written = count >= 200 && !grammar::only_timed();
    assert!(!all_written || rare.is_empty(), "hardly written any more: {rare:?}");
    assert!(share >= AT_PATH && multiple <= MULTIPLE, "slower than it was");
}

/// The functions that are counted apart: what acts has a name in them that does not tell.
#[derive(Default)]
struct Misnamed {
    same: usize,
    differ: usize,
}

impl Misnamed {
    /// Takes those of `batch` out of it.
    fn take_out_of(&mut self, batch: &mut Batch, functions: &BTreeMap<u32, Function>) {
        let told = |index: &u32| !functions[index].signature.misnamed;
        let before = (batch.same.len(), batch.differs.len());
        batch.same.retain(|same| told(&same.index));
        batch.differs.retain(|index, _| told(index));
        self.same += before.0 - batch.same.len();
        self.differ += before.1 - batch.differs.len();
    }
}

fn report(batch: &Batch, functions: &BTreeMap<u32, Function>) {
    for (index, text) in &batch.invalid {
        println!(
            "== {index} does not compile serially\n{}\n{text}\n",
            functions[index].item(Form::Serial)
        );
    }
    for (index, (form, text)) in &batch.rejected {
        println!(
            "== {index} compiles serially, not as {}\n{}\n{text}\n",
            form.name(),
            functions[index].shown()
        );
    }
    for (index, text) in &batch.differs {
        println!("== {index} differs\n{}\n{text}", functions[index].shown());
    }
}
