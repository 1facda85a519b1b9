//! The schedule of a function in words, for its documentation.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use syn::{Expr, ExprForLoop};

use crate::chain::Slot;
use crate::dependences::{self, Dependences, Event, Reason};
use crate::env;
use crate::lower::{Kind, Statement};
use crate::plan::{Plan, Step};

/// The longest excerpt of code that is shown.
const EXCERPT: usize = 40;

/// The steps of one scope, as rows of a table: what happens, and what it is
/// after.
pub(crate) fn scope(statements: &[Statement], edges: &Dependences, plan: &Plan) -> Vec<String> {
    let explained = Explained { statements, edges, plan };
    plan.steps.iter().filter_map(|step| explained.step(step)).collect()
}

/// The documentation of a function with these scopes, outermost last.
pub(crate) fn documentation(scopes: &[Vec<String>]) -> TokenStream {
    let mut text = String::from("\n# Schedule\n");
    for rows in scopes.iter().rev().filter(|rows| !rows.is_empty()) {
        text += "\n| step | after |\n|---|---|\n";
        rows.iter().for_each(|row| text += &format!("{row}\n"));
    }
    quote!(#[doc = #text])
}

/// The beginning of an iteration, which is read above its leading calls.
pub(crate) fn begin(repeat: &ExprForLoop, limit: &Expr) -> Vec<String> {
    let head = excerpt(repeat.to_token_stream());
    let limit = excerpt(limit.to_token_stream());
    vec![format!(
        "| begin `{head}` | those before have begun, and fewer than `{limit}` are in flight |"
    )]
}

/// The turn of an iteration, which is read above its rest.
pub(crate) fn turn() -> Vec<String> {
    vec!["| the rest of the iteration | all above, and the iterations before |".to_owned()]
}

struct Explained<'a> {
    statements: &'a [Statement],
    edges: &'a Dependences,
    plan: &'a Plan,
}

impl Explained<'_> {
    fn step(&self, step: &Step) -> Option<String> {
        let (what, after) = match step {
            Step::Start(at, unit) => {
                (format!("start {}", self.unit(*at, *unit)), self.after(Event::Start(*at, *unit)))
            }
            Step::Join(at) => (format!("join {}", self.name(*at)), self.after(Event::Finish(*at))),
            Step::JoinAhead(at, _) => (
                format!("join {} ahead of its turn", self.name(*at)),
                "others wait for its value".to_owned(),
            ),
            Step::Run(at) => (format!("run {}", self.name(*at)), self.after(Event::Finish(*at))),
            Step::Declare(_) | Step::Bind(_) => return None,
        };
        Some(format!("| {what} | {after} |"))
    }

    /// What an event waits for.
    fn after(&self, event: Event) -> String {
        let this = event.statement();
        match self.statements[this].kind {
            Kind::Effect(_) => return "all above: an effect".to_owned(),
            Kind::Transparent(_) => return "all above: a log line".to_owned(),
            Kind::Call(_) | Kind::Plain(_) => {}
        }
        let reasons = self.edges.before(event).filter_map(|(before, reasons)| {
            let at = before.statement();
            let reasons: Vec<String> = reasons
                .iter()
                .filter_map(|reason| match reason {
                    Reason::Place => Some(self.place(event, at)),
                    reason => words(*reason).map(str::to_owned),
                })
                .collect();
            let told = at != this && !reasons.is_empty();
            told.then(|| {
                format!("{}: {}{}", self.name(at), reasons.join(", "), self.way(event, at))
            })
        });
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// Which place two statements are in each other's way by.
    fn place(&self, event: Event, before: usize) -> String {
        let later = &self.statements[event.statement()..];
        let then = match event {
            Event::Start(_, unit) => &later[0].units()[unit].uses,
            Event::Finish(_) => &later[0].uses,
        };
        let disturbing = then.iter().find(|then| {
            let mut held = self.statements[before].held();
            held.any(|held| dependences::disturbs(held, then, later))
        });
        match disturbing {
            Some(then) if then.may_take() => {
                let name = &then.place.name;
                format!("this may move `{name}`, if not: `let {name} = &{name};` above")
            }
            Some(then) => format!("both use `{}`", then.place.name),
            None => "both use a place".to_owned(),
        }
    }

    /// How a value gets from call to call without the foreground.
    fn way(&self, event: Event, from: usize) -> &'static str {
        match (event, self.plan.slots.get(&from)) {
            (Event::Start(..), Some(Slot::Passed)) => ", handed over in the background",
            (Event::Start(..), Some(Slot::Lent(_))) => ", lent in the background",
            (Event::Start(..), Some(_)) => ", seen in the background",
            _ => "",
        }
    }

    /// One unit: the statement, if it has no other.
    fn unit(&self, at: usize, unit: usize) -> String {
        match self.statements[at].units() {
            [_] => self.name(at),
            units => format!("`{}`", excerpt(units[unit].call.to_token_stream())),
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
            return format!("`{}`", names.join(", "));
        }
        let code = match &statement.kind {
            Kind::Call(call) => {
                call.units.first().map(|unit| unit.call.to_token_stream()).unwrap_or_default()
            }
            Kind::Plain(stmt) | Kind::Transparent(stmt) | Kind::Effect(stmt) => {
                stmt.to_token_stream()
            }
        };
        format!("`{}`", excerpt(code))
    }
}

fn words(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::Started | Reason::Place => return None,
        Reason::Value => "its value",
        Reason::Shadow => "a name is bound anew",
        Reason::Effect => "an effect",
        Reason::Order => "synchronous code in source order",
        Reason::Gate => "`?` in source order",
        Reason::Drop => "dropped in serial order",
    })
}

/// The beginning of some code, on one line of a table, up to its first block.
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
        ("|", "\\|"),
        ("`", "'"),
    ] {
        code = code.replace(apart, together);
    }
    match code.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &code[..end]),
        None => code,
    }
}
