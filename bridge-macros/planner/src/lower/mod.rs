//! From a function to scopes of statements: calls, plain `let`s, log lines, effects.
//!
//! Lowering goes down the function once. What waits inside of a statement becomes a part of
//! the tree, and a hole in the statement's code.

mod apart;
mod blocking;
mod blocks;
mod derivations;
mod heads;
mod loops;
mod nested;
mod operands;
mod out_of_box;
mod shapes;
mod statements;
#[cfg(test)]
mod tests;
mod tuples;

use syn::Stmt;

use crate::effects::environment::Env;
use crate::effects::moves;
use crate::ir::tree::{Scope, ScopeId, Statement, Tree};
use crate::report::Report;
use crate::syntax::arguments::{Arguments, Order, OwnWords};
use crate::syntax::function::{Form, Function};
use crate::syntax::types;

/// The scopes of a function. What is wrong is reported, and waits where it stands.
pub(crate) fn function(function: &Function, arguments: &Arguments, report: &Report) -> Tree {
    lowered(function, arguments, report, false)
}

/// The same, each statement with what it would be under a marker. There are scopes that only
/// those have.
pub(crate) fn as_if_marked(function: &Function, arguments: &Arguments) -> Tree {
    lowered(function, arguments, &Report::default(), true)
}

fn lowered(
    function: &Function,
    arguments: &Arguments,
    report: &Report,
    as_if_marked: bool,
) -> Tree {
    let carries_errors = function.returns().as_ref().is_some_and(types::carries_errors);
    let tree = Tree::default();
    let mut lowering = Lowering {
        order: arguments.order,
        words: &arguments.words,
        form: function.form(),
        carries_errors,
        as_if_marked,
        report,
        tree,
    };
    let mut env = Env::of(function.signature());
    function.captures().iter().for_each(|name| env.add_captured(name));
    lowering.scope(function.body().stmts.clone(), function.gives_value(), &env);
    lowering.tree
}

struct Lowering<'a> {
    order: Order,
    words: &'a OwnWords,
    /// How the code waits that is being lowered: the prefix of a loop awaits in any function.
    form: Form,
    /// The function returns what `?` may leave it with.
    carries_errors: bool,
    /// It is asked what each statement would be under a marker.
    as_if_marked: bool,
    report: &'a Report,
    tree: Tree,
}

/// The statements of the block that come after one; those of the suffix after the others.
type Below<'s> = [&'s [Stmt]; 2];

/// Where statements are of a block.
#[derive(Clone, Copy)]
struct Place<'s> {
    /// The statements of the block after them.
    after: &'s [Stmt],
    /// The position of the first.
    first: usize,
    /// The block comes to a value.
    gives_value: bool,
}

/// Where one statement is of a block.
#[derive(Clone, Copy)]
struct InBlock<'s> {
    below: Below<'s>,
    /// It is what the block comes to.
    is_value: bool,
}

impl Lowering<'_> {
    /// The statements of a block, which may come to a value.
    fn scope(&mut self, stmts: Vec<Stmt>, gives_value: bool, env: &Env) -> ScopeId {
        let place = Place { after: &[], first: 0, gives_value };
        let statements = self.statements(stmts, place, &mut env.clone());
        self.add(statements)
    }

    /// Sorts statements, the first of which is at a position of its block, and adds what they
    /// bind to the environment. After them come others of the block.
    fn statements(&mut self, stmts: Vec<Stmt>, place: Place<'_>, env: &mut Env) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut stmts = stmts.into_iter();
        for position in place.first.. {
            let Some(stmt) = stmts.next() else { break };
            let below = [stmts.as_slice(), place.after];
            let is_last = below.iter().all(|stmts| stmts.is_empty());
            let place = InBlock { below, is_value: is_last && place.gives_value };
            let split = match self.order {
                Order::Serial => vec![stmt],
                Order::Background | Order::Strict => tuples::split(stmt),
            };
            for stmt in split {
                self.add_apart(stmt, place, position, &mut statements, env);
            }
        }
        statements
    }

    /// Adds a statement, below the `let`s of its operands.
    fn add_apart(
        &mut self,
        stmt: Stmt,
        place: InBlock<'_>,
        position: usize,
        statements: &mut Vec<Statement>,
        env: &mut Env,
    ) {
        let mut apart = match self.order {
            Order::Serial => vec![stmt],
            Order::Background | Order::Strict => self.operands_apart(stmt, place, statements, env),
        };
        let Some(rest) = apart.pop() else { return };
        for (at, operand) in apart.iter().enumerate() {
            let [next, after] = place.below;
            let others = apart[at + 1..].iter().chain([&rest]).chain(next).cloned();
            let others: Vec<Stmt> = others.collect();
            let place = InBlock { below: [&others, after], is_value: false };
            statements.push(self.statement(operand.clone(), place, position, env));
        }
        statements.push(self.statement(rest, place, position, env));
    }

    /// Lowers what awaits in any function.
    fn awaiting<R>(&mut self, lower: impl FnOnce(&mut Self) -> R) -> R {
        let form = std::mem::replace(&mut self.form, Form::Asynchronous);
        let lowered = lower(self);
        self.form = form;
        lowered
    }

    /// Adds a scope that is complete: only then is it known which uses move.
    fn add(&mut self, mut statements: Vec<Statement>) -> ScopeId {
        if self.as_if_marked {
            statements.iter_mut().for_each(Statement::swap_if_marked);
            resolve_moves(&mut statements);
            statements.iter_mut().for_each(Statement::swap_if_marked);
        }
        resolve_moves(&mut statements);
        self.tree.add(Scope { statements })
    }
}

fn resolve_moves(statements: &mut [Statement]) {
    moves::resolve(statements.iter_mut().flat_map(Statement::all_uses_mut));
}
