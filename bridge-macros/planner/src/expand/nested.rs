//! Writes what is nested in statements.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprAwait, StmtMacro};

use super::context::Context;
use super::spans::mixed;
use crate::ir::template;
use crate::ir::tree::{Hoisted, Nested, Runs, Skip, Template, Yield};
use crate::syntax::control_flow::{self, keyword_span};
use crate::syntax::{deref_uses, tokens};

impl Context<'_> {
    /// The code for each hole. The variables in `borrowed` have become references.
    pub(super) fn nested(&self, all: &[Nested], borrowed: &[&Ident]) -> Vec<TokenStream> {
        let code = all.iter().map(|nested| match nested {
            Nested::Scope(scope) => {
                let stmts = self.scope(*scope);
                quote!(#(#stmts)*)
            }
            Nested::Operands(hoisted) => self.operands(hoisted),
            Nested::Await(template) => self.await_here(template, borrowed),
            Nested::Macro(call) if self.is_asynchronous() => call.to_token_stream(),
            Nested::Macro(call) => self.macro_call(call),
            Nested::Loop(repeat) => self.bounded_loop(repeat),
            Nested::Skip(skip) => self.skips(*skip),
            Nested::Yield(yields) => self.yields(yields),
        });
        code.collect()
    }

    /// A macro that awaits by itself, in a block that awaits. With a `?` it is one that is refused:
    /// a second error is none too many.
    fn macro_call(&self, call: &StmtMacro) -> TokenStream {
        let span = Span::mixed_site();
        // One that jumps is refused, too: what stays of it has its types, and a loop around it an end.
        let (mut call, mut ends) = (call.clone(), TokenStream::new());
        if !control_flow::may_wait_in_a_block(&call.mac) {
            call.mac.tokens = tokens::without_jumps(call.mac.tokens, &mut ends);
        }
        let leaves = self.returns.is_some() && tokens::leaves(call.mac.tokens.clone());
        let code = match leaves {
            true => self.wrap(&quote_spanned!(span=> { #call }), span),
            false => call.to_token_stream(),
        };
        let waiting = self.wait_for(&quote_spanned!(span=> async { #code }), span);
        let leave = leaves.then(|| quote_spanned!(span=> ?));
        match ends.is_empty() {
            true => quote!(#waiting #leave),
            false => quote_spanned!(span=> { if false { #ends } #waiting #leave }),
        }
    }

    /// An expression with its holes filled.
    pub(super) fn expr(&self, template: &Template<Expr>) -> Expr {
        let mut expr = template.code.clone();
        template::fill_expr(&mut expr, &self.nested(&template.nested, &[]));
        expr
    }

    /// A branch or a block that is a call, within the block that awaits it.
    pub(super) fn block(&self, template: &Template<Expr>) -> TokenStream {
        let inside = self.in_call();
        let block = inside.expr(template);
        let task = inside.task(Span::mixed_site());
        match (self.import_within(&inside), task) {
            (None, None) => block.into_token_stream(),
            (import, task) => quote!({ #import #task #block }),
        }
    }

    fn await_here(&self, template: &Template<ExprAwait>, borrowed: &[&Ident]) -> TokenStream {
        let mut call = template.code.clone();
        for name in borrowed {
            deref_uses::of_expr(&mut call.base, name);
        }
        template::fill_expr(&mut call.base, &self.nested(&template.nested, borrowed));
        match self.rewrites_awaits() {
            true => self.wait(&call),
            false => self.alone(call).into_token_stream(),
        }
    }

    /// Operands of one expression that overlap.
    ///
    /// ```text
    /// // Input:
    /// render(user(id).await, feed(id).await)
    /// // Output:
    /// match background(async { user(id).await }) {
    ///     mut user => match background(async { feed(id).await }) {
    ///         mut feed => match start((&mut user, (&mut feed, ()))) {
    ///             () => render(foreground(user, (&mut feed, ()), [0]), foreground(feed, (), [0])),
    ///         },
    ///     },
    /// }
    /// ```
    fn operands(&self, hoisted: &Hoisted) -> TokenStream {
        let mut names = self.names();
        // Blocking code is always a statement.
        let awaited = &hoisted.awaited;
        let handles: Vec<Ident> = awaited.iter().map(|awaited| names.of_awaited(awaited)).collect();
        let joins = awaited.iter().enumerate().map(|(at, awaited)| {
            let span = keyword_span(&awaited.call);
            let joined = self.joined(&handles[at], &handles[at + 1..], span);
            self.foreground(&joined, &awaited.call, awaited.fallible)
        });
        let mut rest = hoisted.residual.clone();
        template::fill_expr(&mut rest, &joins.collect::<Vec<_>>());
        let span = mixed(awaited[0].span());
        // One by one: of a tuple that is taken apart something would seem to be left,
        // and borrow until the end of the statement.
        let start = self.start(&handles, keyword_span(&awaited[0].call));
        let rest = quote_spanned!(span=> match #start { () => #rest });
        awaited.iter().zip(&handles).rev().fold(rest, |rest, (awaited, handle)| {
            let call = match &awaited.runs {
                Runs::Block(template) => self.block(template),
                Runs::Future | Runs::Blocking => awaited.call.to_token_stream(),
                Runs::Derivation => awaited.written(),
            };
            let call = match awaited.fallible {
                true => self.wrap(&call, mixed(awaited.span())),
                false => call,
            };
            let call = self.background(call, &awaited.call, None);
            quote_spanned!(span=> match #call { mut #handle => #rest })
        })
    }

    /// The end of an iteration that is not to run.
    fn skips(&self, skip: Skip) -> TokenStream {
        let span = mixed(skip.span);
        let skips = quote_spanned!(span=> iteration.skips().await);
        let skips = if skip.fallible { self.wrap(&skips, span) } else { skips };
        quote_spanned!(span=> return #skips)
    }

    /// The end of what runs ahead of an iteration's turn.
    fn yields(&self, yields: &Yield) -> TokenStream {
        let span = mixed(yields.span);
        let (values, mutable) = (yields.values(), yields.touched(span));
        let values = match mutable.is_empty() {
            true => values,
            false => quote_spanned!(span=> { #mutable #values }),
        };
        let yielded = quote_spanned!(span=> iteration.yields(#values).await);
        if yields.fallible { self.wrap(&yielded, span) } else { yielded }
    }
}
