//! `#[background(limit = N)] for`: the prefix of up to N iterations overlaps, and the suffix
//! runs iteration by iteration, in order.
//!
//! The prefix is a scope, and so is the suffix. What the suffix uses of the iteration the
//! prefix yields to it, as its last statement.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Block, Expr, ExprForLoop, Lit, Stmt};

use super::Lowering;
use super::statements::is_binding;
use crate::effects::accesses;
use crate::effects::environment::Env;
use crate::ir::access::{Access, VarId};
use crate::ir::template;
use crate::ir::tree::{
    BoundedLoop, Kind, Nested, Scope, ScopeId, Statement, Template, Yield, Yielded,
};
use crate::ir::word::WordKind;
use crate::syntax::arguments::Order;
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::function::Form;
use crate::syntax::patterns::{self, Bound};
use crate::syntax::{first_use, markers, tokens};

impl Lowering<'_> {
    /// The loop with overlapping iterations; `None` if it is to run serially, and if
    /// it is a mistake, which is reported.
    ///
    /// The statements of the body are lowered once, in source order, and each in the
    /// environment that those above it leave: the prefix, which ends with what it yields, then
    /// the suffix. Only when both are there is it known what is to be yielded.
    pub(super) fn bounded_loop(
        &mut self,
        repeat: &ExprForLoop,
        limit: Expr,
        marker: Span,
        env: &Env,
    ) -> Option<BoundedLoop> {
        let length = match self.prefix_length(repeat, &limit, env) {
            Ok(Some(length)) => length,
            Ok(None) => return None,
            Err(mistake) => {
                self.report.error(marker, mistake);
                return None;
            }
        };
        let (prefix, suffix) = repeat.body.stmts.split_at(length);
        let fallible = prefix.iter().any(|stmt| ControlFlow::of_stmt(stmt).tries);

        let mut inside = env.inside();
        let mut variables = bind_item(repeat, &mut inside);
        let statements = self.prefix(prefix.to_vec(), suffix, &mut inside);
        variables.extend(variables_of(&statements));
        let used: Vec<Access> = statements.iter().flat_map(Statement::held).cloned().collect();
        let suffix = self.statements(suffix.to_vec(), &[], length, &mut inside.clone());
        let suffix = self.add(suffix);

        let span = repeat.for_token.span;
        let yields = Yield {
            values: yielded(variables, &used, self.tree.scope(suffix), &inside),
            fallible,
            span,
        };
        let prefix = self.end_prefix(statements, yields.clone(), &inside);

        let (ahead, rest) = (self.tree.scope(prefix), self.tree.scope(suffix));
        if self.refuses_shared(repeat, ahead, rest, marker, env) {
            return None;
        }
        let first_use = first_use_outside(ahead, env);
        let head = ExprForLoop {
            body: Block { stmts: Vec::new(), ..repeat.body.clone() },
            ..repeat.clone()
        };
        Some(BoundedLoop {
            limit: self.template_of_expr(limit, env),
            source: self.template_of_expr((*repeat.expr).clone(), env),
            head,
            prefix,
            suffix,
            yields,
            first_use,
        })
    }

    /// How many statements of the body are its prefix: the bindings at its beginning, up
    /// to the last one that awaits. `None` if the loop is to run serially.
    fn prefix_length(
        &self,
        repeat: &ExprForLoop,
        limit: &Expr,
        env: &Env,
    ) -> Result<Option<usize>, &'static str> {
        if is_zero(limit) {
            return Err("with a limit of 0 no iteration could begin: 1 is one at a time");
        }
        if self.order == Order::Serial {
            return Ok(None);
        }
        if self.order == Order::Strict && ControlFlow::of_block(&repeat.body).tries {
            return Err(
                "under `strict` each iteration waits for the `?` of the one before, so that none \
                 can run ahead: remove the limit, or move the loop to a function that is not \
                 `strict`",
            );
        }
        let leading = repeat.body.stmts.iter().take_while(|stmt| self.leads(stmt, env));
        let awaits = |(_, stmt): &(usize, &Stmt)| ControlFlow::of_stmt(stmt).awaits > 0;
        match leading.enumerate().filter(awaits).last() {
            Some((at, _)) => Ok(Some(at + 1)),
            None => Err("no iteration can run ahead: the body has to begin with a `let` that \
                         awaits (`let x = call().await;`), is no guard, and does not `break`, \
                         `continue` or `return`"),
        }
    }

    fn leads(&self, stmt: &Stmt, env: &Env) -> bool {
        let Stmt::Local(local) = stmt else { return false };
        let mut local = local.clone();
        let attributes = local.attrs.len();
        local.attrs.retain(|attr| !markers::is_background(attr));
        let marked = local.attrs.len() < attributes;
        let Some(init) = local.init.as_ref().filter(|init| init.diverge.is_none()) else {
            return false;
        };
        let flow = ControlFlow::of_stmt(stmt);
        let is_guard = || {
            let word = self.word(&init.expr, Some(&local.pat), flow.tries, env);
            word.is_some_and(|word| word.kind == WordKind::Guard)
        };
        (marked || is_binding(&local) && !is_guard()) && !flow.jumps
    }

    /// The statements of the prefix, which awaits in any function.
    fn prefix(&mut self, stmts: Vec<Stmt>, suffix: &[Stmt], env: &mut Env) -> Vec<Statement> {
        let form = std::mem::replace(&mut self.form, Form::Asynchronous);
        let in_prefix = std::mem::replace(&mut self.in_prefix, true);
        let statements = self.statements(stmts, suffix, 0, env);
        (self.form, self.in_prefix) = (form, in_prefix);
        statements
    }

    /// Ends the prefix with what it yields.
    fn end_prefix(&mut self, mut statements: Vec<Statement>, yields: Yield, env: &Env) -> ScopeId {
        let code = Stmt::Expr(template::hole(0, yields.span), None);
        statements.push(Statement {
            position: statements.len(),
            word: None,
            binds: Vec::new(),
            shadows: Vec::new(),
            owns: false,
            uses: uses_of(&yields, env),
            leaves: false,
            kind: Kind::Effect(Template { code, nested: vec![Nested::Yield(yields)] }),
        });
        self.add(statements)
    }

    /// Reports what iterations that overlap would share and change. What is not
    /// known to be changed is left to the compiler.
    fn refuses_shared(
        &self,
        repeat: &ExprForLoop,
        prefix: &Scope,
        suffix: &Scope,
        marker: Span,
        env: &Env,
    ) -> bool {
        let held = |scope: &'_ Scope| -> Vec<Access> {
            scope.statements.iter().flat_map(Statement::held).cloned().collect()
        };
        let read = held(prefix).into_iter().filter(|used| env.holds(used.place.root));
        let later = held(suffix);
        let mut told = BTreeSet::new();
        for used in read {
            let changed = later.iter().any(|later| later.assigns() && later.conflicts(&used));
            let name = used.place.name.to_string();
            if !(changed || used.assigns()) || !told.insert(name.clone()) {
                continue;
            }
            let body: TokenStream =
                repeat.body.stmts.iter().map(ToTokens::to_token_stream).collect();
            let found = tokens::find_name(body, &|ident| ident.unraw() == name.as_str());
            let message = if changed {
                format!(
                    "`{name}` is changed by the rest of this loop, and read by the calls of later \
                     iterations, which have started by then: read it into a name above the loop, \
                     use it in the rest, or remove the limit"
                )
            } else {
                format!(
                    "`{name}` is changed by the calls that run ahead, and iterations that overlap \
                     cannot share it: change it in the rest, or remove the limit"
                )
            };
            self.report.error(found.map_or(marker, |name| name.span()), message);
        }
        !told.is_empty()
    }
}

/// A variable of an iteration.
struct Variable {
    bound: Bound,
    id: VarId,
}

/// The names of the pattern, out of the items.
fn bind_item(repeat: &ExprForLoop, inside: &mut Env) -> Vec<Variable> {
    let origin = accesses::origin_of(repeat.expr.to_token_stream(), inside);
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
fn first_use_outside(prefix: &Scope, env: &Env) -> Option<Span> {
    prefix.statements.iter().find_map(|statement| {
        let outer = statement.held().filter(|used| env.holds(used.place.root));
        let names: BTreeSet<&str> = outer.map(|used| &*used.place.name).collect();
        let is_outer = |name: &Ident| names.contains(&*name.unraw().to_string());
        let mut awaited = statement.awaited().iter();
        awaited.find_map(|awaited| first_use::of_variable(&awaited.call.base, &is_outer))
    })
}

fn is_zero(limit: &Expr) -> bool {
    matches!(limit, Expr::Lit(literal)
        if matches!(&literal.lit, Lit::Int(number) if number.base10_digits() == "0"))
}
