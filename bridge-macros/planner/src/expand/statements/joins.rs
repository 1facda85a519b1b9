//! Calls are joined, and their values bound.

use std::borrow::Cow;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Expr, Stmt};

use super::{Slot, Writer, verbatim};
use crate::expand::lints;
use crate::expand::spans::mixed;
use crate::ir::plan::Forward;
use crate::ir::template;
use crate::ir::tree::{Call, Statement};
use crate::syntax::control_flow::keyword_span;
use crate::syntax::patterns::{self, Bound};

impl Writer<'_> {
    /// ```text
    /// let x = __bridge::foreground(x, (&mut y, ()), [0]);
    /// // In an `async fn`:
    /// while task.polled().await.runs(&mut x, (&mut y, ())) {}
    /// let x = __bridge::foreground(x, [0]);
    /// ```
    pub(super) fn join(&self, at: usize) -> Vec<Stmt> {
        let (wait, value) = self.value(at, |handle| Cow::Borrowed(self.joins.siblings(handle)));
        let mut joined = self.bind(at, value, lints::at_join);
        if wait.is_some() && self.call(at).hoisted.gives_first() && !self.is_returned(at) {
            lints::unit_may_be_awaited(&mut joined);
        }
        wait.map(verbatim).into_iter().chain([joined]).collect()
    }

    /// What an `async fn` does ahead of the join of a call, and what the joined call comes to, with what
    /// runs beside each of its handles.
    fn value<'s>(
        &self,
        at: usize,
        mut siblings: impl FnMut(&Ident) -> Cow<'s, [Ident]>,
    ) -> (Option<TokenStream>, TokenStream) {
        let residual = &self.call(at).hoisted.residual;
        match self.handles[at].as_slice() {
            [handle] if self.is_inlined(at) || template::begins_with_hole(residual) => {
                let (wait, value) = self.joined(at, &siblings(handle));
                let value = match self.is_inlined(at) {
                    true => value,
                    false => self.residual(at, &[value]),
                };
                (wait, value)
            }
            handles => {
                let handles = handles.iter().enumerate();
                let values = handles.map(|(number, handle)| {
                    let joined = self.cx.joined(handle, &siblings(handle), self.span(at, number));
                    self.foreground(at, number, &joined)
                });
                (None, self.residual(at, &values.collect::<Vec<_>>()))
            }
        }
    }

    /// Whether the scope ends with the name of this call, of which clippy says that the name is one too
    /// many.
    fn is_returned(&self, at: usize) -> bool {
        let template = self.statements.get(at + 1).and_then(Statement::template);
        matches!(template.map(|template| &template.code), Some(Stmt::Expr(Expr::Path(_), None)))
    }

    /// What an `async fn` does ahead of the join of a call that is one await, and the join.
    fn joined(&self, at: usize, siblings: &[Ident]) -> (Option<TokenStream>, TokenStream) {
        let (wait, joined) = self.cx.waited_for(&self.handles[at][0], siblings, self.span(at, 0));
        (wait, self.foreground(at, 0, &joined))
    }

    fn foreground(&self, at: usize, number: usize, joined: &TokenStream) -> TokenStream {
        let call = self.cx.awaited(&self.call(at).hoisted.awaited[number]);
        self.cx.foreground(joined, &call, self.ends_as_output(at, number))
    }

    /// The place of an await.
    fn span(&self, at: usize, number: usize) -> Span {
        keyword_span(&self.call(at).hoisted.awaited[number].call)
    }

    /// ```text
    /// let y = match __bridge::out_of_order_as::<Result<u32>, _, _, _>(y, (&mut x, ()), [0]) {
    ///     __bridge::Ok(y) => y,
    ///     __bridge::Err(failure) => {
    ///         __bridge::foreground(x, (), [0])?;
    ///         match failure.raise()? {}
    ///     }
    /// };
    /// ```
    pub(super) fn join_out_of_order(&self, at: usize, above: &[usize]) -> Vec<Stmt> {
        let handle = &self.handles[at][0];
        let awaited = &self.call(at).hoisted.awaited[0];
        let span = mixed(awaited.span());
        let running = self.joins.siblings(handle);
        let (wait, joined) = self.cx.waited_for(handle, running, span);
        let join = if self.ends_as_output(at, 0) {
            let output = self.cx.output();
            quote_spanned!(span=> out_of_order_as::<#output, _, _, _>)
        } else {
            quote_spanned!(span=> out_of_order)
        };
        let bridge = self.cx.runtime(span);
        let joined = quote_spanned!(span=> #bridge::#join(#joined));
        wait.map(verbatim).into_iter().chain([self.bind_ahead(at, &joined, above)]).collect()
    }

    /// A derivation that runs ahead of its turn where all that it needs is there.
    ///
    /// ```text
    /// let d = match __bridge::derive_as::<Result<u32>, _>(|| __bridge::wrap(parse(&t)?)) {
    ///     __bridge::Ok(value) => value,
    ///     __bridge::Err(failure) => {
    ///         __bridge::foreground(x, (), [0])?;
    ///         match failure.raise()? {}
    ///     }
    /// };
    /// ```
    pub(super) fn derive(&self, at: usize, above: &[usize]) -> Stmt {
        let awaited = &self.call(at).hoisted.awaited[0];
        let span = mixed(awaited.span());
        let code = self.future(at, 0);
        let derive = if self.ends_as_output(at, 0) {
            let output = self.cx.output();
            quote_spanned!(span=> derive_as::<#output, _>)
        } else {
            quote_spanned!(span=> derive)
        };
        let bridge = self.cx.runtime(span);
        let derived = quote_spanned!(span=> #bridge::#derive(|| #code));
        self.bind_ahead(at, &derived, above)
    }

    /// Binds what has come ahead of its turn: if that has failed, what is above is joined first.
    pub(super) fn bind_ahead(&self, at: usize, ahead: &TokenStream, above: &[usize]) -> Stmt {
        let awaited = &self.call(at).hoisted.awaited[0];
        let span = mixed(awaited.span());
        let running = self.joins.siblings(&self.handles[at][0]);
        let (bridge, gates) = (self.cx.runtime(span), self.gates(above, running, span));
        let raise = match self.ends_as_output(at, 0) {
            true => quote_spanned!(span=> match failure.raise()? {}),
            false => quote_spanned!(span=> failure.raise()),
        };
        let value = quote_spanned! {span=>
            match #ahead {
                #bridge::Ok(value) => value,
                #bridge::Err(failure) => {
                    #(#gates)*
                    #raise
                }
            }
        };
        // What the pattern does not fit leaves when those above have not.
        let mut other = self.other(at);
        if let Some(Expr::Block(other)) = &mut other {
            other.block.stmts.splice(0..0, gates.into_iter().map(verbatim));
        }
        self.bind_or(at, value, other, lints::at_join)
    }

    /// The joins of what is above a call that has failed out of order.
    pub(super) fn gates(&self, above: &[usize], running: &[Ident], span: Span) -> Vec<TokenStream> {
        let mut left: Vec<Ident> = running.to_vec();
        let gate = |gate: usize| {
            if self.statements[gate].call().is_none() {
                return self.left(gate);
            }
            let (wait, value) = self.value(gate, |handle| {
                left.retain(|other| other != handle);
                Cow::Owned(left.clone())
            });
            // Where its variable is declared the value is dropped in its turn.
            let kept = self.declared.contains(&gate) && !self.slots.contains_key(&gate);
            let binding = self.call(gate).binding.as_ref().filter(|_| kept);
            let name = patterns::names_of(binding).into_iter().next();
            let left = match (self.taken_apart.get(&gate).filter(|_| kept), name) {
                (Some(taken_apart), _) => taken_apart.left(&value, self.other(gate).as_ref()),
                (None, Some(Bound { ident, .. })) => {
                    quote_spanned!(span=> #ident = #value; let _ = &#ident;)
                }
                (None, None) => quote_spanned!(span=> #value;),
            };
            quote!(#wait #left)
        };
        above.iter().copied().filter(|gate| !self.plan.is_inside(*gate)).map(gate).collect()
    }

    /// Code that would run when those above a call that has failed are joined: what it makes is only
    /// dropped in its turn.
    fn left(&self, at: usize) -> TokenStream {
        let code = self.run(at);
        let names = patterns::names_of(self.statements[at].local());
        let names = names.iter().map(|bound| &bound.ident);
        quote!(#code #(let _ = &#names;)*)
    }

    /// Binds the value of a joined call as its `let` does, unless it is in a slot; with what is
    /// left of its lint attributes.
    pub(super) fn bind(
        &self,
        at: usize,
        value: TokenStream,
        lints: impl Fn(&Attribute) -> Option<Attribute>,
    ) -> Stmt {
        self.bind_or(at, value, self.other(at), lints)
    }

    /// The same with this `else`.
    fn bind_or(
        &self,
        at: usize,
        value: TokenStream,
        other: Option<Expr>,
        lints: impl Fn(&Attribute) -> Option<Attribute>,
    ) -> Stmt {
        match self.call(at).binding.clone().filter(|_| !self.slots.contains_key(&at)) {
            None if self.call(at).binding.is_some() => verbatim(quote!(#value;)),
            None => Stmt::Expr(Expr::Verbatim(value), self.call(at).semi),
            Some(_) if self.declared.contains(&at) && self.taken_apart.contains_key(&at) => {
                verbatim(self.taken_apart[&at].bound(&value, other.as_ref()))
            }
            Some(local) if self.declared.contains(&at) => {
                let names = patterns::bound_names(&local.pat).into_iter().map(|bound| bound.ident);
                let semi = &local.semi_token;
                verbatim(quote!(#(#names)* = #value #semi))
            }
            Some(mut local) => {
                local.attrs = local.attrs.iter().filter_map(lints).collect();
                if let Some(init) = &mut local.init {
                    init.diverge.iter_mut().zip(other).for_each(|((_, own), other)| {
                        **own = other;
                    });
                    *init.expr = Expr::Verbatim(value);
                }
                Stmt::Local(local)
            }
        }
    }

    /// The `else` of a call's `let`.
    fn other(&self, at: usize) -> Option<Expr> {
        let Call { binding, hoisted, .. } = self.call(at);
        let (_, mut other) = binding.as_ref()?.init.as_ref()?.diverge.clone()?;
        let mut code = vec![TokenStream::new(); hoisted.awaited.len()];
        code.extend(self.cx.nested(&hoisted.nested, &[]));
        template::fill_expr(&mut other, &code);
        Some(*other)
    }

    pub(super) fn bind_slot(&self, from: usize) -> Vec<Stmt> {
        let Some(Slot { forward, name, slot, .. }) = self.slots.get(&from) else {
            return Vec::new();
        };
        let value = match forward {
            Forward::SharedThenMoved => quote!(#slot.into_inner()),
            _ => quote!(#slot.borrowed()),
        };
        let bound = patterns::names_of(self.call(from).binding.as_ref());
        let mutable = bound.iter().any(|bound| bound.mutable).then(|| quote!(mut));
        vec![verbatim(quote!(let #mutable #name = #value;))]
    }
}
