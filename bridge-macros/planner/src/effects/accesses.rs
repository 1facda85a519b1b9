//! Finds what code uses: which variables it reads, moves and writes.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Block, Expr, ExprIf, ExprMatch, Ident, Local, Macro, Member, Pat, Stmt, UnOp};

use crate::effects::environment::{Env, Origin, Var};
use crate::effects::words;
use crate::ir::access::{Access, Mode, Place, VarId};
use crate::syntax::evaluation::{self, Role};
use crate::syntax::macros::{self, Kind};
use crate::syntax::{patterns, tokens};

/// The uses in an expression whose value is used.
pub(crate) fn of_expr(expr: &Expr, env: &Env) -> Vec<Access> {
    let mut collector = Collector::new(env);
    collector.expr(expr, Mode::Value);
    collector.found
}

/// The uses in what is awaited. Its method takes the `&mut` that a parameter may hide, so that
/// two such calls exclude each other. (What is given by value is mostly `Copy`.)
pub(crate) fn of_awaited(base: &Expr, env: &Env) -> Vec<Access> {
    let mut uses = of_expr(base, env);
    let called_on =
        called_on(base).filter(|name| env.get(name).is_some_and(|var| var.may_hide_mut));
    if let Some(name) = called_on {
        let name = name.unraw().to_string();
        let taken = |used: &&mut Access| used.mode == Mode::Receiver && *used.place.name == *name;
        uses.iter_mut().filter(taken).for_each(|used| used.mode = Mode::Write);
    }
    uses
}

/// The variable that a chain of methods begins with.
fn called_on(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::MethodCall(call) => match &*call.receiver {
            Expr::Path(path) => path.path.get_ident(),
            receiver => called_on(receiver),
        },
        Expr::Paren(inner) => called_on(&inner.expr),
        Expr::Group(inner) => called_on(&inner.expr),
        Expr::Try(inner) => called_on(&inner.expr),
        _ => None,
    }
}

/// The uses in a statement.
pub(crate) fn of_stmt(stmt: &Stmt, env: &Env) -> Vec<Access> {
    match stmt {
        Stmt::Local(Local { init: Some(init), .. }) if init.diverge.is_none() => {
            of_expr(&init.expr, env)
        }
        Stmt::Local(local) => {
            let mut collector = Collector::new(env);
            collector.binding(local);
            collector.found
        }
        Stmt::Expr(expr, _) => of_expr(expr, env),
        other => of_tokens(other.to_token_stream(), env),
    }
}

/// What a log line shows, as if it were changed where others may change it without a `&mut`:
/// where the line calls a method on it that is not known to show the value alone, or where its
/// type says so.
pub(crate) fn of_log_line(line: &Macro, env: &Env) -> Vec<Access> {
    let mut collector = Collector::new(env);
    collector.macro_call(line);
    let mut uses = collector.found;
    let looks =
        |method: &String| words::looks_at_world(method, 0) || !words::borrows_receiver(method);
    let own = uses.iter().filter(|used| used.via.is_none() && used.method.iter().any(looks));
    let looked: BTreeSet<VarId> = own.map(|used| used.place.root).collect();
    for used in &mut uses {
        let interior = env.get_str(&used.place.name).is_some_and(|var| var.interior);
        // What a variable may borrow from is looked at if the variable is, not by the method that
        // the variable came by.
        let looks = match used.via {
            Some(var) => looked.contains(&var),
            None => used.method.iter().any(looks),
        };
        if interior || looks {
            used.mode = Mode::Write;
        }
    }
    uses
}

/// The uses in code of any form, each taken for the strongest.
pub(crate) fn of_tokens(tokens: TokenStream, env: &Env) -> Vec<Access> {
    let mut collector = Collector::new(env);
    collector.opaque(tokens, Hidden::Any);
    collector.found
}

/// Of what a pattern takes out of a value it is known no more than what that is made of. Of a place it
/// may borrow a part, and change that.
pub(crate) fn origin_of(source: &Expr, env: &Env) -> Origin {
    let code = source.to_token_stream();
    let says_mut = tokens::says_mut(code.clone());
    match is_place(source) {
        true => Origin::of_uses(&of_tokens(code, env), says_mut),
        false => Origin::of_uses(&of_expr(source, env), says_mut),
    }
}

/// Adds what the `let`s of a condition bind: a later one may use the names of those before it.
pub(crate) fn bind_condition(cond: &Expr, env: &mut Env) {
    match cond {
        Expr::Let(condition) => {
            let origin = origin_of(&condition.expr, env);
            env.bind(&condition.pat, &origin);
        }
        Expr::Binary(both) => {
            bind_condition(&both.left, env);
            bind_condition(&both.right, env);
        }
        Expr::Paren(inner) => bind_condition(&inner.expr, env),
        Expr::Group(inner) => bind_condition(&inner.expr, env),
        _ => {}
    }
}

/// The uses in the `else` of a `let`, which leaves.
pub(crate) fn of_else(other: &Expr, env: &Env) -> Vec<Access> {
    let mut collector = Collector::new(env);
    collector.within(collector.hidden_within(other), |inner| inner.arm(other));
    collector.found
}

/// The uses in code that is made to run elsewhere, and takes along what it names.
pub(crate) fn of_closure(body: &Expr, env: &Env) -> Vec<Access> {
    let mut collector = Collector::new(env);
    collector.not_looked_into(body);
    collector.found
}

/// The names that code binds anew.
enum Hidden {
    /// It cannot be read, so that it may be any.
    Any,
    Names(BTreeSet<String>),
}

struct Collector<'a> {
    env: &'a Env,
    /// In code that is not looked into.
    opaque: Option<Hidden>,
    /// In code that only leaves.
    leaving: bool,
    /// What is used is an operand, which is no `&mut`.
    by_operator: bool,
    found: Vec<Access>,
}

impl<'a> Collector<'a> {
    fn new(env: &'a Env) -> Self {
        Collector { env, opaque: None, leaving: false, by_operator: false, found: Vec::new() }
    }
}

impl Collector<'_> {
    fn expr(&mut self, expr: &Expr, mode: Mode) {
        match expr {
            Expr::Lit(_) => {}
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => self.name(name, Vec::new(), mode, None),
                None => self.opaque(path.to_token_stream(), Hidden::Any),
            },
            Expr::Field(_) => self.place(expr, mode, None),
            Expr::MethodCall(call) => {
                let method = call.method.to_string();
                let mode = match words::borrows_receiver(&method) {
                    true => Mode::Read,
                    false => Mode::Receiver,
                };
                self.receiver(&call.receiver, mode, method);
                call.args.iter().for_each(|arg| self.expr(arg, Mode::Value));
            }
            Expr::Macro(invocation) => self.macro_call(&invocation.mac),
            Expr::Closure(closure) if closure.capture.is_none() => {
                self.taking_along(expr, |inner| inner.expr(&closure.body, Mode::Value));
            }
            Expr::Async(block) if block.capture.is_none() => {
                self.taking_along(expr, |inner| inner.arm_of_block(&block.block));
            }
            Expr::Assign(assign) => {
                self.expr(&assign.right, Mode::Value);
                let first = self.found.len();
                self.expr(&assign.left, Mode::Write);
                self.found[first..].iter_mut().for_each(|used| used.sets = true);
            }
            Expr::Binary(binary) if !evaluation::assigns(&binary.op) => {
                let operands = [&binary.left, &binary.right].into_iter();
                operands.for_each(|operand| match evaluation::compares(&binary.op) {
                    true => self.expr(operand, Mode::Read),
                    false => self.of_operator(operand),
                });
            }
            Expr::If(branch) => self.branch(expr, branch),
            Expr::Match(choice) => self.choice(expr, choice),
            expr => {
                let operands = &mut |role, operand: &Expr| self.operand(role, operand, mode);
                if !evaluation::each_operand(expr, operands) {
                    self.not_looked_into(expr);
                }
            }
        }
    }

    /// What an operator is given by value.
    fn of_operator(&mut self, operand: &Expr) {
        self.by_operator = evaluation::is_path_of_fields(operand);
        self.expr(operand, Mode::Value);
        self.by_operator = false;
    }

    /// An operand of an expression that is itself used in a mode.
    fn operand(&mut self, role: Role, operand: &Expr, outer: Mode) {
        let mode = match role {
            Role::Same => outer,
            Role::Value => Mode::Value,
            Role::Shared => Mode::Read,
            Role::Exclusive | Role::Assigned => Mode::Write,
            // What an index takes out by value is a copy.
            Role::Indexed if outer == Mode::Write => Mode::Write,
            Role::Indexed => Mode::Read,
            // A path of more than a name is no variable.
            Role::Callee if matches!(operand, Expr::Path(path) if path.path.get_ident().is_none()) =>
            {
                return;
            }
            Role::Callee | Role::Receiver => Mode::Receiver,
        };
        self.expr(operand, mode);
    }

    fn receiver(&mut self, receiver: &Expr, mode: Mode, method: String) {
        match receiver {
            Expr::Path(_) | Expr::Field(_) => self.place(receiver, mode, Some(method)),
            Expr::Paren(inner) => self.receiver(&inner.expr, mode, method),
            other => self.expr(other, mode),
        }
    }

    /// A path of fields under a variable, if that is what it is.
    fn place(&mut self, expr: &Expr, mode: Mode, method: Option<String>) {
        let mut fields = Vec::new();
        let mut base = expr;
        while let Expr::Field(field) = base {
            fields.push(match &field.member {
                Member::Named(name) => name.unraw().to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            });
            base = &field.base;
        }
        fields.reverse();
        match base {
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident() {
                    self.name(name, fields, mode, method);
                }
            }
            other => self.expr(other, if mode == Mode::Write { mode } else { Mode::Receiver }),
        }
    }

    fn name(&mut self, name: &Ident, fields: Vec<String>, mode: Mode, method: Option<String>) {
        if let Some(var) = self.env.get(name) {
            let var = var.clone();
            self.var(&var, fields, mode, method);
        }
    }

    fn var(&mut self, var: &Var, fields: Vec<String>, mode: Mode, method: Option<String>) {
        // A closure that is declared `mut` changes what it has taken.
        let calls = mode == Mode::Receiver && method.is_none() && var.mutable;
        let assigns = (mode == Mode::Write || calls) && self.opaque.is_none();
        let by_value = matches!(mode, Mode::Value | Mode::Receiver);
        let out_of_box = var.boxed && !fields.is_empty() && by_value;
        let writes = method.as_ref().is_some_and(|method| words::may_write(method));
        let may_write = writes && !var.standard && (var.mutable || var.exclusive);
        // From behind a reference an operand is a copy.
        let copies = self.by_operator && var.borrowed && !fields.is_empty();
        let mode = match mode {
            Mode::Value if copies => Mode::Read,
            Mode::Value if self.by_operator && var.exclusive => Mode::Value,
            Mode::Read if may_write || var.cell => Mode::Write,
            // A reference to one, or a method that need not take it.
            Mode::Value if var.cell && var.copy => Mode::Write,
            Mode::Receiver if var.cell => Mode::Write,
            Mode::Value | Mode::Receiver if var.exclusive => Mode::Write,
            Mode::Receiver if var.mutable => Mode::Write,
            Mode::Value | Mode::Receiver if var.copy => Mode::Read,
            mode => mode,
        };
        // To change a field of what a guard shows borrows the guard.
        let whole = var.guard && mode == Mode::Write;
        let fields = if whole { Vec::new() } else { fields };
        let place = Place { root: var.id, name: var.name.clone(), fields };
        let opaque = self.opaque.is_some();
        let doubted = match &self.opaque {
            None => false,
            Some(Hidden::Any) => true,
            Some(Hidden::Names(names)) => names.contains(&*var.name),
        };
        let detached = self.leaving || copies;
        let access = Access {
            place,
            mode,
            method,
            out_of_box,
            opaque,
            doubted,
            assigns,
            sets: false,
            captured: false,
            detached,
            via: None,
        };
        self.found.push(access);
        let aliases = var.aliases.iter().cloned();
        self.found.extend(aliases.map(|alias| Access {
            via: Some(var.id),
            detached: self.leaving,
            ..alias
        }));
    }

    fn macro_call(&mut self, mac: &Macro) {
        let (Some(kind), Some(expressions)) = (macros::kind(mac), macros::expressions(mac)) else {
            return self.opaque(mac.tokens.clone(), Hidden::Any);
        };
        for (at, expr) in expressions.iter().enumerate() {
            let mode = match kind {
                Kind::Value => Mode::Value,
                Kind::Matches if expressions.binds => Mode::Value,
                Kind::Write if at == 0 => Mode::Write,
                Kind::Write
                | Kind::Format
                | Kind::Log
                | Kind::Assert
                | Kind::Matches
                | Kind::Query => Mode::Read,
            };
            match expr {
                Expr::Lit(literal) => self.captures(&literal.lit.to_token_stream().to_string()),
                Expr::Assign(named) if macros::names_arguments(mac) => {
                    self.expr(&named.right, mode)
                }
                other => self.expr(other, mode),
            }
        }
        self.opaque(expressions.rest(), Hidden::Any);
    }

    /// Names in the braces of a format string.
    fn captures(&mut self, literal: &str) {
        for capture in tokens::captures(literal) {
            if let Some(var) = self.env.get_str(capture.name).cloned() {
                self.var(&var, Vec::new(), Mode::Read, None);
            }
        }
    }

    /// A form that may bind names anew: a loop, a block, an `async move` block.
    fn not_looked_into(&mut self, expr: &Expr) {
        let hidden = self.hidden_within(expr);
        self.opaque(expr.to_token_stream(), hidden);
    }

    /// The names that code binds anew, and those that are bound around it.
    fn hidden_within(&self, expr: &Expr) -> Hidden {
        let mut names = patterns::bound_within(expr);
        match &self.opaque {
            Some(Hidden::Any) => Hidden::Any,
            Some(Hidden::Names(around)) => {
                names.extend(around.iter().cloned());
                Hidden::Names(names)
            }
            None => Hidden::Names(names),
        }
    }

    /// Visits code that may bind names anew, or may not run.
    fn within(&mut self, hidden: Hidden, visit: impl FnOnce(&mut Self)) {
        let outer = self.opaque.replace(hidden);
        visit(self);
        self.opaque = outer;
    }

    /// What patterns take apart is used as any value is, but for a place: of that they may take a
    /// part, or borrow it.
    fn taken_apart(&mut self, source: &Expr, pats: &[&Pat]) {
        if !is_place(source) {
            return self.expr(source, Mode::Value);
        }
        let changes = pats.iter().any(|pat| patterns::borrows_mut(pat));
        let mode = if changes { Mode::Write } else { Mode::Value };
        self.within(self.hidden_within(source), |inner| inner.expr(source, mode));
    }

    fn branch(&mut self, whole: &Expr, branch: &ExprIf) {
        let hidden = || self.hidden_within(whole);
        let hidden = (hidden(), hidden());
        match &*branch.cond {
            Expr::Let(condition) => self.taken_apart(&condition.expr, &[&condition.pat]),
            // Several `let`s, of which a later one sees what those before it bind.
            cond if !patterns::of_condition(cond).is_empty() => {
                self.opaque(cond.to_token_stream(), hidden.0);
            }
            cond => self.expr(cond, Mode::Value),
        }
        self.within(hidden.1, |inner| {
            inner.arm_of_block(&branch.then_branch);
            branch.else_branch.iter().for_each(|(_, other)| inner.arm(other));
        });
    }

    fn choice(&mut self, whole: &Expr, choice: &ExprMatch) {
        let hidden = self.hidden_within(whole);
        let pats: Vec<&Pat> = choice.arms.iter().map(|arm| &arm.pat).collect();
        self.taken_apart(&choice.expr, &pats);
        self.within(hidden, |inner| {
            for arm in &choice.arms {
                if let Pat::Guard(guarded) = &arm.pat {
                    inner.expr(&guarded.guard, Mode::Value);
                }
                inner.arm(&arm.body);
            }
        });
    }

    /// An arm of a branch. One that only leaves gives the branch no value.
    fn arm(&mut self, body: &Expr) {
        let outer = self.leaving;
        self.leaving |= only_leaves(body);
        match body {
            Expr::Block(block) if block.label.is_none() => self.arm_of_block(&block.block),
            body => self.expr(body, Mode::Value),
        }
        self.leaving = outer;
    }

    fn arm_of_block(&mut self, block: &Block) {
        let outer = self.leaving;
        self.leaving |= block_only_leaves(block);
        for stmt in &block.stmts {
            match stmt {
                Stmt::Local(local) => self.binding(local),
                Stmt::Expr(expr, _) => self.expr(expr, Mode::Value),
                Stmt::Macro(call) => self.macro_call(&call.mac),
                Stmt::Item(item) => self.tokens(item.to_token_stream()),
            }
        }
        self.leaving = outer;
    }

    /// A `let`, with its `else`.
    fn binding(&mut self, local: &Local) {
        let Some(init) = &local.init else { return };
        let Some((_, other)) = &init.diverge else {
            return match patterns::plain_name(patterns::untyped(&local.pat)) {
                Some(_) => self.expr(&init.expr, Mode::Value),
                None => self.taken_apart(&init.expr, &[&local.pat]),
            };
        };
        self.taken_apart(&init.expr, &[&local.pat]);
        self.within(self.hidden_within(other), |inner| inner.arm(other));
    }

    /// A closure or an `async` block takes along what its body uses, as that uses it, wherever the
    /// body leaves to.
    fn taking_along(&mut self, expr: &Expr, visit: impl FnOnce(&mut Self)) {
        let names = patterns::bound_within(expr);
        let (first, leaving, captured) = (self.found.len(), self.leaving, self.opaque.is_none());
        self.within(Hidden::Names(names), visit);
        for used in &mut self.found[first..] {
            (used.detached, used.captured) = (leaving, captured);
        }
    }

    /// Any code at all: each name in it, used in the strongest way.
    fn opaque(&mut self, tokens: TokenStream, hidden: Hidden) {
        self.within(hidden, |inner| inner.tokens(tokens));
    }

    fn tokens(&mut self, tokens: TokenStream) {
        // What comes after a dot is a field or a method, but after two.
        let mut dots = 0;
        for token in tokens {
            let after_a_dot = dots == 1;
            dots = match &token {
                TokenTree::Punct(punct) if punct.as_char() == '.' => dots + 1,
                _ => 0,
            };
            match token {
                TokenTree::Ident(_) if after_a_dot => {}
                TokenTree::Ident(name) => {
                    if let Some(var) = self.env.get(&name).cloned() {
                        let mode = if var.mutable { Mode::Write } else { Mode::Value };
                        self.var(&var, Vec::new(), mode, None);
                    }
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => self.captures(&literal.to_string()),
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Whether code is a place, of which a pattern may take a part.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)),
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Group(inner) => is_place(&inner.expr),
        _ => false,
    }
}

/// Whether code comes to no value, as it leaves.
fn only_leaves(expr: &Expr) -> bool {
    match expr {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::Block(block) if block.label.is_none() => block_only_leaves(&block.block),
        _ => false,
    }
}

fn block_only_leaves(block: &Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(last, _)) => only_leaves(last),
        _ => false,
    }
}
