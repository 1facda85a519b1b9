//! The head of a loop's body: of the first statement that is no leading `let`, what it awaits
//! leads, and the rest runs in the turn of its iteration.
//!
//! ```text
//! // Input:
//! rows.push(row(id).await?);
//! // Output:
//! let bridge_value = row(id).await?;
//! rows.push(bridge_value);
//! ```

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprMacro, Macro, Stmt, StmtMacro, Token, parse_quote};

use super::loops::{bind_item, leads};
use super::operands::{InStatement, Start};
use super::{Lowering, shapes};
use crate::effects::environment::Env;
use crate::effects::{accesses, claims, commands, local_effects};
use crate::ir::access::Access;
use crate::ir::template;
use crate::ir::tree::{Awaited, Hoisted, Runs, VALUE};
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::item_loops::ItemLoop;
use crate::syntax::{attributes, markers, tokens};

/// A statement whose awaits stand in `let`s of their own.
struct Head {
    values: Vec<Stmt>,
    /// Where those are used.
    uses: Vec<Access>,
    rest: Stmt,
    /// It changes a local and no more, so that the next statement may be one too. What may leave
    /// comes ahead of what that awaits.
    goes_on: bool,
}

impl Lowering<'_> {
    /// The loop, with what the head of its body awaits in `let`s above it.
    pub(super) fn with_split_head(&mut self, repeat: &ItemLoop, env: &Env) -> ItemLoop {
        let stmts = &repeat.body.stmts;
        let (leading, others) = stmts.split_at(stmts.iter().take_while(|stmt| leads(stmt)).count());
        let mut inside = env.inside();
        bind_item(repeat, &mut inside);
        for stmt in leading {
            if let Stmt::Local(local) = stmt {
                let uses = accesses::of_stmt(stmt, &inside);
                commands::bind_let(local, &uses, &mut inside, self.words);
            }
        }
        let mut is_first = !leading.iter().any(|stmt| ControlFlow::of_stmt(stmt).awaits > 0);
        let (mut values, mut rest) = (Vec::new(), Vec::new());
        let mut changed: Vec<Access> = Vec::new();
        for (at, stmt) in others.iter().enumerate() {
            let head = self.head(stmt, is_first, values.len(), &inside, &others[at + 1..]);
            let undisturbed = |head: &Head| {
                let mut uses = head.uses.iter();
                !uses.any(|used| changed.iter().any(|before| before.conflicts(used)))
            };
            let Some(head) = head.filter(undisturbed) else { break };
            is_first = false;
            values.extend(head.values);
            changed.extend(accesses::of_stmt(&head.rest, &inside));
            rest.push(head.rest);
            if !head.goes_on {
                break;
            }
        }
        let others = &others[rest.len()..];
        let mut split = repeat.clone();
        split.body.stmts = leading
            .iter()
            .cloned()
            .chain(values)
            .chain(rest)
            .chain(others.iter().cloned())
            .collect();
        split
    }

    /// A statement as a head, if it is one. The first that awaits is one whatever it is; elsewhere
    /// a branch, a `let` that may leave, a change of a local, and what is marked.
    fn head(
        &mut self,
        stmt: &Stmt,
        is_first: bool,
        number: usize,
        env: &Env,
        below: &[Stmt],
    ) -> Option<Head> {
        let mut stmt = match stmt.clone() {
            // What a known macro is given is awaited as operands are.
            Stmt::Macro(StmtMacro { attrs, mac, semi_token }) => {
                Stmt::Expr(Expr::Macro(ExprMacro { attrs, mac }), semi_token)
            }
            stmt => stmt,
        };
        let attrs = attributes::of_stmt_mut(&mut stmt)?;
        let marked = markers::take_background(attrs);
        // What is claimed is kept for the rest, which runs under it.
        if !attrs.iter().all(attributes::is_lint)
            || !claims::of_stmt(&stmt, env, self.words).is_empty()
        {
            return None;
        }
        let (expr, leaves) = match &mut stmt {
            Stmt::Local(local) => {
                let init = local.init.as_mut()?;
                (&mut *init.expr, init.diverge.is_some())
            }
            Stmt::Expr(expr, _) => (expr, false),
            Stmt::Macro(_) | Stmt::Item(_) => return None,
        };
        let changes_local = local_effects::changes_local(expr, env);
        let may_lead = is_first || marked || leaves || changes_local || is_branch(expr);
        if !may_lead || !control_flow::awaits(expr) {
            return None;
        }
        let mut hoisted = self.hoisted_head(expr, marked, env, below)?;
        let mut checked = Checked::default();
        if self.carries_errors {
            checked.visit_expr_mut(&mut hoisted.residual);
        }
        let uses = hoisted.awaited.iter().flat_map(|awaited| awaited.uses.clone()).collect();
        let values = hoisted
            .awaited
            .iter()
            .enumerate()
            .map(|(at, awaited)| value(&name(number + at), awaited, checked.0.get(&at)));
        let (values, names): (Vec<Stmt>, Vec<TokenStream>) = values.unzip();
        let is_all = template::number_of(&hoisted.residual).is_some();
        let goes_on = changes_local && !ControlFlow::of_expr(&hoisted.residual).leaves();
        *expr = hoisted.residual;
        template::fill_expr(expr, &names);
        // A name by itself would be a statement without an effect.
        if let (Stmt::Expr(expr, Some(_)), true) = (&mut stmt, is_all) {
            *expr = parse_quote!({ #expr });
        }
        Some(Head { values, uses, rest: stmt, goes_on })
    }

    /// What a head awaits. It is lowered where it will stand, so that nothing is left of this.
    fn hoisted_head(
        &mut self,
        expr: &Expr,
        marked: bool,
        env: &Env,
        below: &[Stmt],
    ) -> Option<Hoisted> {
        let (scopes, errors) = (self.tree.scopes().len(), self.report.len());
        let start = if marked { Start::Marked } else { Start::Unmarked };
        let place = InStatement { below: [below, &[]], initialises: false };
        let hoisted = self.awaiting(|inner| inner.hoist(expr, env, start, place)).ok();
        self.tree.truncate(scopes);
        self.report.truncate(errors);
        hoisted.filter(|hoisted| {
            self.carries_errors || !hoisted.awaited.iter().any(|awaited| awaited.fallible)
        })
    }
}

/// Takes off the `?`s that stand right behind what is awaited: they come with it, by its number.
#[derive(Default)]
struct Checked(BTreeMap<usize, Token![?]>);

impl VisitMut for Checked {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Try(tried) => match template::number_of(&tried.expr) {
                Some(number) => {
                    self.0.insert(number, tried.question_token);
                    *expr = (*tried.expr).clone();
                }
                None => visit_mut::visit_expr_try_mut(self, tried),
            },
            expr => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

fn is_branch(expr: &Expr) -> bool {
    matches!(expr, Expr::If(_) | Expr::Match(_))
        && shapes::head(expr).is_some_and(control_flow::awaits)
}

fn name(number: usize) -> String {
    match number {
        0 => VALUE.to_owned(),
        number => format!("{VALUE}_{}", number + 1),
    }
}

/// The `let` of a value, and its name.
fn value(name: &str, awaited: &Awaited, leave: Option<&Token![?]>) -> (Stmt, TokenStream) {
    let span = awaited.span();
    // It stands for the user's code where that begins, so that errors and lints are there.
    let begins = tokens::begin(awaited.call.to_token_stream()).unwrap_or(span);
    let name = Ident::new(name, begins);
    let init = match awaited.runs {
        Runs::Block(_) => awaited.call.base.to_token_stream(),
        _ => awaited.call.to_token_stream(),
    };
    let code = quote_spanned!(span=> let #name = #init #leave;);
    (parse_quote!(#code), quote!(#name))
}
