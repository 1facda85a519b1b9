//! The layer that records.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::interned::interned;
use crate::run::{Join, Kind, Place, Run, Span};

/// Records what runs: its [`layer`](Timeline::layer) is one of a `tracing` subscriber. Clones record together.
///
/// ```
/// # async fn user(id: u32) -> u32 { tokio::time::sleep(std::time::Duration::from_millis(id.into())).await; id }
/// use bridge_timeline::Timeline;
/// use tracing_subscriber::prelude::*;
///
/// #[bridge::background]
/// fn page() -> u32 {
///     let user5 = user(5).await;
///     let user9 = user(9).await;
///     user5 + user9
/// }
///
/// let timeline = Timeline::new();
/// tracing_subscriber::registry().with(timeline.layer()).init();
/// page();
/// print!("{}", timeline.run().text(80));
/// ```
#[derive(Clone)]
pub struct Timeline {
    recorder: Arc<Mutex<Recorder>>,
}

/// How many spans are recorded, and as many joins, if nobody says: some 30 MB.
const LIMIT: usize = 200_000;

struct Recorder {
    begin: Instant,
    limit: usize,
    run: Run,
    /// Where the spans are, by the ids that they have, or have had last: those are given again.
    known: HashMap<u64, usize>,
    order: u64,
}

impl Timeline {
    /// Records up to 200,000 spans, some 30 MB.
    pub fn new() -> Self {
        Timeline::with_limit(LIMIT)
    }

    /// Records so many spans, and counts those beyond.
    pub fn with_limit(limit: usize) -> Self {
        Timeline { recorder: Arc::new(Mutex::new(Recorder::new(limit))) }
    }

    /// The layer, which asks for nothing but what `bridge` tells: alone or beside others, it makes no other
    /// span or event cost anything.
    pub fn layer<S>(&self) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let ours = filter_fn(is_ours).with_max_level_hint(LevelFilter::DEBUG);
        self.clone().with_filter(ours)
    }

    /// What was recorded so far. Times are from the begin of the recording: when this was made, or
    /// [cleared](Timeline::clear) last.
    pub fn run(&self) -> Run {
        let recorder = self.lock();
        Run { taken: recorder.begin.elapsed(), ..recorder.run.clone() }
    }

    /// Forgets what was recorded, and begins anew. What has not ended by now is not shown.
    pub fn clear(&self) {
        let mut recorder = self.lock();
        *recorder = Recorder::new(recorder.limit);
    }

    fn lock(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline::new()
    }
}

impl fmt::Debug for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").field("spans", &self.lock().run.spans.len()).finish()
    }
}

/// Whether something is told of by `bridge`.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "bridge"
}

impl Recorder {
    fn new(limit: usize) -> Self {
        let (begin, run, known) = (Instant::now(), Run::default(), HashMap::new());
        Recorder { begin, limit, run, known, order: 0 }
    }

    fn known(&self, id: u64) -> Option<usize> {
        self.known.get(&id).copied()
    }

    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    fn next(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    /// The innermost of these that was recorded.
    fn find(&self, mut scope: impl Iterator<Item = Id>) -> Option<usize> {
        scope.find_map(|id| self.known(id.into_u64()))
    }

    fn open(&mut self, id: &Id, name: &str, seen: &Seen, scope: impl Iterator<Item = Id>) {
        let Some(kind) = Kind::of_span(name) else { return };
        // The id is given again: what had it is joined no more.
        self.known.remove(&id.into_u64());
        if self.run.spans.len() == self.limit {
            self.run.left_out.spans += 1;
            return;
        }
        let (parent, start, order) = (self.find(scope), self.now(), self.next());
        self.known.insert(id.into_u64(), self.run.spans.len());
        self.run.spans.push(Span {
            parent,
            kind,
            place: seen.place(),
            function: seen.function,
            start,
            end: None,
            order,
            links: Vec::new(),
            joined: None,
            inputs: Vec::new(),
        });
    }

    fn close(&mut self, id: &Id) {
        let now = self.now();
        if let Some(at) = self.known(id.into_u64()) {
            self.run.spans[at].end = Some(now);
        }
    }

    fn joined(&mut self, seen: &Seen, within: Option<usize>) {
        if self.run.joins.len() == self.limit {
            self.run.left_out.joins += 1;
            return;
        }
        let (end, order) = (self.now(), self.next());
        let call = seen.call.and_then(|id| self.known(id));
        if let Some(call) = call {
            self.run.spans[call].joined = Some(seen.place());
        }
        let begin = end.saturating_sub(Duration::from_micros(seen.waited_us.unwrap_or_default()));
        self.run.joins.push(Join { call, within, place: seen.place(), begin, end, order });
    }
}

impl<S> Layer<S> for Timeline
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if !is_ours(attributes.metadata()) {
            return;
        }
        let mut seen = Seen::default();
        attributes.record(&mut seen);
        let scope = cx.span(id).into_iter().flat_map(|span| span.scope().skip(1));
        let name = attributes.metadata().name();
        self.lock().open(id, name, &seen, scope.map(|span| span.id()));
    }

    fn on_follows_from(&self, span: &Id, follows: &Id, _: Context<'_, S>) {
        let mut recorder = self.lock();
        let now = recorder.now();
        let of = |id: &Id| recorder.known(id.into_u64());
        if let (Some(at), Some(input)) = (of(span), of(follows)) {
            recorder.run.spans[at].inputs.push((input, now));
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        if !is_ours(event.metadata()) {
            return;
        }
        let mut seen = Seen::default();
        event.record(&mut seen);
        let scope = cx.event_scope(event).into_iter().flatten().map(|span| span.id());
        let mut recorder = self.lock();
        let within = recorder.find(scope);
        match (seen.message, within) {
            (Message::Joined, within) => recorder.joined(&seen, within),
            (Message::Passed, Some(within)) => {
                let now = recorder.now();
                recorder.run.spans[within].links.push((seen.place(), now));
            }
            _ => {}
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.lock().close(&id);
    }
}

/// The fields of a span or an event.
#[derive(Default)]
struct Seen {
    file: Option<&'static str>,
    line: u32,
    column: u32,
    function: Option<&'static str>,
    call: Option<u64>,
    waited_us: Option<u64>,
    message: Message,
}

#[derive(Clone, Copy, Default)]
enum Message {
    #[default]
    None,
    Joined,
    Passed,
}

impl Seen {
    fn place(&self) -> Place {
        Place { file: self.file.unwrap_or_default(), line: self.line, column: self.column }
    }
}

impl Visit for Seen {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "line" => self.line = u32::try_from(value).unwrap_or_default(),
            "column" => self.column = u32::try_from(value).unwrap_or_default(),
            "call" => self.call = Some(value),
            "waited_us" => self.waited_us = Some(value),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "file" => self.file = Some(interned(value)),
            "function" => self.function = Some(interned(value)),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = match format!("{value:?}").as_str() {
                "joined" => Message::Joined,
                "passed" => Message::Passed,
                _ => Message::None,
            };
        }
    }
}
