//! The awaits that stay where they are, and the scopes inside effects.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Block, Expr, ExprAsync, ExprAwait, ExprClosure, ExprForLoop, ExprIf, ExprMatch,
    ExprWhile, Item, Macro, Pat, Stmt,
};

use crate::access;
use crate::args::Order;
use crate::awaits;
use crate::env::{Env, Origin};
use crate::lower::{self, Cx};
use crate::{expand, explain, macros, operands, runtime_calls};

/// Rewrites a statement that is not a call: blocks in it are scopes of their
/// own, operands of one expression overlap, any other await waits in place.
pub(crate) fn stmt(stmt: &mut Stmt, env: &Env, cx: &Cx<'_>) {
    InPlace { env: env.clone(), cx }.visit_stmt_mut(stmt);
}

/// Rewrites an expression that stays where it is.
pub(crate) fn expr(expr: &mut Expr, env: &Env, cx: &Cx<'_>) {
    InPlace { env: env.clone(), cx }.visit_expr_mut(expr);
}

/// Looks through a call that runs in an `async` block of its own, where awaits
/// may stay awaits.
pub(crate) fn inside_async(call: &mut ExprAwait, cx: &Cx<'_>) {
    struct Check<'a>(&'a Cx<'a>);
    impl VisitMut for Check<'_> {
        fn visit_macro_mut(&mut self, mac: &mut Macro) {
            refuse_await(mac, self.0);
        }
        fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
        fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
        fn visit_item_mut(&mut self, _: &mut Item) {}
    }
    Check(cx).visit_expr_mut(&mut call.base);
}

/// Reports an await in a macro that cannot be seen into; tells whether there is
/// one.
fn refuse_await(mac: &Macro, cx: &Cx<'_>) -> bool {
    if cx.asynchronous || macros::expressions(mac).is_some() {
        return false;
    }
    let name = mac.path.segments.last().map(|segment| segment.ident.to_string());
    let Some(span) = awaits::await_in_macro(mac) else { return false };
    let name = name.unwrap_or_default();
    cx.report.error(
        span,
        format!(
            "`#[background]` cannot see into `{name}!`: await in a `let` above it, and use the name here"
        ),
    );
    true
}

struct InPlace<'a> {
    env: Env,
    cx: &'a Cx<'a>,
}

impl InPlace<'_> {
    /// Visits with the names that a pattern binds out of `source`.
    fn with_bound<'p>(
        &mut self,
        pats: impl IntoIterator<Item = &'p Pat>,
        source: &Expr,
        visit: impl FnOnce(&mut Self),
    ) {
        let outer = self.env.clone();
        let tokens = source.to_token_stream();
        let origin =
            Origin::of_uses(&access::of_tokens(tokens.clone(), &outer), access::says_mut(tokens));
        for pat in pats {
            self.env.bind(pat, &origin);
        }
        visit(self);
        self.env = outer;
    }

    /// Visits under a condition, whose `let`s bind names.
    fn with_condition(&mut self, cond: &mut Expr, visit: impl FnOnce(&mut Self)) {
        let source = cond.clone();
        let pats = condition_pats(cond);
        self.visit_expr_mut(cond);
        self.with_bound(&pats, &source, visit);
    }

    fn overlapping(&self, expr: &Expr) -> Option<Expr> {
        let operands = matches!(
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
        if !operands || self.cx.order == Order::Serial || awaits::of_expr(expr).awaits < 2 {
            return None;
        }
        let split = operands::split(expr, &self.env, self.cx.order, false).ok();
        let mut split = split.filter(|split| split.units.len() > 1)?;
        for unit in &mut split.units {
            inside_async(&mut unit.call, self.cx);
        }
        self.cx.explain(|| explain::operands(&split));
        Some(expand::operands(split, self.cx))
    }

    fn await_here(&mut self, call: &mut ExprAwait) -> Option<Expr> {
        self.visit_expr_mut(&mut call.base);
        self.cx.waits_in_place().then(|| runtime_calls::wait(call, self.cx))
    }
}

impl VisitMut for InPlace<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Some(overlapping) = self.overlapping(expr) {
            *expr = overlapping;
            return;
        }
        if let Expr::Await(call) = expr {
            if let Some(waiting) = self.await_here(call) {
                *expr = waiting;
            }
            return;
        }
        if let Expr::Macro(call) = expr
            && !self.cx.asynchronous
            && awaits::joins(&call.mac)
        {
            let span = proc_macro2::Span::mixed_site();
            *expr = runtime_calls::wait_for(&quote_spanned!(span=> async { #call }), span, self.cx);
            return;
        }
        if let Expr::Macro(call) = expr
            && refuse_await(&call.mac, self.cx)
        {
            // Where the await is no second error.
            let span = proc_macro2::Span::call_site();
            *expr = runtime_calls::wait_for(&quote!(async { #call }), span, self.cx);
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        lower::scope(block, &self.env, self.cx);
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
        self.with_condition(&mut repeat.cond, |inner| inner.visit_block_mut(body));
    }

    fn visit_expr_for_loop_mut(&mut self, repeat: &mut ExprForLoop) {
        let source = (*repeat.expr).clone();
        self.visit_expr_mut(&mut repeat.expr);
        let body = &mut repeat.body;
        self.with_bound([&*repeat.pat], &source, |inner| inner.visit_block_mut(body));
    }

    fn visit_expr_match_mut(&mut self, choice: &mut ExprMatch) {
        let source = (*choice.expr).clone();
        self.visit_expr_mut(&mut choice.expr);
        for Arm { pat, body, .. } in &mut choice.arms {
            let bound = pat.clone();
            self.with_bound([&bound], &source, |inner| {
                if let Pat::Guard(guarded) = pat {
                    inner.visit_expr_mut(&mut guarded.guard);
                }
                inner.visit_expr_mut(body);
            });
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        match macros::expressions(mac) {
            Some(mut expressions) => {
                let has_await = expressions.iter().any(|expr| awaits::of_expr(expr).awaits > 0);
                if has_await {
                    expressions.iter_mut().for_each(|expr| self.visit_expr_mut(expr));
                    mac.tokens = quote!(#expressions);
                }
            }
            None if refuse_await(mac, self.cx) => {
                // Its own error would be a second one.
                mac.path = syn::parse_quote!(::std::todo);
                mac.tokens = TokenStream::new();
            }
            None => {}
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// The patterns of the `let`s in a condition.
fn condition_pats(cond: &Expr) -> Vec<Pat> {
    match cond {
        Expr::Let(condition) => vec![(*condition.pat).clone()],
        Expr::Binary(binary) => {
            let mut pats = condition_pats(&binary.left);
            pats.extend(condition_pats(&binary.right));
            pats
        }
        Expr::Paren(inner) => condition_pats(&inner.expr),
        Expr::Group(inner) => condition_pats(&inner.expr),
        _ => Vec::new(),
    }
}

/// The attributes in front of an expression statement, wherever syn keeps them.
pub(crate) fn outer_attrs(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    Some(match expr {
        Expr::Assign(expr) => return outer_attrs(&mut expr.left),
        Expr::Binary(expr) => return outer_attrs(&mut expr.left),
        Expr::Cast(expr) => return outer_attrs(&mut expr.expr),
        Expr::Array(expr) => &mut expr.attrs,
        Expr::Await(expr) => &mut expr.attrs,
        Expr::Block(expr) => &mut expr.attrs,
        Expr::Break(expr) => &mut expr.attrs,
        Expr::Call(expr) => &mut expr.attrs,
        Expr::Field(expr) => &mut expr.attrs,
        Expr::ForLoop(expr) => &mut expr.attrs,
        Expr::If(expr) => &mut expr.attrs,
        Expr::Loop(expr) => &mut expr.attrs,
        Expr::Macro(expr) => &mut expr.attrs,
        Expr::Match(expr) => &mut expr.attrs,
        Expr::MethodCall(expr) => &mut expr.attrs,
        Expr::Paren(expr) => &mut expr.attrs,
        Expr::Path(expr) => &mut expr.attrs,
        Expr::Return(expr) => &mut expr.attrs,
        Expr::Struct(expr) => &mut expr.attrs,
        Expr::Try(expr) => &mut expr.attrs,
        Expr::Tuple(expr) => &mut expr.attrs,
        Expr::Unsafe(expr) => &mut expr.attrs,
        Expr::While(expr) => &mut expr.attrs,
        _ => return None,
    })
}
