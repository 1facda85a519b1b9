//! The awaits of one expression that may overlap.
//!
//! The expression around them is evaluated when they are joined, so nothing in it that is
//! evaluated before one starts may be seen from outside or change what that one sees.

use proc_macro2::Span;
use quote::quote;
use syn::{Expr, ExprAwait, ExprMacro, ExprMethodCall, ExprReturn, Token};

use super::blocks::BlockCall;
use super::{Below, Lowering, out_of_box, shapes};
use crate::effects::asks::{self, Asks};
use crate::effects::environment::Env;
use crate::effects::{accesses, closures, commands, local_effects, moves, purity};
use crate::ir::access::{self, Access};
use crate::ir::template;
use crate::ir::tree::{Awaited, Hoisted, Runs};
use crate::ir::word::Word;
use crate::syntax::arguments::Order;
use crate::syntax::control_flow::{self, ControlFlow};
use crate::syntax::{attributes, evaluation, macros};

/// Why an expression is asked for what it awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Its form allows it.
    Unmarked,
    /// A marker asks for it: it is not doubted that it can start.
    Marked,
    /// A marker asks for blocking code, which stands under an `.await` for that.
    Blocking,
}

/// Where the expression stands.
#[derive(Clone, Copy, Default)]
pub(super) struct InStatement<'s> {
    /// What comes after the statement, as far as that is known.
    pub(super) below: Below<'s>,
    /// It is all that a `let` is initialised with.
    pub(super) initialises: bool,
}

/// Why an await has to stay where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotHoistable {
    /// It depends on what runs before it in the same statement.
    Order,
    /// It takes a field out of a `Box`, of which an `async` block would take all,
    /// and drop the rest.
    OutOfBox,
    /// It is a command by its name.
    Command(Word),
}

impl NotHoistable {
    /// What to write instead, where a marker asks to start it.
    pub(super) fn message(&self) -> &'static str {
        match self {
            NotHoistable::Command(_) => unreachable!("a marker overrides what a name says"),
            NotHoistable::Order => {
                "this cannot start in the background: its `.await` depends on what runs before it \
                 in the same statement; give the call a `let` of its own (`let value = \
                 call().await;`), and use the name here"
            }
            NotHoistable::OutOfBox => {
                "this cannot start in the background: it moves a field out of a `Box`; move that \
                 into a name above (`let own = boxed.field;`), and use the name here"
            }
        }
    }
}

impl Lowering<'_> {
    /// Takes what it awaits out of an expression, or tells why an await in it has to stay
    /// where it is: in `strict` order also below a `?` between two of them. Of a branch that is
    /// what its head awaits.
    pub(super) fn hoist(
        &mut self,
        expr: &Expr,
        env: &Env,
        start: Start,
        place: InStatement<'_>,
    ) -> Result<Hoisted, NotHoistable> {
        let scopes = self.tree.scopes().len();
        let hoisted = self.hoist_operands(expr, env, start, place);
        if hoisted.is_err() {
            self.tree.truncate(scopes);
        }
        match hoisted {
            Err(NotHoistable::Order)
                if place.initialises
                    && start == Start::Unmarked
                    && self.order == Order::Background =>
            {
                self.as_one(expr, env, place.below).ok_or(NotHoistable::Order)
            }
            hoisted => hoisted,
        }
    }

    /// An expression whose operands depend on each other is a call all the same, in which they are
    /// awaited one after the other.
    fn as_one(&mut self, expr: &Expr, env: &Env, below: Below<'_>) -> Option<Hoisted> {
        let block = self.serial_call(expr, env, below)?;
        let span = control_flow::first_await(expr).unwrap_or_else(Span::call_site);
        let residual = template::hole(0, span);
        let awaited = vec![of_block(expr.clone(), block, span)];
        Some(Hoisted { awaited, residual, nested: Vec::new(), pure: true })
    }

    fn hoist_operands(
        &mut self,
        expr: &Expr,
        env: &Env,
        start: Start,
        InStatement { below, initialises }: InStatement<'_>,
    ) -> Result<Hoisted, NotHoistable> {
        let order = self.order;
        let (awaited, used) = (Vec::new(), Vec::new());
        let mut hoister =
            Hoister { lowering: self, env, start, below, awaited, used, visible: false };
        let mut residual = expr.clone();
        hoister.whole(&mut residual, initialises)?;
        let several = hoister.awaited.len() > 1;
        if several && start == Start::Unmarked && asks_again(&hoister.awaited) {
            return Err(NotHoistable::Order);
        }
        // What a later one is given by code that looks or acts comes after the earlier ones.
        let looks = hoister.awaited.iter().skip(1).any(|awaited| awaited.waits_its_turn);
        if looks && start == Start::Unmarked {
            return Err(NotHoistable::Order);
        }
        let gated = order == Order::Strict && several && ControlFlow::of_expr(&residual).tries;
        if gated || hoister.awaited.is_empty() || !hoister.undisturbed() {
            return Err(NotHoistable::Order);
        }
        let (awaited, nested, pure) = (hoister.awaited, Vec::new(), !hoister.visible);
        Ok(Hoisted { awaited, residual, nested, pure })
    }
}

fn of_block(base: Expr, block: BlockCall, span: Span) -> Awaited {
    let (attrs, dot_token, await_token) = (Vec::new(), Token![.](span), Token![await](span));
    let fallible = ControlFlow::of_expr(&base).tries;
    Awaited {
        call: ExprAwait { attrs, base: Box::new(base), dot_token, await_token },
        runs: Runs::Block(Box::new(block.template)),
        pure: block.pure,
        waits_its_turn: false,
        acts: false,
        reads: false,
        may_block: block.may_block,
        fallible,
        taken: Vec::new(),
        uses: block.uses,
    }
}

/// Whether nothing runs when an expression is evaluated that is assigned to.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Unary(unary) => is_place(&unary.expr),
        Expr::Index(index) => is_place(&index.expr) && purity::is_pure(&index.index),
        // What fills an entry changes nothing but that map.
        Expr::MethodCall(_) => true,
        expr => purity::is_pure(expr),
    }
}

/// Whether an operand is a variable, as it is or out of a tuple of it alone.
fn is_kept(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => matches!(&*field.base, Expr::Tuple(tuple)
            if tuple.elems.len() == 1 && tuple.elems.iter().all(is_kept)),
        _ => false,
    }
}

/// Whether one await asks what another has asked.
fn asks_again(awaited: &[Awaited]) -> bool {
    let asks = |awaited: &Awaited| match awaited.runs {
        Runs::Block(_) => asks::of_block(&awaited.call.base, &awaited.uses),
        _ => vec![asks::asks(&awaited.call, &awaited.uses)],
    };
    let asks: Vec<Vec<Asks>> = awaited.iter().map(asks).collect();
    asks.iter().enumerate().any(|(at, asked)| {
        let before = || asks[..at].iter().flatten();
        asked.iter().any(|asked| before().any(|before| before.again(asked)))
    })
}

struct Use {
    accesses: Vec<Access>,
    is_awaited: bool,
}

struct Hoister<'h, 'a> {
    lowering: &'h mut Lowering<'a>,
    env: &'h Env,
    start: Start,
    /// What comes after the statement.
    below: Below<'h>,
    awaited: Vec<Awaited>,
    /// What is awaited and the code between uses, in order.
    used: Vec<Use>,
    /// Something has run that can be seen from outside.
    visible: bool,
}

impl Hoister<'_, '_> {
    /// Visits all that is evaluated: of a branch the head, and of a change what is changed last.
    /// What a `let` is initialised with may be a call as a whole.
    fn whole(&mut self, expr: &mut Expr, initialises: bool) -> Result<(), NotHoistable> {
        if initialises && self.block(expr) {
            return Ok(());
        }
        match &mut *expr {
            Expr::Assign(assign) if is_place(&assign.left) => self.operand(&mut assign.right)?,
            Expr::Binary(binary) if evaluation::assigns(&binary.op) && is_place(&binary.left) => {
                self.operand(&mut binary.right)?;
            }
            // The entry is looked for when there is something to fill it with.
            Expr::MethodCall(call) if self.fills_entry(call) => {
                call.args.iter_mut().try_for_each(|value| self.operand(value))?;
            }
            // It hands its value on.
            Expr::Return(ExprReturn { expr: Some(value), .. }) => return self.operand(value),
            expr => match shapes::head_mut(expr) {
                Some(head) => self.operand(head)?,
                None => return self.operand(expr),
            },
        }
        self.visible = true;
        match shapes::rest_may_use_temporaries(expr, &self.awaited) {
            true => Err(NotHoistable::Order),
            false => Ok(()),
        }
    }

    /// `map.entry(key).or_insert(…)` of a local, which is as it was if there is nothing to insert.
    fn fills_entry(&self, call: &ExprMethodCall) -> bool {
        let Expr::MethodCall(entry) = &*call.receiver else { return false };
        call.method == "or_insert"
            && entry.method == "entry"
            && purity::is_pure(&entry.receiver)
            && entry.args.iter().all(purity::is_pure)
            && local_effects::changes_local(&Expr::MethodCall(call.clone()), self.env)
    }

    /// A branch or a block is a call as a whole, if it holds no effect.
    fn block(&mut self, expr: &mut Expr) -> bool {
        if self.visible || !control_flow::awaits(expr) {
            return false;
        }
        let marked = self.start == Start::Marked;
        let Some(block) = self.lowering.block_call(expr, marked, self.env, self.below) else {
            return false;
        };
        let span = control_flow::first_await(expr).unwrap_or_else(Span::call_site);
        let hole = template::hole(self.awaited.len(), span);
        let base = std::mem::replace(expr, hole);
        self.used.push(Use { accesses: block.uses.clone(), is_awaited: true });
        self.awaited.push(of_block(base, block, span));
        true
    }

    /// Visits an expression in the order of evaluation.
    fn operand(&mut self, expr: &mut Expr) -> Result<(), NotHoistable> {
        let flow = ControlFlow::of_expr(expr);
        if flow.awaits == 0 {
            return self.between(expr, flow);
        }
        // An attribute may take it out, with its start and its join.
        if attributes::of_expr(expr).is_some_and(|attrs| !attrs.is_empty()) {
            return Err(NotHoistable::Order);
        }
        if self.block(expr) {
            return Ok(());
        }
        match expr {
            Expr::Await(call) => {
                let hole = template::hole(self.awaited.len(), control_flow::keyword_span(call));
                self.awaited(call)?;
                *expr = hole;
            }
            Expr::Macro(invocation) => self.arguments(invocation)?,
            // It may not be evaluated, or more than once, or changes something.
            Expr::Assign(_) | Expr::Repeat(_) => return Err(NotHoistable::Order),
            Expr::Binary(binary)
                if evaluation::is_lazy(&binary.op) || evaluation::assigns(&binary.op) =>
            {
                return Err(NotHoistable::Order);
            }
            Expr::Struct(literal) => {
                let hidden = |field: &&syn::FieldValue| !field.attrs.is_empty();
                let awaits = |field: &syn::FieldValue| control_flow::awaits(&field.expr);
                if literal.fields.iter().filter(hidden).any(awaits) {
                    return Err(NotHoistable::Order);
                }
                self.operands(expr)?;
            }
            _ => self.operands(expr)?,
        }
        match expr {
            Expr::Call(call) => self.visible |= !purity::is_constructor(&call.func),
            Expr::MethodCall(call) => self.visible |= !purity::is_pure_method(call),
            _ => {}
        }
        Ok(())
    }

    /// Conditions, loops and the like stay where they are.
    fn operands(&mut self, expr: &mut Expr) -> Result<(), NotHoistable> {
        let mut result = Ok(());
        let has_operands = evaluation::each_operand_mut(expr, &mut |_, operand| {
            if result.is_ok() {
                result = self.operand(operand);
            }
        });
        match has_operands {
            true => result,
            false => Err(NotHoistable::Order),
        }
    }

    fn arguments(&mut self, invocation: &mut ExprMacro) -> Result<(), NotHoistable> {
        let mac = &mut invocation.mac;
        let Some(mut expressions) = macros::expressions(mac) else {
            return Err(NotHoistable::Order);
        };
        let evaluated = macros::evaluates(mac);
        if expressions.iter().skip(evaluated).any(control_flow::awaits) {
            return Err(NotHoistable::Order);
        }
        for expr in expressions.iter_mut() {
            match expr {
                Expr::Assign(named) if macros::names_arguments(mac) => {
                    self.operand(&mut named.right)?;
                }
                expr => self.operand(expr)?,
            }
        }
        self.visible |= macros::kind(mac) != Some(macros::Kind::Format);
        mac.tokens = quote!(#expressions);
        Ok(())
    }

    /// Code between what is awaited. To leave the function half-way through would skip a
    /// start.
    fn between(&mut self, expr: &Expr, flow: ControlFlow) -> Result<(), NotHoistable> {
        let mut accesses = accesses::of_expr(expr, self.env);
        // A value as a whole is kept until all operands are there. Did it borrow from what a later
        // one changes, serial code would not compile.
        if is_kept(expr) {
            accesses.retain(|used| used.via.is_none());
        }
        self.used.push(Use { accesses, is_awaited: false });
        self.visible |= !purity::is_pure(expr);
        if flow.jumps { Err(NotHoistable::Order) } else { Ok(()) }
    }

    fn awaited(&mut self, call: &ExprAwait) -> Result<(), NotHoistable> {
        let blocking = self.start == Start::Blocking;
        let flow = ControlFlow::of_expr(&call.base);
        let mut uses = match blocking {
            true => accesses::of_closure(&call.base, self.env),
            false => accesses::of_awaited(&call.base, self.env),
        };
        if self.visible || flow.jumps {
            return Err(NotHoistable::Order);
        }
        let taken = out_of_box::taken(&call.base, &mut uses, self.env, self.below);
        let taken = taken.ok_or(NotHoistable::OutOfBox)?;
        // An `async` block would take both at once.
        if self.start == Start::Unmarked && access::entangled(&uses) {
            return Err(NotHoistable::Order);
        }
        self.used.push(Use { accesses: uses.clone(), is_awaited: true });
        let waits_its_turn = !blocking && purity::arguments_look(&call.base);
        let base = closures::without_calls(&call.base, self.env);
        let pure = !waits_its_turn && (blocking || purity::has_pure_arguments(&base));
        let (call, fallible) = (call.clone(), flow.tries);
        let runs = if blocking { Runs::Blocking } else { Runs::Future };
        let acts = waits_its_turn
            && (purity::may_act(&call.base) || evaluation::holds_statements(&call.base));
        let reads = commands::reads(&call, self.env, self.lowering.words);
        self.awaited.push(Awaited {
            call,
            runs,
            pure,
            waits_its_turn,
            acts,
            reads,
            may_block: false,
            fallible,
            taken,
            uses,
        });
        Ok(())
    }

    /// Whether each await sees what it would see if all before it had run. What is used by way of a
    /// variable is not what an operand before it has changed or moved, or serial code would not
    /// compile.
    fn undisturbed(&mut self) -> bool {
        moves::resolve(self.used.iter_mut().map(|used| &mut used.accesses));
        self.used.iter().enumerate().filter(|(_, used)| used.is_awaited).all(|(at, awaited)| {
            let mut before = self.used[..at].iter().flat_map(|before| &before.accesses);
            let by_name = || awaited.accesses.iter().filter(|then| then.via.is_none());
            before.all(|before| !by_name().any(|then| before.conflicts(then)))
        })
    }
}
