//! What a statement is by its form, as far as it says why the planner runs it in its turn.

use std::fmt::{self, Display, Formatter};

use syn::visit_mut::{self, VisitMut};
use syn::{
    BinOp, Expr, ExprAsync, ExprBreak, ExprClosure, ExprContinue, ExprReturn, ExprTry, Item, Local,
    Macro, Stmt,
};

use crate::awaits::{self, Form};
use crate::names::{self, Locals, Names};

/// A statement that awaits, and is no call to the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaiting {
    /// `f().await;`
    Unnamed,
    /// `let _ = f().await;`
    Unused,
    /// `x = f().await;`
    Assigned,
    /// The value of the block: `Ok(f().await?)`.
    Value,
    /// `return f().await;`
    Jump,
    /// `if f().await { … }`, be it an initialiser.
    Head(Form),
    /// `let Some(x) = f().await else { … };`
    LetElse,
    /// Awaits in the blocks of an `if`.
    Branch,
    /// Awaits in the arms of a `match`.
    Match,
    /// Awaits in the body of a loop.
    Loop,
    Block,
    /// `let x = if c { f().await } else { … };`
    IfInitialiser,
    /// `let x = match y { … => f().await };`
    MatchInitialiser,
    /// `let x = { … f().await };`
    BlockInitialiser,
    /// A `let` whose await has to stay in its expression.
    Initialiser,
    /// A macro that awaits, as a statement or an initialiser.
    Macro,
}

/// A statement that awaits nothing, and is not plain to the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Between {
    /// `v.push(x);`, `n += 1;`: it changes a variable of the function.
    Local,
    /// `self.n = 1;`: it changes something else.
    Assignment,
    /// `f(x);`, `x.f();`
    Call,
    /// `f(x)?;`
    FallibleCall,
    /// `drop(x);`
    Drop,
    /// An `if`.
    Branch,
    /// An `if` that leaves the block or the function.
    LeavingBranch,
    Match,
    /// A `match` that leaves.
    LeavingMatch,
    Loop,
    Block,
    /// `return`, `break`, `continue`.
    Jump,
    /// `let Some(x) = y else { … };`
    LetElse,
    /// A `let` whose initialiser leaves by a jump.
    LeavingLet,
    /// `let _ = f(x);`
    Unused,
    /// A `let` that acts, or looks at the world.
    ActingLet,
    Macro,
    Other,
}

impl Awaiting {
    /// Of a statement that awaits; `last` is the last one of its block.
    pub(crate) fn of(stmt: &Stmt, last: bool) -> Self {
        let head = awaits::parts(stmt).first().and_then(awaits::Part::head);
        match stmt {
            Stmt::Local(local) => Awaiting::of_local(local, head),
            Stmt::Expr(expr, semi) => match (within(expr), head) {
                (_, Some(form)) if form != Form::Lazy => Awaiting::Head(form),
                (Expr::If(_), _) => Awaiting::Branch,
                (Expr::Match(_), _) => Awaiting::Match,
                (Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_), _) => Awaiting::Loop,
                (Expr::Block(_) | Expr::Unsafe(_), _) => Awaiting::Block,
                (Expr::Return(_) | Expr::Break(_), _) => Awaiting::Jump,
                (Expr::Assign(_), _) => Awaiting::Assigned,
                (Expr::Binary(binary), _) if assigns(&binary.op) => Awaiting::Assigned,
                (Expr::Macro(_), _) if semi.is_some() => Awaiting::Macro,
                _ if last && semi.is_none() => Awaiting::Value,
                _ => Awaiting::Unnamed,
            },
            Stmt::Macro(_) | Stmt::Item(_) => Awaiting::Macro,
        }
    }

    fn of_local(local: &Local, head: Option<Form>) -> Self {
        let Some(init) = &local.init else { return Awaiting::Initialiser };
        let initialiser = within(&init.expr);
        match (initialiser, head) {
            _ if init.diverge.is_some() => Awaiting::LetElse,
            (Expr::Macro(_), _) => Awaiting::Macro,
            (Expr::If(_) | Expr::Match(_), Some(form)) => Awaiting::Head(form),
            _ if Names::of(&local.pat).are_unused() => Awaiting::Unused,
            (Expr::If(_), _) => Awaiting::IfInitialiser,
            (Expr::Match(_), _) => Awaiting::MatchInitialiser,
            (Expr::Block(_) | Expr::Unsafe(_) | Expr::Loop(_), _) => Awaiting::BlockInitialiser,
            _ => Awaiting::Initialiser,
        }
    }
}

impl Between {
    /// Of a statement that awaits nothing.
    pub(crate) fn of(stmt: &Stmt, locals: &Locals) -> Self {
        let leaves = Leaves::of(stmt);
        match stmt {
            Stmt::Local(local) if local.init.as_ref().is_some_and(|it| it.diverge.is_some()) => {
                Between::LetElse
            }
            Stmt::Local(_) if leaves.jumps => Between::LeavingLet,
            Stmt::Local(local) if Names::of(&local.pat).are_unused() => Between::Unused,
            Stmt::Local(_) => Between::ActingLet,
            Stmt::Expr(expr, _) => Between::of_expr(expr, leaves, locals),
            Stmt::Macro(_) => Between::Macro,
            Stmt::Item(_) => Between::Other,
        }
    }

    fn of_expr(expr: &Expr, leaves: Leaves, locals: &Locals) -> Self {
        let may_leave = leaves.jumps || leaves.tries;
        match within(expr) {
            Expr::If(_) if may_leave => Between::LeavingBranch,
            Expr::If(_) => Between::Branch,
            Expr::Match(_) if may_leave => Between::LeavingMatch,
            Expr::Match(_) => Between::Match,
            Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => Between::Loop,
            Expr::Block(_) | Expr::Unsafe(_) => Between::Block,
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => Between::Jump,
            Expr::Macro(_) => Between::Macro,
            Expr::Assign(assign) => Between::of_change(&assign.left, locals),
            Expr::Binary(binary) if assigns(&binary.op) => Between::of_change(&binary.left, locals),
            Expr::Call(_) | Expr::MethodCall(_) if leaves.tries => Between::FallibleCall,
            Expr::MethodCall(call) => match names::root(&call.receiver) {
                Some(root) if locals.mutable.has(&root) => Between::Local,
                _ => Between::Call,
            },
            Expr::Call(call) => match names::root(&call.func) {
                Some(name) if name == "drop" => Between::Drop,
                _ => Between::Call,
            },
            _ => Between::Other,
        }
    }

    fn of_change(place: &Expr, locals: &Locals) -> Self {
        match locals.root(place) {
            Some(_) => Between::Local,
            None => Between::Assignment,
        }
    }
}

/// An expression without what only hands it on.
fn within(expr: &Expr) -> &Expr {
    match expr {
        Expr::Try(inner) => within(&inner.expr),
        Expr::Paren(inner) => within(&inner.expr),
        Expr::Group(inner) => within(&inner.expr),
        other => other,
    }
}

/// `+=` and the like.
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

/// How some code may leave.
#[derive(Clone, Copy, Default)]
struct Leaves {
    jumps: bool,
    tries: bool,
}

impl Leaves {
    fn of(stmt: &Stmt) -> Self {
        let mut found = Leaves::default();
        found.visit_stmt_mut(&mut stmt.clone());
        found
    }
}

impl VisitMut for Leaves {
    fn visit_expr_return_mut(&mut self, _: &mut ExprReturn) {
        self.jumps = true;
    }
    fn visit_expr_break_mut(&mut self, _: &mut ExprBreak) {
        self.jumps = true;
    }
    fn visit_expr_continue_mut(&mut self, _: &mut ExprContinue) {
        self.jumps = true;
    }
    fn visit_expr_try_mut(&mut self, inner: &mut ExprTry) {
        self.tries = true;
        visit_mut::visit_expr_try_mut(self, inner);
    }
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        let name = mac.path.segments.last().map(|segment| segment.ident.to_string());
        self.jumps |= matches!(name.as_deref(), Some("bail" | "ensure"));
    }
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

impl Display for Awaiting {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Awaiting::Unnamed => "a statement, `f().await;`",
            Awaiting::Unused => "`let _ = f().await;`",
            Awaiting::Assigned => "an assignment, `x = f().await;`",
            Awaiting::Value => "the value of the block",
            Awaiting::Jump => "`return f().await`",
            Awaiting::Head(Form::If) => "the head of an `if`",
            Awaiting::Head(Form::Match) => "the head of a `match`",
            Awaiting::Head(Form::While) => "the head of a `while`",
            Awaiting::Head(Form::For) => "the head of a `for`",
            Awaiting::Head(_) => "the head of a form",
            Awaiting::LetElse => "`let … else`",
            Awaiting::Branch => "blocks of an `if`",
            Awaiting::Match => "arms of a `match`",
            Awaiting::Loop => "a loop",
            Awaiting::Block => "a block",
            Awaiting::IfInitialiser => "an `if` initialiser",
            Awaiting::MatchInitialiser => "arms of a `match` initialiser",
            Awaiting::BlockInitialiser => "a block initialiser",
            Awaiting::Initialiser => "a `let`, where it has to stay",
            Awaiting::Macro => "a macro",
        })
    }
}

impl Display for Between {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Between::Local => "a change of a local, `v.push(x);`",
            Between::Assignment => "an assignment, `self.n = 1;`",
            Between::Call => "a call, `f(x);`",
            Between::FallibleCall => "a call with a `?`, `f(x)?;`",
            Between::Drop => "`drop(x);`",
            Between::Branch => "an `if`",
            Between::LeavingBranch => "an `if` that may leave",
            Between::Match => "a `match`",
            Between::LeavingMatch => "a `match` that may leave",
            Between::Loop => "a loop",
            Between::Block => "a block",
            Between::Jump => "a jump",
            Between::LetElse => "`let … else`",
            Between::LeavingLet => "a `let` that may leave by a jump",
            Between::Unused => "`let _ = f(x);`",
            Between::ActingLet => "a `let` that acts or looks at the world",
            Between::Macro => "a macro",
            Between::Other => "something else",
        })
    }
}
