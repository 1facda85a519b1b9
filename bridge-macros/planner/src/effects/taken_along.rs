//! What code that runs elsewhere takes along, and which of it it may change: what it changes is
//! its own copy.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Block, Expr, ExprLit, ExprMacro, Local, Macro, Member, Pat, Stmt};

use crate::effects::environment::{Env, Origin, Var};
use crate::effects::words;
use crate::syntax::evaluation::{self, Part};
use crate::syntax::macros::{self, Kind};
use crate::syntax::{patterns, tokens};

/// A use of a variable of the function.
pub(crate) struct Taken {
    pub(crate) name: Ident,
    /// The variable, with the fields under it that are named.
    pub(crate) place: String,
    pub(crate) change: Change,
}

/// What a use may change of the variable, by its form.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// All of it is assigned.
    Assigned,
    /// Some of it is assigned, or it is borrowed by `&mut`.
    Written,
    /// It is called so.
    Method(String),
    /// It is given to a macro, or called itself.
    Unknown,
}

impl Taken {
    /// Whether it may change the variable itself, which is this one.
    pub(crate) fn may_change(&self, var: &Var) -> bool {
        match &self.change {
            Change::Nothing => false,
            // A `let` without a value is assigned to once, `mut` or not.
            Change::Assigned => true,
            Change::Written | Change::Unknown => var.mutable,
            Change::Method(method) => {
                // What is a value of the standard library and `Copy` is a number or the like.
                let looks = match var.copy {
                    true => !method.starts_with("make_"),
                    false => words::borrows_receiver(method),
                };
                var.mutable && words::may_write(method) && !(var.standard && looks)
            }
        }
    }
}

/// The uses of variables of the function in code that runs elsewhere, in source order.
pub(crate) fn of_expr(code: &Expr, env: &Env) -> Vec<Taken> {
    let mut collector = Collector { outer: env, env: env.clone(), found: Vec::new() };
    collector.expr(code);
    collector.found
}

struct Collector<'a> {
    outer: &'a Env,
    /// With the names that the code itself binds.
    env: Env,
    found: Vec<Taken>,
}

impl Collector<'_> {
    fn used(&mut self, name: &Ident, place: String, change: Change) {
        let (Some(here), Some(outer)) = (self.env.get(name), self.outer.get(name)) else { return };
        if here.id == outer.id {
            self.found.push(Taken { name: name.clone(), place, change });
        }
    }

    fn bind(&mut self, pat: &Pat) {
        self.env.bind(pat, &Origin::default());
    }

    fn within(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = self.env.clone();
        visit(self);
        self.env = outer;
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Path(_) => self.place(expr, Change::Nothing),
            Expr::Field(_) => self.place(expr, Change::Nothing),
            Expr::Reference(borrow) if borrow.mutability.is_some() => {
                self.place(&borrow.expr, Change::Written);
            }
            Expr::Assign(assignment) => {
                self.expr(&assignment.right);
                self.assigned(&assignment.left);
            }
            Expr::Binary(binary) if evaluation::assigns(&binary.op) => {
                self.expr(&binary.right);
                self.place(&binary.left, Change::Written);
            }
            Expr::MethodCall(call) => {
                self.place(&call.receiver, Change::Method(call.method.to_string()));
                call.args.iter().for_each(|arg| self.expr(arg));
            }
            Expr::Call(call) => {
                self.place(&call.func, Change::Unknown);
                call.args.iter().for_each(|arg| self.expr(arg));
            }
            Expr::Macro(ExprMacro { mac, .. }) => self.mac(mac),
            Expr::Closure(closure) => self.within(|inner| {
                closure.inputs.iter().for_each(|input| inner.bind(input));
                inner.expr(&closure.body);
            }),
            Expr::Async(block) => self.block(&block.block),
            Expr::Block(block) => self.block(&block.block),
            Expr::Unsafe(block) => self.block(&block.block),
            Expr::TryBlock(block) => self.block(&block.block),
            Expr::Loop(repeat) => self.block(&repeat.body),
            Expr::Let(condition) => self.matched(&condition.expr, [&*condition.pat]),
            Expr::If(branch) => {
                self.within(|inner| {
                    inner.expr(&branch.cond);
                    inner.block(&branch.then_branch);
                });
                branch.else_branch.iter().for_each(|(_, other)| self.expr(other));
            }
            Expr::While(repeat) => self.within(|inner| {
                inner.expr(&repeat.cond);
                inner.block(&repeat.body);
            }),
            Expr::ForLoop(repeat) => {
                self.expr(&repeat.expr);
                self.within(|inner| {
                    inner.bind(&repeat.pat);
                    inner.block(&repeat.body);
                });
            }
            Expr::Match(choice) => {
                let pats = choice.arms.iter().map(|arm| &arm.pat);
                self.within(|inner| inner.matched(&choice.expr, pats));
                for arm in &choice.arms {
                    self.within(|inner| {
                        inner.bind(&arm.pat);
                        if let Pat::Guard(guarded) = &arm.pat {
                            inner.expr(&guarded.guard);
                        }
                        inner.expr(&arm.body);
                    });
                }
            }
            expr => evaluation::each_part(expr, &mut |part| match part {
                Part::Expr(expr) => self.expr(expr),
                Part::Stmt(stmt) => self.stmt(stmt),
            }),
        }
    }

    fn block(&mut self, block: &Block) {
        self.within(|inner| block.stmts.iter().for_each(|stmt| inner.stmt(stmt)));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Local(Local { pat, init, .. }) => {
                if let Some(init) = init {
                    self.matched(&init.expr, [pat]);
                    init.diverge.iter().for_each(|(_, other)| self.expr(other));
                }
                self.bind(pat);
            }
            Stmt::Expr(expr, _) => self.expr(expr),
            Stmt::Macro(call) => self.mac(&call.mac),
            Stmt::Item(_) => {}
        }
    }

    /// What patterns take apart, and the names that they bind.
    fn matched<'p>(&mut self, value: &Expr, pats: impl IntoIterator<Item = &'p Pat>) {
        let pats: Vec<&Pat> = pats.into_iter().collect();
        let change = match pats.iter().any(|pat| patterns::borrows_mut(pat)) {
            true => Change::Written,
            false => Change::Nothing,
        };
        self.place(value, change);
        pats.into_iter().for_each(|pat| self.bind(pat));
    }

    fn assigned(&mut self, left: &Expr) {
        match left {
            Expr::Path(_) => self.place(left, Change::Assigned),
            // Each is assigned to.
            Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Call(_) | Expr::Paren(_) => {
                evaluation::each_operand(left, &mut |_, part| self.assigned(part));
            }
            left => self.place(left, Change::Written),
        }
    }

    /// A variable with what is looked up under it, or any other expression.
    fn place(&mut self, expr: &Expr, change: Change) {
        let (mut base, mut fields) = (expr, String::new());
        loop {
            base = match base {
                Expr::Field(field) => {
                    let name = match &field.member {
                        Member::Named(name) => name.to_string(),
                        Member::Unnamed(index) => index.index.to_string(),
                    };
                    fields = format!(".{name}{fields}");
                    &field.base
                }
                Expr::Index(index) => {
                    self.expr(&index.index);
                    fields.clear();
                    &index.expr
                }
                Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => {
                    fields.clear();
                    &unary.expr
                }
                Expr::Paren(inner) => &inner.expr,
                Expr::Group(inner) => &inner.expr,
                Expr::Path(path) => {
                    if let Some(name) = path.path.get_ident() {
                        self.used(name, format!("{name}{fields}"), change);
                    }
                    return;
                }
                other => return self.expr(other),
            };
        }
    }

    fn mac(&mut self, mac: &Macro) {
        let Some(expressions) = macros::expressions(mac) else {
            return self.unknown(mac.tokens.clone());
        };
        let writes = macros::kind(mac) == Some(Kind::Write);
        for (at, expr) in expressions.iter().enumerate() {
            match expr {
                Expr::Assign(named) if macros::names_arguments(mac) => self.expr(&named.right),
                expr if writes && at == 0 => self.place(expr, Change::Written),
                Expr::Lit(literal) => self.captured(literal),
                expr => self.expr(expr),
            }
        }
        self.unknown(expressions.rest());
    }

    /// Names in the braces of a format string.
    fn captured(&mut self, literal: &ExprLit) {
        for capture in tokens::captures(&literal.lit.to_token_stream().to_string()) {
            if let Ok(mut name) = syn::parse_str::<Ident>(capture.name) {
                name.set_span(literal.span());
                self.used(&name, name.to_string(), Change::Nothing);
            }
        }
    }

    fn unknown(&mut self, code: TokenStream) {
        tokens::each_name(code, &mut |name| self.used(name, name.to_string(), Change::Unknown));
    }
}
