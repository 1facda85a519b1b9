//! Which awaits of a function are kept apart, and by what.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use bridge_planner::{Planned, Scope, ScopeStatement, StatementKind};
use proc_macro2::LineColumn;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAssign, ExprBinary, ExprMethodCall, ItemFn, Stmt};

use super::awaits::{Kind, Part, parts};
use super::forms::{self, Awaiting, Between};
use super::names::{Locals, Names};
use super::{self as obstacles, Obstacle};

/// Two awaits, or statements that await, of which none is between.
pub struct Pair {
    /// The lines of both.
    pub lines: (usize, usize),
    /// What is in the way, in source order. There is something.
    pub obstacles: Vec<Obstacle>,
}

impl Pair {
    /// The later does not need the earlier.
    pub fn is_free(&self) -> bool {
        !self.obstacles.iter().any(|obstacle| obstacle.is_need())
    }
}

impl Display for Pair {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (one, other) = self.lines;
        let told: Vec<_> = self.obstacles.iter().map(ToString::to_string).collect();
        write!(formatter, "lines {one} and {other}: {}", told.join("; "))
    }
}

/// The first two calls of a scope that are in flight at once, by their lines.
pub fn in_flight(scope: Scope<'_>) -> Option<(usize, usize)> {
    let statements: Vec<_> = scope.statements().collect();
    let is_call = |at: usize| statements[at].kind() == StatementKind::Call;
    let line = |at: usize| statements[at].span().start().line;
    let mut pairs = scope.overlaps().into_iter();
    let calls = pairs.find(|(one, other)| is_call(*one) && is_call(*other));
    calls.map(|(one, other)| (line(one), line(other)))
}

/// The pairs of a function in which no two calls are in flight, in source order.
pub fn apart(planned: &Planned, function: &ItemFn) -> Vec<Pair> {
    // Operands that stand in `let`s of their own begin further on than their statement.
    let begins = |scope: Scope<'_>| {
        let first = scope.statements().filter(|statement| statement.position() == 0);
        first.map(|statement| statement.span().start()).min()
    };
    let scopes = planned.scopes().into_iter();
    let mut walk = Walk {
        scopes: scopes.filter_map(|scope| Some((begins(scope)?, scope))).collect(),
        locals: Locals::of(function),
        found: Vec::new(),
    };
    walk.block(&function.block);
    if walk.found.is_empty() {
        let line = function.sig.fn_token.span.start().line;
        walk.found.push(Pair { lines: (line, line), obstacles: vec![Obstacle::Unseen] });
    }
    walk.found
}

struct Walk<'p> {
    /// The scopes by where their first statements begin.
    scopes: BTreeMap<LineColumn, Scope<'p>>,
    locals: Locals,
    found: Vec<Pair>,
}

/// A statement, as the planner has it and as it is written.
struct Both<'p> {
    planned: ScopeStatement<'p>,
    written: Stmt,
    last: bool,
}

impl Walk<'_> {
    /// A block, and those in it. (One inside of a call is no scope.)
    fn block(&mut self, block: &Block) {
        let scope = block.stmts.first().and_then(|first| self.scopes.get(&begin(first)));
        let statements = scope.map(|scope| both(*scope, block)).unwrap_or_default();
        let mut earlier: Option<usize> = None;
        for (at, statement) in statements.iter().enumerate() {
            if !statement.awaits() {
                continue;
            }
            if let Some(earlier) = earlier {
                let [earlier, between @ .., later] = &statements[earlier..=at] else { continue };
                let lines = (earlier.line(), later.line());
                let obstacles = self.between_statements(earlier, between, later);
                self.found.push(Pair { lines, obstacles });
            }
            self.within(statement);
            earlier = Some(at);
        }
    }

    /// The awaits of one statement.
    fn within(&mut self, statement: &Both<'_>) {
        let parts = parts(&statement.written);
        for (at, part) in parts.iter().enumerate() {
            if let Some(earlier) = at.checked_sub(1) {
                let earlier = &parts[earlier];
                let obstacles = vec![Obstacle::Within(earlier.relation(part))];
                self.found.push(Pair { lines: (earlier.line(), part.line()), obstacles });
            }
            if let Kind::Block(block, _) = &part.kind {
                self.block(block);
            }
        }
    }

    fn between_statements(
        &self,
        earlier: &Both<'_>,
        between: &[Both<'_>],
        later: &Both<'_>,
    ) -> Vec<Obstacle> {
        let mut given = Given::of(earlier);
        between.iter().for_each(|statement| given.pass(&statement.written, &self.locals));
        let mut found: Vec<_> = given.needed(&later.written, &self.locals).into_iter().collect();
        found.extend(earlier.waits());
        let effects = between.iter().filter(|it| it.planned.kind() == StatementKind::Effect);
        found.extend(effects.map(|it| Obstacle::Between(Between::of(&it.written, &self.locals))));
        found.extend(later.waits());
        if earlier.is_call() && later.is_call() {
            let between: Vec<_> = between.iter().map(|statement| statement.planned).collect();
            let edges = obstacles::of_edges(earlier.planned, &between, later.planned);
            // A value that is used is also what makes all that is made of it wait.
            let is_value = |it: &Obstacle| matches!(it, Obstacle::Value | Obstacle::Derived);
            let known = found.iter().any(is_value);
            let implied = |it: &Obstacle| is_value(it) || *it == Obstacle::LetInTurn;
            found.extend(edges.into_iter().filter(|it| !(known && implied(it))));
        }
        let mut obstacles: Vec<Obstacle> = Vec::new();
        for obstacle in found {
            if !obstacles.contains(&obstacle) {
                obstacles.push(obstacle);
            }
        }
        if obstacles.is_empty() {
            obstacles.push(Obstacle::Other);
        }
        obstacles
    }
}

impl Both<'_> {
    fn is_call(&self) -> bool {
        self.planned.kind() == StatementKind::Call
    }

    fn awaits(&self) -> bool {
        self.is_call() || !parts(&self.written).is_empty()
    }

    fn line(&self) -> usize {
        self.planned.span().start().line
    }

    /// Why it is no call, if it is none.
    fn waits(&self) -> Option<Obstacle> {
        match (self.is_call(), self.planned.word()) {
            (true, _) => None,
            (false, Some((_, kind))) => Some(Obstacle::Word(kind)),
            (false, None) => Some(Obstacle::Awaiting(Awaiting::of(&self.written, self.last))),
        }
    }
}

impl Part {
    fn line(&self) -> usize {
        let begin = match &self.kind {
            Kind::Await(call) => call.await_token.span,
            Kind::Block(block, _) => block.brace_token.span.open(),
            Kind::Macro(tokens) => tokens.span(),
        };
        begin.start().line
    }
}

/// The statements of a block; an element of a tuple is written as the planner has it.
fn both<'p>(scope: Scope<'p>, block: &Block) -> Vec<Both<'p>> {
    let statements: Vec<_> = scope.statements().collect();
    let of = |planned: &ScopeStatement<'p>| {
        let position = planned.position();
        let shared = statements.iter().filter(|other| other.position() == position).count() > 1;
        let own = || syn::parse::Parser::parse2(Block::parse_within, planned.code()).ok()?.pop();
        let written = match shared {
            true => own()?,
            false => block.stmts.get(position)?.clone(),
        };
        Some(Both { planned: *planned, written, last: position + 1 == block.stmts.len() })
    };
    statements.iter().filter_map(of).collect()
}

fn begin(stmt: &Stmt) -> LineColumn {
    let first = stmt.to_token_stream().into_iter().next();
    first.map_or_else(|| stmt.span(), |token| token.span()).start()
}

/// What has become of the value of a statement further down.
#[derive(Clone)]
struct Given {
    /// It, by its names.
    value: Names,
    /// What was made of it.
    derived: Names,
    /// What it was put into.
    changed: Names,
}

impl Given {
    fn of(statement: &Both<'_>) -> Self {
        let value = match &statement.written {
            Stmt::Local(local) => Names::of(&local.pat),
            Stmt::Expr(Expr::Assign(assign), _) => {
                let mut assigned = Names::default();
                assigned.add_root(&assign.left);
                assigned
            }
            _ => Names::default(),
        };
        Given { value, derived: Names::default(), changed: Names::default() }
    }

    fn are_in(&self, code: &impl ToTokens) -> bool {
        [&self.value, &self.derived, &self.changed].into_iter().any(|names| names.are_in(code))
    }

    /// Goes past a statement that awaits nothing.
    fn pass(&mut self, stmt: &Stmt, locals: &Locals) {
        match stmt {
            Stmt::Local(local) => {
                let uses = local.init.as_ref().is_some_and(|init| self.are_in(&init.expr));
                let bound = Names::of(&local.pat);
                [&mut self.value, &mut self.derived, &mut self.changed]
                    .into_iter()
                    .for_each(|names| names.remove(&bound));
                if uses {
                    self.derived.add(bound);
                }
            }
            Stmt::Expr(..) if self.are_in(stmt) => {
                let mut changes = Changes { locals, found: Names::default() };
                changes.visit_stmt_mut(&mut stmt.clone());
                changes.found.remove(&self.value);
                changes.found.remove(&self.derived);
                self.changed.add(changes.found);
            }
            _ => {}
        }
    }

    /// How the first await of a statement needs it: by what it is of, or by what decides
    /// whether it is awaited.
    fn needed(&self, stmt: &Stmt, locals: &Locals) -> Option<Obstacle> {
        let first = parts(stmt).into_iter().next()?;
        let uses = |names: &Names| {
            first.is_decided_by(names)
                || match &first.kind {
                    Kind::Await(call) => names.are_in(&call.base),
                    Kind::Macro(tokens) => names.are_in(tokens),
                    Kind::Block(..) => false,
                }
        };
        if uses(&self.value) {
            return Some(Obstacle::Value);
        }
        if uses(&self.derived) {
            return Some(Obstacle::Derived);
        }
        if uses(&self.changed) {
            return Some(Obstacle::Put);
        }
        let Kind::Block(block, _) = &first.kind else { return None };
        let mut given = self.clone();
        for stmt in &block.stmts {
            if !parts(stmt).is_empty() {
                return given.needed(stmt, locals);
            }
            given.pass(stmt, locals);
        }
        None
    }
}

/// Finds the local variables that a statement changes by its form.
struct Changes<'l> {
    locals: &'l Locals,
    found: Names,
}

impl Changes<'_> {
    fn add(&mut self, place: &Expr) {
        self.found.add(self.locals.root(place).unwrap_or_default());
    }
}

impl VisitMut for Changes<'_> {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        self.add(&call.receiver);
        visit_mut::visit_expr_method_call_mut(self, call);
    }
    fn visit_expr_assign_mut(&mut self, assign: &mut ExprAssign) {
        self.add(&assign.left);
        visit_mut::visit_expr_assign_mut(self, assign);
    }
    fn visit_expr_binary_mut(&mut self, binary: &mut ExprBinary) {
        if forms::assigns(&binary.op) {
            self.add(&binary.left);
        }
        visit_mut::visit_expr_binary_mut(self, binary);
    }
}
