//! `add(one(x).await, two(y).await)` with a `let` for each await but the last, where an operand
//! waits for another, or for a call above: then it is chained, its value passes on, and what both
//! use keeps its order, as of any two `let`s.
//!
//! ```text
//! // Input:
//! add(one(x).await, two(y).await)
//! // Output:
//! let bridge_operand_3 = one(x).await;
//! add(bridge_operand_3, two(y).await)
//! ```

use std::mem;

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprBinary, ExprIndex, ExprReturn, ExprUnary, Local, Stmt, UnOp, parse_quote};

use super::operands::{InStatement, NotHoistable, Start};
use super::{InBlock, Lowering, shapes, tuples};
use crate::effects::environment::Env;
use crate::effects::{accesses, purity};
use crate::ir::access::{Access, VarId};
use crate::ir::tree::{OPERAND, Statement};
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::evaluation::{self, Part, Role};
use crate::syntax::{attributes, macros, patterns, tokens};

impl Lowering<'_> {
    /// The statement, below the `let`s of its operands, which are named by what stands above. If a
    /// call below needs what it binds, and all else only computes, none of its awaits is left in it.
    pub(super) fn operands_apart(
        &mut self,
        stmt: Stmt,
        place: InBlock<'_>,
        above: &[Statement],
        env: &Env,
    ) -> Vec<Stmt> {
        if ControlFlow::of_stmt(&stmt).awaits < 2 {
            return vec![stmt];
        }
        let Some(gain) = self.gain_apart(&stmt, place, above, env) else { return vec![stmt] };
        let (first, tries) = (above.len(), ControlFlow::of_stmt(&stmt).tries);
        let cut = |whole| Cut { env, first, whole, tries, lets: Vec::new() }.of(&stmt);
        let passed = gain.passes.then(|| cut(true)).flatten();
        let passed = passed.filter(|apart| apart.last().is_some_and(purity::is_pure_let));
        let apart = passed.or_else(|| gain.starts.then(|| cut(false)).flatten());
        apart.unwrap_or_else(|| vec![stmt])
    }

    /// What is gained if its operands are calls like any other; `None` if they cannot be.
    fn gain_apart(
        &mut self,
        stmt: &Stmt,
        place: InBlock<'_>,
        above: &[Statement],
        env: &Env,
    ) -> Option<Gain> {
        let plain = attributes::of_stmt(stmt).is_none_or(|attrs| attrs.is_empty());
        let shape = shapes::of(stmt, false, place.is_value).filter(|_| plain)?;
        let (expr, pat) = (shape.expr, shape.binding.as_ref().map(|local| &local.pat));
        let flow = ControlFlow::of_expr(value_of(expr));
        let known = matches!(shape.runs, shapes::Runs::Free | shapes::Runs::Effect)
            && !flow.jumps
            && (self.carries_errors || !flow.tries)
            && !looks(expr)
            && self.word(expr, pat, flow.tries, env).is_none();
        if !known {
            return None;
        }
        let scopes = self.tree.scopes().len();
        let in_statement = InStatement { below: place.below, initialises: false };
        let hoisted = self.hoist(expr, env, Start::Unmarked, in_statement);
        self.tree.truncate(scopes);
        let given = given(above);
        let uses = accesses::of_expr(value_of(expr), env);
        let waits = given.iter().any(|var| uses.iter().any(|used| used.place.root == *var));
        match hoisted {
            // What a value borrows from what it is made of ends with its own `let`.
            Err(NotHoistable::Order) if makes_temporaries(expr) => None,
            Err(NotHoistable::Order) => Some(Gain { starts: true, passes: false }),
            Ok(_) | Err(_) => Some(Gain { starts: waits, passes: passes_on(stmt, place) }),
        }
    }
}

/// What operands of their own gain.
struct Gain {
    /// They would wait for each other in vain, or for what is above.
    starts: bool,
    /// A call below needs what the statement binds.
    passes: bool,
}

/// Whether a call below needs what a statement binds.
fn passes_on(stmt: &Stmt, place: InBlock<'_>) -> bool {
    let Stmt::Local(Local { pat, .. }) = stmt else { return false };
    patterns::plain_name(patterns::untyped(pat)).is_some_and(|name| {
        let needs = |stmt: &Stmt| {
            let awaits = first_evaluated(stmt).filter(|expr| control_flow::awaits(expr));
            awaits.is_some_and(|expr| tokens::mentions(expr.to_token_stream(), name))
        };
        place.below.iter().any(|stmts| stmts.iter().any(needs))
    })
}

/// What may be asked for awaits that start early.
fn first_evaluated(stmt: &Stmt) -> Option<&Expr> {
    match stmt {
        Stmt::Local(local) => local.init.as_ref().map(|init| &*init.expr),
        Stmt::Expr(Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Block(_), _) => None,
        Stmt::Expr(expr, _) => Some(shapes::head(expr).unwrap_or(expr)),
        Stmt::Macro(_) | Stmt::Item(_) => None,
    }
}

/// Whether code looks at the world, around what is awaited or in what that is given.
fn looks(expr: &Expr) -> bool {
    purity::looks(expr)
        || evaluation::any_part(expr, &|part| match part {
            Part::Expr(Expr::Await(call)) => purity::arguments_look(&call.base).then_some(true),
            _ => None,
        })
}

/// What calls have bound, and what is made of that.
fn given(above: &[Statement]) -> Vec<VarId> {
    let mut given: Vec<VarId> = Vec::new();
    for statement in above {
        let made = statement.plain().is_some()
            && statement.uses.iter().any(|used| given.contains(&used.place.root));
        if made || statement.call().is_some() {
            given.extend(&statement.binds);
        }
    }
    given
}

fn value_of(expr: &Expr) -> &Expr {
    match expr {
        Expr::Return(ExprReturn { expr: Some(value), .. }) => value,
        expr => expr,
    }
}

fn expr_of(stmt: &mut Stmt) -> Option<&mut Expr> {
    let expr = match stmt {
        Stmt::Local(Local { init, .. }) => &mut *init.as_mut()?.expr,
        Stmt::Expr(expr, _) => expr,
        Stmt::Macro(_) | Stmt::Item(_) => return None,
    };
    match expr {
        Expr::Return(ExprReturn { expr: Some(value), .. }) => Some(value),
        expr => Some(expr),
    }
}

/// Whether what is awaited is given something that ends with the statement.
fn makes_temporaries(expr: &Expr) -> bool {
    evaluation::any_part(expr, &|part| match part {
        Part::Expr(Expr::Reference(borrow)) => (!stays(&borrow.expr)).then_some(true),
        Part::Expr(Expr::Await(call)) => match &*call.base {
            Expr::MethodCall(called) => (!stays(&called.receiver)).then_some(true),
            _ => None,
        },
        _ => None,
    })
}

/// Whether what is borrowed is no temporary.
fn stays(expr: &Expr) -> bool {
    match expr {
        Expr::Unary(ExprUnary { op: UnOp::Deref(_), expr, .. }) => stays(expr),
        Expr::Index(ExprIndex { expr, .. }) => stays(expr),
        expr => shapes::is_place(expr),
    }
}

struct Cut<'a> {
    env: &'a Env,
    /// The number of the first `let`.
    first: usize,
    /// No await is to be left.
    whole: bool,
    /// It may leave the function.
    tries: bool,
    lets: Vec<Stmt>,
}

impl Cut<'_> {
    /// The statement below the `let`s, if there are any.
    fn of(mut self, stmt: &Stmt) -> Option<Vec<Stmt>> {
        let mut rest = stmt.clone();
        self.apart(expr_of(&mut rest)?)?;
        (!self.lets.is_empty()).then(|| self.lets.into_iter().chain([rest]).collect())
    }

    /// Leaves one await in an expression, or none if it is to be whole; those before it stand in `let`s, if what is between can
    /// be evaluated below them.
    fn apart(&mut self, expr: &mut Expr) -> Option<()> {
        if ControlFlow::of_expr(expr).awaits < 2 {
            return Some(());
        }
        match expr {
            Expr::Paren(inner) => self.apart(&mut inner.expr),
            Expr::Try(inner) => self.apart(&mut inner.expr),
            // An await in what is awaited is a link of one chain.
            Expr::Await(_) => Some(()),
            Expr::Macro(call) => {
                let by = match macros::kind(&call.mac)? {
                    macros::Kind::Format => Role::Shared,
                    macros::Kind::Value if call.mac.path.is_ident("vec") => Role::Value,
                    _ => return None,
                };
                let named = macros::names_arguments(&call.mac);
                let mut given = macros::expressions(&call.mac)?;
                let operands = given.iter_mut().map(|given| match (named, given) {
                    (true, Expr::Assign(assign)) => (by, &mut *assign.right),
                    (_, given) => (by, given),
                });
                self.operands(operands.collect())?;
                call.mac.tokens = quote!(#given);
                Some(())
            }
            Expr::Binary(ExprBinary { op, left, right, .. }) if !evaluation::is_lazy(op) => {
                let by = if evaluation::compares(op) { Role::Shared } else { Role::Value };
                (!evaluation::assigns(op)).then_some(())?;
                self.operands(vec![(by, &mut **left), (by, &mut **right)])
            }
            Expr::Call(call) => {
                let args = call.args.iter_mut().map(|arg| (Role::Value, arg));
                self.operands([(Role::Callee, &mut *call.func)].into_iter().chain(args).collect())
            }
            Expr::MethodCall(call) => {
                let args = call.args.iter_mut().map(|arg| (Role::Value, arg));
                let receiver = (Role::Receiver, &mut *call.receiver);
                self.operands([receiver].into_iter().chain(args).collect())
            }
            Expr::Field(field) => self.apart(&mut field.base),
            Expr::Tuple(tuple) => {
                self.operands(tuple.elems.iter_mut().map(|elem| (Role::Value, elem)).collect())
            }
            Expr::Array(array) => {
                self.operands(array.elems.iter_mut().map(|elem| (Role::Value, elem)).collect())
            }
            Expr::Struct(literal) => {
                let plain = literal.rest.is_none()
                    && literal.fields.iter().all(|field| field.attrs.is_empty());
                plain.then_some(())?;
                let fields = literal.fields.iter_mut().map(|field| (Role::Value, &mut field.expr));
                self.operands(fields.collect())
            }
            _ => None,
        }
    }

    /// Of operands in the order of evaluation the last that awaits stays, unless none is to.
    fn operands(&mut self, mut operands: Vec<(Role, &mut Expr)>) -> Option<()> {
        // An attribute may take an operand out.
        let plain = |operand: &Expr| attributes::of_expr(operand).is_none_or(Vec::is_empty);
        operands.iter().all(|(_, operand)| plain(operand)).then_some(())?;
        let last = operands.iter().rposition(|(_, operand)| control_flow::awaits(operand))?;
        let whole = mem::take(&mut self.whole) && stands_alone(operands[last].1);
        let uses = |operand: &Expr| accesses::of_expr(operand, self.env);
        for (at, (_, operand)) in operands[..last].iter().enumerate() {
            let own = uses(operand);
            let mut awaited = operands[at + 1..=last]
                .iter()
                .filter(|(_, later)| control_flow::awaits(later))
                .flat_map(|(_, later)| uses(later));
            let waits = match control_flow::awaits(operand) {
                true => stands_alone(operand),
                false => {
                    let disturbed = |then: Access| own.iter().any(|own| own.conflicts(&then));
                    // It comes below what is cut: had that failed, nobody can tell that it was not
                    // evaluated.
                    let mut cut = operands[at + 1..last].iter();
                    let passes = whole || cut.any(|(_, later)| control_flow::awaits(later));
                    let takes = || self.tries && own.iter().any(Access::moves);
                    purity::is_pure(operand)
                        && !awaited.any(disturbed)
                        && !(passes && (makes(operand) || takes()))
                }
            };
            waits.then_some(())?;
        }
        let last = operands.split_off(last);
        for (by, operand) in operands {
            if control_flow::awaits(operand) {
                self.apart(operand)?;
                self.cut(by, operand);
            }
        }
        let (by, operand) = last.into_iter().next()?;
        self.apart(operand)?;
        if whole {
            self.cut(by, operand);
        }
        Some(())
    }

    /// Puts an operand in a `let`, and its name in its place. Where it is not taken by value, it
    /// is a temporary all the same, which ends with the statement.
    fn cut(&mut self, by: Role, operand: &mut Expr) {
        let begins = tokens::begin(operand.to_token_stream());
        let span = begins.unwrap_or_else(Span::call_site);
        let name = Ident::new(&format!("{OPERAND}_{}", self.first + self.lets.len() + 1), span);
        let code = quote_spanned!(span=> let #name = #operand;);
        self.lets.push(parse_quote!(#code));
        *operand = match by {
            Role::Value => parse_quote!(#name),
            _ => parse_quote!((#name,).0),
        };
    }
}

/// Whether an operand makes a value, which may panic, or be dropped.
fn makes(operand: &Expr) -> bool {
    match operand {
        Expr::Reference(borrow) => !stays(&borrow.expr),
        Expr::Paren(inner) => makes(&inner.expr),
        operand => !stays(operand),
    }
}

/// Whether an operand leaves no temporary that the rest of the statement could use.
fn stands_alone(operand: &Expr) -> bool {
    match operand {
        Expr::Binary(binary) => stands_alone(&binary.left) && stands_alone(&binary.right),
        Expr::Paren(inner) => stands_alone(&inner.expr),
        operand => tuples::leaves_nothing(operand),
    }
}
