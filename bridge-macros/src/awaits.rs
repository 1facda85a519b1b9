//! The function's own code: what is inside nested items, closures and `async`
//! blocks belongs to those.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, Item, Macro, Stmt};

use crate::macros;
use crate::markers;

/// What own code does besides computing a value.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Traits {
    /// Awaits, and statements that a marker makes wait.
    pub(crate) awaits: usize,
    /// It holds a `?`.
    pub(crate) tries: bool,
    /// It returns, breaks or continues out of itself.
    pub(crate) jumps: bool,
    /// It looks at what a running call may change, or holds what a running call
    /// may need: a clock, a lock, a `RefCell`.
    pub(crate) observes: bool,
}

/// Looks through an expression.
pub(crate) fn of_expr(expr: &Expr) -> Traits {
    let mut finder = Finder::default();
    finder.visit_expr_mut(&mut expr.clone());
    finder.found
}

/// Looks through a statement.
pub(crate) fn of_stmt(stmt: &Stmt) -> Traits {
    let mut finder = Finder::default();
    finder.visit_stmt_mut(&mut stmt.clone());
    finder.found
}

/// Looks through a block.
pub(crate) fn of_block(block: &Block) -> Traits {
    let mut finder = Finder::default();
    finder.visit_block_mut(&mut block.clone());
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Traits,
    /// Loops around the visited expression, inside the one that was asked for.
    loops: usize,
}

impl VisitMut for Finder {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        self.found.awaits += usize::from(markers::marks(stmt));
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Await(_) => self.found.awaits += 1,
            Expr::Try(_) => self.found.tries = true,
            Expr::MethodCall(call) => {
                let name = call.method.to_string();
                self.found.observes |= call.args.is_empty() && OBSERVING.contains(&name.as_str());
            }
            Expr::Call(call) => {
                self.found.observes |= matches!(&*call.func, Expr::Path(path)
                    if path.path.segments.len() > 1
                        && path.path.segments.last().is_some_and(|last| last.ident == "now"));
            }
            Expr::Return(_) => self.found.jumps = true,
            // A labelled jump may lead out; an unlabelled one leaves its loop.
            Expr::Break(jump) if jump.label.is_some() || self.loops == 0 => self.found.jumps = true,
            Expr::Continue(jump) if jump.label.is_some() || self.loops == 0 => {
                self.found.jumps = true;
            }
            _ => {}
        }
        let is_loop = matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_));
        self.loops += usize::from(is_loop);
        visit_mut::visit_expr_mut(self, expr);
        self.loops -= usize::from(is_loop);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        match macros::expressions(mac) {
            Some(mut expressions) => {
                expressions.iter_mut().for_each(|expr| self.visit_expr_mut(expr));
            }
            None => self.found.awaits += usize::from(await_in_macro(mac).is_some()),
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Methods that take a guard or read a clock.
const OBSERVING: &[&str] = &[
    "borrow",
    "borrow_mut",
    "elapsed",
    "lock",
    "read",
    "try_borrow",
    "try_borrow_mut",
    "try_lock",
    "try_read",
    "try_write",
    "write",
];

/// Macros that await what they are given, without the word.
const AWAITING: &[&str] = &["join", "select", "select_biased", "try_join"];

/// Whether a macro awaits futures that it is given, and could do so in an
/// `async` block of its own.
pub(crate) fn joins(mac: &Macro) -> bool {
    let name = mac.path.segments.last().map(|segment| segment.ident.to_string());
    matches!(name.as_deref(), Some("join" | "try_join"))
        && macros::arguments(mac)
            .is_some_and(|exprs| exprs.iter().map(of_expr).all(|own| !own.tries && !own.jumps))
}

/// Where a macro that cannot be seen into awaits, if it does.
pub(crate) fn await_in_macro(mac: &Macro) -> Option<Span> {
    let name = &mac.path.segments.last()?.ident;
    let awaiting = || {
        // Channel crates have a `select!` of their own, with `->` in its arms.
        let arrow = mac.tokens.to_string().contains("->");
        (AWAITING.iter().any(|known| name == known) && !arrow).then(|| name.span())
    };
    await_in_tokens(&mac.tokens).or_else(awaiting)
}

/// Where the tokens of a macro hold `.await`, if they do.
pub(crate) fn await_in_tokens(tokens: &TokenStream) -> Option<Span> {
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
