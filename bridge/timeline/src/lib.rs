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
