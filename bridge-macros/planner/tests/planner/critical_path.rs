//! The time of a plan against the critical path: the longest chain of calls by
//! the values that they use, where a call that takes a value comes after those
//! that borrow it. Durations are random, and the planner does not know
//! them.
//!
//! `CRITICAL_PATH_GRAPHS=100000 cargo test -p bridge-planner critical_path --
//! --nocapture` tries as many random graphs as one likes.

use std::collections::BTreeMap;
use std::fmt::Write;

use bridge_planner::{Arguments, Forward, Planned, Step};

/// A generator of pseudo-random numbers (xorshift), from a fixed seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Calls by number, each with those whose values it uses.
struct Graph(Vec<Vec<usize>>);

/// How calls use values.
#[derive(Clone, Copy, Debug)]
enum Passing {
    /// All by `&`; the end takes them.
    Borrowed,
    /// By `&`, but the last user takes them.
    MovedByLast,
    /// The same, where their types are stated, so that it is known what borrows.
    StatedAndMoved,
}

impl Graph {
    fn random(random: &mut Random) -> Self {
        let calls = 2 + random.below(9) as usize;
        let uses = |at: usize, random: &mut Random| {
            (0..at).filter(|_| random.below(4) == 0).collect::<Vec<_>>()
        };
        Graph((0..calls).map(|at| uses(at, random)).collect())
    }

    fn users(&self, value: usize) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.0.len()).filter(move |at| self.0[*at].contains(&value))
    }

    fn source(&self, passing: Passing, fallible: bool) -> String {
        let mark = if fallible { "?" } else { "" };
        let ty = if matches!(passing, Passing::StatedAndMoved) { ": String" } else { "" };
        let last = |value: usize| self.users(value).next_back();
        let mut body = String::new();
        for (at, uses) in self.0.iter().enumerate() {
            let arguments = uses.iter().map(|&value| match passing {
                Passing::Borrowed => format!("&v{value}"),
                _ if last(value) == Some(at) => format!("v{value}"),
                _ => format!("&v{value}"),
            });
            let arguments = arguments.collect::<Vec<_>>().join(", ");
            let _ = writeln!(body, "let v{at}{ty} = call{at}({arguments}).await{mark};");
        }
        let left = (0..self.0.len()).filter(|at| match passing {
            Passing::Borrowed => true,
            Passing::MovedByLast | Passing::StatedAndMoved => last(*at).is_none(),
        });
        let left = left.map(|at| format!("v{at}")).collect::<Vec<_>>().join(", ");
        format!("fn body() -> Result<Out> {{ {body} Ok(out({left})) }}")
    }

    fn critical_path(&self, passing: Passing, durations: &[u64]) -> u64 {
        let mut ends: Vec<u64> = Vec::new();
        for (at, uses) in self.0.iter().enumerate() {
            let values = uses.iter().copied();
            let taken = uses.iter().filter(|value| {
                !matches!(passing, Passing::Borrowed) && self.users(**value).next_back() == Some(at)
            });
            let borrowers = taken.flat_map(|value| self.users(*value).filter(|user| *user < at));
            let start = values.chain(borrowers).map(|before| ends[before]).max().unwrap_or(0);
            ends.push(start + durations[at]);
        }
        ends.into_iter().max().unwrap_or(0)
    }

    fn plan(&self, passing: Passing, fallible: bool) -> Planned {
        let item = self.source(passing, fallible).parse().expect("these are tokens");
        let planned = Planned::of(item, Arguments::default());
        planned.expect("the source is a function").expect("it awaits")
    }

    /// The time of a run of the plan.
    fn run(&self, plan: &Planned, durations: &[u64]) -> u64 {
        let statements = plan.body().statements();
        let forwards: Vec<Option<Forward>> = statements.map(|call| call.forward()).collect();
        let mut now = 0;
        let mut ends = BTreeMap::new();
        for step in plan.body().steps() {
            match step {
                Step::Start(at, _) => {
                    let slots =
                        self.0[*at].iter().filter_map(|value| Some((value, forwards[*value]?)));
                    let before = slots.flat_map(|(value, slot)| {
                        let lent = matches!(slot, Forward::Lent(_));
                        let taken = lent && self.users(*value).next_back() == Some(*at);
                        let lookers = self.users(*value).filter(move |user| taken && user != at);
                        lookers.chain([*value])
                    });
                    let ready = before.map(|value| ends[&value]).max().unwrap_or(0);
                    ends.insert(*at, now.max(ready) + durations[*at]);
                }
                Step::Join(at) | Step::JoinOutOfOrder(at, _) => now = now.max(ends[at]),
                Step::Declare(_) | Step::Bind(_) | Step::Run(_) => {}
            }
        }
        now
    }
}

/// The share of graphs at the critical path, and the mean ratio to it.
fn measure(graphs: &[Graph], passing: Passing, fallible: bool, random: &mut Random) -> (f64, f64) {
    let (mut at_path, mut ratios) = (0, 0.0);
    for graph in graphs {
        let plan = graph.plan(passing, fallible);
        let durations: Vec<u64> = graph.0.iter().map(|_| 1 + random.below(20)).collect();
        let (time, path) = (graph.run(&plan, &durations), graph.critical_path(passing, &durations));
        assert!(time >= path, "faster than its calls:\n{}", graph.source(passing, fallible));
        at_path += usize::from(time == path);
        ratios += time as f64 / path as f64;
    }
    let graphs = graphs.len() as f64;
    (at_path as f64 / graphs, ratios / graphs)
}

/// `least` is the share that has to be at the critical path where the last user takes
/// the value and no type tells what it borrowed; else it is all.
fn check(name: &str, graphs: &[Graph], least: f64) {
    let mut random = Random::new(0x5eed);
    let mut failed = false;
    let all =
        [(Passing::Borrowed, 1.0), (Passing::MovedByLast, least), (Passing::StatedAndMoved, 1.0)];
    for (passing, least) in all {
        for fallible in [false, true] {
            let (share, ratio) = measure(graphs, passing, fallible, &mut random);
            println!(
                "{name}, {passing:?}, {}: {} graphs, {:.1}% at the critical path, mean ratio {ratio:.4}",
                if fallible { "with `?`" } else { "without `?`" },
                graphs.len(),
                share * 100.0,
            );
            failed |= share < least;
        }
    }
    assert!(!failed, "{name}: too few at the critical path");
}

fn many(shape: impl Fn(&mut Random) -> Graph) -> Vec<Graph> {
    let mut random = Random::new(0xa11);
    (0..150).map(|_| shape(&mut random)).collect()
}

#[test]
fn chains() {
    let graphs = many(|random| {
        let (chains, length) = (1 + random.below(4) as usize, 1 + random.below(4) as usize);
        // Either chain after chain, or all first links first.
        let along = random.below(2) == 0;
        let step = if along { 1 } else { chains };
        let first = |at: usize| if along { at.is_multiple_of(length) } else { at < chains };
        Graph(
            (0..chains * length)
                .map(|at| if first(at) { vec![] } else { vec![at - step] })
                .collect(),
        )
    });
    check("chains", &graphs, 1.0);
}

#[test]
fn trees() {
    // Each call uses one earlier value, or none.
    let graphs = many(|random| {
        let calls = 2 + random.below(9) as usize;
        let parent = |at: usize, random: &mut Random| match random.below(at as u64 + 1) as usize {
            parent if parent < at => vec![parent],
            _ => vec![],
        };
        Graph((0..calls).map(|at| parent(at, random)).collect())
    });
    check("trees", &graphs, 0.8);
}

#[test]
fn layers() {
    // Each call uses all values of the layer above it.
    let graphs = many(|random| {
        let mut calls: Vec<Vec<usize>> = Vec::new();
        let mut above = 0..0;
        for _ in 0..1 + random.below(4) {
            let start = calls.len();
            for _ in 0..1 + random.below(3) {
                calls.push(above.clone().collect());
            }
            above = start..calls.len();
        }
        Graph(calls)
    });
    check("layers", &graphs, 1.0);
}

#[test]
fn diamonds() {
    let graphs = many(|random| {
        let mut calls: Vec<Vec<usize>> = Vec::new();
        for _ in 0..1 + random.below(3) {
            let top = calls.len();
            calls.push(vec![]);
            let sides = 2 + random.below(2) as usize;
            calls.extend(std::iter::repeat_n(vec![top], sides));
            calls.push((top + 1..=top + sides).collect());
        }
        Graph(calls)
    });
    check("diamonds", &graphs, 1.0);
}

#[test]
fn random_graphs() {
    let wanted = std::env::var("CRITICAL_PATH_GRAPHS").ok().and_then(|many| many.parse().ok());
    let mut random = Random::new(0xdead_beef);
    let graphs: Vec<Graph> =
        (0..wanted.unwrap_or(500)).map(|_| Graph::random(&mut random)).collect();
    check("random", &graphs, 0.85);
}
