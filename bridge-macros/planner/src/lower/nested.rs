//! What waits inside of statements that are no calls: blocks, operands that overlap, awaits
//! that stay where they are. Each becomes a part of the tree, and a hole in the code.

use proc_macro2::Span;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Block, Expr, ExprAsync, ExprAwait, ExprClosure, ExprForLoop, ExprIf, ExprLoop, ExprMacro,
    ExprMatch, ExprWhile, Item, Local, Macro, Pat, Stmt, StmtMacro,
};

use super::Lowering;
use super::operands::{InStatement, Start};
use super::shapes;
use crate::effects::accesses;
use crate::effects::environment::Env;
use crate::ir::template;
use crate::ir::tree::{Hoisted, Nested, Template};
use crate::syntax::arguments::Order;
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::evaluation::{self, Part};
use crate::syntax::function::Form;
use crate::syntax::{macros, tokens};

impl Lowering<'_> {
    /// A statement with holes for what waits in it.
    pub(super) fn template_of_stmt(
        &mut self,
        stmt: &Stmt,
        is_value: bool,
        env: &Env,
    ) -> Template<Stmt> {
        let mut stmt = stmt.clone();
        if ControlFlow::of_stmt(&stmt).awaits == 0 {
            return Template { code: stmt, nested: Vec::new() };
        }
        let mut nesting = Nesting::new(self, env, is_value);
        nesting.visit_stmt_mut(&mut stmt);
        Template { code: stmt, nested: nesting.nested }
    }

    /// An expression with holes for what waits in it.
    pub(super) fn template_of_expr(&mut self, mut expr: Expr, env: &Env) -> Template<Expr> {
        let mut nesting = Nesting::new(self, env, false);
        nesting.visit_expr_mut(&mut expr);
        Template { code: expr, nested: nesting.nested }
    }

    /// The same of a branch or a block whose blocks come to values.
    pub(super) fn template_of_value(&mut self, mut expr: Expr, env: &Env) -> Template<Expr> {
        let mut nesting = Nesting::new(self, env, true);
        nesting.visit_expr_mut(&mut expr);
        Template { code: expr, nested: nesting.nested }
    }

    /// Nests what waits in the rest of a call: in the arms of a branch, and in the `else` of a
    /// `let`.
    pub(super) fn nest_rest(
        &mut self,
        expr: &Expr,
        hoisted: &mut Hoisted,
        binding: Option<&mut Local>,
        is_value: bool,
        env: &Env,
    ) {
        let mut nesting = Nesting::new(self, env, is_value);
        nesting.first = hoisted.awaited.len();
        if ControlFlow::of_expr(&hoisted.residual).awaits > 0 {
            // The arms are looked at beside the head that they are written with.
            let mut rest = expr.clone();
            nesting.visit_arms(&mut rest);
            if let (Some(head), Some(left)) =
                (shapes::head_mut(&mut rest), shapes::head_mut(&mut hoisted.residual))
            {
                std::mem::swap(head, left);
            }
            hoisted.residual = rest;
        }
        if let Some((_, other)) = binding.and_then(|local| local.init.as_mut()?.diverge.as_mut()) {
            nesting.visit_expr_mut(other);
        }
        hoisted.nested = nesting.nested;
    }

    /// Reports awaits in macros that cannot be seen into, in a call that runs in an `async`
    /// block of its own.
    pub(super) fn refuse_unseen_awaits(&self, expr: &Expr) {
        if let Expr::Macro(call) = expr {
            self.refuses(&call.mac);
        }
        evaluation::each_part(expr, &mut |part| match part {
            Part::Expr(expr) => self.refuse_unseen_awaits(expr),
            Part::Stmt(Stmt::Macro(call)) => {
                self.refuses(&call.mac);
            }
            Part::Stmt(stmt) => {
                evaluation::each_expr(stmt, &mut |expr| self.refuse_unseen_awaits(expr));
            }
        });
    }

    /// Reports an await in a macro that cannot be seen into; tells whether there is
    /// one. Where joins await it may stay.
    fn refuses(&self, mac: &Macro) -> bool {
        if self.form == Form::Asynchronous
            || macros::expressions(mac).is_some()
            || gives_expressions(mac)
        {
            return false;
        }
        let Some(span) = control_flow::await_in_macro(mac) else { return false };
        let name = mac.path.segments.last().map(|segment| segment.ident.to_string());
        let name = name.unwrap_or_default();
        let leaves = || tokens::jumps(mac.tokens.clone()) || tokens::leaves(mac.tokens.clone());
        let instead = match control_flow::awaits_by_itself(mac) {
            true if leaves() => {
                "which awaits by itself, and leaves by itself: let it give a value in an `async` \
                 block (`let next = async { select! { … } }.await;`), and leave by that (`next?`)"
                    .to_owned()
            }
            true => format!(
                "which awaits by itself: write `async {{ {} }}.await`",
                macros::as_written(mac)
            ),
            false if macros::kind(mac) == Some(macros::Kind::Matches) => {
                "whose guard awaits: write a `match` in its place (`match … { … if … => true, _ => \
                 false }`)"
                    .to_owned()
            }
            false => "what it is given is no list of expressions: await in a `let` above it \
                      (`let value = ….await;`), and use the name here"
                .to_owned(),
        };
        self.report.error(span, format!("`#[background]` cannot see into `{name}!`, {instead}"));
        true
    }
}

/// Whether an unknown macro is given expressions, of which some await, so that each can wait where
/// it is.
fn gives_expressions(mac: &Macro) -> bool {
    macros::kind(mac).is_none()
        && !control_flow::awaits_by_itself(mac)
        && macros::separated(mac).is_some_and(|exprs| exprs.iter().any(control_flow::awaits))
}

/// Visits the code of a statement in source order.
struct Nesting<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
    env: Env,
    /// The number of the first hole.
    first: usize,
    nested: Vec<Nested>,
    /// The blocks of the expression come to values.
    gives_value: bool,
}

impl<'l, 'a> Nesting<'l, 'a> {
    fn new(lowering: &'l mut Lowering<'a>, env: &Env, gives_value: bool) -> Self {
        Nesting { lowering, env: env.inside(), first: 0, nested: Vec::new(), gives_value }
    }

    /// Puts something into the tree, and a hole in its place.
    fn nest(&mut self, nested: Nested, span: Span) -> Expr {
        self.nested.push(nested);
        template::hole(self.first + self.nested.len() - 1, span)
    }

    /// Visits the body of a loop, which comes to no value.
    fn visit_repeated(&mut self, body: &mut Block) {
        let outer = std::mem::replace(&mut self.gives_value, false);
        self.visit_block_mut(body);
        self.gives_value = outer;
    }

    /// Visits a branch without its head.
    fn visit_arms(&mut self, expr: &mut Expr) {
        match expr {
            Expr::If(branch) => {
                self.under(&branch.cond, |inner| inner.visit_block_mut(&mut branch.then_branch));
                if let Some((_, other)) = &mut branch.else_branch {
                    self.visit_expr_mut(other);
                }
            }
            Expr::Match(choice) => {
                let source = (*choice.expr).clone();
                choice.arms.iter_mut().for_each(|arm| self.visit_arm(arm, &source));
            }
            _ => {}
        }
    }

    fn visit_arm(&mut self, Arm { pat, body, .. }: &mut Arm, source: &Expr) {
        let bound = pat.clone();
        self.with_bound([&bound], source, |inner| {
            // What the arm binds is the block's own only if that is all of the arm.
            if !matches!(**body, Expr::Block(_)) {
                inner.env = inner.env.inside();
            }
            if let Pat::Guard(guarded) = pat {
                inner.visit_expr_mut(&mut guarded.guard);
            }
            inner.visit_expr_mut(body);
        });
    }

    /// Visits with the names that patterns bind out of `source`.
    fn with_bound<'p>(
        &mut self,
        pats: impl IntoIterator<Item = &'p Pat>,
        source: &Expr,
        visit: impl FnOnce(&mut Self),
    ) {
        let outer = self.env.clone();
        let origin = accesses::origin_of(source, &outer);
        for pat in pats {
            self.env.bind(pat, &origin);
        }
        visit(self);
        self.env = outer;
    }

    /// Visits under a condition, whose `let`s bind names.
    fn with_condition(&mut self, cond: &mut Expr, visit: impl FnOnce(&mut Self)) {
        let written = cond.clone();
        self.visit_expr_mut(cond);
        self.under(&written, visit);
    }

    /// The same where the condition has been visited.
    fn under(&mut self, cond: &Expr, visit: impl FnOnce(&mut Self)) {
        let outer = self.env.clone();
        accesses::bind_condition(cond, &mut self.env);
        visit(self);
        self.env = outer;
    }

    /// What an expression awaits, if two or more of its operands overlap.
    fn overlapping(&mut self, expr: &Expr) -> Option<Hoisted> {
        let has_operands = matches!(
            expr,
            Expr::Call(_)
                | Expr::MethodCall(_)
                | Expr::Tuple(_)
                | Expr::Array(_)
                | Expr::Struct(_)
                | Expr::Binary(_)
                | Expr::Index(_)
                | Expr::Range(_)
                | Expr::Macro(_)
        );
        let order = self.lowering.order;
        if !has_operands || order == Order::Serial || ControlFlow::of_expr(expr).awaits < 2 {
            return None;
        }
        let tries = ControlFlow::of_expr(expr).tries;
        if self.lowering.word(expr, None, tries, &self.env).is_some() {
            return None;
        }
        let scopes = self.lowering.tree.scopes().len();
        let hoisted =
            self.lowering.hoist(expr, &self.env, Start::Unmarked, InStatement::default()).ok()?;
        if hoisted.awaited.len() < 2 {
            self.lowering.tree.truncate(scopes);
            return None;
        }
        for awaited in &hoisted.awaited {
            self.lowering.refuse_unseen_awaits(&awaited.call.base);
        }
        Some(hoisted)
    }

    fn await_here(&mut self, call: &ExprAwait) -> Nested {
        let base = self.lowering.template_of_expr((*call.base).clone(), &self.env);
        let code = ExprAwait { base: Box::new(base.code), ..call.clone() };
        Nested::Await(Template { code, nested: base.nested })
    }
}

impl VisitMut for Nesting<'_, '_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Some(hoisted) = self.overlapping(expr) {
            let span = hoisted.awaited[0].span();
            *expr = self.nest(Nested::Operands(hoisted), span);
            return;
        }
        match expr {
            Expr::Await(call) => {
                let span = control_flow::keyword_span(call);
                let nested = self.await_here(call);
                *expr = self.nest(nested, span);
            }
            Expr::Macro(call)
                if control_flow::may_wait_in_a_block(&call.mac)
                    || self.lowering.refuses(&call.mac) =>
            {
                let ExprMacro { attrs, mac } = call.clone();
                let nested = Nested::Macro(StmtMacro { attrs, mac, semi_token: None });
                *expr = self.nest(nested, Span::mixed_site());
            }
            expr => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        if ControlFlow::of_block(block).awaits == 0 {
            return;
        }
        let stmts = std::mem::take(&mut block.stmts);
        let scope = self.lowering.scope(stmts, self.gives_value, &self.env);
        let hole = self.nest(Nested::Scope(scope), Span::mixed_site());
        block.stmts = vec![Stmt::Expr(hole, None)];
    }

    fn visit_expr_if_mut(&mut self, branch: &mut ExprIf) {
        let then = &mut branch.then_branch;
        self.with_condition(&mut branch.cond, |inner| inner.visit_block_mut(then));
        if let Some((_, other)) = &mut branch.else_branch {
            self.visit_expr_mut(other);
        }
    }

    fn visit_expr_while_mut(&mut self, repeat: &mut ExprWhile) {
        let body = &mut repeat.body;
        self.with_condition(&mut repeat.cond, |inner| inner.visit_repeated(body));
    }

    fn visit_expr_loop_mut(&mut self, repeat: &mut ExprLoop) {
        self.visit_repeated(&mut repeat.body);
    }

    fn visit_expr_for_loop_mut(&mut self, repeat: &mut ExprForLoop) {
        let source = (*repeat.expr).clone();
        self.visit_expr_mut(&mut repeat.expr);
        let body = &mut repeat.body;
        self.with_bound([&*repeat.pat], &source, |inner| inner.visit_repeated(body));
    }

    fn visit_expr_match_mut(&mut self, choice: &mut ExprMatch) {
        let source = (*choice.expr).clone();
        self.visit_expr_mut(&mut choice.expr);
        choice.arms.iter_mut().for_each(|arm| self.visit_arm(arm, &source));
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Macro(call)
                if control_flow::may_wait_in_a_block(&call.mac)
                    || self.lowering.refuses(&call.mac) =>
            {
                // One in braces needs none where it is no value.
                let ends = || (!self.gives_value).then(Default::default);
                let semi = call.semi_token.or_else(ends);
                let gives = control_flow::may_wait_in_a_block(&call.mac);
                let semi_token = semi.filter(|_| !gives);
                let nested = Nested::Macro(StmtMacro { semi_token, ..call.clone() });
                *stmt = Stmt::Expr(self.nest(nested, Span::mixed_site()), semi);
            }
            Stmt::Macro(call) if call.attrs.is_empty() && call.semi_token.is_some() => {
                let (mac, semi) = (call.mac.clone(), call.semi_token);
                let whole = Expr::Macro(ExprMacro { attrs: Vec::new(), mac });
                match self.overlapping(&whole) {
                    Some(hoisted) => {
                        let span = hoisted.awaited[0].span();
                        *stmt = Stmt::Expr(self.nest(Nested::Operands(hoisted), span), semi);
                    }
                    None => self.visit_macro_mut(&mut call.mac),
                }
            }
            stmt => visit_mut::visit_stmt_mut(self, stmt),
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        let waits = self.lowering.form == Form::Synchronous && gives_expressions(mac);
        let unknown = || waits.then(|| macros::separated(mac)).flatten();
        let Some(mut expressions) = macros::expressions(mac).or_else(unknown) else { return };
        if expressions.iter().any(control_flow::awaits) {
            expressions.iter_mut().for_each(|expr| self.visit_expr_mut(expr));
            mac.tokens = quote!(#expressions);
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
