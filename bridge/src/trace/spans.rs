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

macro_rules! tell {
    ($message:literal, $location:expr $(, $($field:tt)+)?) => {{
        let location: &'static Location<'static> = $location;
        event!(
            target: "bridge",
            Level::DEBUG,
            file = location.file(),
            line = location.line(),
            column = location.column(),
            $($($field)+,)?
            $message,
        );
    }};
}

/// Whether anybody may look.
#[inline]
fn is_told() -> bool {
    tracing::level_enabled!(Level::DEBUG)
}

/// Runs code with the span of this function as the current one, if it is there.
fn within<R>(function: &Weak<span::Span>, body: impl FnOnce() -> R) -> R {
    match function.upgrade() {
        Some(function) => function.in_scope(body),
        None => body(),
    }
}

/// Makes a span below that of the function whose code runs, or below the current one.
#[inline]
fn below(open: impl FnOnce() -> Span) -> Span {
    if is_told() { within(&running(), open) } else { Span::none() }
}

impl Span {
    pub(crate) const fn none() -> Self {
        Span(None)
    }

    fn of(span: span::Span) -> Self {
        Span((!span.is_disabled()).then(|| Box::new(span)))
    }

    /// Of what starts now.
    #[inline]
    pub(crate) fn open(origin: Origin) -> Self {
        below(|| Span::of_origin(origin))
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
        below(|| open!("call", location, None))
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

    pub(crate) fn id(&self) -> Id {
        Id(self.0.as_ref().and_then(|span| span.id()).map(|id| id.into_u64()))
    }

    #[inline]
    pub(crate) fn close(&mut self) {
        self.0 = None;
    }
}

pin_project! {
    /// A future with a span, which is opened as it is polled first. (The types of calls have it in
    /// them.)
    pub struct Traced<F> {
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
        this.wait.resumes();
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

/// What is told of from its `.await` on.
#[must_use = "it runs when it is awaited"]
pub struct Told<F>(F);

/// An await that stays where it is.
pub(crate) fn told<F>(future: F) -> Told<F> {
    Told(future)
}

impl<F: IntoFuture> IntoFuture for Told<F> {
    type Output = F::Output;
    type IntoFuture = InPlace<F::IntoFuture>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        in_place(Location::caller(), self.0)
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

    /// What is waited for is polled: the function's code runs, and goes on unless it [pauses](Self::pauses).
    #[inline]
    pub(crate) fn resumes(&self) {
        if let Some((_, function)) = &self.told {
            set_running(Weak::clone(function));
        }
    }

    /// It is pending.
    #[inline]
    pub(crate) fn pauses(&self) {
        if self.told.is_some() {
            set_running(Weak::new());
        }
    }

    /// What had this span is joined.
    #[inline]
    pub(crate) fn end(&self, joined: Id) {
        if let Some((since, function)) = &self.told {
            within(function, || self.tell(*since, joined));
        }
    }

    #[cold]
    fn tell(&self, since: Instant, joined: Id) {
        let waited_us = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        tell!("joined", self.location, call = joined.0, waited_us);
    }
}

/// Who has given a value to others in the background.
#[derive(Default)]
pub(crate) struct Cause(Option<span::Id>);

impl Cause {
    /// Whatever runs now.
    pub(crate) fn here() -> Self {
        Cause(if is_told() { span::Span::current().id() } else { None })
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
    tell!("passed", location);
}
