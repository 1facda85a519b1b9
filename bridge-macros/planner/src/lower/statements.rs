//! What kind of statement each is.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, Local, Macro, Pat, Stmt};

use super::operands::{self, NotHoistable, Start};
use super::{Below, Lowering, blocking};
use crate::effects::environment::{Binding, Env};
use crate::effects::{accesses, commands, purity};
use crate::ir::access::Access;
use crate::ir::template;
use crate::ir::tree::{Call, Hoisted, Kind, Nested, Statement, Template};
use crate::ir::word::{Word, WordKind};
use crate::syntax::arguments::Order;
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::macros::{self, Kind as MacroKind};
use crate::syntax::markers::{self, Marker};
use crate::syntax::{attributes, patterns, tokens};

impl Lowering<'_> {
    /// Sorts one statement, and adds what it binds to the environment.
    pub(super) fn statement(
        &mut self,
        mut stmt: Stmt,
        below: Below<'_>,
        position: usize,
        env: &mut Env,
    ) -> Statement {
        let marker = markers::take(&mut stmt, self.report);
        let statement = match self.as_call(&stmt, marker.as_ref(), below, env) {
            Ok(call) => call,
            Err(word) => Statement { word, ..self.in_place(&stmt, marker, env) },
        };
        Statement { position, ..statement }
    }

    /// The statement as a call, if it is one; else the word that says that it is none. A marker
    /// that asks for a call in vain is reported.
    fn as_call(
        &mut self,
        stmt: &Stmt,
        marker: Option<&Marker>,
        below: Below<'_>,
        env: &mut Env,
    ) -> Result<Statement, Option<Word>> {
        let background = match marker.map(|marker| (&marker.kind, marker.span)) {
            Some((markers::Kind::Foreground, _)) => return Err(None),
            Some((markers::Kind::Background, span)) => Some(span),
            Some((markers::Kind::Limit(_), _)) | None => None,
        };
        if self.order == Order::Serial {
            return Err(None);
        }
        let awaits = ControlFlow::of_stmt(stmt).awaits > 0;
        let call = match background {
            None if !awaits => return Err(None),
            None => self.call(stmt, Start::Unmarked, env),
            Some(_) if awaits => self.call(stmt, Start::Marked, env),
            Some(span) => {
                let awaiting =
                    blocking::awaiting(stmt, span, below, env, self.report).ok_or(None)?;
                self.call(&awaiting, Start::Blocking, env)
            }
        };
        call.map_err(|reason| {
            let begins = background.and_then(|_| tokens::begin(stmt.to_token_stream()));
            begins.into_iter().for_each(|span| self.report.error(span, reason.message()));
            match reason {
                NotHoistable::Command(word) => Some(word),
                NotHoistable::Order | NotHoistable::OutOfBox => None,
            }
        })
    }

    /// The word by which something that awaits is a command.
    pub(super) fn word(
        &self,
        expr: &Expr,
        pat: Option<&Pat>,
        tries: bool,
        env: &Env,
    ) -> Option<Word> {
        let word = commands::of_expr(expr, tries, env, self.words);
        word.or_else(|| commands::of_binding(pat?, expr))
    }

    fn call(
        &mut self,
        stmt: &Stmt,
        start: Start,
        env: &mut Env,
    ) -> Result<Statement, NotHoistable> {
        let marked = start != Start::Unmarked;
        let (expr, binding) = match stmt {
            Stmt::Local(local) if marked || is_binding(local) => match &local.init {
                Some(init) if init.diverge.is_none() => (&*init.expr, Some(local.clone())),
                _ => return Err(NotHoistable::Order),
            },
            Stmt::Expr(expr, Some(_)) if marked => (expr, None),
            _ => return Err(NotHoistable::Order),
        };
        if !binding.iter().flat_map(|local| &local.attrs).all(attributes::is_lint) {
            return Err(NotHoistable::Order);
        }
        let hoisted = operands::hoist(expr, env, self.order, start)?;
        let awaited = &hoisted.awaited;
        let pat = binding.as_ref().map(|local| &local.pat);
        let tries = ControlFlow::of_expr(expr).tries;
        let word = if marked { None } else { self.word(expr, pat, tries, env) };
        if let Some(word) = word.as_ref().filter(|word| word.kind != WordKind::Check) {
            return Err(NotHoistable::Command(word.clone()));
        }
        if awaited.iter().any(|awaited| awaited.fallible) && !self.carries_errors {
            return Err(NotHoistable::Order);
        }
        let flow = ControlFlow::of_expr(&hoisted.residual);
        let uses = accesses::of_expr(&hoisted.residual, env);
        let all = awaited.iter().flat_map(|awaited| &awaited.uses).chain(&uses);
        let all: Vec<Access> = all.cloned().collect();
        awaited.iter().for_each(|awaited| self.refuse_unseen_awaits(&awaited.call.base));
        let binds = binding.as_ref().map(|local| env.bind_let(local, &all));
        let Binding { binds, shadows, owns } = binds.unwrap_or_default();
        let binding = binding.map(without_initialiser);
        let inlinable = is_inlinable(&hoisted, &uses, flow, self.carries_errors);
        let call = Call { binding, hoisted, inlinable, marked };
        let (kind, leaves) = (Kind::Call(call), flow.leaves());
        let (position, foreground) = (0, false);
        Ok(Statement { position, kind, word, binds, shadows, owns, uses, leaves, foreground })
    }

    /// A statement whose awaits, if it has any, stay where they are. What it uses is found,
    /// and what is nested in it lowered, without the names that it binds.
    fn in_place(&mut self, stmt: &Stmt, marker: Option<Marker>, env: &mut Env) -> Statement {
        let flow = ControlFlow::of_stmt(stmt);
        let log_line = log_line(stmt, flow);
        let uses = match log_line {
            Some(line) => accesses::of_log_line(line, env),
            None => accesses::of_stmt(stmt, env),
        };
        let foreground = matches!(&marker, Some(Marker { kind: markers::Kind::Foreground, .. }));
        let kind = match log_line {
            _ if foreground => Kind::Effect,
            Some(_) => Kind::LogLine,
            None => kind_in_place(stmt, flow),
        };
        let template = match self.bounded(stmt, marker, env) {
            Some(template) => template,
            None => self.template_of_stmt(stmt, env),
        };
        let Binding { binds, shadows, owns } = match stmt {
            Stmt::Local(local) => env.bind_let(local, &uses),
            _ => Binding::default(),
        };
        let (kind, leaves) = (kind(template), flow.leaves());
        let (position, word) = (0, None);
        Statement { position, kind, word, binds, shadows, owns, uses, leaves, foreground }
    }

    /// A loop that is marked with a limit, if its iterations are to overlap.
    fn bounded(
        &mut self,
        stmt: &Stmt,
        marker: Option<Marker>,
        env: &Env,
    ) -> Option<Template<Stmt>> {
        let (markers::Kind::Limit(limit), span) =
            marker.map(|marker| (marker.kind, marker.span))?
        else {
            return None;
        };
        let Stmt::Expr(Expr::ForLoop(repeat), semi) = stmt else { return None };
        let bounded = self.bounded_loop(repeat, *limit, span, env)?;
        let code = Stmt::Expr(template::hole(0, repeat.for_token.span), *semi);
        Some(Template { code, nested: vec![Nested::Loop(Box::new(bounded))] })
    }
}

/// What a `let` is initialised with is in the residual from here on.
fn without_initialiser(mut local: Local) -> Local {
    if let Some(init) = &mut local.init {
        *init.expr = Expr::Verbatim(TokenStream::new());
    }
    local
}

/// The residual of one await can run in the background, if there it only hands the value on,
/// or ends the call as the function's return type.
fn is_inlinable(
    hoisted: &Hoisted,
    uses: &[Access],
    flow: ControlFlow,
    carries_errors: bool,
) -> bool {
    hoisted.awaited.len() == 1
        && hoisted.pure
        && uses.is_empty()
        && !flow.jumps
        && (!flow.tries || carries_errors)
}

/// The macro of a log line.
fn log_line(stmt: &Stmt, flow: ControlFlow) -> Option<&Macro> {
    let mac = match stmt {
        Stmt::Macro(call) => &call.mac,
        Stmt::Expr(Expr::Macro(call), Some(_)) => &call.mac,
        _ => return None,
    };
    let plain = flow.awaits == 0 && !flow.leaves();
    (plain && macros::kind(mac) == Some(MacroKind::Log)).then_some(mac)
}

fn kind_in_place(stmt: &Stmt, flow: ControlFlow) -> fn(Template<Stmt>) -> Kind {
    match stmt {
        Stmt::Item(_) => Kind::Plain,
        Stmt::Local(local)
            if flow.awaits == 0
                && is_binding(local)
                // What leaves by a jump permits what is below.
                && !flow.jumps
                && !purity::observes(stmt)
                && !purity::acts(stmt) =>
        {
            Kind::Plain
        }
        _ => Kind::Effect,
    }
}

/// A `let` that overlaps: it binds a name that does not begin with `_`, whatever
/// its value.
pub(super) fn is_binding(local: &Local) -> bool {
    let names = patterns::bound_names(&local.pat);
    let diverges = local.init.as_ref().is_some_and(|init| init.diverge.is_some());
    !diverges
        && names.iter().any(|name| patterns::asks_for_overlap(&name.ident))
        && local.attrs.iter().all(|attr: &Attribute| attributes::is_lint(attr))
}
