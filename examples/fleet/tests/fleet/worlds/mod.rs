//! The worlds of the differential tests on a fleet: what calls give, where they fail and where they panic is the
//! same here, there, and in the serial twin.

use std::collections::BTreeMap;

use bridge::run_in_background;
use bridge_fleet::{Fleet, FleetError, Format, Handlers, Job, Settings};
use bridge_tests::{Random, setting, worlds};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::calls::{call_when_known, fleet, worker};
use crate::with_server;

/// A call in a world.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    seed: u64,
    name: String,
    n: u64,
}

const GET: Job<Asked, u64> = Job::new("get");

const GIVE_BACK: Job<Value, Value> = Job::new("give-back");

/// What serde knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Value {
    Unit,
    Flag(bool),
    Number(i64),
    Large(u64),
    Real(f64),
    Text(String),
    Letter(char),
    Bytes(Vec<u8>),
    Maybe(Option<Box<Value>>),
    Pair(Box<Value>, Box<Value>),
    Named { first: Box<Value>, more: BTreeMap<String, Value> },
    Many(Vec<Value>),
}

impl Value {
    fn random(random: &mut Random, depth: usize) -> Self {
        let value = |random: &mut Random| Value::random(random, depth - 1);
        match random.below(if depth == 0 { 8 } else { 12 }) {
            0 => Value::Unit,
            1 => Value::Flag(random.one_of(&[true, false])),
            2 => Value::Number(random.one_of(&[i64::MIN, -1, 0, i64::MAX])),
            3 => Value::Large(random.one_of(&[0, 1 << 53, (1 << 53) + 1, u64::MAX])),
            4 => Value::Real(random.one_of(&[0.1, -0.0, f64::MAX, f64::MIN_POSITIVE, 1e-320])),
            5 => Value::Text(text(random)),
            6 => Value::Letter(random.one_of(&LETTERS)),
            7 => Value::Bytes((0..random.below(9)).map(|n| 31 * n as u8).collect()),
            8 => Value::Maybe(random.one_of(&[true, false]).then(|| Box::new(value(random)))),
            9 => Value::Pair(Box::new(value(random)), Box::new(value(random))),
            10 => Value::Named {
                first: Box::new(value(random)),
                more: (0..random.below(3)).map(|_| (text(random), value(random))).collect(),
            },
            _ => Value::Many((0..random.below(4)).map(|_| value(random)).collect()),
        }
    }
}

const LETTERS: [char; 9] = ['a', '"', '\\', '\n', '\0', 'é', '語', '🦀', ' '];

fn text(random: &mut Random) -> String {
    (0..random.below(6)).map(|_| random.one_of(&LETTERS)).collect()
}

fn handlers() -> Handlers {
    Handlers::new()
        .serve(GET, |Asked { seed, name, n }| worlds::get(seed, &name, n))
        .serve_async(GIVE_BACK, async |value| Ok::<_, std::convert::Infallible>(value))
}

/// Where a function runs, and in which world.
struct World<'a> {
    fleet: &'a Fleet,
    seed: u64,
}

impl World<'_> {
    async fn get(&self, name: &str, n: u64) -> Result<u64, FleetError> {
        let asked = Asked { seed: self.seed, name: name.to_owned(), n };
        self.fleet.call(GET, &asked).await
    }

    fn values(&self) -> Vec<Value> {
        let mut random = Random::new(self.seed);
        (0..24).map(|_| Value::random(&mut random, 3)).collect()
    }
}

mod overlapping {
    use bridge::background;
    use bridge_fleet::FleetError;

    use super::{GIVE_BACK, Value, World};

    include!("functions.rs");
}

mod serial {
    use bridge::serial::background;
    use bridge_fleet::FleetError;

    use super::{GIVE_BACK, Value, World};

    include!("functions.rs");
}

/// What all functions come to in a world, as text.
macro_rules! outcomes {
    ($module:ident, $world:expr) => {{
        let world = $world;
        [
            format!("{:?}", $module::side_by_side(world)),
            format!("{:?}", $module::diamond(world)),
            format!("{:?}", $module::chains(world)),
            format!("{:?}", $module::branches(world)),
            format!("{:?}", $module::in_order(world)),
            format!("{:?}", $module::values(world)),
        ]
    }};
}

fn same_here_and_there(format: Format) {
    with_server(async move |cluster| {
        // As many attempts as a local fleet makes.
        let settings = Settings { format, ..Settings::default() };
        let (_stop, _) = worker(&cluster, settings.clone(), 16, handlers()).await;
        let there = fleet(&cluster, settings).await;
        call_when_known(&there, GIVE_BACK, &Value::Unit).await.expect("there is a worker");
        let here = Fleet::local(handlers());
        let worlds = setting("FLEET_WORLDS", 24);
        let outcomes = stream::iter(0..worlds).map(|seed| {
            let (here, there) = (here.clone(), there.clone());
            run_in_background(move || {
                let (here, there) = (World { fleet: &here, seed }, World { fleet: &there, seed });
                let serial = outcomes!(serial, &here);
                let given = Ok::<_, FleetError>(here.values());
                assert_eq!(serial[5], format!("{given:?}"), "in world {seed}");
                assert_eq!(outcomes!(overlapping, &here), serial, "here, in world {seed}");
                assert_eq!(outcomes!(overlapping, &there), serial, "there, in world {seed}");
                serial
            })
        });
        let outcomes: Vec<_> = outcomes.buffer_unordered(16).collect().await;
        let outcomes = outcomes.concat();
        assert_eq!(outcomes.len() as u64, 6 * worlds);
        let count = |word: &str| outcomes.iter().filter(|text| text.contains(word)).count();
        let (values, failures, panics) = (count("Ok("), count("Err("), count("has panicked"));
        assert!(
            values > failures && failures > panics && panics > 0,
            "{values} {failures} {panics}"
        );
    });
}

#[test]
fn worlds_are_the_same_here_and_there() {
    same_here_and_there(Format::Json);
}

#[test]
fn worlds_are_the_same_here_and_there_in_the_binary_form() {
    same_here_and_there(Format::Binary);
}
