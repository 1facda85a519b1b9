//! Random graphs of calls under a paused clock: how long each way to write them takes,
//! beside the longest chain of calls.
//!
//! The build script writes the functions, each with the graph that it is of.

use bridge::{background, run_in_foreground};
use bridge_tests::clock::Clock;
use bridge_tests::with_clock;
use futures_util::future::join_all;

use self::dice::Dice;
use crate::arguments::Size;
use crate::measure::line;
use crate::summary::Summary;

#[path = "../dice.rs"]
mod dice;

include!(concat!(env!("OUT_DIR"), "/graphs.rs"));

/// A graph of calls, and the functions that are written from it.
struct Graph {
    /// The calls whose values each uses; they stand above it.
    uses: &'static [&'static [usize]],
    background: fn(&World<'_>),
    serial: fn(&World<'_>),
}

/// How long each call takes, and the clock.
struct World<'a> {
    clock: &'a Clock,
    ticks: &'a [u64],
}

impl World<'_> {
    /// A call that uses the values of others.
    async fn call(&self, at: usize, _values: &[&Value]) -> Value {
        self.clock.sleep(self.ticks[at]).await;
        Value
    }
}

/// What a call gives: neither cloned nor copied.
struct Value;

/// What stands under one `join!`: each of its branches is a chain of calls.
type Stage = Vec<Vec<usize>>;

pub(crate) fn measure(size: Size, summary: &mut Summary) {
    let runs = size.pick(1, 20, 200);
    let mut ratios = [const { Vec::new() }; 4];
    let mut dice = Dice::new(1);
    for graph in GRAPHS {
        let (nested, levels) = (graph.nested(), graph.levels());
        for _ in 0..runs {
            let ticks: Vec<u64> = graph.uses.iter().map(|_| 1 + dice.roll(100)).collect();
            let critical = graph.critical(&ticks) as f64;
            let took = [
                ticks_of(&ticks, graph.background),
                ticks_of(&ticks, graph.serial),
                ticks_of(&ticks, |world| run_in_foreground(staged(world, &nested))),
                ticks_of(&ticks, |world| run_in_foreground(staged(world, &levels))),
            ];
            for (ratios, took) in ratios.iter_mut().zip(took) {
                ratios.push(took as f64 / critical);
            }
        }
    }
    let title = format!("\ncritical path, {} random graphs, {runs} runs of each", GRAPHS.len());
    line(&title, "mean", "least to most", "ours to it");
    let mean = |ratios: &[f64]| ratios.iter().sum::<f64>() / ratios.len() as f64;
    let ours = mean(&ratios[0]);
    let names = ["#[background]", "serial twin", "join!, nested by hand", "join!, level by level"];
    for (name, ratios) in names.iter().zip(&ratios) {
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let mean = mean(ratios);
        line(
            &format!("  {name}"),
            &format!("{mean:.3}"),
            &format!("{least:.3} to {most:.3}"),
            &format!("{:.3}", ours / mean),
        );
    }
    summary.critical.add(ours);
}

/// How long a function takes, by the clock.
fn ticks_of(ticks: &[u64], run: impl FnOnce(&World<'_>)) -> u64 {
    with_clock(|clock| {
        run(&World { clock, ticks });
        clock.now()
    })
}

/// One `join!` after the other.
async fn staged(world: &World<'_>, stages: &[Stage]) {
    for stage in stages {
        join_all(stage.iter().map(async |chain| {
            for &at in chain {
                world.call(at, &[]).await;
            }
        }))
        .await;
    }
}

impl Graph {
    /// The time of the longest chain.
    fn critical(&self, ticks: &[u64]) -> u64 {
        let mut ends = Vec::new();
        for (uses, ticks) in self.uses.iter().zip(ticks) {
            let begins = uses.iter().map(|&used| ends[used]).max().unwrap_or(0);
            ends.push(begins + ticks);
        }
        ends.into_iter().max().unwrap_or(0)
    }

    /// Calls whose values are there at the same time stand under one `join!`.
    fn levels(&self) -> Vec<Stage> {
        self.stages((0..self.uses.len()).map(|at| vec![at]).collect())
    }

    /// As one would nest them by hand: a call that alone uses another one's value, and
    /// no others, follows it in its branch.
    fn nested(&self) -> Vec<Stage> {
        let mut chains: Vec<Vec<usize>> = Vec::new();
        for (at, uses) in self.uses.iter().enumerate() {
            let follows = match uses {
                [used] if self.users(*used) == 1 => {
                    chains.iter_mut().find(|chain| chain.last() == Some(used))
                }
                _ => None,
            };
            match follows {
                Some(chain) => chain.push(at),
                None => chains.push(vec![at]),
            }
        }
        self.stages(chains)
    }

    fn users(&self, at: usize) -> usize {
        self.uses.iter().filter(|uses| uses.contains(&at)).count()
    }

    /// Each chain stands in the first stage after those that it uses values of.
    fn stages(&self, chains: Vec<Vec<usize>>) -> Vec<Stage> {
        let mut stages: Vec<Stage> = Vec::new();
        let mut stage_of = vec![0; self.uses.len()];
        for chain in chains {
            let used = self.uses[chain[0]].iter();
            let stage = used.map(|&used| stage_of[used] + 1).max().unwrap_or(0);
            chain.iter().for_each(|&at| stage_of[at] = stage);
            stages.resize_with(stages.len().max(stage + 1), Vec::new);
            stages[stage].push(chain);
        }
        stages
    }
}
