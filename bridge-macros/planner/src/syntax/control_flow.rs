//! Where the function's own code waits and where it leaves: what is inside nested items,
//! closures and `async` blocks belongs to those.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Block, Expr, ExprAwait, Macro, Stmt};

use crate::syntax::evaluation::{self, Part};
use crate::syntax::macros::{JOINS, is_one_of};
use crate::syntax::{macros, markers};

/// What own code does besides computing a value.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct ControlFlow {
    /// Awaits, and statements that a marker makes wait.
    pub(crate) awaits: usize,
    /// It holds a `?`.
    pub(crate) tries: bool,
    /// It returns, breaks or continues out of itself.
    pub(crate) jumps: bool,
}

impl ControlFlow {
    /// Looks through an expression.
    pub(crate) fn of_expr(expr: &Expr) -> Self {
        let mut finder = Finder::default();
        finder.expr(expr);
        finder.found
    }

    /// Looks through a statement.
    pub(crate) fn of_stmt(stmt: &Stmt) -> Self {
        let mut finder = Finder::default();
        finder.stmt(stmt);
        finder.found
    }

    /// Looks through a block.
    pub(crate) fn of_block(block: &Block) -> Self {
        let mut finder = Finder::default();
        block.stmts.iter().for_each(|stmt| finder.stmt(stmt));
        finder.found
    }

    /// It may leave the function, or the scope that it is in.
    pub(crate) fn leaves(self) -> bool {
        self.tries || self.jumps
    }
}

/// Whether an expression awaits.
pub(crate) fn awaits(expr: &Expr) -> bool {
    ControlFlow::of_expr(expr).awaits > 0
}

#[derive(Default)]
struct Finder {
    found: ControlFlow,
    /// Loops around the visited expression, inside the one that was asked for.
    loops: usize,
}

impl Finder {
    fn stmt(&mut self, stmt: &Stmt) {
        self.found.awaits += usize::from(markers::is_marked(stmt));
        match stmt {
            Stmt::Macro(call) => self.mac(&call.mac),
            stmt => evaluation::each_expr(stmt, &mut |expr| self.expr(expr)),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Await(_) => self.found.awaits += 1,
            Expr::Try(_) => self.found.tries = true,
            Expr::Return(_) => self.found.jumps = true,
            // A labelled jump may lead out; an unlabelled one leaves its loop.
            Expr::Break(jump) => self.found.jumps |= jump.label.is_some() || self.loops == 0,
            Expr::Continue(jump) => self.found.jumps |= jump.label.is_some() || self.loops == 0,
            Expr::Macro(call) => return self.mac(&call.mac),
            _ => {}
        }
        let is_loop = matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_));
        self.loops += usize::from(is_loop);
        evaluation::each_part(expr, &mut |part| match part {
            Part::Expr(expr) => self.expr(expr),
            Part::Stmt(stmt) => self.stmt(stmt),
        });
        self.loops -= usize::from(is_loop);
    }

    fn mac(&mut self, mac: &Macro) {
        let given = macros::expressions(mac);
        let unknown = || (!awaits_by_itself(mac)).then(|| macros::separated(mac)).flatten();
        match given.or_else(unknown) {
            Some(expressions) => expressions.iter().for_each(|expr| self.expr(expr)),
            None => self.found.awaits += usize::from(await_in_macro(mac).is_some()),
        }
    }
}

/// Where an expression first awaits.
pub(crate) fn first_await(expr: &Expr) -> Option<Span> {
    if let Expr::Macro(call) = expr {
        let within = macros::expressions(&call.mac);
        return match within {
            Some(expressions) => expressions.iter().find_map(first_await),
            None => await_in_macro(&call.mac),
        };
    }
    let mut found = None;
    evaluation::each_part(expr, &mut |part| {
        found = found.or_else(|| match part {
            Part::Expr(expr) => first_await(expr),
            Part::Stmt(Stmt::Macro(call)) => await_in_macro(&call.mac),
            Part::Stmt(stmt) => {
                let mut inside = None;
                evaluation::each_expr(stmt, &mut |expr| {
                    inside = inside.or_else(|| first_await(expr))
                });
                inside
            }
        });
    });
    match expr {
        Expr::Await(call) => found.or_else(|| Some(keyword_span(call))),
        _ => found,
    }
}

/// Macros that await what they are given, without the word.
const AWAITING: &[&str] = &["join", "pending", "poll", "select", "select_biased", "try_join"];

/// Whether a macro awaits all futures that it is given, and could do so in an `async` block of its
/// own.
pub(crate) fn is_join(mac: &Macro) -> bool {
    is_one_of(mac, JOINS) && stays(mac)
}

/// Whether a macro awaits by itself, and does so as well in an `async` block of its own.
pub(crate) fn may_wait_in_a_block(mac: &Macro) -> bool {
    (is_one_of(mac, JOINS) || is_one_of(mac, &["pending", "poll"])) && stays(mac)
}

/// Macros of which the kind is known, and which leave the function that they stand in.
const LEAVING: &[&str] = &["bail", "ensure"];

/// Macros of no known kind that give a value.
const GIVING: &[&str] = &[
    "cfg",
    "column",
    "concat",
    "env",
    "file",
    "include_bytes",
    "include_str",
    "json",
    "line",
    "module_path",
    "option_env",
    "stringify",
];

/// Whether a macro may leave the function that it stands in: `bail!` does, and one may of which
/// nothing is known.
pub(crate) fn may_leave(mac: &Macro) -> bool {
    match macros::kind(mac) {
        Some(_) => is_one_of(mac, LEAVING),
        None => !is_one_of(mac, GIVING) && !is_one_of(mac, AWAITING),
    }
}

/// What a macro is given leaves nothing.
fn stays(mac: &Macro) -> bool {
    let given = macros::separated(mac);
    given.is_some_and(|exprs| exprs.iter().all(|expr| !ControlFlow::of_expr(expr).leaves()))
}

/// Where a macro that cannot be seen into awaits, if it does.
pub(crate) fn await_in_macro(mac: &Macro) -> Option<Span> {
    let name = &mac.path.segments.last()?.ident;
    if macros::is_stream(mac) {
        return None;
    }
    let awaiting = || awaits_by_itself(mac).then(|| name.span());
    await_in_tokens(&mac.tokens).or_else(awaiting)
}

/// Whether a macro awaits futures that it is given.
pub(crate) fn awaits_by_itself(mac: &Macro) -> bool {
    // Channel crates have a `select!` of their own, with `->` in its arms.
    let arrow = || mac.tokens.to_string().contains("->");
    let name = mac.path.segments.last();
    name.is_some_and(|name| AWAITING.iter().any(|known| name.ident == known)) && !arrow()
}

/// Where the tokens of a macro hold `.await`, if they do.
fn await_in_tokens(tokens: &TokenStream) -> Option<Span> {
    let mut after_dot = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Ident(ident) if after_dot && ident == "await" => return Some(ident.span()),
            TokenTree::Group(group) => {
                if let Some(span) = await_in_tokens(&group.stream()) {
                    return Some(span);
                }
            }
            _ => {}
        }
        after_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
    None
}

/// The span of the `await` keyword: where whatever the await does is shown.
pub(crate) fn keyword_span(expr: &ExprAwait) -> Span {
    expr.await_token.span()
}
