//! Spans and events, all of the target `bridge` and the level `DEBUG`.

use std::any::type_name;
use std::cell::RefCell;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::time::Instant;
use tracing::{Level, debug_span, event, span};

use crate::in_flight::{self, Kind, Origin};

/// The span of what was started, if anybody looks. Behind a pointer, as it is moved with what it is of.
pub(crate) struct Span(Option<Box<span::Span>>);

/// Which span, for what is told after its end.
#[derive(Clone, Copy, Default)]
pub(crate) struct Id(Option<u64>);

thread_local! {
    /// The `async fn` whose own code runs: its span is none that could be entered, as it is not told when
    /// it is polled. What resumes its code says so.
    static RUNS: RefCell<Weak<span::Span>> = const { RefCell::new(Weak::new()) };
}

fn set_running(function: Weak<span::Span>) -> Weak<span::Span> {
    RUNS.try_with(|runs| runs.replace(function)).unwrap_or_default()
}

fn running() -> Weak<span::Span> {
    RUNS.try_with(|runs| runs.borrow().clone()).unwrap_or_default()
}

/// While other code runs.
struct Aside(Weak<span::Span>);

impl Aside {
    fn set() -> Self {
        Aside(set_running(Weak::new()))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        set_running(mem::take(&mut self.0));
    }
}

/// A synchronous function that runs: its span is entered.
pub(crate) struct Entered {
    _span: Option<span::EnteredSpan>,
    _aside: Option<Aside>,
}

impl Entered {
    /// The function in which a closure of the type `Name` stands.
    #[inline]
    pub(crate) fn begin<Name>(location: &'static Location<'static>) -> Self {
        if !is_told() {
            return Entered { _span: None, _aside: None };
        }
        let span = Span::of_function(location, type_name::<Name>());
        Entered { _span: span.0.map(|span| span.entered()), _aside: Some(Aside::set()) }
    }
}

/// An `async fn` that runs.
pub(crate) struct Body(Option<Arc<span::Span>>);

impl Body {
    /// The function in which a closure of the type `Name` stands.
    #[inline]
    pub(crate) fn begin<Name>(location: &'static Location<'static>) -> Self {
        if !is_told() {
            return Body(None);
        }
        // Whoever runs here is not who has called it, but who has polled before.
        set_running(Weak::new());
        let span = Span::of_function(location, type_name::<Name>()).0.map(|span| Arc::new(*span));
        set_running(span.as_ref().map(Arc::downgrade).unwrap_or_default());
        Body(span)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if self.0.is_some() {
            set_running(Weak::new());
        }
    }
}

macro_rules! open {
    ($name:literal, $location:expr, $function:expr) => {{
        let location: &'static Location<'static> = $location;
        let function: Option<&'static str> = $function;
        Span::of(debug_span!(
            target: "bridge",
            $name,
            file = location.file(),
            line = location.line(),
            column = location.column(),
            function,
        ))
    }};
}

/// Whether anybody may look.
#[inline]
fn is_told() -> bool {
    tracing::level_enabled!(Level::DEBUG)
}

/// Makes a span below that of the function whose code runs, if there is one.
fn below(open: impl FnOnce() -> Span) -> Span {
    match running().upgrade() {
        Some(function) => function.in_scope(open),
        None => open(),
    }
}

impl Span {
    pub(crate) const fn none() -> Self {
        Span(None)
    }

    fn of(span: span::Span) -> Self {
        Span((!span.is_disabled()).then(|| Box::new(span)))
    }

    /// Of what starts now, below the function whose code runs, or the current one.
    #[inline]
    pub(crate) fn open(origin: Origin) -> Self {
        if is_told() { below(|| Span::of_origin(origin)) } else { Span::none() }
    }

    #[cold]
    fn of_origin(origin: Origin) -> Self {
        let (location, function) = (origin.location, Some(origin.function()));
        match origin.kind() {
            Kind::Call => open!("call", location, function),
            Kind::Iterations => open!("iteration", location, function),
            Kind::Source => open!("source", location, function),
            Kind::Task => open!("task", location, function),
            Kind::Foreground => open!("foreground", location, function),
        }
    }

    /// Of what is awaited where it stands, in the function that its span is below.
    #[inline]
    fn of_call(location: &'static Location<'static>) -> Self {
        if is_told() { below(|| open!("call", location, None)) } else { Span::none() }
    }

    /// Of a callable on its way to a thread.
    pub(crate) fn of_blocking<C>(location: &'static Location<'static>) -> Self {
        below(|| open!("blocking", location, Some(in_flight::function(type_name::<C>()))))
    }

    /// Below the current one, of the function in which a closure with a type of this name stands.
    #[cold]
    fn of_function(location: &'static Location<'static>, name: &'static str) -> Self {
        open!("function", location, Some(in_flight::function(name)))
    }

    /// Runs code with it as the current one.
    #[inline]
    pub(crate) fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(span) => {
                let _aside = Aside::set();
                span.in_scope(body)
            }
            None => body(),
        }
    }

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn id(&self) -> Id {
        Id(self.0.as_ref().and_then(|span| span.id()).map(|id| id.into_u64()))
    }

    #[inline]
    pub(crate) fn close(&mut self) {
        self.0 = None;
    }
}

pin_project! {
    /// A future with a span, which is opened as it is polled first.
    pub(crate) struct Traced<F> {
        // Dropped before its span is closed.
        #[pin]
        future: F,
        stage: Stage,
    }
}

enum Stage {
    New(Origin),
    Open(Span),
}

/// A future that is told of as what was started there.
#[inline]
pub(crate) fn traced<F>(origin: Origin, future: F) -> Traced<F> {
    Traced { future, stage: Stage::New(origin) }
}

impl<F: Future> Future for Traced<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Stage::New(origin) = this.stage {
            *this.stage = Stage::Open(Span::open(*origin));
        }
        match this.stage {
            Stage::Open(span) => span.within(|| this.future.poll(cx)),
            Stage::New(_) => this.future.poll(cx),
        }
    }
}

/// The span of a future.
#[inline]
pub(crate) fn id<F>(future: &Traced<F>) -> Id {
    match &future.stage {
        Stage::Open(span) => span.id(),
        Stage::New(_) => Id::default(),
    }
}

pin_project! {
    /// A future that is awaited where it stands.
    pub struct InPlace<F> {
        #[pin]
        future: F,
        span: Span,
        wait: Wait,
    }
}

/// A future that is awaited where it stands.
#[track_caller]
pub(crate) fn in_place<F: IntoFuture>(
    location: &'static Location<'static>,
    future: F,
) -> InPlace<F::IntoFuture> {
    let (span, wait) = (Span::of_call(location), Wait::begin(location));
    InPlace { future: future.into_future(), span, wait }
}

impl<F: Future> Future for InPlace<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.span.within(|| this.future.poll(cx));
        if polled.is_pending() {
            this.wait.pauses();
        } else {
            let id = this.span.id();
            this.span.close();
            this.wait.end(id);
        }
        polled
    }
}

/// A wait of a function for something, from its begin.
pub(crate) struct Wait {
    location: &'static Location<'static>,
    /// When it has begun, and in which `async fn`, if anybody looks.
    told: Option<(Instant, Weak<span::Span>)>,
}

impl Wait {
    /// At this place of the code.
    #[inline]
    pub(crate) fn begin(location: &'static Location<'static>) -> Self {
        Wait { location, told: is_told().then(|| (Instant::now(), running())) }
    }

    /// The function's code does not go on yet.
    #[inline]
    pub(crate) fn pauses(&self) {
        if self.told.is_some() {
            set_running(Weak::new());
        }
    }

    /// What had this span is joined, and the function's code goes on.
    #[inline]
    pub(crate) fn end(&self, joined: Id) {
        if let Some((since, function)) = &self.told {
            told(self.location, *since, joined, function);
        }
    }
}

#[cold]
fn told(
    location: &'static Location<'static>,
    since: Instant,
    joined: Id,
    function: &Weak<span::Span>,
) {
    set_running(Weak::clone(function));
    let waited = since.elapsed().as_micros();
    let event = || {
        event!(
            target: "bridge",
            Level::DEBUG,
            file = location.file(),
            line = location.line(),
            column = location.column(),
            call = joined.0,
            waited_us = u64::try_from(waited).unwrap_or(u64::MAX),
            "joined",
        )
    };
    match function.upgrade() {
        Some(function) => function.in_scope(event),
        None => event(),
    }
}

/// Who has given a value to others in the background.
#[derive(Default)]
pub(crate) struct Cause(Option<span::Id>);

impl Cause {
    /// Whatever runs now.
    pub(crate) fn here() -> Self {
        Cause(span::Span::current().id())
    }

    /// What runs now has waited for it.
    pub(crate) fn is_followed(&self) {
        if let Some(id) = &self.0 {
            span::Span::current().follows_from(id);
        }
    }
}

/// One call of a chain has ended, and the next begins with its value.
#[inline]
pub(crate) fn passed(location: &'static Location<'static>) {
    event!(
        target: "bridge",
        Level::DEBUG,
        file = location.file(),
        line = location.line(),
        column = location.column(),
        "passed",
    );
}
