//! What kind of statement each is.

use std::cell::OnceCell;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, Local, Macro, Pat, Stmt};

use super::operands::{InStatement, NotHoistable, Start};
use super::shapes::{self, Shape};
use super::{InBlock, Lowering, blocking};
use crate::effects::environment::{Binding, Env};
use crate::effects::{accesses, built, commands, local_effects, purity};
use crate::ir::access::{Access, Mode};
use crate::ir::template;
use crate::ir::tree::{Call, Code, Hoisted, Kind, Nested, Runs, Statement, Template, Turn};
use crate::ir::word::{Word, WordKind};
use crate::syntax::arguments::Order;
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::evaluation::{self, Part};
use crate::syntax::item_loops::ItemLoop;
use crate::syntax::macros::{self, Kind as MacroKind};
use crate::syntax::markers::{self, Marker};
use crate::syntax::{attributes, tokens};

impl Lowering<'_> {
    /// Sorts one statement, and adds what it binds to the environment.
    pub(super) fn statement(
        &mut self,
        mut stmt: Stmt,
        place: InBlock<'_>,
        position: usize,
        env: &mut Env,
    ) -> Statement {
        let marker = markers::take(&mut stmt, self.report);
        built::add(&stmt, env);
        let statement = match self.as_call(&stmt, marker.as_ref(), place, env) {
            Ok(call) => call,
            Err(word) => {
                let asked = self.as_if_marked && marker.is_none();
                let if_marked = asked.then(|| self.if_marked(&stmt, place, env)).flatten();
                let in_place = self.in_place(&stmt, marker, place, env);
                match if_marked {
                    None => Statement { word, ..in_place },
                    Some((call, if_named)) => {
                        let binds = in_place.binds.clone();
                        let if_marked = Some(Box::new(Statement { position, binds, ..call }));
                        Statement { word: word.or(if_named), if_marked, ..in_place }
                    }
                }
            }
        };
        Statement { position, ..statement }
    }

    /// What a statement that awaits would be under a marker, and the word by which it would wait
    /// all the same if its value only had a name.
    fn if_marked(
        &mut self,
        stmt: &Stmt,
        place: InBlock<'_>,
        env: &Env,
    ) -> Option<(Statement, Option<Word>)> {
        if self.order == Order::Serial || ControlFlow::of_stmt(stmt).awaits == 0 {
            return None;
        }
        let errors = self.report.len();
        let call = self.call(stmt, Start::Marked, place, &mut env.clone());
        let is_right = self.report.len() == errors;
        self.report.truncate(errors);
        let call = call.ok().filter(|_| is_right)?;
        let shape = shapes::of(stmt, true, false)?;
        let pat = shape.binding.as_ref().map(|local| &local.pat);
        Some((call, self.word_of_call(shape.expr, pat, env)))
    }

    /// The statement as a call, if it is one; else the word that says that it is none. A marker
    /// that asks for a call in vain is reported.
    fn as_call(
        &mut self,
        stmt: &Stmt,
        marker: Option<&Marker>,
        place: InBlock<'_>,
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
            None => self.call(stmt, Start::Unmarked, place, env),
            Some(_) if awaits => self.call(stmt, Start::Marked, place, env),
            Some(span) => {
                let awaiting = blocking::awaiting(stmt, span, place.below, env, self.report);
                self.call(&awaiting.ok_or(None)?, Start::Blocking, place, env)
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
        place: InBlock<'_>,
        env: &mut Env,
    ) -> Result<Statement, NotHoistable> {
        let marked = start != Start::Unmarked;
        let shape = shapes::of(stmt, marked, place.is_value).ok_or(NotHoistable::Order)?;
        let Shape { expr, binding, semi, runs } = shape;
        let changes_local = local_effects::changes_local(expr, env);
        if runs == shapes::Runs::IfLocalEffect && !changes_local {
            return Err(NotHoistable::Order);
        }
        if !binding.iter().flat_map(|local| &local.attrs).all(attributes::is_lint) {
            return Err(NotHoistable::Order);
        }
        let word = match marked {
            true => None,
            false => self.word_of_call(expr, binding.as_ref().map(|local| &local.pat), env),
        };
        if let Some(word) = word.as_ref().filter(|word| word.kind != WordKind::Check) {
            return Err(NotHoistable::Command(word.clone()));
        }
        let initialises = binding.is_some() || marked;
        let place_of_expr = InStatement { below: place.below, initialises };
        let mut hoisted = self.hoist(expr, env, start, place_of_expr)?;
        let awaited = &hoisted.awaited;
        let fallible = awaited.iter().any(|awaited| awaited.fallible);
        if fallible && !self.carries_errors {
            return Err(NotHoistable::Order);
        }
        let flow = ControlFlow::of_expr(&hoisted.residual);
        let diverge = binding.as_ref().and_then(|local| local.init.as_ref()?.diverge.as_ref());
        let leaves = flow.leaves() || diverge.is_some() || fallible;
        let waits =
            flow.awaits > 0 || diverge.is_some_and(|(_, other)| control_flow::awaits(other));
        // A marker asks for all of it.
        if marked && binding.is_none() && (waits || shapes::head(&hoisted.residual).is_some()) {
            return Err(NotHoistable::Order);
        }
        let turn = match runs {
            _ if waits => Turn::Effect,
            shapes::Runs::Effect => Turn::Effect,
            shapes::Runs::IfLocalEffect => Turn::LocalEffect,
            shapes::Runs::Free if changes_local => Turn::LocalEffect,
            shapes::Runs::Free if holds_statements(&hoisted.residual) => Turn::Effect,
            // What the rest changes, others see.
            shapes::Runs::Free if purity::may_act(&hoisted.residual) => Turn::Effect,
            shapes::Runs::Free => Turn::Free,
        };
        let mut uses = accesses::of_expr(&hoisted.residual, env);
        // A function that is not known only computes, of what it is given.
        hoisted.pure |=
            turn == Turn::Free && uses.is_empty() && self.derives(&hoisted.residual, env);
        if let Some((_, other)) = diverge {
            uses.extend(accesses::of_else(other, env));
        }
        let all = awaited.iter().flat_map(|awaited| &awaited.uses).chain(&uses);
        let all: Vec<Access> = all.cloned().collect();
        for awaited in awaited.iter().filter(|awaited| !matches!(awaited.runs, Runs::Block(_))) {
            self.refuse_unseen_awaits(&awaited.call.base);
        }
        let mut binding = binding;
        let is_value = place.is_value || initialises_by_block(stmt);
        self.nest_rest(expr, &mut hoisted, binding.as_mut(), is_value, env);
        let binds = binding.as_ref().map(|local| commands::bind_let(local, &all, env, self.words));
        let Binding { binds, shadows, owns } = binds.unwrap_or_default();
        let binding = binding.map(without_initialiser);
        let inlinable = turn == Turn::Free
            && !leaves_by_else(binding.as_ref())
            && is_inlinable(&hoisted, &uses, flow, self.carries_errors, env);
        if let ([awaited], true) = (hoisted.awaited.as_mut_slice(), inlinable) {
            let read = uses.iter().filter(|used| used.reads()).cloned();
            awaited.uses.extend(read);
        }
        let call = Call { binding, semi, hoisted, inlinable, marked, naming: OnceCell::new() };
        let kind = Kind::Call(call);
        Ok(Statement { word, binds, shadows, owns, leaves, ..Statement::new(kind, turn, uses) })
    }

    /// The word by which what a statement awaits first is a command. A branch is asked for its
    /// head: what acts in its arms runs in its turn.
    fn word_of_call(&self, expr: &Expr, pat: Option<&Pat>, env: &Env) -> Option<Word> {
        let tries = ControlFlow::of_expr(expr).tries;
        self.word(shapes::head(expr).unwrap_or(expr), pat, tries, env)
    }

    /// A statement whose awaits, if it has any, stay where they are. What it uses is found,
    /// and what is nested in it lowered, without the names that it binds.
    fn in_place(
        &mut self,
        stmt: &Stmt,
        marker: Option<Marker>,
        place: InBlock<'_>,
        env: &mut Env,
    ) -> Statement {
        let flow = ControlFlow::of_stmt(stmt);
        let log_line = log_line(stmt, flow);
        let uses = match log_line {
            Some(line) => accesses::of_log_line(line, env),
            None => accesses::of_stmt(stmt, env),
        };
        let foreground = matches!(&marker, Some(Marker { kind: markers::Kind::Foreground, .. }));
        let turn = match log_line {
            _ if foreground => Turn::Effect,
            Some(_) => Turn::LogLine,
            None => turn_in_place(stmt, flow, env),
        };
        let template = match self.bounded(stmt, marker, env) {
            Some(template) => template,
            None => self.template_of_stmt(stmt, place.is_value || initialises_by_block(stmt), env),
        };
        let Binding { binds, shadows, owns } = match stmt {
            Stmt::Local(local) => commands::bind_let(local, &uses, env, self.words),
            _ => Binding::default(),
        };
        let derives = turn == Turn::Free
            && self.order == Order::Background
            && self.may_run_ahead(stmt, &uses, env);
        let (kind, leaves) = (Kind::Code(Code { template, derives }), flow.leaves());
        let statement = Statement::new(kind, turn, uses);
        Statement { binds, shadows, owns, leaves, foreground, ..statement }
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
        let Stmt::Expr(expr, semi) = stmt else { return None };
        let repeat = ItemLoop::of(expr)?;
        let bounded = self.bounded_loop(&repeat, *limit, span, env)?;
        let code = Stmt::Expr(template::hole(0, repeat.span), *semi);
        Some(Template { code, nested: vec![Nested::Loop(Box::new(bounded))] })
    }
}

/// Whether a branch or a block gives a name its value.
fn initialises_by_block(stmt: &Stmt) -> bool {
    let Stmt::Local(local) = stmt else { return false };
    let is_block = |expr: &Expr| matches!(expr, Expr::Block(_) | Expr::If(_) | Expr::Match(_));
    shapes::is_binding(local) && local.init.as_ref().is_some_and(|init| is_block(&init.expr))
}

/// The rest of a branch holds statements that are no `let`s, which run in their turn.
fn holds_statements(residual: &Expr) -> bool {
    evaluation::any_part(residual, &|part| match part {
        Part::Stmt(Stmt::Expr(expr, Some(_))) => Some(!leaves(expr)),
        Part::Stmt(Stmt::Macro(_)) => Some(true),
        _ => None,
    })
}

fn leaves(expr: &Expr) -> bool {
    matches!(expr, Expr::Return(_) | Expr::Break(_) | Expr::Continue(_))
}

fn leaves_by_else(binding: Option<&Local>) -> bool {
    binding.is_some_and(|local| !goes_on(local))
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
    env: &Env,
) -> bool {
    let [awaited] = hoisted.awaited.as_slice() else { return false };
    hoisted.pure
        && (uses.is_empty() || matches!(awaited.runs, Runs::Future))
        && uses.iter().all(|used| is_there(used, &awaited.uses, env))
        && !flow.jumps
        && (!flow.tries || carries_errors)
}

/// Whether what the residual uses is there when the call starts, so that it waits for nothing more:
/// it reads what the call is given, or a parameter. What is taken by value twice is a copy. (At what
/// others may change through a `&`, and by a method, it looks in its turn.)
fn is_there(used: &Access, given: &[Access], env: &Env) -> bool {
    let of_same = || given.iter().filter(|given| given.place.root == used.place.root);
    let var = env.get_str(&used.place.name).filter(|var| var.id == used.place.root);
    let is_parameter = || var.is_some_and(|var| var.parameter && !var.mutable);
    used.method.is_none()
        && !var.is_some_and(|var| var.interior)
        && !of_same().any(Access::writes)
        && match used.mode {
            Mode::Read => is_parameter() || of_same().any(|given| !given.opaque),
            Mode::Value => of_same().any(|given| given.takes_by_value(used)),
            Mode::Receiver | Mode::Write => false,
        }
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

fn turn_in_place(stmt: &Stmt, flow: ControlFlow, env: &Env) -> Turn {
    let changes_local = |expr: &Expr| flow.awaits == 0 && local_effects::changes_local(expr, env);
    match stmt {
        Stmt::Item(_) => Turn::Free,
        Stmt::Expr(expr, Some(_)) if changes_local(expr) => Turn::LocalEffect,
        Stmt::Local(Local { init: Some(init), .. }) if changes_local(&init.expr) => {
            Turn::LocalEffect
        }
        Stmt::Local(local)
            if flow.awaits == 0
                && goes_on(local)
                && shapes::is_binding(local)
                // What leaves by a jump permits what is below.
                && !flow.jumps
                && !purity::observes(stmt)
                && !purity::acts(stmt) =>
        {
            Turn::Free
        }
        _ => Turn::Effect,
    }
}

/// A `let` without an `else`.
pub(super) fn goes_on(local: &Local) -> bool {
    local.init.as_ref().is_none_or(|init| init.diverge.is_none())
}
