//! Which calls are commands, by their names: what acts, guards, or takes a connection, is not
//! to overlap with what is above and below it.
//!
//! Only names can tell, so that they can be wrong: a marker, or `commands(…)` and `queries(…)`
//! in the arguments, say otherwise.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprAwait, Local, Pat, Stmt};

use crate::effects::called::{Called, called, last_word, looked_through};
use crate::effects::environment::{Binding, Env, Made};
use crate::effects::names::{self, Name};
use crate::effects::{built, purity, redis, requests, runs, words};
use crate::ir::access::Access;
use crate::ir::word::{Word, WordKind};
use crate::syntax::arguments::OwnWords;
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::evaluation::{self, Part};
use crate::syntax::{macros, patterns};

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
    of_future(&call.base, tries, env, own)
}

/// The same of what is to be awaited.
pub(crate) fn of_future(future: &Expr, tries: bool, env: &Env, own: &OwnWords) -> Option<Word> {
    match looked_through(future) {
        Expr::Async(block) => of_stmts(&block.block.stmts, env, own),
        Expr::Path(path) => runs::of_awaited_variable(path, env),
        call => {
            let in_chain = match of_call(future, tries, env, own) {
                Said::Command(word) => return Some(word),
                Said::Query => return None,
                Said::Runs | Said::RunsIfAwaited => runs::of_chain(call, env),
                Said::Nothing => None,
            };
            in_chain.or_else(|| of_arguments(call, env, own))
        }
    }
}

/// What the name of a call says of it.
enum Said {
    /// It is a command, by this word.
    Command(Word),
    /// It is none, whatever it is given.
    Query,
    /// It runs what stands before it.
    Runs,
    /// It does so if it is awaited; else it only builds.
    RunsIfAwaited,
    Nothing,
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
    in_order(stmts, env, own, &|stmt, env| of_stmt(stmt, env, own))
}

/// What is asked of each statement of a block, with what is run later of those above it.
fn in_order(
    stmts: &[Stmt],
    env: &Env,
    own: &OwnWords,
    ask: &dyn Fn(&Stmt, &Env) -> Option<Word>,
) -> Option<Word> {
    let mut env = env.clone();
    stmts.iter().find_map(|stmt| {
        built::add(stmt, &mut env);
        let found = ask(stmt, &env);
        // Of others the order is not kept by places here.
        if let Stmt::Local(local) = stmt {
            let made = local.init.as_ref().map(|init| made_by(&init.expr, &env, own));
            if made.as_ref().is_some_and(Made::is_run) {
                env.bind_let(local, &[], made);
            }
        }
        found
    })
}

fn of_stmt(stmt: &Stmt, env: &Env, own: &OwnWords) -> Option<Word> {
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
}

/// What an awaited call runs of what it is given: a future, or a closure that makes one.
fn of_arguments(call: &Expr, env: &Env, own: &OwnWords) -> Option<Word> {
    let arguments = match call {
        Expr::Call(call) => &call.args,
        Expr::MethodCall(call) => &call.args,
        _ => return None,
    };
    arguments.iter().find_map(|argument| given(argument, env, own))
}

/// The word by which a value that is handed on acts when it is run.
fn given(expr: &Expr, env: &Env, own: &OwnWords) -> Option<Word> {
    match expr {
        Expr::Await(_) => None,
        Expr::Path(path) => runs::of_variable(path, env),
        // A text has a `replace` with two.
        Expr::MethodCall(call) if call.method == "replace" && call.args.len() == 2 => None,
        Expr::Call(_) | Expr::MethodCall(_) => {
            of_future(expr, false, env, own).filter(|word| !only_helps(word))
        }
        Expr::Async(_) => of_future(expr, false, env, own),
        Expr::Closure(closure) => match &*closure.body {
            Expr::Block(body) if closure.asyncness.is_some() => {
                of_stmts(&body.block.stmts, env, own)
            }
            body if closure.asyncness.is_some() => of_expr(body, false, env, own),
            body @ (Expr::Call(_) | Expr::MethodCall(_)) => of_future(body, false, env, own),
            body => given(body, env, own),
        },
        Expr::Block(block) => in_order(&block.block.stmts, env, own, &|stmt, env| {
            let mut found = None;
            evaluation::each_expr(stmt, &mut |expr| {
                found = found.take().or_else(|| given(expr, env, own));
            });
            found
        }),
        Expr::Macro(call) => {
            let expressions = macros::expressions(&call.mac)?;
            expressions.iter().find_map(|expr| given(expr, env, own))
        }
        expr => runs::in_parts(expr, &|expr| given(expr, env, own)),
    }
}

/// Whether an argument only helps what is run: it lends a connection (`users.all(db.conn())`), is a
/// time limit, or a guard, which is asked for apart.
fn only_helps(word: &Word) -> bool {
    word.kind == WordKind::Connection
        || words::takes_guard(&word.text)
        || Name::of(&word.text).is_some_and(|name| words::TIME_LIMITS.contains(&name.first()))
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
        return Some(Word::command(called.name));
    }
    match of_call(call, false, env, own) {
        Said::Command(word) => Some(word),
        Said::Runs => runs::of_chain(looked_through(call), env),
        Said::Query | Said::RunsIfAwaited | Said::Nothing => None,
    }
}

fn of_call(call: &Expr, tries: bool, env: &Env, own: &OwnWords) -> Said {
    let Some(called) = called(call) else { return Said::Nothing };
    let word = |kind| Said::Command(Word { text: called.name.clone(), kind });
    let Some(split) = Name::of(&called.name) else { return Said::Nothing };
    if own.queries.iter().any(|query| split.is(query)) {
        return Said::Query;
    }
    if own.commands.iter().any(|command| split.is(command)) {
        return word(WordKind::Command);
    }
    if let Some(text) = purity::guard_in_arguments(call) {
        return Said::Command(Word { text, kind: WordKind::Guard });
    }
    if words::RUNS_REDIS == split.whole {
        let built = called.receiver.map(|receiver| redis::of_run(receiver, env));
        return built.flatten().map_or(Said::Query, Said::Command);
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
        return if asks { Said::Nothing } else { word(kind) };
    }
    if is_request(&called, env) || words::IN_BACKGROUND == split.whole {
        return Said::Query;
    }
    // `send()` runs what stands before it, `send(message)` acts.
    let sends = split.whole == "send" && !bare;
    if split.is_among(&words::RUNNERS) && !sends {
        return Said::Runs;
    }
    if split.is_among(&words::AWAITED_RUNNERS) {
        return Said::RunsIfAwaited;
    }
    let acts = split.is_among(&words::COMMANDS)
        && (split.first() != "create" || called.in_world || takes_handle(&called))
        && !(words::ON_A_LOCAL.contains(&split.first()) && takes_local(&called, env))
        || split.first() == "store" && !bare;
    if acts { word(WordKind::Command) } else { Said::Nothing }
}

/// Whether a call only reads, by its name: one that is not known may act.
pub(crate) fn reads(call: &ExprAwait, env: &Env, own: &OwnWords) -> bool {
    let Some(called) = called(&call.base) else { return false };
    let by_name = Name::of(&called.name)
        .is_some_and(|name| words::READS.contains(&name.first()) && !name.joins());
    let acts = || runs::of_chain(looked_through(&call.base), env).is_some();
    by_name && !acts() && of_await(call, false, env, own).is_none()
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

/// Adds what a `let` binds to the environment, and how it was made.
pub(crate) fn bind_let(local: &Local, uses: &[Access], env: &mut Env, own: &OwnWords) -> Binding {
    let made = local.init.as_ref().map(|init| made_by(&init.expr, env, own));
    env.bind_let(local, uses, made)
}

fn made_by(init: &Expr, env: &Env, own: &OwnWords) -> Made {
    let awaited = of_future(init, false, env, own);
    let runs = match init {
        Expr::Async(_) => awaited.clone(),
        Expr::Closure(_) => given(init, env, own),
        init => runs::of_value(init, env),
    };
    let by_acting = names::act(init.to_token_stream());
    Made { by_acting, runs, awaited, redis: redis::is_built(init, env) }
}
