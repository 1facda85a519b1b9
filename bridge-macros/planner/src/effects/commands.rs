//! Which calls are commands, by their names: what acts, guards, or takes a connection, is not
//! to overlap with what is above and below it.
//!
//! Only names can tell, so that they can be wrong: a marker, or `commands(…)` and `queries(…)`
//! in the arguments, say otherwise.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprAwait, ExprMethodCall, Lit, Pat, Stmt};

use crate::effects::environment::Env;
use crate::effects::names::{self, Name};
use crate::effects::{purity, requests, words};
use crate::ir::access::{Access, VarId};
use crate::ir::word::{Word, WordKind};
use crate::syntax::arguments::OwnWords;
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::evaluation::{self, Part};
use crate::syntax::{patterns, tokens};

/// The word by which something that awaits is a command. `tries` tells whether there is a `?`
/// in the statement.
pub(crate) fn of_expr(expr: &Expr, tries: bool, env: &Env, own: &OwnWords) -> Option<Word> {
    if let Expr::Await(call) = expr
        && let Some(word) = of_await(call, tries, env, own)
    {
        return Some(word);
    }
    let mut found = None;
    evaluation::each_part(expr, &mut |part| {
        if let (None, Part::Expr(expr)) = (&found, part) {
            found = of_expr(expr, tries, env, own);
        }
    });
    // A read guard of which something is awaited is gone when that has come.
    let gone = |word: &Word| word.kind == WordKind::Guard && word.text == "read";
    found.filter(|word| !matches!(expr, Expr::Await(_)) || !gone(word))
}

/// The word by which code that awaits nothing is more than a derivation: a function or a method
/// is called that acts, guards or takes a connection by its name.
pub(crate) fn of_sync(expr: &Expr, env: &Env, own: &OwnWords) -> Option<Word> {
    let mut found = match expr {
        Expr::Call(_) | Expr::MethodCall(_) => of_called(expr, env, own),
        _ => None,
    };
    evaluation::each_part(expr, &mut |part| {
        if found.is_none() {
            match part {
                Part::Expr(expr) => found = of_sync(expr, env, own),
                Part::Stmt(stmt) => evaluation::each_expr(stmt, &mut |expr| {
                    found = found.take().or_else(|| of_sync(expr, env, own));
                }),
            }
        }
    });
    found
}

/// The word of what a `let` binds: a guard or a connection, whatever gives it. But what a cell
/// that is filled once gives, it keeps, and what serves many is no one's: nothing is taken.
pub(crate) fn of_binding(pat: &Pat, init: &Expr) -> Option<Word> {
    if takes_nothing(init) {
        return None;
    }
    patterns::bound_names(pat).iter().find_map(|bound| {
        let name = bound.ident.unraw().to_string();
        let last = name.rsplit('_').next().unwrap_or_default();
        let kind = if words::GUARD_BINDINGS.contains(&last) {
            WordKind::Guard
        } else if words::CONNECTIONS.last.contains(&last) || last.ends_with("conn") {
            WordKind::Connection
        } else {
            return None;
        };
        Some(Word { text: name.clone(), kind })
    })
}

/// The word of one await: of its call, or of what stands in its block.
pub(crate) fn of_await(call: &ExprAwait, tries: bool, env: &Env, own: &OwnWords) -> Option<Word> {
    match &*call.base {
        Expr::Async(block) => of_stmts(&block.block.stmts, env, own),
        base => of_future(base, tries, env, own),
    }
}

fn takes_nothing(init: &Expr) -> bool {
    gives_multiplexed(init)
        || given_by(init).is_some_and(|called| words::FILLED_ONCE.contains(&called.name.as_str()))
}

/// Whether an initialiser gives a connection that serves many at a time.
pub(crate) fn gives_multiplexed(init: &Expr) -> bool {
    given_by(init).is_some_and(|called| Name::of(&called.name).is_some_and(|name| name.is_shared()))
}

/// The awaited call whose value an initialiser hands on.
fn given_by(init: &Expr) -> Option<Called<'_>> {
    match init {
        Expr::Try(inner) => given_by(&inner.expr),
        Expr::Paren(inner) => given_by(&inner.expr),
        Expr::MethodCall(call) if words::is_adapter(&call.method.to_string()) => {
            given_by(&call.receiver)
        }
        Expr::Await(call) => called(&call.base),
        _ => None,
    }
}

/// A block acts if it awaits something unbound, or holds a command.
fn of_stmts(stmts: &[Stmt], env: &Env, own: &OwnWords) -> Option<Word> {
    stmts.iter().find_map(|stmt| {
        let flow = ControlFlow::of_stmt(stmt);
        if flow.awaits == 0 {
            return None;
        }
        match stmt {
            Stmt::Expr(_, Some(_)) => {
                let text = "an await without a name".to_owned();
                Some(Word { text, kind: WordKind::Block })
            }
            stmt => {
                let mut found = None;
                evaluation::each_expr(stmt, &mut |expr| {
                    found = found.take().or_else(|| of_expr(expr, flow.tries, env, own));
                });
                found
            }
        }
    })
}

/// The call that gives a future, adapters looked through.
struct Called<'e> {
    name: String,
    receiver: Option<&'e Expr>,
    arguments: Vec<&'e Expr>,
    /// Its path says that it is of the file system, or the like.
    in_world: bool,
}

/// The word of a call that awaits nothing. What makes a value, or a new text of an old one, does
/// not act.
fn of_called(call: &Expr, env: &Env, own: &OwnWords) -> Option<Word> {
    match call {
        Expr::Call(call) if purity::is_constructor(&call.func) => return None,
        Expr::MethodCall(call) if words::is_conversion(&call.method.to_string()) => return None,
        _ => {}
    }
    // What has been spawned runs, whatever becomes of its handle.
    if let Some(called) = called(call)
        && Name::of(&called.name).is_some_and(|name| name.first() == "spawn")
    {
        return Some(Word { text: called.name, kind: WordKind::Command });
    }
    of_future(call, false, env, own)
}

fn of_future(base: &Expr, tries: bool, env: &Env, own: &OwnWords) -> Option<Word> {
    let called = called(base)?;
    let word = |kind| Some(Word { text: called.name.clone(), kind });
    let split = Name::of(&called.name)?;
    if own.queries.iter().any(|query| split.is(query)) {
        return None;
    }
    if own.commands.iter().any(|command| split.is(command)) {
        return word(WordKind::Command);
    }
    if let Some(text) = purity::guard_in_arguments(base) {
        return Some(Word { text, kind: WordKind::Guard });
    }
    let bare = called.arguments.is_empty();
    if split.is_among(&words::GUARDS)
        || bare && called.receiver.is_some() && matches!(split.whole, "read" | "write")
        || called.receiver.is_some() && split.whole == "wait_for"
    {
        return word(WordKind::Guard);
    }
    if split.gives_connection()
        || bare && split.whole == "get" && called.receiver.is_some_and(is_pool)
    {
        return word(WordKind::Connection);
    }
    if words::CHECKS.contains(&split.first()) {
        let asks = !tries || split.whole.ends_with("_exists");
        // One that does something else too may do that early neither.
        let kind = if split.joins() { WordKind::Command } else { WordKind::Check };
        return if asks { None } else { word(kind) };
    }
    if is_request(&called, env) {
        return None;
    }
    // `send()` runs what stands before it, `send(message)` acts.
    let sends = split.whole == "send" && !bare;
    if split.is_runner() && !sends {
        return of_chain(base);
    }
    let acts = split.is_among(&words::COMMANDS)
        && (split.first() != "create" || called.in_world || takes_handle(&called))
        && !(words::ON_A_LOCAL.contains(&split.first()) && takes_local(&called, env))
        || split.first() == "store" && !bare;
    if acts { word(WordKind::Command) } else { None }
}

fn called(base: &Expr) -> Option<Called<'_>> {
    match base {
        Expr::Paren(inner) => called(&inner.expr),
        Expr::Group(inner) => called(&inner.expr),
        Expr::Try(inner) => called(&inner.expr),
        Expr::MethodCall(call) if words::is_adapter(&call.method.to_string()) => {
            called(&call.receiver)
        }
        Expr::MethodCall(call) => Some(Called {
            name: call.method.unraw().to_string(),
            receiver: Some(&call.receiver),
            arguments: call.args.iter().collect(),
            in_world: false,
        }),
        Expr::Call(call) => {
            let name = function_name(&call.func)?;
            // A function that wraps the future that it is given.
            let wraps = matches!(name.as_str(), "timeout" | "timeout_at" | "pin");
            match call.args.last().filter(|_| wraps) {
                Some(future) => called(future),
                None => Some(Called {
                    name,
                    receiver: None,
                    arguments: call.args.iter().collect(),
                    in_world: purity::world_of(&call.func).is_some(),
                }),
            }
        }
        _ => None,
    }
}

/// Whether a call only reads, by its name: one that is not known may act.
pub(crate) fn reads(call: &ExprAwait) -> bool {
    let Some(called) = called(&call.base) else { return false };
    Name::of(&called.name).is_some_and(|name| {
        words::READS.contains(&name.first()) && !name.joins() && of_chain(&call.base).is_none()
    })
}

/// The last name of the path of a function.
fn function_name(function: &Expr) -> Option<String> {
    let Expr::Path(path) = function else { return None };
    path.path.segments.last().map(|last| last.ident.unraw().to_string())
}

/// What a runner runs: the names before it in the chain, up to the previous await, and texts in
/// SQL.
fn of_chain(base: &Expr) -> Option<Word> {
    let mut expr = base;
    loop {
        expr = match expr {
            Expr::MethodCall(call) => match in_chain(call) {
                Some(word) => return Some(word),
                None => &call.receiver,
            },
            Expr::Paren(inner) => &inner.expr,
            Expr::Group(inner) => &inner.expr,
            Expr::Try(inner) => &inner.expr,
            Expr::Call(call) => {
                let acts = function_name(&call.func).and_then(|name| writing_name(&name));
                return acts.or_else(|| call.args.iter().find_map(writing_sql));
            }
            Expr::Macro(call) => return sql_in(&call.mac.tokens.to_string()),
            _ => return None,
        };
    }
}

fn in_chain(call: &ExprMethodCall) -> Option<Word> {
    // `client.request(Method::POST, url)`
    if call.method == "request" {
        let verb = call.args.first().map(ToTokens::to_token_stream)?;
        let text = || call.args.first().to_token_stream().to_string().replace(' ', "");
        return names::act(verb).then(|| Word { text: text(), kind: WordKind::Command });
    }
    writing_name(&call.method.to_string()).or_else(|| call.args.iter().find_map(writing_sql))
}

fn writing_name(name: &str) -> Option<Word> {
    let acts = Name::of(name)?.is_among(&words::RUN_COMMANDS);
    acts.then(|| Word { text: name.to_owned(), kind: WordKind::Command })
}

fn writing_sql(expr: &Expr) -> Option<Word> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => sql(&text.value()),
            _ => None,
        },
        Expr::Reference(inner) => writing_sql(&inner.expr),
        Expr::Macro(call) => sql_in(&call.mac.tokens.to_string()),
        _ => None,
    }
}

/// The first text among the tokens of a macro.
fn sql_in(code: &str) -> Option<Word> {
    sql(code.split('"').nth(1)?)
}

/// What a text in SQL does, if it acts: its verb, also below `WITH`; a lock of rows; or a function.
fn sql(text: &str) -> Option<Word> {
    let text = without_comments_and_values(&text.to_lowercase());
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let is_verb = |word: &&str| words::SQL_VERBS.contains(word);
    let (first, rest) = words.split_first()?;
    let verb = match *first {
        "with" => rest.iter().copied().find(is_verb),
        first => Some(first).filter(is_verb),
    };
    let lock = || {
        let mut pairs = words.windows(2).filter(|pair| pair[0] == "for");
        pairs.any(|pair| matches!(pair[1], "update" | "share" | "no" | "key"))
    };
    let acts = |word: &&str| words::SQL_FUNCTIONS.iter().any(|begin| word.starts_with(begin));
    let found = verb
        .or_else(|| rest.iter().copied().find(acts))
        .or_else(|| (*first == "select" && lock()).then_some("for update"))?;
    Some(Word { text: found.to_owned(), kind: WordKind::Command })
}

/// `-- …`, `/* … */` and `'…'` are no words.
fn without_comments_and_values(text: &str) -> String {
    const BEGIN_AND_END: [(&str, &str); 3] = [("--", "\n"), ("/*", "*/"), ("'", "'")];
    let mut out = String::new();
    let mut rest = text;
    let first = |rest: &str| {
        let found = BEGIN_AND_END.into_iter();
        found.filter_map(|(begin, end)| Some((rest.find(begin)?, begin, end))).min()
    };
    while let Some((at, begin, end)) = first(rest) {
        out.push_str(&rest[..at]);
        out.push(' ');
        rest = rest[at + begin.len()..].split_once(end).map_or("", |(_, after)| after);
    }
    out + rest
}

/// A client is given a request, and how that was made does not say that it acts. (Of one that
/// the function was given it is not known.)
fn is_request(called: &Called<'_>, env: &Env) -> bool {
    let of_client = called.receiver.and_then(last_word).is_some_and(|word| word == "client");
    let [request] = called.arguments.as_slice() else { return false };
    of_client
        && words::SENDS_REQUESTS.contains(&called.name.as_str())
        && requests::acts(request, env) == Some(false)
}

fn is_pool(receiver: &Expr) -> bool {
    last_word(receiver).is_some_and(|word| words::POOLS.contains(&word.as_str()))
}

/// It is called on a handle to where things are kept, or given one.
fn takes_handle(called: &Called<'_>) -> bool {
    let is_handle =
        |expr: &Expr| last_word(expr).is_some_and(|word| words::HANDLES.contains(&word.as_str()));
    called.receiver.into_iter().chain(called.arguments.iter().copied()).any(is_handle)
}

/// The last word of what a place or the giver of a value is called.
fn last_word(expr: &Expr) -> Option<String> {
    let name = match expr {
        Expr::Path(path) => path.path.segments.last()?.ident.to_string(),
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(_) => return None,
        },
        Expr::MethodCall(call) => call.method.to_string(),
        Expr::Call(call) => function_name(&call.func)?,
        Expr::Reference(inner) => return last_word(&inner.expr),
        Expr::Unary(inner) => return last_word(&inner.expr),
        Expr::Paren(inner) => return last_word(&inner.expr),
        _ => return None,
    };
    name.to_lowercase().rsplit('_').next().map(str::to_owned)
}

/// It takes a `&mut` of a local, so that places keep its order.
fn takes_local(called: &Called<'_>, env: &Env) -> bool {
    called.arguments.iter().any(|argument| match argument {
        Expr::Reference(borrow) if borrow.mutability.is_some() => is_local(&borrow.expr, env),
        _ => false,
    })
}

/// A local, or a field of one.
fn is_local(expr: &Expr, env: &Env) -> bool {
    match expr {
        Expr::Path(path) => path.path.get_ident().is_some_and(|name| env.get(name).is_some()),
        Expr::Field(field) => is_local(&field.base, env),
        _ => false,
    }
}

/// What two calls have in common if the order matters in which they are asked: the same call,
/// word for word, or the receiver from which both take.
pub(crate) fn asks(call: &ExprAwait, uses: &[Access]) -> Asks {
    let taken_from = called(&call.base).filter(|called| {
        let name = Name::of(&called.name);
        name.is_some_and(|name| {
            name.is_among(&words::TAKES)
                || called.arguments.is_empty() && words::TAKES_BARE.contains(&name.whole)
        })
    });
    let receiver = taken_from.and_then(|called| called.receiver);
    Asks {
        call: Question::of(&call.base, uses),
        taken_from: receiver.map(|receiver| Question::of(receiver, uses)),
    }
}

/// What a call asks.
pub(crate) struct Asks {
    call: Question,
    taken_from: Option<Question>,
}

impl Asks {
    /// Whether the answers may not be exchanged.
    pub(crate) fn again(&self, other: &Asks) -> bool {
        self.call == other.call || self.taken_from.is_some() && self.taken_from == other.taken_from
    }
}

/// Code, word for word, and the variables that its names stand for: one that was bound anew is
/// another.
#[derive(PartialEq)]
struct Question {
    text: String,
    of: BTreeSet<VarId>,
}

impl Question {
    fn of(code: &Expr, uses: &[Access]) -> Self {
        let named = |used: &&Access| {
            let is_name = |ident: &Ident| ident.unraw() == *used.place.name;
            used.via.is_none() && tokens::find_name(code.to_token_stream(), &is_name).is_some()
        };
        Question {
            text: code.to_token_stream().to_string(),
            of: uses.iter().filter(named).map(|used| used.place.root).collect(),
        }
    }
}
