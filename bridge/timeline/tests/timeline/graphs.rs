//! What is said of ten graphs of calls, which were drawn at random, with random times.

use std::pin::Pin;
use std::time::Duration;

use bridge::background;
use bridge_planner::{self as planner, Arguments, Event, Planned};
use bridge_tests::Random;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::{paused, recorded};

/// How many milliseconds each call takes.
type Times = [u64; 7];

type Graph = fn(Times) -> Pin<Box<dyn Future<Output = u64>>>;

/// A call that is given values.
async fn with<const N: usize>(_values: [u64; N], ms: u64) -> u64 {
    sleep(Duration::from_millis(ms)).await;
    ms
}

#[background]
async fn one(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    let b = with([a], ms[1]).await;
    let c = with([a, b], ms[2]).await;
    let d = with([], ms[3]).await;
    a + b + c + d
}

#[background]
async fn two(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    #[foreground]
    let b = with([a], ms[1]).await;
    let c = with([a, b], ms[2]).await;
    let d = with([], ms[3]).await;
    let e = with([b, c], ms[4]).await;
    a + b + c + d + e
}

#[background]
async fn three(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    #[foreground]
    let b = with([a], ms[1]).await;
    #[foreground]
    let c = with([a], ms[2]).await;
    let d = with([c], ms[3]).await;
    a + b + c + d
}

#[background]
async fn four(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    let b = with([a], ms[1]).await;
    #[foreground]
    let c = with([a], ms[2]).await;
    let d = with([b], ms[3]).await;
    #[foreground]
    let e = with([], ms[4]).await;
    let f = with([a, b], ms[5]).await;
    let g = with([], ms[6]).await;
    a + b + c + d + e + f + g
}

#[background]
async fn five(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    #[foreground]
    let b = with([a], ms[1]).await;
    let c = with([b], ms[2]).await;
    #[foreground]
    let d = with([a], ms[3]).await;
    a + b + c + d
}

#[background]
async fn six(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    let b = with([], ms[1]).await;
    let c = with([a, b], ms[2]).await;
    let d = with([b], ms[3]).await;
    a + b + c + d
}

#[background]
async fn seven(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    #[foreground]
    let b = with([a], ms[1]).await;
    let c = with([a], ms[2]).await;
    let d = with([], ms[3]).await;
    let e = with([a], ms[4]).await;
    a + b + c + d + e
}

#[background]
async fn eight(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    #[foreground]
    let b = with([a], ms[1]).await;
    #[foreground]
    let c = with([a, b], ms[2]).await;
    let d = with([c], ms[3]).await;
    let e = with([d], ms[4]).await;
    a + b + c + d + e
}

#[background]
async fn nine(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    #[foreground]
    let b = with([a], ms[1]).await;
    let c = with([a, b], ms[2]).await;
    let d = with([a], ms[3]).await;
    let e = with([b], ms[4]).await;
    let f = with([d, e], ms[5]).await;
    let g = with([e, f], ms[6]).await;
    a + b + c + d + e + f + g
}

#[background]
async fn ten(ms: Times) -> u64 {
    let a = with([], ms[0]).await;
    let b = with([a], ms[1]).await;
    let c = with([a, b], ms[2]).await;
    let d = with([a], ms[3]).await;
    let e = with([a, d], ms[4]).await;
    let f = with([e], ms[5]).await;
    #[foreground]
    let g = with([], ms[6]).await;
    a + b + c + d + e + f + g
}

const GRAPHS: [(&str, Graph); 10] = [
    ("one", |d| Box::pin(one(d))),
    ("two", |d| Box::pin(two(d))),
    ("three", |d| Box::pin(three(d))),
    ("four", |d| Box::pin(four(d))),
    ("five", |d| Box::pin(five(d))),
    ("six", |d| Box::pin(six(d))),
    ("seven", |d| Box::pin(seven(d))),
    ("eight", |d| Box::pin(eight(d))),
    ("nine", |d| Box::pin(nine(d))),
    ("ten", |d| Box::pin(ten(d))),
];

/// One step of the schedule of a graph, by the numbers of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Start(usize),
    Join(usize),
}

/// What the planner makes of a graph.
#[derive(Clone, Debug)]
struct Schedule {
    names: Vec<String>,
    steps: Vec<Step>,
    /// What each call waits for in the background.
    needs: Vec<Vec<usize>>,
}

impl Schedule {
    fn of(graph: &str) -> Self {
        let source = include_str!("graphs.rs");
        let begin = source.find(&format!("async fn {graph}(")).expect("it is here");
        let end = begin + source[begin..].find("\n}\n").expect("it ends") + 2;
        let item = source[begin..end].parse().expect("it is Rust");
        let planned = Planned::of(item, Arguments::default()).expect("it can be planned");
        let body = planned.as_ref().expect("it awaits").body();
        let statements: Vec<_> = body.statements().collect();
        let mut steps = Vec::new();
        for step in body.steps() {
            match *step {
                planner::Step::Start(at, _) => steps.push(Step::Start(at)),
                planner::Step::Join(at) | planner::Step::JoinOutOfOrder(at, _) => {
                    steps.push(Step::Join(at));
                }
                // In the foreground; the last one is the sum.
                planner::Step::Run(at) if at + 1 < statements.len() => {
                    steps.extend([Step::Start(at), Step::Join(at)]);
                }
                planner::Step::Run(_) | planner::Step::Declare(_) | planner::Step::Bind(_) => {}
            }
        }
        let needs = statements.iter().map(|statement| {
            let starts = statement.waits().filter(|wait| matches!(wait.event, Event::Start(..)));
            starts.map(|wait| wait.statement).collect()
        });
        let name = |text: String| {
            let words = text.strip_prefix("let ").unwrap_or(&text);
            words.split(' ').next().unwrap_or_default().to_owned()
        };
        let names = statements.iter().map(|statement| name(statement.name()));
        Schedule { names: names.collect(), steps, needs: needs.collect() }
    }

    /// The same, but that one call begins ahead of the join of another one. The others wait as before.
    fn without(&self, one: &str, other: &str) -> Self {
        let number = |name: &str| self.names.iter().position(|it| it == name).expect("a call");
        let (one, other) = (number(one), number(other));
        let mut changed = self.clone();
        changed.steps.retain(|step| *step != Step::Start(one));
        let join = changed.steps.iter().position(|step| *step == Step::Join(other));
        changed.steps.insert(join.expect("it is joined"), Step::Start(one));
        changed.needs[one].retain(|need| *need < other);
        changed
    }

    /// Runs it, each call as a task, and gives how long that takes, and when each call begins and ends.
    fn run(&self, ms: Times) -> (u64, Vec<(u64, u64)>) {
        paused(async {
            let begin = Instant::now();
            let now = move || u64::try_from(begin.elapsed().as_millis()).expect("it is short");
            let calls: Vec<_> = self.names.iter().map(|_| watch::channel(None).0).collect();
            let ended = async |call: usize| {
                let mut end = calls[call].subscribe();
                end.wait_for(Option::is_some).await.expect("it is there until the end");
            };
            for step in &self.steps {
                match *step {
                    Step::Start(call) => {
                        let needs = self.needs[call].iter().map(|&need| calls[need].subscribe());
                        let (needs, end) = (needs.collect::<Vec<_>>(), calls[call].clone());
                        tokio::spawn(async move {
                            for mut need in needs {
                                need.wait_for(Option::is_some).await.expect("it is there");
                            }
                            let begin = now();
                            sleep(Duration::from_millis(ms[call])).await;
                            end.send_replace(Some((begin, now())));
                        });
                    }
                    Step::Join(call) => ended(call).await,
                }
            }
            let spans = calls.iter().map(|end| end.borrow().unwrap_or_default());
            (now(), spans.collect())
        })
    }

    /// The names of the calls from the one that ends last back to one that begins first: each begins when the
    /// one before it ends, as no two times are the same.
    fn path(&self, spans: &[(u64, u64)]) -> String {
        let mut path = Vec::new();
        let mut at = spans.iter().map(|(_, end)| *end).max();
        while let Some(call) = spans.iter().position(|(_, end)| Some(*end) == at && *end > 0) {
            path.insert(0, format!("`{}`", self.names[call]));
            at = Some(spans[call].0);
        }
        path.join(" → ")
    }
}

#[test]
fn the_path_is_the_longest_and_another_order_takes_what_is_said() {
    let mut random = Random::new(7);
    let mut quicker = 0;
    for (name, graph) in GRAPHS {
        let schedule = Schedule::of(name);
        assert!(schedule.names.len() >= 5, "{name}: {schedule:?}");
        for _ in 0..5 {
            let ms = [(); 7].map(|()| 10 + random.below(300));
            let answer = recorded(graph(ms)).answer();
            let (total, spans) = schedule.run(ms);
            let path = schedule.path(&spans);
            let (said, other) = match answer.split_once("; if ") {
                Some((said, other)) => (said, Some(other)),
                None => (&*answer, None),
            };
            let expected =
                format!("{total} ms; {total} ms of them {path}; the thread waited {total} ms");
            assert_eq!(said, expected, "{name}, {ms:?}");
            if let Some(other) = other {
                let names: Vec<_> = other.split('`').skip(1).step_by(2).collect();
                let [one, waits_for] = *names else { panic!("{other}") };
                let (second, _) = schedule.without(one, waits_for).run(ms);
                let expected = format!(
                    "`{one}` did not wait for `{waits_for}` it would have been {second} ms"
                );
                assert_eq!(other, expected, "{name}, {ms:?}");
                quicker += 1;
            }
        }
    }
    assert!(quicker >= 10, "{quicker}");
}
