//! A plan as data, for programs that read it.

use proc_macro2::{Span, TokenStream};
use syn::Error;

use crate::ir::advice::Advice;
use crate::ir::dependences::{Event, Reason, starts};
use crate::ir::plan::{Forward, PlannedTree, Step};
use crate::ir::tree::{Awaited, Kind, Nested, ScopeId, Statement, Turn};
use crate::ir::word::WordKind;
use crate::pipeline::{self, Host};
use crate::report::Report;
use crate::syntax::arguments::Arguments;
use crate::syntax::function::{self, Function, Parsed};
use crate::{advice, expand, explain, plan};

/// A function with its plan.
///
/// ```
/// # use bridge_planner::{Arguments, Planned, Reason, StatementKind};
/// let item = "async fn page() -> Page {
///     let user = user().await;
///     let ads = ads().await;
///     Page { user, ads }
/// }";
/// let planned = Planned::of(item.parse().unwrap(), Arguments::default()).unwrap().unwrap();
/// assert_eq!(planned.body().overlaps(), [(0, 1)]);
/// let value = planned.body().statements().last().unwrap();
/// assert_eq!(value.kind(), StatementKind::Effect);
/// assert_eq!(value.waits().filter(|wait| wait.reason == Reason::Value).count(), 2);
/// ```
pub struct Planned {
    function: Function,
    arguments: Arguments,
    tree: PlannedTree,
    errors: Vec<Error>,
}

impl Planned {
    /// Plans a function or method, which is given without the attribute. `None` if it awaits
    /// nothing.
    ///
    /// # Errors
    ///
    /// The item does not parse, or is no function with a body. What is wrong inside of a
    /// function is found in [`errors`](Self::errors).
    pub fn of(item: TokenStream, arguments: Arguments) -> syn::Result<Option<Self>> {
        let Parsed::Function(function) = function::parse(&item)? else { return Ok(None) };
        let report = Report::default();
        let tree = pipeline::planned(&function, &arguments, &report);
        Ok(Some(Planned { function: *function, arguments, tree, errors: report.into_errors() }))
    }

    /// The name of the function.
    pub fn name(&self) -> String {
        self.function.name().to_string()
    }

    /// What the attribute would refuse.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// The body of the function.
    pub fn body(&self) -> Scope<'_> {
        Scope { tree: &self.tree, id: self.tree.tree.root() }
    }

    /// The body and all blocks inside of it, an outer one before those in it.
    pub fn scopes(&self) -> Vec<Scope<'_>> {
        let tree = &self.tree;
        tree.tree.reachable().into_iter().map(|id| Scope { tree, id }).collect()
    }

    /// The schedule as a drawing, as `#[background(explain)]` documents it.
    pub fn explain(&self) -> String {
        explain::text(&self.tree)
    }

    /// What would let more of it overlap, as `#[background(explain = warn)]` warns of it.
    ///
    /// ```
    /// # use bridge_planner::{Arguments, Planned};
    /// let item = "async fn page() -> Page { audit().await; let user = user().await; show(user) }";
    /// let planned = Planned::of(item.parse().unwrap(), Arguments::default()).unwrap().unwrap();
    /// assert!(planned.advice()[0].text.starts_with("waits for `audit().await` above, a statement"));
    /// ```
    pub fn advice(&self) -> Vec<Advice> {
        advice::of(&self.function, &self.arguments)
    }

    /// The translated function, for a compiler.
    pub fn expand(&self) -> TokenStream {
        let (function, host) = (self.function.clone(), Host::default());
        let krate = &self.arguments.krate;
        expand::function(function, &self.tree, None, &[], krate, host.is_above)
    }
}

/// A block whose calls are joined at its end.
#[derive(Clone, Copy)]
pub struct Scope<'p> {
    tree: &'p PlannedTree,
    id: ScopeId,
}

impl<'p> Scope<'p> {
    /// The statements, in source order. A `let` of a tuple of calls is one for each.
    pub fn statements(self) -> impl Iterator<Item = ScopeStatement<'p>> {
        let statements = self.tree.scope(self.id).0.statements.len();
        (0..statements).map(move |number| ScopeStatement { scope: self, number })
    }

    /// The pairs of statements of which each may run before the other has ended, by their
    /// numbers, the smaller first.
    pub fn overlaps(self) -> Vec<(usize, usize)> {
        let (scope, schedule) = self.tree.scope(self.id);
        plan::overlaps::of(&scope.statements, schedule).into_iter().collect()
    }

    /// Whether two calls are in flight at once: of two statements, or two awaits of one.
    pub fn has_two_in_flight(self) -> bool {
        let starts = |statement: ScopeStatement<'_>| !statement.awaited().is_empty();
        let calls: Vec<bool> = self.statements().map(starts).collect();
        self.overlaps().into_iter().any(|(one, other)| calls[one] && calls[other])
            || self.statements().any(ScopeStatement::starts_several)
    }

    /// Whether something is started and not joined at once.
    pub fn has_call_in_background(self) -> bool {
        let joined_at_once = |at: usize, next: Option<&Step>| next == Some(&Step::Join(at));
        let started = self.steps().iter().enumerate().any(|(number, step)| match step {
            Step::Start(at, _) => {
                let starts = !self.tree.scope(self.id).0.statements[*at].is_derivation();
                starts && !joined_at_once(*at, self.steps().get(number + 1))
            }
            _ => false,
        });
        started || self.statements().any(ScopeStatement::starts_several)
    }

    /// What happens, in the order in which it is written down.
    pub fn steps(self) -> &'p [Step] {
        &self.tree.scope(self.id).1.plan.steps
    }
}

/// What a statement is to the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// It starts early and is joined late.
    Call,
    /// A `let` that awaits nothing, or an item.
    Plain,
    /// It waits for what is above, and holds back no call whose arguments are pure.
    LogLine,
    /// It changes a local: it waits for what is above, and holds back what uses that local.
    LocalEffect,
    /// All above has finished when it runs, and nothing below has started.
    Effect,
}

/// Something that a statement waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What of it waits.
    pub event: Event,
    /// For what.
    pub on: Event,
    /// The number of the other statement.
    pub statement: usize,
    /// Why.
    pub reason: Reason,
}

/// One statement of a scope.
#[derive(Clone, Copy)]
pub struct ScopeStatement<'p> {
    scope: Scope<'p>,
    number: usize,
}

impl<'p> ScopeStatement<'p> {
    fn inner(self) -> &'p Statement {
        &self.scope.tree.scope(self.scope.id).0.statements[self.number]
    }

    /// Its number in the scope, from 0.
    pub fn number(self) -> usize {
        self.number
    }

    /// Its position in the block as it is written, from 0: the elements of a tuple share one.
    pub fn position(self) -> usize {
        self.inner().position
    }

    /// What it is called in a drawing: by what it binds, or by its code.
    pub fn name(self) -> String {
        explain::name(self.inner())
    }

    /// What it is.
    pub fn kind(self) -> StatementKind {
        match (&self.inner().kind, self.inner().turn) {
            (_, Turn::Free) if self.inner().is_derivation() => StatementKind::Plain,
            (Kind::Call(_), Turn::Free) => StatementKind::Call,
            (Kind::Code(_), Turn::Free) => StatementKind::Plain,
            (_, Turn::LogLine) => StatementKind::LogLine,
            (_, Turn::LocalEffect) => StatementKind::LocalEffect,
            (_, Turn::Effect) => StatementKind::Effect,
        }
    }

    /// The name by which it is a command, and what that says, if one has decided so.
    pub fn word(self) -> Option<(&'p str, WordKind)> {
        self.inner().word.as_ref().map(|word| (word.text.as_str(), word.kind))
    }

    /// Where it begins.
    pub fn span(self) -> Span {
        self.inner().span()
    }

    /// The code as it is written; of blocks in which something waits only the braces.
    pub fn code(self) -> TokenStream {
        self.inner().written()
    }

    /// What it starts, each by itself: the outermost awaits of a call, as they are written.
    pub fn awaited(self) -> Vec<TokenStream> {
        let started = self.inner().awaited().iter();
        started.filter(|_| !self.inner().is_derivation()).map(Awaited::written).collect()
    }

    /// How its value passes to other calls in the background, if it does.
    pub fn forward(self) -> Option<Forward> {
        self.scope.tree.scope(self.scope.id).1.plan.forwards.get(&self.number).copied()
    }

    /// What each of its starts, and its end, has to wait for, and why.
    pub fn waits(self) -> impl Iterator<Item = Wait> {
        let (scope, schedule) = self.scope.tree.scope(self.scope.id);
        let number = self.number;
        let starts = starts(number, &scope.statements[number]).map(|(start, _)| start);
        let events = starts.chain([Event::Finish(number)]);
        let waits = events.flat_map(|event| {
            let before = schedule.dependences.before(event);
            before.map(move |(on, reasons)| (event, on, reasons))
        });
        waits.filter(move |(_, on, _)| on.statement() != number).flat_map(|(event, on, reasons)| {
            let statement = on.statement();
            reasons.iter().map(move |&reason| Wait { event, on, statement, reason })
        })
    }

    /// The scopes inside of it, in source order.
    pub fn scopes(self) -> Vec<Scope<'p>> {
        let scope = |id| Scope { tree: self.scope.tree, id };
        self.inner().scopes().into_iter().map(scope).collect()
    }

    /// The expressions inside of it whose operands overlap, as an effect has them: of each what
    /// it starts, as it is written. (What a call starts is [`awaited`](Self::awaited).)
    pub fn operands(self) -> Vec<Vec<TokenStream>> {
        let mut found = Vec::new();
        collect_operands(self.inner().nested(), &mut found);
        found
    }

    /// Whether awaits of it are in flight together.
    pub fn starts_several(self) -> bool {
        self.awaited().len() > 1 || self.operands().iter().any(|started| started.len() > 1)
    }
}

fn collect_operands(nested: &[Nested], found: &mut Vec<Vec<TokenStream>>) {
    for part in nested {
        match part {
            Nested::Operands(hoisted) => {
                found.push(hoisted.awaited.iter().map(Awaited::written).collect());
            }
            Nested::Await(template) => collect_operands(&template.nested, found),
            Nested::Loop(repeat) => {
                let head = repeat.head_parts();
                head.iter().for_each(|part| collect_operands(&part.nested, found));
            }
            Nested::Scope(_) | Nested::Macro(_) | Nested::Skip(_) | Nested::Yield(_) => {}
        }
    }
}
