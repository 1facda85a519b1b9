//! The spans fit what people have.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use bridge::background;
use opentelemetry::trace::{SpanId, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::Value;
use tracing::Subscriber;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

use crate::{call, paused};

#[background]
async fn page() -> u64 {
    let user = call(20).await;
    let ads = call(10).await;
    user + ads
}

#[tracing::instrument]
async fn request() -> u64 {
    page().await
}

fn run(subscriber: impl Subscriber + Send + Sync) {
    paused(async {
        let _default = tracing::subscriber::set_default(subscriber);
        assert_eq!(request().await, 30);
    });
}

#[test]
fn opentelemetry_has_the_calls_below_their_function() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
    run(tracing_subscriber::registry().with(layer));
    provider.force_flush().expect("all is exported");

    let spans = exporter.get_finished_spans().expect("it has not been shut down");
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (request, function, calls) = (named("request"), named("function"), named("call"));
    let ([request], [function], [one, other]) = (&*request, &*function, &*calls) else {
        panic!("{spans:?}")
    };
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    assert_eq!(function.parent_span_id, request.span_context.span_id());
    let parents = [one.parent_span_id, other.parent_span_id];
    assert_eq!(parents, [function.span_context.span_id(); 2]);
    let traces = [request, function, one, other].map(|span| span.span_context.trace_id());
    assert_eq!(BTreeSet::from(traces.map(|id| id.to_bytes())).len(), 1, "they are of one trace");
    assert!(one.start_time < other.end_time && other.start_time < one.end_time, "they overlap");
    for call in [one, other] {
        let file = attribute(call, "file");
        assert!(file.ends_with("subscribers.rs"), "{file}");
        assert!(attribute(call, "function").contains("page"));
    }
    let waited = function.events.iter().filter(|event| event.name == "joined").count();
    assert_eq!(waited, 2, "{:?}", function.events);
}

fn attribute(span: &SpanData, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.to_string()).unwrap_or_default()
}

/// What is written, for whoever looks later.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panics").clone()).expect("it is text")
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn fmt_writes_when_calls_begin_and_end() {
    let written = Written::default();
    let writer = written.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_writer(move || writer.clone());
    run(tracing_subscriber::registry().with(layer));
    let text = written.text();
    let lines = |what: &str| text.lines().filter(|line| line.contains(what)).count();
    assert_eq!(lines(" bridge: new"), 3, "a function and two calls begin:\n{text}");
    assert_eq!(lines(" bridge: close"), 3, "{text}");
    assert_eq!(lines(" bridge: joined "), 2, "{text}");
    assert!(text.contains("request:function{"), "{text}");
}

#[test]
fn chrome_draws_calls_that_overlap() {
    let written = Written::default();
    let (layer, guard) = tracing_chrome::ChromeLayerBuilder::new()
        .writer(written.clone())
        .trace_style(tracing_chrome::TraceStyle::Async)
        .include_args(true)
        .build();
    run(tracing_subscriber::registry().with(layer));
    drop(guard);
    let events: Vec<Value> = serde_json::from_str(&written.text()).expect("it is JSON");
    let calls = events.iter().filter(|event| event["name"] == "call");
    let phases: Vec<_> = calls.map(|event| event["ph"].as_str().unwrap_or_default()).collect();
    assert_eq!(phases, ["b", "b", "e", "e"], "{events:?}");
}
