//! The schedule of a function, for its documentation: what starts when, and why it is
//! waited for.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Expr;

use crate::dependences::{self, Dependences, Event, Reason};
use crate::drawing::{self, Line, Mark, Scope};
use crate::env;
use crate::limited;
use crate::lower::{Kind, Statement};
use crate::operands::{Split, Unit};
use crate::plan::{Plan, Step};

/// The longest excerpt of code that is shown.
const EXCERPT: usize = 40;

/// The documentation of a function whose own scope is this.
pub(crate) fn documentation(scope: &Scope) -> TokenStream {
    let drawing = drawing::draw(scope);
    let text = format!(
        "\n# Schedule\n\n`┬` starts, `│` runs in the background, `┴` is waited for, `•` runs.\n\n\
         ```text\n{drawing}```\n"
    );
    quote!(#[doc = #text])
}

/// The steps of one scope; `inside` are the scopes in each of its statements.
pub(crate) fn scope(
    statements: &[Statement],
    edges: &Dependences,
    plan: &Plan,
    mut inside: Vec<Vec<Scope>>,
) -> Scope {
    let explained = Explained { statements, edges, plan };
    let mut lines = Vec::new();
    for (position, step) in plan.steps.iter().enumerate() {
        let Some((mark, what, mut why)) = explained.step(position, step) else { continue };
        let inside = match *step {
            Step::Run(at) => std::mem::take(&mut inside[at]),
            _ => Vec::new(),
        };
        if let Some(note) = inside.iter().find_map(|scope| scope.note.as_ref()) {
            why = format!("{why}, {note}");
        }
        lines.push(Line { mark, what, why, inside });
    }
    Scope { lines, note: None }
}

/// Operands of one expression that overlap.
pub(crate) fn operands(split: &Split) -> Scope {
    let line = |mark, unit: &Unit, why: &str| {
        let what = excerpt(unit.call.to_token_stream());
        Line { mark, what, why: why.to_owned(), inside: Vec::new() }
    };
    let units = || split.units.iter().enumerate();
    let starts = units().map(|(at, unit)| line(Mark::Starts(at, 0), unit, ""));
    let joins = units().map(|(at, unit)| line(Mark::Ends(at), unit, "its value is an operand"));
    Scope { lines: starts.chain(joins).collect(), note: None }
}

/// A loop with a limit: what runs ahead, up to its turn, and the rest.
pub(crate) fn limited(limit: &Expr, mut ahead: Scope, rest: Scope) -> Scope {
    // It hands over what the rest uses.
    if let Some(turn) = ahead.lines.last_mut() {
        "its turn".clone_into(&mut turn.what);
        "after the iterations before it".clone_into(&mut turn.why);
    }
    ahead.lines.extend(rest.lines);
    let note = format!("up to {} iterations at once", excerpt(limit.to_token_stream()));
    Scope { note: Some(note), ..ahead }
}

struct Explained<'a> {
    statements: &'a [Statement],
    edges: &'a Dependences,
    plan: &'a Plan,
}

impl Explained<'_> {
    fn step(&self, position: usize, step: &Step) -> Option<(Mark, String, String)> {
        Some(match *step {
            Step::Start(at, unit) => {
                (Mark::Starts(at, unit), self.unit(at, unit), self.start(at, unit))
            }
            Step::Join(at) => (Mark::Ends(at), self.name(at), self.join(position, at)),
            Step::JoinAhead(at, _) => {
                let why = self.join(position, at);
                (Mark::Ends(at), self.name(at), format!("{why}, ahead of its turn"))
            }
            Step::Run(at) => (Mark::Runs, self.name(at), self.run(at)),
            Step::Declare(_) | Step::Bind(_) => return None,
        })
    }

    /// What a start has waited for: the last effect, and what is below that.
    fn start(&self, at: usize, unit: usize) -> String {
        let event = Event::Start(at, unit);
        let before = || self.edges.before(event).filter(|(first, _)| first.statement() != at);
        let effect = before()
            .filter(|(_, reasons)| reasons.contains(&Reason::Effect))
            .map(|(first, _)| first.statement())
            .last();
        let mut told: Vec<String> = Vec::new();
        let mut ordered = effect.map(|_| "after an effect".to_owned());
        for (before, reasons) in before() {
            let from = before.statement();
            for reason in reasons.iter().filter(|_| Some(from) > effect) {
                match reason {
                    Reason::Value => told.push(self.value(at, unit, from)),
                    Reason::Place => told.push(self.place(event, from)),
                    Reason::Gate => ordered = Some(format!("after the ? of {}", self.name(from))),
                    Reason::Order => {
                        ordered = Some(format!("after {}, in source order", self.name(from)));
                    }
                    Reason::Started | Reason::Effect | Reason::Shadow | Reason::Drop => {}
                }
            }
        }
        told.extend(ordered);
        if self.statements[at].units()[unit].is_blocking() {
            told.push("on a thread of its own".to_owned());
        }
        told.join("; ")
    }

    /// How a value comes to a start.
    fn value(&self, at: usize, unit: usize, from: usize) -> String {
        let name = self.name(from);
        let binds = &self.statements[from].binds;
        let mut uses = self.statements[at].units()[unit].uses.iter();
        let takes = uses.any(|used| used.moves() && binds.iter().any(|var| used.names(*var)));
        match (self.plan.slots.contains_key(&from), takes) {
            (true, true) => format!("takes {name} in the background"),
            (true, false) => format!("looks at {name} in the background"),
            (false, _) => format!("needs {name}"),
        }
    }

    /// What a call is joined for: the first thing below that comes after it.
    fn join(&self, position: usize, at: usize) -> String {
        let finish = Event::Finish(at);
        let below = self.plan.steps[position + 1..].iter().find_map(|step| {
            let event = match *step {
                Step::Start(at, unit) => Event::Start(at, unit),
                Step::Join(at) | Step::JoinAhead(at, _) | Step::Run(at) => Event::Finish(at),
                Step::Declare(_) | Step::Bind(_) => return None,
            };
            let reasons = self.edges.reasons(finish, event);
            // What uses a value has it by then, and what is no call waits for all above.
            let first = match self.statements[event.statement()].kind {
                Kind::Call(_) => Reason::Gate,
                _ => Reason::Effect,
            };
            let reason = reasons.iter().find(|reason| **reason == first).or(reasons.first());
            reason.map(|reason| (event.statement(), *reason))
        });
        let Some((then, reason)) = below else { return "at the end".to_owned() };
        let name = self.name(then);
        match reason {
            Reason::Value => format!("{name} uses it"),
            Reason::Place => format!("{name} uses the same place"),
            Reason::Effect => match self.statements[then].kind {
                Kind::Transparent(_) => "before a log line".to_owned(),
                _ if self.hands_over(then) => "before its turn".to_owned(),
                _ if self.is_value(then) => "before the value".to_owned(),
                _ => "before an effect".to_owned(),
            },
            Reason::Gate => format!("before the ? of {name}"),
            Reason::Order => format!("before {name}, in source order"),
            Reason::Shadow => format!("before {name} is bound anew"),
            Reason::Drop => format!("before {name}, to be dropped after it"),
            Reason::Started => unreachable!("a statement starts before its own end"),
        }
    }

    /// It is the end of what runs ahead in a loop.
    fn hands_over(&self, at: usize) -> bool {
        let written = self.statements[at].written.as_ref();
        written.is_some_and(|stmt| limited::hands_over(&stmt.to_token_stream()))
    }

    fn run(&self, at: usize) -> String {
        match self.statements[at].kind {
            Kind::Transparent(_) => "a log line".to_owned(),
            Kind::Effect(_) if self.is_value(at) => "the value".to_owned(),
            Kind::Effect(_) => "an effect".to_owned(),
            Kind::Plain(_) | Kind::Call(_) => String::new(),
        }
    }

    /// It is the last expression, which the scope comes to.
    fn is_value(&self, at: usize) -> bool {
        at + 1 == self.statements.len()
            && matches!(&self.statements[at].kind, Kind::Effect(syn::Stmt::Expr(_, None)))
    }

    /// Which place two statements are in each other's way by.
    fn place(&self, event: Event, before: usize) -> String {
        let first = self.name(before);
        let later = &self.statements[event.statement()..];
        let then = match event {
            Event::Start(_, unit) => &later[0].units()[unit].uses,
            Event::Finish(_) => &later[0].uses,
        };
        let disturbing = then.iter().find_map(|then| {
            let mut held = self.statements[before].held();
            Some((then, held.find(|held| dependences::disturbs(held, then, later))?))
        });
        let Some((then, held)) = disturbing else {
            return format!("after {first}: both use a place");
        };
        let name = &then.place.name;
        let borrower = held.via.filter(|_| then.moves()).and_then(|var| {
            let binds = |at: &usize| self.statements[*at].binds.contains(&var);
            (0..event.statement()).find(binds)
        });
        match borrower {
            Some(at) => {
                let borrower = self.name(at);
                format!("after {first}: {borrower} may borrow {name}, if not: state its type")
            }
            None if then.may_take() => {
                format!(
                    "after {first}: this may move {name}, if not: `let {name} = &{name};` above"
                )
            }
            None => format!("after {first}: both use {name}"),
        }
    }

    /// One unit: the statement, if it has no other.
    fn unit(&self, at: usize, unit: usize) -> String {
        match self.statements[at].units() {
            [_] => self.name(at),
            units => excerpt(units[unit].shown()),
        }
    }

    fn name(&self, at: usize) -> String {
        let statement = &self.statements[at];
        let local = match &statement.kind {
            Kind::Call(call) => call.binding.as_ref(),
            Kind::Plain(syn::Stmt::Local(local)) => Some(local),
            _ => None,
        };
        let names = local.map(|local| env::bound_names(&local.pat)).unwrap_or_default();
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| name.ident.to_string()).collect();
            return names.join(", ");
        }
        let code = match (&statement.kind, &statement.written) {
            (Kind::Call(call), _) => call.units.first().map(Unit::shown).unwrap_or_default(),
            (_, Some(stmt)) => stmt.to_token_stream(),
            (Kind::Plain(stmt) | Kind::Transparent(stmt) | Kind::Effect(stmt), None) => {
                stmt.to_token_stream()
            }
        };
        excerpt(code)
    }
}

/// The beginning of some code, on one line, up to its first block.
fn excerpt(code: TokenStream) -> String {
    let block = |token: &TokenTree| {
        matches!(token, TokenTree::Group(group)
        if group.delimiter() == Delimiter::Brace)
    };
    let code: TokenStream = code.into_iter().take_while(|token| !block(token)).collect();
    let code = code.to_string();
    let mut code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    // Tokens come with spaces between them.
    for (apart, together) in [
        (" . ", "."),
        (" :: ", "::"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" ;", ""),
        (" ?", "?"),
        (" !", "!"),
        ("& ", "&"),
    ] {
        code = code.replace(apart, together);
    }
    let code = code.trim_end_matches([' ', ';']);
    match code.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &code[..end]),
        None => code.to_owned(),
    }
}
