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

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote, quote_spanned};
use syn::{BinOp, Expr, ExprBinary, ExprReturn, Local, Stmt, parse_quote};

use super::operands::{InStatement, NotHoistable, Start};
use super::{InBlock, Lowering, shapes, tuples};
use crate::effects::environment::Env;
use crate::effects::{accesses, purity};
use crate::ir::access::{Access, VarId};
use crate::ir::tree::{OPERAND, Statement};
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::evaluation::{self, Part, Role};
use crate::syntax::{attributes, macros, tokens};

impl Lowering<'_> {
    /// The statement, below the `let`s of its operands, which are named by what stands above.
    pub(super) fn operands_apart(
        &mut self,
        stmt: Stmt,
        place: InBlock<'_>,
        above: &[Statement],
        env: &Env,
    ) -> Vec<Stmt> {
        let awaits = ControlFlow::of_stmt(&stmt).awaits;
        if awaits < 2 || !self.gains_apart(&stmt, place, above, env) {
            return vec![stmt];
        }
        let mut cut = Cut { env, first: above.len(), lets: Vec::new() };
        let mut rest = stmt.clone();
        let is_cut = expr_of(&mut rest).is_some_and(|expr| cut.apart(expr).is_some());
        if !is_cut || cut.lets.is_empty() {
            return vec![stmt];
        }
        cut.lets.into_iter().chain([rest]).collect()
    }

    /// Whether its operands would wait for each other in vain, or for what is above.
    fn gains_apart(
        &mut self,
        stmt: &Stmt,
        place: InBlock<'_>,
        above: &[Statement],
        env: &Env,
    ) -> bool {
        let plain = attributes::of_stmt(stmt).is_none_or(|attrs| attrs.is_empty());
        let Some(shape) = shapes::of(stmt, false, place.is_value).filter(|_| plain) else {
            return false;
        };
        let (expr, pat) = (shape.expr, shape.binding.as_ref().map(|local| &local.pat));
        let flow = ControlFlow::of_expr(value_of(expr));
        let known = matches!(shape.runs, shapes::Runs::Free | shapes::Runs::Effect)
            && !flow.jumps
            && (self.carries_errors || !flow.tries)
            && !looks(expr)
            && self.word(expr, pat, flow.tries, env).is_none();
        if !known {
            return false;
        }
        let uses = accesses::of_expr(value_of(expr), env);
        if given(above).iter().any(|var| uses.iter().any(|used| used.place.root == *var)) {
            return true;
        }
        let scopes = self.tree.scopes().len();
        let place = InStatement { below: place.below, initialises: false };
        let hoisted = self.hoist(expr, env, Start::Unmarked, place);
        self.tree.truncate(scopes);
        // What a value borrows from what it is made of ends with its own `let`.
        matches!(hoisted, Err(NotHoistable::Order)) && !makes_temporaries(expr)
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
        Part::Expr(Expr::Reference(borrow)) => (!shapes::is_place(&borrow.expr)).then_some(true),
        Part::Expr(Expr::Await(call)) => match &*call.base {
            Expr::MethodCall(called) => (!shapes::is_place(&called.receiver)).then_some(true),
            _ => None,
        },
        _ => None,
    })
}

struct Cut<'a> {
    env: &'a Env,
    /// The number of the first `let`.
    first: usize,
    lets: Vec<Stmt>,
}

impl Cut<'_> {
    /// Leaves one await in an expression; those before it stand in `let`s, if what is between can
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
                let by = if compares(op) { Role::Shared } else { Role::Value };
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

    /// Of operands in the order of evaluation the last that awaits stays.
    fn operands(&mut self, mut operands: Vec<(Role, &mut Expr)>) -> Option<()> {
        // An attribute may take an operand out.
        let plain = |operand: &Expr| attributes::of_expr(operand).is_none_or(Vec::is_empty);
        operands.iter().all(|(_, operand)| plain(operand)).then_some(())?;
        let last = operands.iter().rposition(|(_, operand)| control_flow::awaits(operand))?;
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
                    purity::is_pure(operand) && !awaited.any(disturbed)
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
        last.into_iter().next().and_then(|(_, operand)| self.apart(operand))
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

fn compares(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}

/// Whether an operand leaves no temporary that the rest of the statement could use.
fn stands_alone(operand: &Expr) -> bool {
    match operand {
        Expr::Binary(binary) => stands_alone(&binary.left) && stands_alone(&binary.right),
        Expr::Paren(inner) => stands_alone(&inner.expr),
        operand => tuples::leaves_nothing(operand),
    }
}
