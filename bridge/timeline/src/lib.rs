//! Shows what a program has run with [`bridge`]: what was in flight, what was waited for, and why it took
//! so long.
//!
//! [`Timeline`] is a layer of `tracing-subscriber`. It records the functions that have the attribute,
//! their calls, and what they have waited for. [`Run`] is what was recorded:
//!
//! | | |
//! |---|---|
//! | [`Run::answer`] | a sentence: the time, the calls that it is made of, and what would have been quicker |
//! | [`Run::text`] | a drawing for a terminal |
//! | [`Run::svg`] | a picture |
//! | [`Run::html`] | a page that can be zoomed, without network |
//! | [`Run::trace_events`] | JSON, for [Perfetto](https://ui.perfetto.dev) and `chrome://tracing` |
//! | [`Run::weights`] | what each call took, for `cargo background --weights` |
//!
//! A drawing shows one function, the [longest](Run::longest). `#` are calls at the *critical path*: had one
//! of them been quicker, the function would have been. It is found from what was recorded: from the
//! function's end back to what it waited for last, and from that call's begin to what the thread did before.
//!
//! Names come from the sources, where those are at hand: the variable that a call is bound to, or what is
//! called. Otherwise a call is named by its place, `page.rs:12`.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! # fn load_shop() {}
//! let timeline = bridge_timeline::Timeline::new();
//! tracing_subscriber::registry().with(timeline.layer()).init();
//! load_shop();
//! print!("{}", timeline.run().text(80));
//! ```
//!
//! # With other subscribers
//!
//! The spans are those of the feature `tracing` of [`bridge`], which this crate turns on. Others need that
//! feature alone. They have the target `bridge` and the level `DEBUG`. These were tried, and but for the
//! console they are tested (`tests/timeline/subscribers.rs`).
//!
//! **Log lines**, with `tracing-subscriber`. Each begin and end of a function and a call is a line, with its
//! place, and each join, with how long it has waited:
//!
//! ```
//! use tracing_subscriber::fmt::format::FmtSpan;
//!
//! # fn load_shop() {}
//! tracing_subscriber::fmt()
//!     .with_max_level(tracing::Level::DEBUG)
//!     .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
//!     .init();
//! load_shop();
//! ```
//!
//! **OpenTelemetry**, with `tracing-opentelemetry`. The calls of a function are siblings below its span, also
//! where they ran on another thread, and its events tell what it has waited for. The exporter is whatever
//! your collector takes:
//!
//! ```
//! use opentelemetry::trace::TracerProvider;
//! use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
//! use tracing_subscriber::prelude::*;
//!
//! # fn load_shop() {}
//! let exporter = InMemorySpanExporter::default();
//! let provider = SdkTracerProvider::builder().with_simple_exporter(exporter).build();
//! let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
//! tracing_subscriber::registry().with(layer).init();
//! load_shop();
//! provider.shutdown()?;
//! # Ok::<(), opentelemetry_sdk::error::OTelSdkError>(())
//! ```
//!
//! **Perfetto**, with `tracing-chrome`. Calls overlap, so that they need its style `Async`. (Or
//! [`Run::trace_events`], which has the names of calls too.)
//!
//! ```no_run
//! use tracing_chrome::{ChromeLayerBuilder, TraceStyle};
//! use tracing_subscriber::prelude::*;
//!
//! # fn load_shop() {}
//! let (layer, guard) = ChromeLayerBuilder::new().file("run.json").trace_style(TraceStyle::Async).build();
//! tracing_subscriber::registry().with(layer).init();
//! load_shop();
//! drop(guard); // writes the end of the file
//! ```
//!
//! **The console**, with `console-subscriber`. It shows the tasks of tokio, and tokio tells of them only in a
//! build with `RUSTFLAGS="--cfg tokio_unstable"`, so that there is nothing to see on stable flags. With it,
//! start it in the runtime of `bridge`:
//!
//! ```ignore
//! bridge::runtime().block_on(async { console_subscriber::init() });
//! ```
//!
//! The calls of a function are no tasks: what it shows are those of `run_in_background`, blocking code, and
//! short ones from `wait.rs`, by which a thread that waits gets the runtime going again.

#![forbid(unsafe_code)]

mod answer;
mod events;
mod html;
mod interned;
mod layer;
mod names;
mod path;
mod rows;
mod run;
mod simulation;
mod sources;
mod svg;
mod text;
mod weights;

pub use layer::Timeline;
pub use path::Step;
pub use run::{Join, Kind, LeftOut, Place, Run, Span};
