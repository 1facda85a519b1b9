//! What code claims of what there is little of, by its names: locks, permits, connections.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Block, Expr, ExprAwait, Local, Macro, Stmt};

use crate::effects::commands;
use crate::effects::environment::Env;
use crate::effects::names::Name;
use crate::effects::words;
use crate::ir::word::{Word, WordKind};
use crate::syntax::arguments::OwnWords;
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::evaluation::{self, Part};
use crate::syntax::macros::{self, Expressions};
use crate::syntax::{attributes, markers, tokens};

/// One lock, permit or connection.
pub(crate) struct Claim {
    pub(crate) kind: ClaimKind,
    /// The name that says so.
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The statement's own `let` keeps it; else it is given back when the statement has run.
    pub(crate) kept: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimKind {
    /// What comes after runs under it.
    Lock,
    /// One of a number: a permit, a connection. Who asks first gets it first.
    Place,
}

/// All that a statement claims, in source order. A marker that asks for a start overrides what
/// its names say.
pub(crate) fn of_stmt(stmt: &Stmt, env: &Env, own: &OwnWords) -> Vec<Claim> {
    let awaits = ControlFlow::of_stmt(stmt).awaits > 0;
    let mut finder = Finder { env, own, found: Vec::new() };
    match stmt {
        Stmt::Local(Local { init: Some(init), .. })
            if !awaits && !gives_lock(&init.expr, false) => {}
        Stmt::Local(local) => finder.local(local, true),
        stmt if awaits => finder.stmt(stmt),
        _ => {}
    }
    finder.found
}

struct Finder<'a> {
    env: &'a Env,
    own: &'a OwnWords,
    found: Vec<Claim>,
}

impl Finder<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Local(local) => self.local(local, false),
            Stmt::Macro(call) => self.mac(&call.mac),
            stmt if is_overridden(stmt) => {}
            stmt => evaluation::each_expr(stmt, &mut |expr| self.expr(expr)),
        }
    }

    /// What a `let` claims, which is kept if that is a statement of the block that is asked about.
    fn local(&mut self, local: &Local, keeps: bool) {
        let Some(init) = &local.init else { return };
        if local.attrs.iter().any(markers::is_background) {
            return;
        }
        let before = self.found.len();
        if gives_lock(&init.expr, false) {
            self.claim(ClaimKind::Lock, "lock", begin(&init.expr));
        }
        self.expr(&init.expr);
        init.diverge.iter().for_each(|(_, other)| self.expr(other));

        let awaits = control_flow::awaits(&init.expr);
        let named = commands::of_binding(&local.pat, &init.expr).filter(|_| awaits);
        let named = named.and_then(|word| Some((kind_of(&word)?, word.text)));
        if let (true, Some((kind, name))) = (self.found.len() == before, &named) {
            self.claim(*kind, name, begin(&local.pat));
        }
        if keeps && (named.is_some() || self.gives_claim(&init.expr)) {
            let kept = if matches!(*init.expr, Expr::Tuple(_)) { usize::MAX } else { 1 };
            self.found[before..].iter_mut().rev().take(kept).for_each(|claim| claim.kept = true);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let before = self.found.len();
        match expr {
            Expr::Macro(call) => self.mac(&call.mac),
            Expr::Await(call) => match &*call.base {
                Expr::Async(block) => block.block.stmts.iter().for_each(|stmt| self.stmt(stmt)),
                base => self.expr(base),
            },
            expr => evaluation::each_part(expr, &mut |part| match part {
                Part::Expr(expr) => self.expr(expr),
                Part::Stmt(stmt) => self.stmt(stmt),
            }),
        }
        // What is called on a connection takes no other.
        if let Expr::Await(call) = expr
            && self.found.len() == before
            && let Some((kind, name)) = self.of_await(call)
        {
            self.claim(kind, &name, control_flow::keyword_span(call));
        }
    }

    fn mac(&mut self, mac: &Macro) {
        macros::expressions(mac)
            .iter()
            .flat_map(Expressions::iter)
            .for_each(|expr| self.expr(expr));
    }

    fn of_await(&self, call: &ExprAwait) -> Option<(ClaimKind, String)> {
        let word = commands::of_await(call, false, self.env, self.own)?;
        Some((kind_of(&word)?, word.text))
    }

    /// Whether the value of an expression is what is claimed in it.
    fn gives_claim(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Await(call) => {
                !matches!(*call.base, Expr::Async(_)) && self.of_await(call).is_some()
            }
            Expr::Try(inner) => self.gives_claim(&inner.expr),
            Expr::Paren(inner) => self.gives_claim(&inner.expr),
            Expr::Group(inner) => self.gives_claim(&inner.expr),
            Expr::MethodCall(call) => {
                let method = call.method.to_string();
                let hands_on = words::is_conversion(&method) || words::is_combinator(&method);
                hands_on && self.gives_claim(&call.receiver)
            }
            Expr::Tuple(tuple) => tuple.elems.iter().any(|elem| self.gives_claim(elem)),
            Expr::Block(block) => self.ends_with_claim(&block.block),
            Expr::If(branch) => {
                let other = branch.else_branch.as_ref();
                self.ends_with_claim(&branch.then_branch)
                    || other.is_some_and(|(_, other)| self.gives_claim(other))
            }
            Expr::Match(choice) => choice.arms.iter().any(|arm| self.gives_claim(&arm.body)),
            expr => gives_lock(expr, false),
        }
    }

    fn ends_with_claim(&self, block: &Block) -> bool {
        matches!(block.stmts.last(), Some(Stmt::Expr(expr, None)) if self.gives_claim(expr))
    }

    fn claim(&mut self, kind: ClaimKind, name: &str, span: Span) {
        self.found.push(Claim { kind, name: name.to_owned(), span, kept: false });
    }
}

fn begin(code: &impl ToTokens) -> Span {
    tokens::begin(code.to_token_stream()).unwrap_or_else(Span::call_site)
}

fn kind_of(word: &Word) -> Option<ClaimKind> {
    match word.kind {
        WordKind::Connection => Some(ClaimKind::Place),
        WordKind::Guard if is_permit(&word.text) => Some(ClaimKind::Place),
        WordKind::Guard => Some(ClaimKind::Lock),
        WordKind::Command | WordKind::Check | WordKind::Block => None,
    }
}

/// Whether the name of a guard is that of one of a number.
fn is_permit(name: &str) -> bool {
    Name::split(name).is_some_and(|name| {
        matches!(name.first(), "acquire" | "reserve") || matches!(name.last(), "permit" | "lease")
    })
}

fn is_overridden(stmt: &Stmt) -> bool {
    let Stmt::Expr(expr, _) = stmt else { return false };
    attributes::of_expr(expr).is_some_and(|attrs| attrs.iter().any(markers::is_background))
}

/// Whether synchronous code takes a lock, by the method that does. `read()` and `write()` are
/// that only if they may fail.
fn gives_lock(expr: &Expr, unwrapped: bool) -> bool {
    match expr {
        Expr::Try(inner) => gives_lock(&inner.expr, true),
        Expr::Paren(inner) => gives_lock(&inner.expr, unwrapped),
        Expr::MethodCall(call) => match call.method.to_string().as_str() {
            "unwrap" | "expect" | "unwrap_or_else" => gives_lock(&call.receiver, true),
            "elapsed" => false,
            "read" | "write" if !unwrapped => false,
            method => call.args.is_empty() && words::observes(method),
        },
        _ => false,
    }
}
