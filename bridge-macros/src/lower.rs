//! From a block to the statements of one scope: calls, plain lets, effects.

use std::cell::RefCell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{Attribute, Block, Expr, ExprAwait, ItemFn, Local, Pat, Stmt};

use crate::access::{self, Access};
use crate::args::{Args, Order};
use crate::awaits::{self, Traits};
use crate::drawing::Scope;
use crate::env::{self, Env, Origin, VarId};
use crate::handles::Names;
use crate::macros::{self, Kind as MacroKind};
use crate::markers::{self, Marker};
use crate::operands::{self, Split, Stays, Unit};
use crate::plan::{self, Plan};
use crate::report::Report;
use crate::{blocking, dependences, expand, explain, in_place, limited, tuples};

/// What holds for the whole function.
pub(crate) struct Cx<'a> {
    pub(crate) order: Order,
    /// The function is an `async fn`, so joins await.
    pub(crate) asynchronous: bool,
    /// The type that `?` leaves with.
    pub(crate) returns: Option<syn::Type>,
    /// The iterations that run ahead, of the loops around: what waits, waits
    /// beside them.
    pub(crate) beside: Vec<Ident>,
    /// The `bridge` crate.
    pub(crate) krate: &'a TokenStream,
    pub(crate) report: &'a Report,
    /// The schedules of the scopes so far, without those in others, if they are asked for.
    schedules: Option<&'a RefCell<Vec<Scope>>>,
}

impl Cx<'_> {
    /// In the rest of an iteration, while these run ahead.
    pub(crate) fn resting(&self, iterations: Ident) -> Cx<'_> {
        let beside = std::iter::once(iterations).chain(self.beside.iter().cloned()).collect();
        Cx { beside, ..self.within(self.asynchronous) }
    }

    /// In what runs ahead, which waits for nothing but its own calls.
    pub(crate) fn ahead(&self) -> Cx<'_> {
        self.within(true)
    }

    fn within(&self, asynchronous: bool) -> Cx<'_> {
        let Cx { order, ref returns, krate, report, schedules, .. } = *self;
        Cx {
            order,
            asynchronous,
            returns: returns.clone(),
            beside: vec![],
            krate,
            report,
            schedules,
        }
    }

    /// A name for the iterations of a loop in here.
    pub(crate) fn iterations(&self, span: Span) -> Ident {
        self.names().fresh(&Ident::new("iterations", span), span)
    }

    /// Names that hide none that is in use.
    pub(crate) fn names(&self) -> Names {
        Names::beside(&self.beside)
    }

    /// Waits for something else meanwhile.
    pub(crate) fn waits_beside(&self) -> bool {
        !self.beside.is_empty()
    }

    /// An await that stays where it is becomes another form.
    pub(crate) fn waits_in_place(&self) -> bool {
        !self.asynchronous || self.waits_beside()
    }

    /// Adds a schedule to what is explained, if that is asked for.
    pub(crate) fn explain(&self, schedule: impl FnOnce() -> Scope) {
        if let Some(schedules) = self.schedules {
            let schedule = schedule();
            schedules.borrow_mut().push(schedule);
        }
    }

    /// How many schedules there are so far.
    pub(crate) fn explained(&self) -> usize {
        self.schedules.map_or(0, |schedules| schedules.borrow().len())
    }

    /// Takes the schedules from here on.
    pub(crate) fn take_explained(&self, from: usize) -> Vec<Scope> {
        self.schedules.map(|schedules| schedules.borrow_mut().split_off(from)).unwrap_or_default()
    }

    /// The function returns what `?` may leave it with, as far as its type says.
    fn carries_errors(&self) -> bool {
        self.returns.as_ref().is_some_and(|ty| match ty {
            syn::Type::Path(path) => !path.path.get_ident().is_some_and(env::is_primitive),
            ty => matches!(ty, syn::Type::Macro(_) | syn::Type::Group(_) | syn::Type::Paren(_)),
        })
    }
}

/// One statement of a scope.
pub(crate) struct Statement {
    pub(crate) kind: Kind,
    /// The variables that it makes.
    pub(crate) binds: Vec<VarId>,
    /// The variables that its names hide from here on.
    pub(crate) shadows: Vec<VarId>,
    /// What it binds is known to borrow from nothing.
    pub(crate) owns: bool,
    /// What it uses where it stands; for a call, what it uses at its join.
    pub(crate) uses: Vec<Access>,
    /// It may leave the function or the scope where it stands or is joined.
    pub(crate) leaves: bool,
    /// What the user has written, if it is to be explained.
    pub(crate) written: Option<Stmt>,
}

pub(crate) enum Kind {
    Call(Call),
    /// A `let` without an await, or an item.
    Plain(Stmt),
    /// A log line: waits for what is above, and holds nothing back.
    Transparent(Stmt),
    /// All above has finished, and nothing below has started.
    Effect(Stmt),
}

/// A statement whose awaits start early, each by itself, and are joined late.
pub(crate) struct Call {
    /// The `let`, if it binds; its initialiser is `rest`.
    pub(crate) binding: Option<Local>,
    pub(crate) units: Vec<Unit>,
    /// The initialiser with holes for the units' values.
    pub(crate) rest: Expr,
    /// The rest only hands the values on.
    pub(crate) rest_quiet: bool,
    /// The rest can run in the background, right after the call.
    pub(crate) may_run_ahead: bool,
}

impl Call {
    /// Its variable can be declared before it is joined.
    pub(crate) fn deferrable(&self) -> bool {
        self.binding.as_ref().is_none_or(|local| {
            let pat = match &local.pat {
                Pat::Type(typed) => &typed.pat,
                pat => pat,
            };
            local.attrs.is_empty() && env::plain_name(pat).is_some()
        })
    }
}

impl Statement {
    pub(crate) fn call(&self) -> Option<&Call> {
        match &self.kind {
            Kind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// What it starts.
    pub(crate) fn units(&self) -> &[Unit] {
        self.call().map_or(&[], |call| &call.units)
    }

    /// What it uses from its first start to its finish.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Access> {
        self.units().iter().flat_map(|unit| &unit.uses).chain(&self.uses)
    }
}

/// Rewrites the body of a function.
pub(crate) fn function(item: &mut ItemFn, args: &Args, report: &Report) {
    let schedules = RefCell::default();
    let cx = cx(item, args, report, args.explain.then_some(&schedules));
    scope(&mut item.block, &Env::of(&item.sig), &cx);
    if args.explain {
        let documentation = schedules.take().last().map(explain::documentation);
        let documentation = Attribute::parse_outer.parse2(documentation.unwrap_or_default());
        item.attrs.extend(documentation.unwrap_or_default());
    }
}

fn cx<'a>(
    item: &ItemFn,
    args: &'a Args,
    report: &'a Report,
    schedules: Option<&'a RefCell<Vec<Scope>>>,
) -> Cx<'a> {
    Cx {
        order: args.order,
        asynchronous: item.sig.asyncness.is_some(),
        returns: env::return_type(&item.sig).map(env::anchored),
        beside: Vec::new(),
        krate: &args.krate,
        report,
        schedules,
    }
}

/// Rewrites a block as a scope of its own: joined at its end.
pub(crate) fn scope(block: &mut Block, env: &Env, cx: &Cx<'_>) {
    if awaits::of_block(block).awaits == 0 {
        return;
    }
    let (statements, plan) = planned(std::mem::take(&mut block.stmts), env, cx);
    block.stmts = expand::statements(statements, &plan, cx);
}

/// The statements of a scope, and their plan.
pub(crate) fn planned(stmts: Vec<Stmt>, env: &Env, cx: &Cx<'_>) -> (Vec<Statement>, Plan) {
    let mut env = env.clone();
    let split = |stmt| match cx.order {
        Order::Serial => vec![stmt],
        Order::Background | Order::Strict => tuples::split(stmt),
    };
    let mut statements = Vec::new();
    let mut inside = Vec::new();
    for stmt in stmts.into_iter().flat_map(split) {
        let from = cx.explained();
        statements.push(statement(stmt, &mut env, cx));
        inside.push(cx.take_explained(from));
    }
    settle(&mut statements);
    let strict = cx.order == Order::Strict;
    let dependences = dependences::of(&statements, strict);
    let plan = plan::schedule(&statements, &dependences, strict);
    cx.explain(|| explain::scope(&statements, &dependences, &plan, inside));
    (statements, plan)
}

/// The plan of a function's own scope.
#[cfg(test)]
pub(crate) fn plan_of(item: &ItemFn, args: &Args, report: &Report) -> (Vec<Statement>, Plan) {
    planned(item.block.stmts.clone(), &Env::of(&item.sig), &cx(item, args, report, None))
}

fn settle(statements: &mut [Statement]) {
    access::settle(statements.iter_mut().flat_map(|statement| {
        let units = match &mut statement.kind {
            Kind::Call(call) => call.units.as_mut_slice(),
            _ => &mut [],
        };
        units.iter_mut().map(|unit| &mut unit.uses).chain([&mut statement.uses])
    }));
}

/// Sorts one statement, and adds what it binds to the environment.
fn statement(mut stmt: Stmt, env: &mut Env, cx: &Cx<'_>) -> Statement {
    let marker = markers::take(&mut stmt, cx.report);
    let foreground = matches!(marker, Some(Marker { kind: markers::Kind::Foreground, .. }));
    let background = match marker {
        Some(Marker { kind: markers::Kind::Background, span }) => Some(span),
        _ => None,
    };
    if let Some(span) = background
        && cx.order != Order::Serial
        && awaits::of_stmt(&stmt).awaits == 0
    {
        blocking::callable(&mut stmt, span, env, cx.report);
    }
    let traits = awaits::of_stmt(&stmt);
    if cx.order != Order::Serial && !foreground && traits.awaits > 0 {
        match (call(&stmt, background.is_some(), env, cx), background.and(first_token(&stmt))) {
            (Ok(statement), _) => return statement,
            (Err(stays), Some(span)) => cx.report.error(span, stays.message()),
            (Err(_), None) => {}
        }
    }

    let uses = match &stmt {
        Stmt::Local(Local { init: Some(init), .. }) if init.diverge.is_none() => {
            access::of_expr(&init.expr, env)
        }
        Stmt::Expr(expr, _) => access::of_expr(expr, env),
        other => access::of_tokens(other.to_token_stream(), env),
    };
    let inner = env.clone();
    let Binding { binds, shadows, owns } = match &stmt {
        Stmt::Local(local) => bind(local, &uses, env),
        _ => Binding::default(),
    };
    let written = cx.schedules.is_some().then(|| stmt.clone());
    let overlapping = match marker {
        Some(Marker { kind: markers::Kind::Limit(limit), span }) => {
            limited::rewrite(&stmt, *limit, span, &inner, cx)
        }
        _ => None,
    };
    match (&mut stmt, overlapping) {
        (Stmt::Expr(expr, _), Some(overlapping)) => *expr = overlapping,
        (stmt, _) => in_place::stmt(stmt, &inner, cx),
    }
    let kind = match &stmt {
        _ if foreground => Kind::Effect(stmt),
        Stmt::Item(_) => Kind::Plain(stmt),
        Stmt::Local(local) if traits.awaits == 0 && is_binding(local) && !traits.observes => {
            Kind::Plain(stmt)
        }
        Stmt::Macro(call) if is_transparent(&call.mac, traits) => Kind::Transparent(stmt),
        Stmt::Expr(Expr::Macro(call), Some(_)) if is_transparent(&call.mac, traits) => {
            Kind::Transparent(stmt)
        }
        _ => Kind::Effect(stmt),
    };
    Statement { kind, binds, shadows, owns, uses, leaves: traits.tries || traits.jumps, written }
}

/// The statement as a call, if it is one.
fn call(stmt: &Stmt, marked: bool, env: &mut Env, cx: &Cx<'_>) -> Result<Statement, Stays> {
    let (expr, binding) = match stmt {
        Stmt::Local(local) if marked || is_binding(local) => match &local.init {
            Some(init) if init.diverge.is_none() => (&*init.expr, Some(local.clone())),
            _ => return Err(Stays::Order),
        },
        Stmt::Expr(expr, Some(_)) if marked => (expr, None),
        _ => return Err(Stays::Order),
    };
    if !stmt_attrs(stmt).iter().all(is_lint) {
        return Err(Stays::Order);
    }
    let Split { mut units, rest, quiet } = operands::split(expr, env, cx.order, marked)?;
    let guards = units.iter().any(|unit| takes_guard(&unit.call) && !marked);
    if guards || units.iter().any(|unit| unit.fallible) && !cx.carries_errors() {
        return Err(Stays::Order);
    }
    let leaves = awaits::of_expr(&rest);
    let uses = access::of_expr(&rest, env);
    let all: Vec<Access> = units.iter().flat_map(|unit| &unit.uses).chain(&uses).cloned().collect();
    for unit in &mut units {
        in_place::inside_async(&mut unit.call, cx);
    }
    let Binding { binds, shadows, owns } =
        binding.as_ref().map(|local| bind(local, &all, env)).unwrap_or_default();
    let may_run_ahead = units.len() == 1
        && quiet
        && uses.is_empty()
        && !leaves.jumps
        && (!leaves.tries || cx.carries_errors());
    Ok(Statement {
        kind: Kind::Call(Call { binding, units, rest, rest_quiet: quiet, may_run_ahead }),
        binds,
        shadows,
        owns,
        uses,
        leaves: leaves.tries || leaves.jumps,
        written: None,
    })
}

/// What a `let` does to the environment.
#[derive(Default)]
pub(crate) struct Binding {
    /// The new variables.
    pub(crate) binds: Vec<VarId>,
    /// Those that they hide.
    shadows: Vec<VarId>,
    /// They are known to borrow from nothing.
    owns: bool,
}

/// Adds what a `let` binds.
pub(crate) fn bind(local: &Local, uses: &[Access], env: &mut Env) -> Binding {
    let shadows = env::bound_names(&local.pat)
        .iter()
        .filter_map(|bound| env.get(&bound.ident))
        .map(|var| var.id)
        .collect();
    let stated = match &local.pat {
        Pat::Type(typed) => Origin::of_type(&typed.ty),
        _ => Origin::default(),
    };
    let origin = match &local.init {
        Some(init) if !stated.owned => {
            let mut found = Origin::of_uses(uses, access::says_mut(init.expr.to_token_stream()));
            if env::makes_own(&init.expr) {
                found.aliases.retain(|alias| alias.via.is_some());
            }
            Origin {
                copy: stated.copy || env::is_copy(&init.expr),
                boxed: stated.boxed || env.makes_box(&init.expr),
                ..found
            }
        }
        _ => stated,
    };
    Binding { owns: origin.owned, binds: env.bind(&local.pat, &origin), shadows }
}

/// A `let` that overlaps: it binds a name that does not begin with `_`, whatever
/// its value.
pub(crate) fn is_binding(local: &Local) -> bool {
    let names = env::bound_names(&local.pat);
    let diverges = local.init.as_ref().is_some_and(|init| init.diverge.is_some());
    !diverges
        && names.iter().any(|name| env::overlaps(&name.ident))
        && local.attrs.iter().all(is_lint)
}

/// A lock, a permit, a transaction: what comes after runs under it.
pub(crate) fn takes_guard(call: &ExprAwait) -> bool {
    let Expr::MethodCall(method) = &*call.base else {
        return false;
    };
    let name = method.method.to_string();
    let name = name.strip_suffix("_owned").unwrap_or(&name);
    let locks = matches!(name, "lock" | "read" | "write") && method.args.is_empty();
    locks || name.starts_with("acquire") || name.starts_with("begin")
}

fn is_transparent(mac: &syn::Macro, traits: Traits) -> bool {
    let plain = traits.awaits == 0 && !traits.tries && !traits.jumps;
    plain && macros::kind(mac) == Some(MacroKind::Log)
}

fn stmt_attrs(stmt: &Stmt) -> &[Attribute] {
    match stmt {
        Stmt::Local(local) => &local.attrs,
        _ => &[],
    }
}

/// An attribute that stays with the binding, wherever that goes.
fn is_lint(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid", "doc"]
        .iter()
        .any(|name| attr.path().is_ident(name))
}

fn first_token(stmt: &Stmt) -> Option<proc_macro2::Span> {
    stmt.to_token_stream().into_iter().next().map(|token| token.span())
}
