//! The oracle: runs the serial twin and the other forms alike, and compares.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bridge_tests::{with_clock, within};

use super::cx::{Cx, Event, Key, Kind, Run, Trace};
use super::model::Model;
use super::world;
use crate::dice::mix;

/// One function in all its forms.
pub struct Case {
    pub index: u32,
    /// For each number of a call, the stretch of the function that it is in (what
    /// may have started when another in it ends the function), and its statement.
    pub places: &'static [(u32, u32)],
    /// For each number of a call, that of the first of its chain.
    pub firsts: &'static [u32],
    /// The numbers of the calls that a `?` follows.
    pub gates: &'static [u32],
    /// The numbers of the calls that are cancelled in an order of their own. Those that use
    /// what another one has given may have waited for it in the background: in the order in
    /// which they began to wait. Those of a block that is a call: when that ends.
    pub apart: &'static [u32],
    /// Whether one of those takes a value, which it drops when it is cancelled.
    pub takes_while_it_waits: bool,
    /// The numbers of the calls whose value nothing binds, although they start early:
    /// it is dropped when they are joined.
    pub unbound: &'static [u32],
    pub serial: fn(&Cx) -> String,
    /// None where it shares a world with its calls: the model is not told what they do to each
    /// other.
    pub model: Option<fn(&Cx, &mut Model<'_>) -> String>,
    pub forms: &'static [(&'static str, fn(&Cx) -> String)],
}

impl Case {
    /// Whether a call stands below another one with no effect between them.
    fn below(&self, site: u32, other: u32) -> bool {
        let place = |site: u32| self.places.get(site as usize).copied().unwrap_or_default();
        let ((stretch, statement), (above, before)) = (place(site), place(other));
        stretch == above && (statement, site) > (before, other)
    }
}

/// The first number that stands for one place.
const FIRST: u32 = 20;

/// How a run ended.
struct Seen {
    value: Result<String, String>,
    trace: Trace,
    /// The calls that were running when the function had been left.
    left: Vec<Key>,
    time: u64,
    /// What the world is in the end, and what of it calls were lent.
    world: String,
    lent: String,
}

/// Real time that one function may take, in all its runs and forms.
const LIMIT: Duration = Duration::from_secs(8);

/// Runs all cases so many times, and prints a line for each.
pub fn judge_all(cases: &'static [Case], runs: u64, seed: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    for case in cases {
        let judged = std::panic::catch_unwind(|| within(LIMIT, move || judge(case, runs, seed)));
        if judged.is_err() {
            println!("DIFFERS {} hangs 0", case.index);
            println!("it hangs, or the judge has panicked");
            println!("END");
        }
    }
}

fn judge(case: &Case, runs: u64, seed: u64) {
    let (mut timed, mut at_path, mut fastest, mut measured) = (0, 0, 0, 0);
    let mut slowest = (0, String::new());
    for number in 0..runs {
        let run = Run {
            seed: mix(seed, number),
            failing: [0, 0, 10, 0, 25][(number % 5) as usize],
            panicking: [0, 0, 0, 4, 4][(number % 5) as usize],
        };
        let serial = observe(run, |cx| (case.serial)(cx));
        let path = match case.model.map(|model| modelled(run, model)) {
            Some(Modelled { value, .. }) if value != serial.value => {
                println!("DIFFERS {} model {}", case.index, run.seed);
                println!("the model's copy gives {value:?}, not {:?}", serial.value);
                println!("END");
                return;
            }
            Some(Modelled { path, .. }) => path.filter(|_| ended_well(&serial)),
            None => None,
        };
        for (name, form) in case.forms {
            let seen = observe(run, form);
            let strict = *name == "strict";
            let mut wrong = differences(case, &serial, &seen, strict);
            if let Some((path, begins)) = &path {
                let path = *path;
                if seen.time < path {
                    wrong.push(too_fast(begins, &seen, path));
                }
                if *name == "background" && path > 0 {
                    timed += 1;
                    at_path += u64::from(seen.time == path);
                    fastest += path;
                    measured += seen.time;
                    let lost = seen.time.saturating_sub(path);
                    if lost > slowest.0 {
                        slowest = (lost, late(begins, &seen, path));
                    }
                }
            }
            if !wrong.is_empty() {
                println!("DIFFERS {} {name} {}", case.index, run.seed);
                println!("run {number}: {run:?}");
                wrong.iter().for_each(|line| println!("- {line}"));
                print!("{}", beside(&serial, &seen));
                println!("END");
                return;
            }
        }
    }
    println!("SAME {} {timed} {at_path} {fastest} {measured} {}", case.index, slowest.1);
}

/// What the model's copy gives, with the time of its critical path and when each call begins on
/// it, unless it panics.
struct Modelled {
    value: Result<String, String>,
    path: Option<(u64, Vec<(Key, u64)>)>,
}

fn modelled(run: Run, model: fn(&Cx, &mut Model<'_>) -> String) -> Modelled {
    let mut path = None;
    let seen = observe(run, |cx| {
        let mut told = Model::new(cx);
        let value = model(cx, &mut told);
        path = Some((told.end(), told.begins()));
        value
    });
    Modelled { value: seen.value, path }
}

/// The calls that have begun: when each could, which it is, and when it has.
fn begun(begins: &[(Key, u64)], seen: &Seen) -> impl Iterator<Item = (u64, Key, u64)> {
    let found = |key: Key| seen.trace.calls.iter().find(move |call| call.key == key);
    begins.iter().filter_map(move |&(key, could)| Some((could, key, found(key)?.start)))
}

/// Which call of a run that is too fast is the first to begin earlier than it could.
fn too_fast(begins: &[(Key, u64)], seen: &Seen, path: u64) -> String {
    let early = begun(begins, seen).filter(|(could, _, start)| start < could);
    let first = early.map(|(could, key, start)| (start, key, could)).min();
    let first = first.map(|(start, key, could)| {
        format!(": call {key} could begin at {could}, and does at {start}")
    });
    let time = seen.time;
    format!("it took {time}, less than the critical path {path}{}", first.unwrap_or_default())
}

/// Which call of a slow run is the first to begin later than it could, and which had ended just
/// before it.
fn late(begins: &[(Key, u64)], seen: &Seen, path: u64) -> String {
    let late = begun(begins, seen).filter(|(could, _, start)| start > could).min();
    let time = seen.time;
    let Some((could, key, start)) = late else {
        return format!("{time} instead of {path}, and each call begins when it can");
    };
    let ended = seen.trace.calls.iter().filter(|call| call.end == Some(start) && call.key != key);
    let ended: Vec<String> = ended.map(|call| call.key.to_string()).collect();
    format!(
        "{time} instead of {path}: call {key} could begin at {could}, and does at {start}, after {}",
        ended.join(", ")
    )
}

fn ended_well(seen: &Seen) -> bool {
    seen.value.as_ref().is_ok_and(|value| !value.starts_with("Err") && value != "None")
}

fn observe(run: Run, body: impl FnOnce(&Cx) -> String) -> Seen {
    with_clock(|clock| {
        let cx = Cx::new(clock, run);
        world::enter(&cx);
        let value = catch_unwind(AssertUnwindSafe(|| body(&cx))).map_err(|payload| {
            payload.downcast_ref::<String>().cloned().unwrap_or_else(|| {
                payload.downcast_ref::<&str>().map_or("?", |text| text).to_owned()
            })
        });
        cx.close();
        let time = clock.now();
        let left = cx.trace.borrow().live();
        let (world, lent) = (cx.world.shown(), cx.world.lent());
        Seen { value, trace: cx.trace.take(), left, time, world, lent }
    })
}

fn differences(case: &Case, serial: &Seen, seen: &Seen, strict: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, text: &dyn Fn() -> String| {
        if !holds {
            wrong.push(text());
        }
    };
    let well = ended_well(serial) && !serial.trace.left_early;
    expect(serial.value == seen.value, &|| {
        format!("the value is {:?}, not {:?}", seen.value, serial.value)
    });
    expect(serial.world == seen.world, &|| {
        format!("the world is {}, not {}", seen.world, serial.world)
    });
    expect(!well || serial.lent == seen.lent, &|| {
        format!("what was lent is {}, not {}", seen.lent, serial.lent)
    });
    expect(seen.left.is_empty(), &|| format!("left running: {:?}", keys(&seen.left)));

    // The calls.
    let panicked = serial.value.is_err();
    let find = |key: Key| seen.trace.calls.iter().find(|call| call.key == key);
    for call in &serial.trace.calls {
        let Some(same) = find(call.key) else {
            expect(false, &|| format!("call {} is missing", call.key));
            continue;
        };
        expect(call.args == same.args, &|| {
            format!("call {} was given ({}), not ({})", call.key, same.args, call.args)
        });
        let locked = [same.under[0].clone(), same.under[1].clone()];
        expect(same.end.is_some(), &|| format!("call {} did not end", call.key));
        expect(call.under == locked, &|| {
            format!("call {} ran under {:?}, not under {:?}", call.key, locked, call.under)
        });
    }
    for call in &seen.trace.calls {
        if serial.trace.calls.iter().any(|same| same.key == call.key) {
            continue;
        }
        expect(!well, &|| format!("call {} is one too many", call.key));
        let last = serial.trace.last;
        // A panic of the standard library is at no place that is known.
        let ours = |payload: &String| payload.starts_with("panic ");
        let below = serial.value.as_ref().is_err_and(|payload| !ours(payload))
            // The numbers of calls that take none stand for many places.
            || call.key.site < FIRST
            || last.is_some_and(|last| case.below(call.key.site, last));
        expect(well || below, &|| {
            format!("call {} was started ahead of what ends the function at {last:?}", call.key)
        });
        expect(well || !strict || panicked, &|| {
            format!("call {} was started below a `?` that has failed", call.key)
        });
    }
    // The calls of one chain are one.
    let first = |key: Key| case.firsts.get(key.site as usize).copied().unwrap_or(key.site);
    let starts = |key: &Key| {
        let first = first(*key);
        seen.trace.calls.iter().rposition(|call| call.key.site == first)
    };
    let in_order = |key: &&Key| !case.apart.contains(&key.site);
    let cancelled: Vec<_> = seen.trace.cancelled.iter().filter(in_order).filter_map(starts).collect();
    expect(cancelled.is_sorted_by(|a, b| a >= b), &|| {
        format!("cancelled in this order: {:?}", keys(&seen.trace.cancelled))
    });

    // The events.
    let left = comparable(&serial.trace, &seen.trace);
    let mut right = comparable(&seen.trace, &serial.trace);
    // A derivation may have run ahead of what failed.
    let in_serial = |event: &Event| serial.trace.events.iter().any(|same| same.key == event.key);
    let runs_on = |event: &Event| matches!(event.kind, Kind::Sync | Kind::Derived);
    right.retain(|event| well || !runs_on(event) || in_serial(event));
    // What a call below has changed is no difference once a `?` has failed.
    let text = |events: &[&Event]| {
        let name = |event: &&Event| match event.kind {
            Kind::Drop if !well => format!("drop {}", event.key),
            _ => event.text.clone(),
        };
        events.iter().map(name).collect()
    };
    // A panic unwinds through calls that have started, and drops what they own.
    let torn = seen.trace.torn.iter().any(|key| !serial.trace.torn.contains(key));
    let dropped = |event: &&Event| !((panicked || torn) && matches!(event.kind, Kind::Drop));
    let taken = !well && case.takes_while_it_waits;
    let any_time = |event: &&Event| match event.kind {
        Kind::Drop => taken || case.unbound.contains(&event.key.site),
        kind => kind == Kind::Derived,
    };
    let (left_any, left): (Vec<_>, Vec<_>) = left.into_iter().filter(dropped).partition(any_time);
    let (right_any, right): (Vec<_>, Vec<_>) =
        right.into_iter().filter(dropped).partition(any_time);
    let sorted = |events: &[&Event]| {
        let mut texts: Vec<String> = text(events);
        texts.sort_unstable();
        texts
    };
    expect(sorted(&left_any) == sorted(&right_any), &|| {
        format!("at any time: {:?}, not {:?}", sorted(&right_any), sorted(&left_any))
    });
    let (texts, others): (Vec<String>, Vec<String>) = (text(&left), text(&right));
    expect(texts == others, &|| {
        let at = texts.iter().zip(&others).take_while(|(left, right)| left == right).count();
        let end = "the end".to_owned();
        let (left, right) = (texts.get(at).unwrap_or(&end), others.get(at).unwrap_or(&end));
        format!("`{right}` comes where `{left}` does serially")
    });
    if texts == others {
        for (event, other) in left.iter().zip(&right) {
            let all = event
                .started
                .iter()
                .all(|key| other.started.contains(key) && !other.live.contains(key));
            let waits = matches!(event.kind, Kind::Effect | Kind::Log);
            expect(!waits || all, &|| format!("`{}` did not wait for all above", event.text));
            let none = event.started.len() == other.started.len();
            expect(event.kind != Kind::Effect || none, &|| {
                format!("calls below `{}` had started", event.text)
            });
        }
    }
    if strict {
        wrong.extend(early(case, seen));
    }
    wrong
}

/// Calls that have started before a `?` above them has passed, in the same
/// stretch.
fn early(case: &Case, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    for gate in seen.trace.calls.iter().filter(|call| case.gates.contains(&call.key.site)) {
        let below = seen.trace.calls.iter().filter(|call| {
            call.key.turn == gate.key.turn
                // The numbers of calls that take none stand for many places.
                && call.key.site >= FIRST
                && case.below(call.key.site, gate.key.site)
        });
        for call in below.filter(|call| gate.end.is_none_or(|end| call.start < end)) {
            wrong.push(format!("call {} has not waited for the `?` of {}", call.key, gate.key));
        }
    }
    wrong
}

/// The events that the other run must have too: not what the arguments of its
/// further calls show, nor the values that those calls took.
fn comparable<'a>(trace: &'a Trace, other: &Trace) -> Vec<&'a Event> {
    let made = |trace: &Trace, key: Key| trace.calls.iter().any(|call| call.key == key);
    let known = |event: &Event| {
        trace.calls.iter().all(|call| call.key != event.key) || made(other, event.key)
    };
    let taken = |key: Key| {
        let mut given = trace.given.iter().chain(&other.given);
        given.any(|(value, to)| *value == key && !(made(trace, *to) && made(other, *to)))
    };
    let argument = |event: &Event| {
        event.kind == Kind::Argument && !other.events.iter().any(|seen| seen.key == event.key)
    };
    trace
        .events
        .iter()
        .filter(|event| match event.kind {
            Kind::Drop => known(event) && !taken(event.key),
            _ => !argument(event),
        })
        .collect()
}

fn keys(keys: &[Key]) -> Vec<String> {
    keys.iter().map(Key::to_string).collect()
}

/// Both runs, line by line.
fn beside(serial: &Seen, seen: &Seen) -> String {
    let (left, right) = (story(serial), story(seen));
    let width = left.iter().map(String::len).max().unwrap_or_default().clamp(20, 60);
    let mut text = format!("  {:width$} | background\n", "serial");
    for line in 0..left.len().max(right.len()) {
        let at = |lines: &[String]| lines.get(line).cloned().unwrap_or_default();
        let _ = writeln!(text, "  {:width$} | {}", at(&left), at(&right));
    }
    text
}

fn story(seen: &Seen) -> Vec<String> {
    let mut lines = seen.trace.story.clone();
    lines.push(format!("{:3} gives {:?}", seen.time, seen.value));
    lines
}
