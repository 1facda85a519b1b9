//! `#[background(limit = N)]` on a loop: the prefix of up to N iterations overlaps, and the suffix
//! runs iteration by iteration, in order. A source that is asked for each item is part of what
//! runs ahead.
//!
//! The prefix is a scope, and so is the suffix. What the suffix uses of the iteration the
//! prefix yields to it, as its last statement.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Block, Expr, ExprIf, Lit, Stmt};

use super::shapes::is_binding;
use super::{Lowering, Place};
use crate::effects::accesses;
use crate::effects::claims::{self, Claim, ClaimKind};
use crate::effects::environment::Env;
use crate::ir::access::{Access, VarId};
use crate::ir::template;
use crate::ir::tree::{
    BoundedLoop, Code, Kind, Nested, Scope, ScopeId, Skip, Statement, Template, Turn, Yield,
    Yielded,
};
use crate::syntax::arguments::Order;
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::item_loops::ItemLoop;
use crate::syntax::markers::{self, Limit};
use crate::syntax::patterns::{self, Bound};
use crate::syntax::{evaluation, first_use, tokens};

impl Lowering<'_> {
    /// The loop with overlapping iterations; `None` if it is to run serially, and if
    /// it is a mistake, which is reported.
    ///
    /// The statements of the body are lowered once, in source order, and each in the
    /// environment that those above it leave: the prefix, which ends with what it yields, then
    /// the suffix. Only when both are there is it known what is to be yielded.
    pub(super) fn bounded_loop(
        &mut self,
        repeat: &ItemLoop,
        Limit { limit, unordered }: Limit,
        marker: Span,
        env: &Env,
    ) -> Option<BoundedLoop> {
        let split = match self.order {
            Order::Serial => repeat.clone(),
            Order::Background | Order::Strict => self.with_split_head(repeat, env),
        };
        let repeat = &split;
        let length = match self.prefix_length(repeat, &limit, env) {
            Ok(Some(length)) => length,
            Ok(None) => return None,
            Err((span, mistake)) => {
                self.report.error(span.unwrap_or(marker), mistake);
                return None;
            }
        };
        let (prefix_stmts, suffix) = repeat.body.stmts.split_at(length);
        let fallible = repeat.asks && ControlFlow::of_expr(&repeat.source).tries
            || prefix_stmts.iter().any(|stmt| ControlFlow::of_stmt(stmt).tries);

        let mut inside = env.inside();
        let mut variables = bind_item(repeat, &mut inside);
        let span = repeat.span;
        let skip = Skip { fallible, span };
        let statements = self.prefix(prefix_stmts.to_vec(), suffix, skip, &mut inside);
        variables.extend(variables_of(&statements));
        let used: Vec<Access> = statements.iter().flat_map(Statement::held).cloned().collect();
        let suffix = {
            let place = Place { after: &[], first: length, gives_value: false };
            self.statements(suffix.to_vec(), place, &mut inside.clone())
        };
        let suffix = self.add(suffix);

        let yields = Yield {
            values: yielded(variables, &used, self.tree.scope(suffix), &inside),
            fallible,
            span,
        };
        let prefix = self.end_prefix(statements, yields.clone(), &inside);

        let (ahead, rest) = (self.tree.scope(prefix), self.tree.scope(suffix));
        let asked = if repeat.asks { accesses::of_expr(&repeat.source, env) } else { Vec::new() };
        if self.refuses_shared(repeat, &asked, [ahead, rest], marker, env) {
            return None;
        }
        let first_use = first_use_outside(ahead, prefix_stmts, env);
        let first_use_to_ask = first_use::of_variable(&repeat.source, &one_of(asked.iter()));
        let head =
            ItemLoop { body: Block { stmts: Vec::new(), ..repeat.body.clone() }, ..repeat.clone() };
        Some(BoundedLoop {
            limit: self.template_of_expr(limit, env),
            source: self.source(repeat, env),
            head,
            prefix,
            suffix,
            yields,
            first_use,
            first_use_to_ask,
            unordered,
        })
    }

    /// What gives the items. One that is asked for each of them awaits in any function.
    fn source(&mut self, repeat: &ItemLoop, env: &Env) -> Template<Expr> {
        let source = repeat.source.clone();
        match repeat.asks {
            true => self.awaiting(|inner| inner.template_of_expr(source, env)),
            false => self.template_of_expr(source, env),
        }
    }

    /// How many statements of the body are its prefix: the bindings at its beginning, up
    /// to the last one that awaits. `None` if the loop is to run serially.
    fn prefix_length(
        &self,
        repeat: &ItemLoop,
        limit: &Expr,
        env: &Env,
    ) -> Result<Option<usize>, Mistake> {
        if is_zero(limit) {
            return mistake(
                "with a limit of 0 no iteration could begin: write `limit = 1` for one at a time",
            );
        }
        if self.order == Order::Serial {
            return Ok(None);
        }
        if self.order == Order::Strict && ControlFlow::of_block(&repeat.body).tries {
            return mistake(
                "under `strict` each iteration waits for the `?` of the one before, so that none \
                 can run ahead: remove the limit, or move the loop to a function that is not \
                 `strict`",
            );
        }
        let stmts = &repeat.body.stmts;
        let taken = self.taken_by_source(repeat, env)?;
        let (length, kept) = self.leading(stmts, taken, env)?;
        if length == 0 {
            return Err(self.nothing_leads(stmts, env));
        }
        if let Some(kept) = kept {
            self.refuse_rest(&stmts[length..], &kept, env)?;
        }
        Ok(Some(length))
    }

    /// The permit or connection that a source gives with each item, if it is asked for them. A lock
    /// is none that may be taken ahead of the iterations before.
    fn taken_by_source(&self, repeat: &ItemLoop, env: &Env) -> Result<Option<Claim>, Mistake> {
        let ItemLoop { pat, source, asks: true, .. } = repeat else { return Ok(None) };
        if ControlFlow::of_expr(source).jumps {
            return mistake(
                "what is asked for the next item runs ahead, and cannot leave the loop: ask in a \
                 function of its own that gives `None` at the end, or remove the limit",
            );
        }
        if let Some(name) = patterns::borrowed(pat) {
            let message = format!(
                "an iteration takes its item along, and `ref {0}` borrows from what is gone by \
                 then: write `{0}`, and borrow in the body",
                name.ident
            );
            return Err((Some(name.ident.span()), message));
        }
        let asked = syn::parse_quote!(let #pat = #source;);
        let mut claims = claims::of_stmt(&asked, env, self.words);
        if let Some(at) = claims.iter().position(|claim| claim.kind == ClaimKind::Lock) {
            let claim = claims.swap_remove(at);
            let message = format!(
                "`{}` takes a lock for each item, which the iteration before it may hold: take it \
                 once, above the loop, or ask in a function of its own that gives it back",
                claim.name
            );
            return Err((Some(claim.span), message));
        }
        Ok(claims.into_iter().find(|claim| claim.kept))
    }

    /// How many statements lead, and the permit or connection that each iteration takes first.
    ///
    /// A lock ends them: what is under it is to run in order. One of a number may lead if it is
    /// taken first, as then the first in order always gets on: it has asked before the others.
    fn leading(
        &self,
        stmts: &[Stmt],
        taken: Option<Claim>,
        env: &Env,
    ) -> Result<(usize, Option<Claim>), Mistake> {
        let mut length = 0;
        let mut kept = taken;
        let may_lead = stmts.iter().take_while(|stmt| self.may_lead(stmt, env));
        for (at, stmt) in may_lead.enumerate() {
            let claims = claims::of_stmt(stmt, env, self.words);
            if claims.iter().any(|claim| claim.kind == ClaimKind::Lock) {
                break;
            }
            let first = length == 0;
            for claim in claims {
                match &kept {
                    Some(kept) => return Err(second(&claim, kept, "while its iteration holds")),
                    None if claim.kept && !first => return Ok((length, kept)),
                    None if claim.kept => kept = Some(claim),
                    // It is given back before the turn of the iteration.
                    None => {}
                }
            }
            if ControlFlow::of_stmt(stmt).awaits > 0 {
                length = at + 1;
            }
        }
        Ok((length, kept))
    }

    /// Why no statement leads, and what to write: of the first that does not.
    fn nothing_leads(&self, stmts: &[Stmt], env: &Env) -> Mistake {
        let awaits = |stmt: &Stmt| ControlFlow::of_stmt(stmt).awaits > 0;
        let Some(first) = stmts.iter().position(awaits) else {
            let message = "no iteration can run ahead, as nothing in the body awaits: remove the \
                           limit, or write `let x = call().await;`";
            return (None, message.to_owned());
        };
        let mut above = stmts[..first].iter();
        let stmt = above.find(|stmt| !self.passes(stmt, env)).unwrap_or(&stmts[first]);
        let span = tokens::begin(stmt.to_token_stream());
        let lock = claims::of_stmt(stmt, env, self.words).into_iter();
        let lock = lock.filter(|claim| claim.kind == ClaimKind::Lock).map(|claim| claim.name);
        let flow = ControlFlow::of_stmt(stmt);
        let (why, instead) = match lock.last() {
            Some(name) => (
                format!(
                    "`{name}` takes a lock or a transaction, under which all below runs in its turn"
                ),
                "take it below the calls, or let it end in a `let` of its own (`let x = { let \
                 guard = …; … };`)",
            ),
            None if flow.jumps => (
                "this may leave the loop ahead of the calls below".to_owned(),
                "write it below them, as `if … { continue }` with a condition that only computes, \
                 or into the head (`for item in items.filter_map(…)`)",
            ),
            None if is_condition(stmt) => (
                "what this awaits depends on its condition".to_owned(),
                "turn that round, and write it above the call (`if … { continue }`)",
            ),
            None if flow.awaits > 0 => (
                "what this awaits depends on what runs before it in the same statement".to_owned(),
                "give the call a `let` of its own (`let x = call().await;`)",
            ),
            None => (
                "this runs in the turn of its iteration, ahead of the calls below".to_owned(),
                "write it below them",
            ),
        };
        (span, format!("no iteration can run ahead, as {why}: {instead}, or remove the limit"))
    }

    /// Whether the calls below a statement may run ahead of its turn.
    fn passes(&self, stmt: &Stmt, env: &Env) -> bool {
        self.may_lead(stmt, env) && claims::of_stmt(stmt, env, self.words).is_empty()
    }

    /// Whether a statement may run ahead, as far as it claims nothing: what skips an iteration only
    /// computes.
    fn may_lead(&self, stmt: &Stmt, env: &Env) -> bool {
        let computes = match stmt {
            Stmt::Expr(Expr::If(branch), _) => self.derives(&branch.cond, env),
            _ => true,
        };
        leads(stmt) && computes
    }

    /// What the iterations that run ahead hold, the rest may not wait for; nor may it wait for
    /// them, as they may wait for what this one holds.
    fn refuse_rest(&self, rest: &[Stmt], kept: &Claim, env: &Env) -> Result<(), Mistake> {
        let mut claims = rest.iter().flat_map(|stmt| claims::of_stmt(stmt, env, self.words));
        if let Some(claim) = claims.find(|claim| claim.kind == ClaimKind::Place) {
            return Err(second(&claim, kept, "while the iterations that run ahead hold"));
        }
        match rest.iter().find_map(markers::foreground_within) {
            None => Ok(()),
            Some(span) => {
                let message = format!(
                    "this waits for the iterations that run ahead, and they may wait for what `{}` \
                     has taken for this one: let that end within a `let` of its own (`let x = {{ \
                     let conn = …; … }};`), or remove this marker",
                    kept.name
                );
                Err((Some(span), message))
            }
        }
    }

    /// The statements of the prefix, which awaits in any function.
    fn prefix(
        &mut self,
        mut stmts: Vec<Stmt>,
        suffix: &[Stmt],
        skip: Skip,
        env: &mut Env,
    ) -> Vec<Statement> {
        let mut skips = BTreeSet::new();
        for (at, stmt) in stmts.iter_mut().enumerate() {
            if let Some(block) = skipping(stmt) {
                block.stmts = vec![Stmt::Expr(template::hole(0, skip.span), None)];
                skips.insert(at);
            }
        }
        let place = Place { after: suffix, first: 0, gives_value: false };
        let mut statements = self.awaiting(|inner| inner.statements(stmts, place, env));
        for statement in &mut statements {
            if let Kind::Code(code) = &mut statement.kind
                && skips.contains(&statement.position)
            {
                code.template.nested.push(Nested::Skip(skip));
            }
        }
        statements
    }

    /// Ends the prefix with what it yields.
    fn end_prefix(&mut self, mut statements: Vec<Statement>, yields: Yield, env: &Env) -> ScopeId {
        let code = Stmt::Expr(template::hole(0, yields.span), None);
        let uses = uses_of(&yields, env);
        let template = Template { code, nested: vec![Nested::Yield(yields)] };
        let kind = Kind::Code(Code { template, derives: false });
        let position = statements.len();
        statements.push(Statement { position, ..Statement::new(kind, Turn::Effect, uses) });
        self.add(statements)
    }

    /// Reports what iterations that overlap would share and change. What is not
    /// known to be changed is left to the compiler.
    fn refuses_shared(
        &self,
        repeat: &ItemLoop,
        asked: &[Access],
        [prefix, suffix]: [&Scope; 2],
        marker: Span,
        env: &Env,
    ) -> bool {
        let held = |scope: &'_ Scope| -> Vec<Access> {
            scope.statements.iter().flat_map(Statement::held).cloned().collect()
        };
        let later = held(suffix);
        let read = held(prefix).into_iter().filter(|used| env.holds(used.place.root));
        let mut told = BTreeSet::new();
        let mut tell = |name: &str, code: TokenStream, message: String| {
            if told.insert(name.to_owned()) {
                let found = tokens::find_name(code, &|ident| ident.unraw() == name);
                self.report.error(found.map_or(marker, |name| name.span()), message);
            }
        };
        let body = || repeat.body.stmts.iter().map(ToTokens::to_token_stream).collect();
        for used in asked {
            let mut others = later.iter().chain(prefix.statements.iter().flat_map(Statement::held));
            // Whether an item holds on to it, the compiler knows.
            let shared = |other: &Access| {
                let named = other.via.is_none() && other.conflicts(used);
                named && (other.assigns() || used.assigns())
            };
            if others.any(shared) {
                let name = &*used.place.name;
                let message = format!(
                    "`{name}` is used by the iterations, and to ask for the next item while they \
                     run, and one of them changes it: use a copy from above the loop in one of \
                     them, or remove the limit"
                );
                tell(name, repeat.source.to_token_stream(), message);
            }
        }
        for used in read {
            let changed = later.iter().any(|later| later.assigns() && later.conflicts(&used));
            let name = &*used.place.name;
            if changed {
                let message = format!(
                    "`{name}` is changed by the rest of this loop, and read by the calls of later \
                     iterations, which have started by then: read it into a name above the loop, \
                     use it in the rest, or remove the limit"
                );
                tell(name, body(), message);
            } else if used.assigns() {
                let message = format!(
                    "`{name}` is changed by the calls that run ahead, and iterations that overlap \
                     cannot share it: change it in the rest, or remove the limit"
                );
                tell(name, body(), message);
            }
        }
        !told.is_empty()
    }
}

/// What is wrong, and where, if not at the marker.
type Mistake = (Option<Span>, String);

fn mistake<T>(message: &str) -> Result<T, Mistake> {
    Err((None, message.to_owned()))
}

/// A permit or connection that is taken when another one is held.
fn second(claim: &Claim, kept: &Claim, held: &str) -> Mistake {
    let message = format!(
        "`{}` takes a permit or a connection {held} that of `{}`, so that iterations may wait for \
         each other for ever: use the first one for both, let it end within a `let` of its own \
         (`let x = {{ let conn = …; … }};`), or remove the limit",
        claim.name, kept.name
    );
    (Some(claim.span), message)
}

/// The block of `if skip(x) { continue }`.
fn skipping(stmt: &mut Stmt) -> Option<&mut Block> {
    match stmt {
        Stmt::Expr(Expr::If(branch), _) if skips(branch) => Some(&mut branch.then_branch),
        _ => None,
    }
}

/// Whether a branch skips an iteration, and does nothing else.
fn skips(branch: &ExprIf) -> bool {
    let flow = ControlFlow::of_expr(&branch.cond);
    branch.attrs.is_empty()
        && branch.else_branch.is_none()
        && flow.awaits == 0
        && !flow.leaves()
        && matches!(branch.then_branch.stmts.as_slice(),
            [Stmt::Expr(Expr::Continue(jump), _)] if jump.label.is_none() && jump.attrs.is_empty())
}

/// Whether a statement is an `if` that awaits in its branch, and not in its condition.
fn is_condition(stmt: &Stmt) -> bool {
    let awaits = |expr: &Expr| ControlFlow::of_expr(expr).awaits > 0;
    matches!(stmt, Stmt::Expr(expr @ Expr::If(branch), _) if awaits(expr) && !awaits(&branch.cond))
}

/// Whether a statement may run ahead, if it claims nothing: a `let` that goes on to the next, or
/// `if skip(x) { continue }`.
pub(super) fn leads(stmt: &Stmt) -> bool {
    if let Stmt::Expr(Expr::If(branch), _) = stmt {
        return skips(branch);
    }
    let Stmt::Local(local) = stmt else { return false };
    let mut local = local.clone();
    let marked = markers::take_background(&mut local.attrs);
    let goes_on = local.init.as_ref().is_some_and(|init| init.diverge.is_none());
    goes_on && (marked || is_binding(&local)) && !ControlFlow::of_stmt(stmt).jumps
}

/// A variable of an iteration.
pub(super) struct Variable {
    bound: Bound,
    id: VarId,
}

/// The names of the pattern, out of the items.
pub(super) fn bind_item(repeat: &ItemLoop, inside: &mut Env) -> Vec<Variable> {
    let origin = accesses::origin_of(&repeat.source, inside);
    let ids = inside.bind(&repeat.pat, &origin);
    let names = patterns::bound_names(&repeat.pat).into_iter();
    names.zip(ids).map(|(bound, id)| Variable { bound, id }).collect()
}

/// The names of the prefix's `let`s.
fn variables_of(prefix: &[Statement]) -> Vec<Variable> {
    let of_let = |statement: &Statement| {
        let names = patterns::names_of(statement.local());
        let ids = statement.binds.clone();
        names.into_iter().zip(ids).map(|(bound, id)| Variable { bound, id })
    };
    prefix.iter().flat_map(of_let).collect()
}

/// The variables that the prefix yields: what the suffix uses, and what goes along with it.
///
/// What stays behind is dropped after all that is yielded, as it has to be if it is declared
/// above it. What is declared below goes along where it can: where it can be named, is still
/// there, and borrows from no other variable of the iteration.
fn yielded(
    variables: Vec<Variable>,
    used: &[Access],
    suffix: &Scope,
    inside: &Env,
) -> Vec<Yielded> {
    let ids: Vec<VarId> = variables.iter().map(|variable| variable.id).collect();
    let is_used = |id: VarId| suffix.names(id);
    let is_free = |variable: &Variable| {
        let borrows = |alias: &Access| ids.contains(&alias.place.root);
        let named = inside
            .get(&variable.bound.ident)
            .is_some_and(|known| known.id == variable.id && !known.aliases.iter().any(borrows));
        named && !used.iter().any(|used| used.names(variable.id) && used.moves())
    };
    let goes_along = |variable: Variable| {
        let needed = is_used(variable.id);
        let may_go_unused = !needed || used.iter().any(|used| used.names(variable.id));
        (needed || is_free(&variable)).then_some(Yielded { bound: variable.bound, may_go_unused })
    };
    let first = ids.iter().position(|id| is_used(*id)).unwrap_or(ids.len());
    variables.into_iter().skip(first).filter_map(goes_along).collect()
}

/// What yielding uses: it takes the values, and counts as a change of those that are `mut`.
fn uses_of(yields: &Yield, env: &Env) -> Vec<Access> {
    let mutable = yields.values.iter().filter(|value| value.bound.mutable);
    let mutable: Vec<&Ident> = mutable.map(|value| &value.bound.ident).collect();
    let names: Vec<&Ident> = yields.values.iter().map(|value| &value.bound.ident).collect();
    let values: Expr = match mutable.is_empty() {
        true => syn::parse_quote!((#(#names,)*)),
        false => syn::parse_quote!({ #(let _ = &mut #mutable;)* (#(#names,)*) }),
    };
    accesses::of_expr(&values, env)
}

/// Where the prefix first uses a variable from outside of the loop.
fn first_use_outside(prefix: &Scope, stmts: &[Stmt], env: &Env) -> Option<Span> {
    prefix.statements.iter().find_map(|statement| {
        let outer = statement.held().filter(|used| env.holds(used.place.root));
        let is_used = one_of(outer);
        let mut found = None;
        if let Some(stmt) = stmts.get(statement.position) {
            evaluation::each_expr(stmt, &mut |expr| {
                found = found.or_else(|| first_use::of_variable(expr, &is_used));
            });
        }
        found
    })
}

/// Whether a name is that of a variable that is used.
fn one_of<'a>(used: impl Iterator<Item = &'a Access>) -> impl Fn(&Ident) -> bool {
    let names: BTreeSet<String> = used.map(|used| used.place.name.to_string()).collect();
    move |name| names.contains(&name.unraw().to_string())
}

fn is_zero(limit: &Expr) -> bool {
    matches!(limit, Expr::Lit(literal)
        if matches!(&literal.lit, Lit::Int(number) if number.base10_digits() == "0"))
}
