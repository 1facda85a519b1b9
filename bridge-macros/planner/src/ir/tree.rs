//! A function as scopes of statements: what lowering makes, and planning reads.
//!
//! A scope is a block that is joined at its end. What waits inside of a statement is *nested*
//! in it: the statement's code has a numbered hole in its place (see [`template`]).
//!
//! [`template`]: super::template

use std::cell::OnceCell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprAwait, Local, Stmt, StmtMacro, Token};

use crate::ir::access::{Access, VarId};
use crate::ir::template;
use crate::ir::word::{Word, WordKind};
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::evaluation::{self, Part};
use crate::syntax::item_loops::ItemLoop;
use crate::syntax::patterns::{self, Bound};
use crate::syntax::{control_flow, tokens};

/// What the values of a loop's head are called, with a number from the second on.
pub(crate) const VALUE: &str = "bridge_value";

/// What the operands of a statement are called that stand in `let`s of their own, with a number.
pub(crate) const OPERAND: &str = "bridge_operand";

/// Names that are not the user's.
pub(crate) const OURS: [&str; 2] = [VALUE, OPERAND];

/// Which scope of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScopeId(pub(crate) usize);

/// All scopes of a function. One that is in another stands before it.
#[derive(Default)]
pub(crate) struct Tree {
    scopes: Vec<Scope>,
}

/// The statements of one block, in source order.
pub(crate) struct Scope {
    pub(crate) statements: Vec<Statement>,
}

impl Tree {
    pub(crate) fn add(&mut self, scope: Scope) -> ScopeId {
        self.scopes.push(scope);
        ScopeId(self.scopes.len() - 1)
    }

    /// Takes back all but the first so many.
    pub(crate) fn truncate(&mut self, scopes: usize) {
        self.scopes.truncate(scopes);
    }

    pub(crate) fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0]
    }

    pub(crate) fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// The scopes of the function, without those that are in no statement.
    pub(crate) fn reachable(&self) -> Vec<ScopeId> {
        let mut found = vec![self.root()];
        let mut next = 0;
        while let Some(scope) = found.get(next).copied() {
            let statements = &self.scope(scope).statements;
            found.extend(statements.iter().flat_map(Statement::scopes));
            next += 1;
        }
        found
    }

    pub(crate) fn statements_mut(&mut self, id: ScopeId) -> &mut [Statement] {
        &mut self.scopes[id.0].statements
    }

    /// The body of the function.
    pub(crate) fn root(&self) -> ScopeId {
        ScopeId(self.scopes.len() - 1)
    }
}

/// The scopes in what is nested in a statement.
fn scopes_within(nested: &[Nested], found: &mut Vec<ScopeId>) {
    for part in nested {
        match part {
            Nested::Scope(id) => found.push(*id),
            Nested::Await(template) => scopes_within(&template.nested, found),
            Nested::Loop(repeat) => {
                repeat.head_parts().iter().for_each(|part| scopes_within(&part.nested, found));
                found.extend([repeat.prefix, repeat.suffix]);
            }
            Nested::Operands(_) | Nested::Macro(_) | Nested::Skip(_) | Nested::Yield(_) => {}
        }
    }
}

impl Scope {
    /// Something in it uses a variable by its name.
    pub(crate) fn names(&self, var: VarId) -> bool {
        self.statements.iter().any(|statement| statement.names(var))
    }
}

/// One statement of a scope.
pub(crate) struct Statement {
    /// Its position in the block as it is written: the elements of a tuple share one.
    pub(crate) position: usize,
    pub(crate) kind: Kind,
    pub(crate) turn: Turn,
    /// The word by which it is no call, or a check, if one has decided that.
    pub(crate) word: Option<Word>,
    /// The variables that it makes.
    pub(crate) binds: Vec<VarId>,
    /// The variables that its names hide from here on.
    pub(crate) shadows: Vec<VarId>,
    /// What it binds is known to borrow from nothing.
    pub(crate) owns: bool,
    /// What it uses where it stands; for a call, what it uses at its join.
    pub(crate) uses: Vec<Access>,
    /// It may leave the function or the scope where it stands or is joined.
    pub(crate) leaves: bool,
    /// A marker asks that nothing runs beside it, iterations that run ahead included.
    pub(crate) foreground: bool,
    /// What it would be with `#[background]` on it, where that is asked for and is no mistake.
    pub(crate) if_marked: Option<Box<Statement>>,
}

pub(crate) enum Kind {
    Call(Call),
    Code(Code),
}

/// A statement of which nothing that it awaits starts early.
pub(crate) struct Code {
    pub(crate) template: Template<Stmt>,
    /// It is a `let` that only computes, and may run ahead of its turn: planning makes a call of
    /// it if another call gains by that.
    pub(crate) derives: bool,
}

/// When a statement runs; of a call, when it is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It only computes: when what it uses is ready, and by the time that it is used.
    Free,
    /// A log line: when all above has finished. It holds back no call whose arguments are pure.
    LogLine,
    /// It changes a local: when all above has finished. It holds back what uses that local.
    LocalEffect,
    /// When all above has finished, and nothing below has started.
    Effect,
}

/// A statement whose awaits start early, each by itself, and are joined late.
pub(crate) struct Call {
    /// The `let`, if it binds; in the place of its initialiser, which is the residual, is
    /// nothing.
    pub(crate) binding: Option<Local>,
    /// What stands behind it if it binds nothing.
    pub(crate) semi: Option<Token![;]>,
    pub(crate) hoisted: Hoisted,
    /// The residual can run in the background, right after what is awaited.
    pub(crate) inlinable: bool,
    /// A marker asks for it, so that no name says otherwise.
    pub(crate) marked: bool,
    /// Once it was asked for, as that is for each pair of statements.
    pub(crate) naming: OnceCell<Naming>,
}

/// How the variable of a call stands to the names in its code.
#[derive(Clone, Copy)]
pub(crate) struct Naming {
    deferrable: bool,
    named_as_function: bool,
}

/// An expression with what it awaits taken out.
pub(crate) struct Hoisted {
    pub(crate) awaited: Vec<Awaited>,
    /// What is left, with a hole for each value.
    pub(crate) residual: Expr,
    /// What waits in the rest where it stands: it has the holes after those, of the `else` of
    /// the `let` too.
    pub(crate) nested: Vec<Nested>,
    /// The residual only hands the values on.
    pub(crate) pure: bool,
}

/// An outermost await with all that is under it, so that a chain
/// (`get(url).await?.text().await`) is one. It starts by itself, and is joined in its place.
pub(crate) struct Awaited {
    /// The whole of it, `….await`. What is no future stands under an `await` for that.
    pub(crate) call: ExprAwait,
    pub(crate) runs: Runs,
    /// Its own arguments cannot be seen to be evaluated.
    pub(crate) pure: bool,
    /// They look at the world, so that they are evaluated when all above has ended.
    pub(crate) waits_its_turn: bool,
    /// They act on the world, so that nothing below starts before they are evaluated.
    pub(crate) acts: bool,
    /// It only reads, by its names.
    pub(crate) reads: bool,
    /// In it runs, where it stands, a function that is not known, and so may wait by itself.
    pub(crate) may_block: bool,
    /// It holds a `?`, so it ends as the function's return type.
    pub(crate) fallible: bool,
    /// The fields that it takes out of a box, which are taken ahead of the block in which it runs.
    pub(crate) taken: Vec<Expr>,
    pub(crate) uses: Vec<Access>,
}

/// What is awaited.
pub(crate) enum Runs {
    Future,
    /// Blocking code, which runs on a thread of its own.
    Blocking,
    /// A branch or a block that holds no effect, with what waits in it. Nothing awaits it as it
    /// is written.
    Block(Box<Template<Expr>>),
    /// Code that awaits nothing and only computes, between the calls of a chain.
    Derivation,
}

/// Code in which something waits, with a hole for each such place.
pub(crate) struct Template<T> {
    pub(crate) code: T,
    /// What is in the holes.
    pub(crate) nested: Vec<Nested>,
}

/// What waits inside of a statement.
pub(crate) enum Nested {
    /// The statements of a block.
    Scope(ScopeId),
    /// An expression whose operands overlap.
    Operands(Hoisted),
    /// An await that stays where it is.
    Await(Template<ExprAwait>),
    /// A macro that awaits what it is given, or cannot be seen into. One that is refused may be a
    /// statement, which ends with a semicolon.
    Macro(StmtMacro),
    /// The end of an iteration that is not to run, ahead of its turn.
    Skip(Skip),
    /// A loop whose iterations overlap.
    Loop(Box<BoundedLoop>),
    /// The end of the prefix of such a loop: the values for the suffix.
    Yield(Yield),
}

/// A loop of which up to so many iterations overlap: each begins with the prefix, which runs ahead
/// of its turn, and ends with the suffix, which waits for it.
pub(crate) struct BoundedLoop {
    /// The loop as it is written, without its body.
    pub(crate) head: ItemLoop,
    pub(crate) limit: Template<Expr>,
    /// It runs ahead too, if it is asked for each item.
    pub(crate) source: Template<Expr>,
    /// The `let`s that the body begins with, and a [`Yield`].
    pub(crate) prefix: ScopeId,
    pub(crate) suffix: ScopeId,
    /// What the prefix yields and the suffix begins with.
    pub(crate) yields: Yield,
    /// Where the prefix first uses a variable from outside of the loop.
    pub(crate) first_use: Option<Span>,
    /// The same of the source.
    pub(crate) first_use_to_ask: Option<Span>,
    /// Whichever iteration is ready has its turn.
    pub(crate) unordered: bool,
}

/// A `continue` in the prefix of an iteration.
#[derive(Clone, Copy)]
pub(crate) struct Skip {
    /// The prefix may have failed.
    pub(crate) fallible: bool,
    /// The loop's first token.
    pub(crate) span: Span,
}

/// The values that the prefix of an iteration yields to the suffix.
#[derive(Clone)]
pub(crate) struct Yield {
    pub(crate) values: Vec<Yielded>,
    /// The prefix may have failed.
    pub(crate) fallible: bool,
    /// The loop's first token.
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) struct Yielded {
    pub(crate) bound: Bound,
    /// The suffix may be without a use of it, of which no lint is to tell.
    pub(crate) may_go_unused: bool,
}

impl Statement {
    /// One that binds nothing and leaves nothing, at the first position.
    pub(crate) fn new(kind: Kind, turn: Turn, uses: Vec<Access>) -> Self {
        Statement {
            position: 0,
            kind,
            turn,
            word: None,
            binds: Vec::new(),
            shadows: Vec::new(),
            owns: false,
            uses,
            leaves: false,
            foreground: false,
            if_marked: None,
        }
    }

    /// Makes it what it would be under a marker, and back.
    pub(crate) fn swap_if_marked(&mut self) {
        if let Some(mut other) = self.if_marked.take() {
            std::mem::swap(self, &mut other);
            self.if_marked = Some(other);
        }
    }

    pub(crate) fn call(&self) -> Option<&Call> {
        match &self.kind {
            Kind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// It is code that runs ahead of its turn.
    pub(crate) fn is_derivation(&self) -> bool {
        matches!(self.awaited(), [Awaited { runs: Runs::Derivation, .. }])
    }

    /// It is a call that waits for something.
    pub(crate) fn is_awaited(&self) -> bool {
        self.call().is_some() && !self.is_derivation()
    }

    /// It permits what is below: the one word by which something is still a call.
    pub(crate) fn is_check(&self) -> bool {
        self.word.is_some() && self.call().is_some()
    }

    /// Its code, if it is no call.
    pub(crate) fn template(&self) -> Option<&Template<Stmt>> {
        match &self.kind {
            Kind::Call(_) => None,
            Kind::Code(code) => Some(&code.template),
        }
    }

    /// What waits in it where it stands.
    pub(crate) fn nested(&self) -> &[Nested] {
        match &self.kind {
            Kind::Call(call) => &call.hoisted.nested,
            Kind::Code(code) => &code.template.nested,
        }
    }

    /// The scopes inside of it, in source order.
    pub(crate) fn scopes(&self) -> Vec<ScopeId> {
        let mut found = Vec::new();
        scopes_within(self.nested(), &mut found);
        found
    }

    /// Code that only computes, if it is no call.
    pub(crate) fn plain(&self) -> Option<&Template<Stmt>> {
        self.template().filter(|_| self.turn == Turn::Free)
    }

    /// It is the last expression, to which its scope comes.
    pub(crate) fn is_value(&self) -> bool {
        match &self.kind {
            Kind::Call(call) => call.binding.is_none() && call.semi.is_none(),
            Kind::Code(code) => matches!(code.template.code, Stmt::Expr(_, None)),
        }
    }

    /// What it starts.
    pub(crate) fn awaited(&self) -> &[Awaited] {
        self.call().map_or(&[], |call| &call.hoisted.awaited)
    }

    /// The uses of its starts, and those of its finish.
    pub(crate) fn all_uses_mut(&mut self) -> impl Iterator<Item = &mut Vec<Access>> {
        let awaited = match &mut self.kind {
            Kind::Call(call) => call.hoisted.awaited.as_mut_slice(),
            Kind::Code(_) => &mut [],
        };
        awaited.iter_mut().map(|awaited| &mut awaited.uses).chain([&mut self.uses])
    }

    /// What it uses from its first start to its finish.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Access> {
        self.awaited().iter().flat_map(|awaited| &awaited.uses).chain(&self.uses)
    }

    /// It uses a variable by its name.
    pub(crate) fn names(&self, var: VarId) -> bool {
        self.held().any(|access| access.names(var))
    }

    /// It uses a variable by its name where it stands or is joined.
    pub(crate) fn finish_names(&self, var: VarId) -> bool {
        self.uses.iter().any(|access| access.names(var))
    }

    /// The `let`, if it is one.
    pub(crate) fn local(&self) -> Option<&Local> {
        match &self.kind {
            Kind::Call(call) => call.binding.as_ref(),
            Kind::Code(code) => match &code.template.code {
                Stmt::Local(local) => Some(local),
                _ => None,
            },
        }
    }

    /// The variable that it binds, if it is a call whose value could pass to others in the
    /// background.
    pub(crate) fn forwardable(&self) -> Option<(VarId, Ident)> {
        let call = self.call().filter(|call| call.inlinable)?;
        let pat = &call.binding.as_ref()?.pat;
        let name = patterns::plain_name(patterns::untyped(pat));
        match (name, self.binds.as_slice()) {
            (Some(name), [var]) if call.deferrable() => Some((*var, name.clone())),
            _ => None,
        }
    }

    /// It takes a guard or a connection by its name, and is known to hold it.
    pub(crate) fn holds_by_name(&self) -> bool {
        self.word
            .as_ref()
            .is_some_and(|word| matches!(word.kind, WordKind::Guard | WordKind::Connection))
    }

    /// It ends the prefix of a loop.
    pub(crate) fn yields(&self) -> bool {
        matches!(self.nested(), [Nested::Yield(_)])
    }

    /// What the user has written; of blocks only their braces.
    pub(crate) fn written(&self) -> TokenStream {
        match &self.kind {
            Kind::Call(call) => {
                let residual = call.hoisted.written();
                match &call.binding {
                    Some(local) => {
                        let mut local = local.clone();
                        local.init.iter_mut().for_each(|init| *init.expr = residual.clone());
                        local.into_token_stream()
                    }
                    None => residual.into_token_stream(),
                }
            }
            Kind::Code(code) => code.template.written(),
        }
    }

    /// Where it begins.
    pub(crate) fn span(&self) -> Span {
        tokens::begin(self.written()).unwrap_or_else(Span::call_site)
    }
}

impl Call {
    /// Its variable can be declared before it is joined.
    pub(crate) fn deferrable(&self) -> bool {
        self.naming().deferrable
    }

    /// A declaration of its variable would hide a function that it calls, until it has started:
    /// `let user = user().await;`.
    pub(crate) fn is_named_as_function(&self) -> bool {
        self.naming().named_as_function
    }

    /// Its join may come ahead of its turn: all that may fail does so where it runs, or in the `else` of
    /// its `let`.
    pub(crate) fn is_joined_early(&self) -> bool {
        let hoisted = &self.hoisted;
        let is_value = hoisted.awaited.len() == 1 && hoisted.gives_first();
        self.inlinable || self.has_else() && is_value && hoisted.nested.is_empty()
    }

    /// Its join may be written a second time, where a call below has failed: no other place of the
    /// function is gone to from there, it awaits no more, and makes no code, of which each has a type of
    /// its own.
    pub(crate) fn is_joined_anywhere(&self) -> bool {
        let residual = &self.hoisted.residual;
        let is_plain = || {
            let flow = ControlFlow::of_expr(residual);
            self.hoisted.nested.is_empty() && flow.awaits == 0 && !flow.jumps
        };
        self.inlinable || is_plain() && !evaluation::any_part(residual, &evaluation::makes_code)
    }

    /// Its `let` has an `else`.
    fn has_else(&self) -> bool {
        let init = self.binding.as_ref().and_then(|local| local.init.as_ref());
        init.is_some_and(|init| init.diverge.is_some())
    }

    fn naming(&self) -> Naming {
        *self.naming.get_or_init(|| {
            let Some(local) = &self.binding else {
                return Naming { deferrable: true, named_as_function: false };
            };
            let names = patterns::bound_names(&local.pat);
            let stands_in = |code: &dyn ToTokens| {
                let code = code.to_token_stream();
                names.iter().any(|name| tokens::stands_alone(code.clone(), &name.ident))
            };
            // What the pattern borrows from is made where the `let` stands.
            let borrows_there = self.has_else()
                && evaluation::any_part(&self.hoisted.residual, &|part| match part {
                    Part::Expr(Expr::Reference(_)) => Some(true),
                    _ => None,
                });
            let mut awaited = self.hoisted.awaited.iter();
            Naming {
                deferrable: local.attrs.is_empty()
                    && !borrows_there
                    && !names.is_empty()
                    && !patterns::holds_macro(&local.pat)
                    && !stands_in(&self.hoisted.residual),
                named_as_function: awaited.any(|awaited| stands_in(&awaited.call.base)),
            }
        })
    }
}

impl Hoisted {
    /// What is left is the value of the first await.
    pub(crate) fn gives_first(&self) -> bool {
        template::number_of(&self.residual) == Some(0)
    }

    /// What the user has written.
    fn written(&self) -> Expr {
        let mut code: Vec<_> = self.awaited.iter().map(Awaited::written).collect();
        code.extend(written(&self.nested));
        let mut residual = self.residual.clone();
        template::fill_expr(&mut residual, &code);
        residual
    }
}

impl Awaited {
    /// The span of its `await`.
    pub(crate) fn span(&self) -> Span {
        control_flow::keyword_span(&self.call)
    }

    /// What of it the user has written.
    pub(crate) fn written(&self) -> TokenStream {
        match self.runs {
            Runs::Future => self.call.to_token_stream(),
            Runs::Blocking | Runs::Block(_) | Runs::Derivation => self.call.base.to_token_stream(),
        }
    }

    /// It uses a variable by its name.
    pub(crate) fn names(&self, var: VarId) -> bool {
        self.uses.iter().any(|access| access.names(var))
    }

    /// It uses by its name what a statement binds.
    pub(crate) fn names_any(&self, vars: &[VarId]) -> bool {
        vars.iter().any(|var| self.names(*var))
    }
}

impl Template<Stmt> {
    fn written(&self) -> TokenStream {
        let mut stmt = self.code.clone();
        template::fill_stmt(&mut stmt, &written(&self.nested));
        stmt.into_token_stream()
    }
}

impl Template<Expr> {
    /// What the user has written.
    pub(crate) fn written(&self) -> TokenStream {
        let mut expr = self.code.clone();
        template::fill_expr(&mut expr, &written(&self.nested));
        expr.into_token_stream()
    }
}

impl BoundedLoop {
    /// What stands in its head, in the order in which it is written down.
    pub(crate) fn head_parts(&self) -> [&Template<Expr>; 2] {
        [&self.limit, &self.source]
    }
}

impl Nested {
    fn written(&self) -> TokenStream {
        match self {
            // Its braces are in the template.
            Nested::Scope(_) => TokenStream::new(),
            Nested::Operands(hoisted) => hoisted.written().into_token_stream(),
            Nested::Await(template) => {
                let mut base = (*template.code.base).clone();
                template::fill_expr(&mut base, &written(&template.nested));
                let call = ExprAwait { base: Box::new(base), ..template.code.clone() };
                call.into_token_stream()
            }
            Nested::Macro(call) => call.to_token_stream(),
            Nested::Loop(repeat) => repeat.head.head(),
            Nested::Skip(_) => quote!(continue),
            Nested::Yield(_) => TokenStream::new(),
        }
    }
}

fn written(nested: &[Nested]) -> Vec<TokenStream> {
    nested.iter().map(Nested::written).collect()
}
