//! JSON in the trace event format, which Perfetto and `chrome://tracing` read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::names::{Names, at};
use crate::run::{Kind, Run};

#[derive(Serialize)]
struct Event {
    name: String,
    cat: &'static str,
    /// `X`: with a begin and a duration.
    ph: &'static str,
    /// In microseconds, as `dur`.
    ts: f64,
    dur: f64,
    pid: u32,
    /// The lane: of what is in one lane nothing overlaps but what is in each other.
    tid: usize,
    args: BTreeMap<&'static str, String>,
}

impl Run {
    /// All that was recorded as JSON in the trace event format, for [Perfetto](https://ui.perfetto.dev) and
    /// `chrome://tracing`: an object with `traceEvents`, times in microseconds. Calls that overlap are in
    /// different lanes (`tid`).
    pub fn trace_events(&self) -> String {
        let names = Names::of(self);
        let mut lanes: Vec<Vec<usize>> = Vec::new();
        let events = self.spans.iter().enumerate().map(|(number, span)| {
            let tid = self.lane(&mut lanes, number);
            let mut args = BTreeMap::from([("place", at(span.place))]);
            args.extend(span.function.map(|function| ("function", function.to_owned())));
            let cat = match span.kind {
                Kind::Function => "function",
                Kind::Call => "call",
                Kind::Iteration => "iteration",
                Kind::Source => "source",
                Kind::Blocking => "blocking",
                Kind::Task => "task",
                Kind::Foreground => "foreground",
            };
            let micros = |time: Duration| time.as_nanos() as f64 / 1e3;
            Event {
                name: names.name(number),
                cat,
                ph: "X",
                ts: micros(span.start),
                dur: micros(self.duration(number)),
                pid: 1,
                tid: tid + 1,
                args,
            }
        });
        let events: Vec<Event> = events.collect();
        serde_json::json!({ "displayTimeUnit": "ms", "traceEvents": events }).to_string()
    }

    /// The first lane in which a span overlaps nothing but what it is in.
    fn lane(&self, lanes: &mut Vec<Vec<usize>>, span: usize) -> usize {
        let (start, parent) = (self.spans[span].start, self.spans[span].parent);
        let fits = |lane: &mut Vec<usize>| {
            while lane.last().is_some_and(|&last| self.end(last) <= start) {
                lane.pop();
            }
            lane.last().is_none_or(|&last| Some(last) == parent && self.end(last) >= self.end(span))
        };
        let found = lanes.iter_mut().position(fits);
        let lane = found.unwrap_or_else(|| {
            lanes.push(Vec::new());
            lanes.len() - 1
        });
        lanes[lane].push(span);
        lane
    }
}
