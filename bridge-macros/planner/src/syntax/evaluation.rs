//! The one walker that knows the parts of an expression, in the order in which they are
//! evaluated.

use syn::{BinOp, Block, Expr, Pat, Stmt, UnOp};

/// How an expression uses one of its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the operand, or a part of it: `(x)`, `*x`, `x.field`.
    Same,
    /// By value.
    Value,
    /// `&x`.
    Shared,
    /// `&mut x`.
    Exclusive,
    /// `x[…]`.
    Indexed,
    /// `f(…)`.
    Callee,
    /// `x.method()`.
    Receiver,
    /// `x = …`, `x += …`.
    Assigned,
}

/// One table for expressions that are looked at and for those that are rewritten.
macro_rules! operands {
    ($(#[$doc:meta])* $name:ident $(, $mutable:tt)?) => {
        $(#[$doc])*
        pub(crate) fn $name(
            expr: &$($mutable)? Expr,
            visit: &mut dyn FnMut(Role, &$($mutable)? Expr),
        ) -> bool {
            match expr {
                Expr::Paren(inner) => visit(Role::Same, &$($mutable)? inner.expr),
                Expr::Group(inner) => visit(Role::Same, &$($mutable)? inner.expr),
                Expr::Field(inner) => visit(Role::Same, &$($mutable)? inner.base),
                Expr::Unary(inner) => {
                    let role = match inner.op {
                        UnOp::Deref(_) => Role::Same,
                        _ => Role::Value,
                    };
                    visit(role, &$($mutable)? inner.expr);
                }
                Expr::Reference(inner) => {
                    let role = match inner.mutability {
                        Some(_) => Role::Exclusive,
                        None => Role::Shared,
                    };
                    visit(role, &$($mutable)? inner.expr);
                }
                Expr::Index(inner) => {
                    visit(Role::Indexed, &$($mutable)? inner.expr);
                    visit(Role::Value, &$($mutable)? inner.index);
                }
                Expr::Await(inner) => visit(Role::Value, &$($mutable)? inner.base),
                Expr::Try(inner) => visit(Role::Value, &$($mutable)? inner.expr),
                Expr::Cast(inner) => visit(Role::Value, &$($mutable)? inner.expr),
                Expr::Repeat(inner) => visit(Role::Value, &$($mutable)? inner.expr),
                Expr::Tuple(inner) => {
                    for elem in &$($mutable)? inner.elems {
                        visit(Role::Value, elem);
                    }
                }
                Expr::Array(inner) => {
                    for elem in &$($mutable)? inner.elems {
                        visit(Role::Value, elem);
                    }
                }
                Expr::Struct(inner) => {
                    for field in &$($mutable)? inner.fields {
                        visit(Role::Value, &$($mutable)? field.expr);
                    }
                    if let Some(rest) = &$($mutable)? inner.rest {
                        visit(Role::Value, rest);
                    }
                }
                Expr::Range(inner) => {
                    for end in [&$($mutable)? inner.start, &$($mutable)? inner.end] {
                        if let Some(end) = end {
                            visit(Role::Value, end);
                        }
                    }
                }
                Expr::Binary(inner) => {
                    let role = if assigns(&inner.op) { Role::Assigned } else { Role::Value };
                    visit(role, &$($mutable)? inner.left);
                    visit(Role::Value, &$($mutable)? inner.right);
                }
                Expr::Assign(inner) => {
                    visit(Role::Value, &$($mutable)? inner.right);
                    visit(Role::Assigned, &$($mutable)? inner.left);
                }
                Expr::Call(inner) => {
                    visit(Role::Callee, &$($mutable)? inner.func);
                    for arg in &$($mutable)? inner.args {
                        visit(Role::Value, arg);
                    }
                }
                Expr::MethodCall(inner) => {
                    visit(Role::Receiver, &$($mutable)? inner.receiver);
                    for arg in &$($mutable)? inner.args {
                        visit(Role::Value, arg);
                    }
                }
                _ => return false,
            }
            true
        }
    };
}

operands! {
    /// Visits the operands of an expression, in the order of evaluation. Tells whether it is
    /// one that is made of operands: else it visits nothing. (The right operand of `&&` and
    /// `||` may not be evaluated: see [`is_lazy`].)
    each_operand
}

operands! {
    /// The same, to rewrite them.
    each_operand_mut, mut
}

/// Whether a binary operator assigns.
pub(crate) fn assigns(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

/// Whether the right operand is evaluated only if the left one asks for it.
pub(crate) fn is_lazy(op: &BinOp) -> bool {
    matches!(op, BinOp::And(_) | BinOp::Or(_))
}

/// Whether an operator looks at both operands, and gives a `bool`.
pub(crate) fn compares(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}

/// Whether an expression is a name, or a field of one.
pub(crate) fn is_path_of_fields(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_path_of_fields(&field.base),
        _ => false,
    }
}

/// Whether code holds a statement that is no `let`.
pub(crate) fn holds_statements(code: &Expr) -> bool {
    any_part(code, &|part| match part {
        Part::Stmt(Stmt::Expr(_, Some(_)) | Stmt::Macro(_)) => Some(true),
        _ => None,
    })
}

/// Whether a part makes a closure or an `async` block, of which each has a type of its own.
pub(crate) fn makes_code(part: Part<'_>) -> Option<bool> {
    matches!(part, Part::Expr(Expr::Closure(_) | Expr::Async(_))).then_some(true)
}

/// A part of an expression that belongs to the function's own code.
pub(crate) enum Part<'e> {
    Expr(&'e Expr),
    Stmt(&'e Stmt),
}

/// Visits what is right inside of an expression: operands, conditions, branches, and the
/// statements of its blocks. Closures, `async` blocks and items own what is in them, and a
/// macro has to be known first: see [`macros::expressions`](super::macros::expressions).
pub(crate) fn each_part(expr: &Expr, visit: &mut dyn FnMut(Part<'_>)) {
    if each_operand(expr, &mut |_, operand| visit(Part::Expr(operand))) {
        return;
    }
    match expr {
        Expr::If(branch) => {
            visit(Part::Expr(&branch.cond));
            of_block(&branch.then_branch, visit);
            branch.else_branch.iter().for_each(|(_, other)| visit(Part::Expr(other)));
        }
        Expr::Match(choice) => {
            visit(Part::Expr(&choice.expr));
            for arm in &choice.arms {
                if let Pat::Guard(guarded) = &arm.pat {
                    visit(Part::Expr(&guarded.guard));
                }
                visit(Part::Expr(&arm.body));
            }
        }
        Expr::ForLoop(repeat) => {
            visit(Part::Expr(&repeat.expr));
            of_block(&repeat.body, visit);
        }
        Expr::While(repeat) => {
            visit(Part::Expr(&repeat.cond));
            of_block(&repeat.body, visit);
        }
        Expr::Loop(repeat) => of_block(&repeat.body, visit),
        Expr::Block(block) => of_block(&block.block, visit),
        Expr::Unsafe(block) => of_block(&block.block, visit),
        Expr::TryBlock(block) => of_block(&block.block, visit),
        Expr::Let(condition) => visit(Part::Expr(&condition.expr)),
        Expr::RawAddr(address) => visit(Part::Expr(&address.expr)),
        Expr::Return(jump) => jump.expr.iter().for_each(|expr| visit(Part::Expr(expr))),
        Expr::Break(jump) => jump.expr.iter().for_each(|expr| visit(Part::Expr(expr))),
        Expr::Yield(jump) => jump.expr.iter().for_each(|expr| visit(Part::Expr(expr))),
        _ => {}
    }
}

/// Whether something holds for an expression or any part of it: an answer to a part is one for
/// all that is in it, and without an answer its own parts are asked.
pub(crate) fn any_part(expr: &Expr, ask: &dyn Fn(Part<'_>) -> Option<bool>) -> bool {
    ask(Part::Expr(expr)).unwrap_or_else(|| {
        let mut found = false;
        each_part(expr, &mut |part| {
            found = found
                || match part {
                    Part::Expr(expr) => any_part(expr, ask),
                    Part::Stmt(stmt) => any_part_of_stmt(stmt, ask),
                };
        });
        found
    })
}

/// The same for a statement.
pub(crate) fn any_part_of_stmt(stmt: &Stmt, ask: &dyn Fn(Part<'_>) -> Option<bool>) -> bool {
    ask(Part::Stmt(stmt)).unwrap_or_else(|| {
        let mut found = false;
        each_expr(stmt, &mut |expr| found = found || any_part(expr, ask));
        found
    })
}

/// Visits the expressions that a statement is made of.
pub(crate) fn each_expr(stmt: &Stmt, visit: &mut dyn FnMut(&Expr)) {
    match stmt {
        Stmt::Local(local) => {
            if let Some(init) = &local.init {
                visit(&init.expr);
                init.diverge.iter().for_each(|(_, other)| visit(other));
            }
        }
        Stmt::Expr(expr, _) => visit(expr),
        Stmt::Macro(_) | Stmt::Item(_) => {}
    }
}

fn of_block(block: &Block, visit: &mut dyn FnMut(Part<'_>)) {
    block.stmts.iter().for_each(|stmt| visit(Part::Stmt(stmt)));
}
