//! The instructions that a function of so many calls takes, exact, so that they can be
//! compared between commits. The functions are those of `compare`.
//!
//! It runs them under callgrind, by a runner of the same version as in `Cargo.toml`:
//!
//! ```sh
//! apt-get install valgrind
//! cargo install gungraun-runner --version 0.20.0 --locked
//! cargo bench -p bridge-examples --bench instructions
//! ```

#![expect(missing_docs, reason = "gungraun's macros make public items without any")]

#[path = "../src/bin/compare/overhead/chains.rs"]
mod chains;
#[expect(dead_code, reason = "not all of them are counted")]
#[path = "../src/bin/compare/overhead/functions.rs"]
mod functions;

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};

use self::chains::CHAINS;
use self::functions::{Function, NUMBERS};

const ONE: usize = 0;
const TWO: usize = 1;
const EIGHT: usize = 2;
const SIXTY_FOUR: usize = 3;

/// A function that has run once before, for what only a first run does.
fn warm(run: Function, yields: u32) -> (Function, u32) {
    run(yields);
    (run, yields)
}

macro_rules! ways {
    ($($way:ident)+) => {
        $(
            #[library_benchmark(setup = warm)]
            #[bench::one_ready(NUMBERS[ONE].$way, 0)]
            #[bench::two_ready(NUMBERS[TWO].$way, 0)]
            #[bench::eight_ready(NUMBERS[EIGHT].$way, 0)]
            #[bench::sixty_four_ready(NUMBERS[SIXTY_FOUR].$way, 0)]
            #[bench::one_yielding_once(NUMBERS[ONE].$way, 1)]
            #[bench::two_yielding_once(NUMBERS[TWO].$way, 1)]
            #[bench::eight_yielding_once(NUMBERS[EIGHT].$way, 1)]
            #[bench::sixty_four_yielding_once(NUMBERS[SIXTY_FOUR].$way, 1)]
            #[bench::one_yielding_ten_times(NUMBERS[ONE].$way, 10)]
            #[bench::two_yielding_ten_times(NUMBERS[TWO].$way, 10)]
            #[bench::eight_yielding_ten_times(NUMBERS[EIGHT].$way, 10)]
            #[bench::sixty_four_yielding_ten_times(NUMBERS[SIXTY_FOUR].$way, 10)]
            #[bench::chains_ready(CHAINS.$way, 0)]
            #[bench::chains_yielding_once(CHAINS.$way, 1)]
            #[bench::chains_yielding_ten_times(CHAINS.$way, 10)]
            fn $way((run, yields): (Function, u32)) -> u64 {
                black_box(run(black_box(yields)))
            }
        )+

        library_benchmark_group!(name = instructions, benchmarks = [$($way),+]);
    };
}

ways!(ours serial boxed join block_on);

main!(library_benchmark_groups = instructions);
