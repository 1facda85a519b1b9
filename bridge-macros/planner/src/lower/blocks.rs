//! Branches and blocks as calls: `let x = if c { f().await? } else { 0 };`.
//!
//! One that holds no effect runs in the background as a whole, and is planned inside as an
//! `async fn` is, which it awaits as.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Arm, Block, Expr, ExprMacro, Local, Pat, Stmt, parse_quote};

use super::{Below, Lowering, shapes};
use crate::effects::environment::Env;
use crate::effects::{accesses, commands, purity};
use crate::ir::access::{self, Access, Mode, Place};
use crate::ir::template;
use crate::ir::tree::{Hoisted, Kind, Nested, Scope, ScopeId, Statement, Template, Turn};
use crate::syntax::arguments::OwnWords;
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::evaluation::{self, Part};
use crate::syntax::{attributes, macros, patterns, tokens};

/// A block that is a call.
pub(super) struct BlockCall {
    pub(super) template: Template<Expr>,
    pub(super) uses: Vec<Access>,
    /// Nothing in it can be seen to run.
    pub(super) pure: bool,
    /// A function that is not known runs in it, where it stands.
    pub(super) may_block: bool,
}

impl Lowering<'_> {
    /// The expression as a call, if it is a branch or a block that may run beside others: as it
    /// only computes, or as a marker says so.
    pub(super) fn block_call(
        &mut self,
        expr: &Expr,
        marked: bool,
        env: &Env,
        below: Below<'_>,
    ) -> Option<BlockCall> {
        if let Expr::Macro(call) = expr {
            return self.join_call(call, env);
        }
        let is_block = match expr {
            Expr::If(branch) => branch.else_branch.is_some() && branch.attrs.is_empty(),
            Expr::Match(choice) => choice.attrs.is_empty(),
            Expr::Block(block) => block.label.is_none() && block.attrs.is_empty(),
            _ => false,
        };
        let flow = ControlFlow::of_expr(expr);
        let acts = || self.word(expr, None, flow.tries, env).is_some() || purity::looks(expr);
        if !is_block || flow.jumps || may_leave_by_macro(expr) || !marked && acts() {
            return None;
        }
        let uses = outer_uses(expr, env, below);
        // Captured as a whole, what one arm takes would be dropped early where another one runs, and
        // what is taken below a `?` where that leaves.
        let may_not_take = flow.tries || !matches!(expr, Expr::Block(_));
        let taken = may_not_take && uses.iter().any(|used| used.moves() && used.via.is_none());
        if taken || uses.iter().any(changes) || access::entangled(&uses) {
            return None;
        }
        let (first, errors) = (self.tree.scopes().len(), self.report.len());
        let template = self.awaiting(|inner| inner.template_of_value(expr.clone(), env));
        let holds_effect = |at: usize| !only_computes(self.tree.scope(ScopeId(at)));
        let acts = evaluation::holds_statements(&template.code)
            || commands::of_sync(&template.code, env, self.words).is_some();
        if !marked && (acts || (first..self.tree.scopes().len()).any(holds_effect)) {
            self.tree.truncate(first);
            self.report.truncate(errors);
            return None;
        }
        let scopes = || (first..self.tree.scopes().len()).map(|at| self.tree.scope(ScopeId(at)));
        let may_block = calls_unknown(&template.code) || scopes().any(may_block);
        let pure = has_pure_heads(&template.code)
            && template.nested.iter().all(is_pure)
            && scopes().all(|scope| scope.statements.iter().all(is_silent));
        Some(BlockCall { template, uses, pure, may_block })
    }
}

impl Lowering<'_> {
    /// The expression as a call in which its operands are awaited one after the other, if nothing
    /// around what they await can be seen to run.
    pub(super) fn serial_call(
        &mut self,
        expr: &Expr,
        env: &Env,
        below: Below<'_>,
    ) -> Option<BlockCall> {
        let flow = ControlFlow::of_expr(expr);
        if flow.awaits < 2 || flow.jumps || purity::looks(expr) || !is_pure_around(expr) {
            return None;
        }
        if self.word(expr, None, flow.tries, env).is_some()
            || commands::of_sync(expr, env, self.words).is_some()
        {
            return None;
        }
        let uses = outer_uses(expr, env, below);
        let taken = flow.tries && uses.iter().any(|used| used.moves() && used.via.is_none());
        if taken || uses.iter().any(|used| used.out_of_box) || access::entangled(&uses) {
            return None;
        }
        let template = self.awaiting(|inner| inner.template_of_expr(expr.clone(), env));
        Some(BlockCall { template, uses, pure: true, may_block: false })
    }
}

/// Whether a place outside is changed. What may hold a `&mut` is changed by no use by value: that only
/// keeps the order of its place.
fn changes(used: &Access) -> bool {
    used.writes() && used.via.is_none() && (used.assigns || used.method.is_some() || used.opaque)
}

/// Whether what an expression awaits is all of it that can be seen to run.
fn is_pure_around(expr: &Expr) -> bool {
    if !control_flow::awaits(expr) {
        return purity::is_pure(expr);
    }
    // An attribute may take it out.
    if attributes::of_expr(expr).is_some_and(|attrs| !attrs.is_empty()) {
        return false;
    }
    match expr {
        Expr::Await(call) => purity::has_pure_arguments(&call.base),
        Expr::Try(inner) => is_pure_around(&inner.expr),
        Expr::Paren(inner) => is_pure_around(&inner.expr),
        Expr::Call(call) => {
            purity::is_constructor(&call.func) && call.args.iter().all(is_pure_around)
        }
        Expr::MethodCall(call) => {
            is_pure_around(&call.receiver)
                && purity::is_pure_method(call)
                && !call.args.iter().any(control_flow::awaits)
        }
        Expr::Macro(call) => {
            let argument = |expr: &Expr| match expr {
                Expr::Assign(named) => is_pure_around(&named.right),
                other => is_pure_around(other),
            };
            macros::only_makes(&call.mac)
                && macros::expressions(&call.mac).is_some_and(|exprs| exprs.iter().all(argument))
        }
        Expr::Binary(binary) if !evaluation::assigns(&binary.op) => {
            is_pure_around(&binary.left) && is_pure_around(&binary.right)
        }
        Expr::Field(field) => is_pure_around(&field.base),
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_pure_around),
        Expr::Array(array) => array.elems.iter().all(is_pure_around),
        Expr::Struct(literal) => {
            literal.rest.is_none()
                && literal
                    .fields
                    .iter()
                    .all(|field| field.attrs.is_empty() && is_pure_around(&field.expr))
        }
        _ => false,
    }
}

/// Whether a macro gives the value of a branch, and may leave the function in place of that:
/// `None => bail!("gone")`.
fn may_leave_by_macro(expr: &Expr) -> bool {
    let in_block = |block: &Block| match block.stmts.last() {
        Some(Stmt::Expr(value, _)) => may_leave_by_macro(value),
        Some(Stmt::Macro(call)) => control_flow::may_leave(&call.mac),
        _ => false,
    };
    match expr {
        Expr::Macro(call) => control_flow::may_leave(&call.mac),
        Expr::If(branch) => {
            let other = branch.else_branch.as_ref();
            in_block(&branch.then_branch)
                || other.is_some_and(|(_, other)| may_leave_by_macro(other))
        }
        Expr::Match(choice) => choice.arms.iter().any(|arm| may_leave_by_macro(&arm.body)),
        Expr::Block(block) => in_block(&block.block),
        _ => false,
    }
}

/// Whether what awaits in a hole cannot be seen to run, but for the scopes of blocks.
fn is_pure(nested: &Nested) -> bool {
    match nested {
        Nested::Scope(_) => true,
        Nested::Await(waits) => purity::has_pure_arguments(&waits.code.base),
        Nested::Operands(hoisted) => all_pure(hoisted),
        _ => false,
    }
}

/// Whether neither what an expression awaits nor what is left of it can be seen to run.
fn all_pure(hoisted: &Hoisted) -> bool {
    hoisted.pure && hoisted.awaited.iter().all(|awaited| awaited.pure)
}

/// Whether the heads of a branch, and its blocks that do not await, cannot be seen to run.
fn has_pure_heads(expr: &Expr) -> bool {
    let has_pure_head = shapes::head(expr).is_none_or(is_pure_or_hole);
    match expr {
        Expr::If(branch) => {
            let other = branch.else_branch.as_ref();
            let has_pure_other = other.is_none_or(|(_, other)| has_pure_heads(other));
            has_pure_head && is_pure_block(&branch.then_branch) && has_pure_other
        }
        Expr::Match(choice) => {
            let guarded = |arm: &Arm| matches!(arm.pat, Pat::Guard(_));
            let arms = || choice.arms.iter();
            has_pure_head && !arms().any(guarded) && arms().all(|arm| has_pure_heads(&arm.body))
        }
        Expr::Block(block) => is_pure_block(&block.block),
        expr => is_pure_or_hole(expr),
    }
}

/// What stands in a hole is asked for itself.
fn is_pure_or_hole(expr: &Expr) -> bool {
    purity::is_pure(expr) || template::number_of(expr).is_some()
}

/// Whether a block of one expression cannot be seen to run. One that awaits is the hole of its
/// scope, which has its statements.
fn is_pure_block(block: &Block) -> bool {
    matches!(block.stmts.as_slice(), [Stmt::Expr(expr, None)] if is_pure_or_hole(expr))
}

/// Whether a statement of a scope cannot be seen to run.
fn is_silent(statement: &Statement) -> bool {
    match &statement.kind {
        Kind::Call(call) => all_pure(&call.hoisted),
        Kind::Code(code) => match &code.template.code {
            Stmt::Expr(value, None) => {
                has_pure_heads(value) && code.template.nested.iter().all(is_pure)
            }
            stmt => purity::is_pure_let(stmt),
        },
    }
}

/// Whether a `let` of a block that does not await calls a function that is not known.
fn calls_unknown(code: &Expr) -> bool {
    evaluation::any_part(code, &|part| match part {
        Part::Stmt(stmt @ Stmt::Local(_)) => Some(purity::calls_unknown(stmt)),
        _ => None,
    })
}

/// The same for one that awaits, if no call in it needs what the `let` makes: else that runs when its
/// inputs are there.
fn may_block(scope: &Scope) -> bool {
    scope.statements.iter().enumerate().any(|(at, statement)| {
        let mut below = scope.statements[at + 1..].iter().flat_map(Statement::awaited);
        statement.plain().is_some_and(|made| purity::calls_unknown(&made.code))
            && !below.any(|awaited| access::uses_any(&awaited.uses, &statement.binds))
    })
}

/// Whether a block does nothing that can be told from outside: its last expression is its value.
fn only_computes(scope: &Scope) -> bool {
    let last = scope.statements.len().saturating_sub(1);
    scope.statements.iter().enumerate().all(|(at, statement)| {
        let is_value = at == last && statement.is_value();
        let free = matches!(statement.turn, Turn::Free | Turn::LocalEffect) || is_value;
        free && statement.word.is_none()
    })
}

impl Lowering<'_> {
    /// `join!(a(), b())` as one call of all that it awaits, if none of that is a command.
    fn join_call(&mut self, call: &ExprMacro, env: &Env) -> Option<BlockCall> {
        if !control_flow::is_join(&call.mac) {
            return None;
        }
        let futures = macros::separated(&call.mac)?;
        let is_command = |future: &Expr| {
            let awaited: Expr = parse_quote!(#future.await);
            self.word(&awaited, None, false, env).is_some()
        };
        if futures.iter().any(|future| is_command(future) || purity::arguments_look(future)) {
            return None;
        }
        let uses: Vec<Access> =
            futures.iter().flat_map(|future| accesses::of_awaited(future, env)).collect();
        let pure = futures.iter().all(purity::has_pure_arguments);
        let template = Template { code: Expr::Macro(call.clone()), nested: Vec::new() };
        let may_start = !uses.iter().any(|used| used.out_of_box) && !access::entangled(&uses);
        may_start.then_some(BlockCall { template, uses, pure, may_block: false })
    }
}

/// What of the variables from outside a block uses. What is used below it has not moved.
fn outer_uses(expr: &Expr, env: &Env, below: Below<'_>) -> Vec<Access> {
    let mut found = Vec::new();
    collect(expr, &mut env.inside(), &mut found);
    found.retain(|used| env.holds(used.place.root));
    for used in found.iter_mut().filter(|used| used.moves()) {
        if is_used_below(&used.place, below) {
            used.mode = Mode::Read;
        }
    }
    found
}

/// Whether statements use a place, before one binds the name of its variable anew.
pub(super) fn is_used_below(place: &Place, below: Below<'_>) -> bool {
    let is_name = |ident: &Ident| ident.unraw() == *place.name;
    for stmt in below.iter().copied().flatten() {
        let is_used = |code: TokenStream| tokens::mentions_place(code, &is_name, &place.fields);
        if let Stmt::Local(local) = stmt
            && patterns::bound_names(&local.pat).iter().any(|bound| is_name(&bound.ident))
        {
            return local.init.as_ref().is_some_and(|init| is_used(init.expr.to_token_stream()));
        }
        if is_used(stmt.to_token_stream()) {
            return true;
        }
    }
    false
}

fn collect(expr: &Expr, env: &mut Env, found: &mut Vec<Access>) {
    match expr {
        Expr::If(branch) => {
            let mut inside = env.clone();
            condition(&branch.cond, &mut inside, found);
            collect_block(&branch.then_branch, &inside, found);
            if let Some((_, other)) = &branch.else_branch {
                collect(other, env, found);
            }
        }
        Expr::Match(choice) => {
            collect(&choice.expr, env, found);
            let origin = accesses::origin_of(&choice.expr, env);
            for arm in &choice.arms {
                let mut inside = env.clone();
                inside.bind(&arm.pat, &origin);
                if let Pat::Guard(guarded) = &arm.pat {
                    collect(&guarded.guard, &mut inside, found);
                }
                collect(&arm.body, &mut inside, found);
            }
        }
        Expr::Block(block) => collect_block(&block.block, env, found),
        expr => found.extend(accesses::of_expr(expr, env)),
    }
}

/// A condition, and what its patterns bind.
fn condition(cond: &Expr, env: &mut Env, found: &mut Vec<Access>) {
    let source = match cond {
        Expr::Let(condition) => &*condition.expr,
        cond => cond,
    };
    collect(source, env, found);
    accesses::bind_condition(cond, env);
}

fn collect_block(block: &Block, env: &Env, found: &mut Vec<Access>) {
    let mut env = env.clone();
    for stmt in &block.stmts {
        match stmt {
            Stmt::Local(local) => collect_let(local, &mut env, found),
            Stmt::Expr(expr, _) => collect(expr, &mut env, found),
            stmt => found.extend(accesses::of_stmt(stmt, &env)),
        }
    }
}

fn collect_let(local: &Local, env: &mut Env, found: &mut Vec<Access>) {
    let before = found.len();
    if let Some(init) = &local.init {
        collect(&init.expr, env, found);
        if let Some((_, other)) = &init.diverge {
            collect(other, env, found);
        }
    }
    let uses = found[before..].to_vec();
    commands::bind_let(local, &uses, env, &OwnWords::default());
}
