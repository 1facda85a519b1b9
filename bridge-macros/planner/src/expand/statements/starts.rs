//! Calls are put in the background.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAwait, Stmt, parse_quote};

use super::{Slot, Writer, verbatim};
use crate::expand::lints;
use crate::expand::runtime_calls::guard_witness;
use crate::expand::spans::mixed;
use crate::ir::plan::{Forward, Input, Step};
use crate::ir::tree::{Awaited, Runs};
use crate::syntax::control_flow::keyword_span;
use crate::syntax::deref_uses;

impl<'a> Writer<'a> {
    /// Declarations, and calls that start together. Many lie side by side.
    ///
    /// ```text
    /// let together = __bridge::together();
    /// let mut x = __bridge::background_beside(&together, async { load().await });
    /// …
    /// __bridge::start((&mut x, …));
    /// ```
    pub(super) fn together(&mut self, steps: &[&Step]) -> Vec<Stmt> {
        /// Boxes of so many calls cost more than one piece of memory for all.
        const MANY: usize = 4;
        let mut out = Vec::new();
        let calls = steps.iter().filter_map(|step| match step {
            Step::Start(at, number) => Some((*at, *number)),
            _ => None,
        });
        let calls: Vec<(usize, usize)> = calls.collect();
        let beside = match calls.first() {
            Some(&(at, number)) if calls.len() >= MANY => {
                let span = keyword_span(&self.awaited_first(at, number).call);
                let (bridge, name) = (self.cx.runtime(span), &self.together);
                out.push(verbatim(quote_spanned!(span=> let #name = #bridge::together();)));
                Some(name.clone())
            }
            _ => None,
        };
        for step in steps {
            match step {
                Step::Start(at, number) => {
                    out.extend(self.background(*at, *number, beside.as_ref()));
                }
                Step::Declare(at) => out.extend(self.declare(*at)),
                _ => {}
            }
        }
        out.extend(self.start(&calls));
        out
    }

    /// ```text
    /// let x_slot = __bridge::Shared::new();
    /// let mut x = __bridge::background(async { x_slot.set(load().await, [0]) });
    /// let mut y = __bridge::background(async { let x = x_slot.get().await; more(x).await });
    /// ```
    pub(super) fn background(&self, at: usize, number: usize, beside: Option<&Ident>) -> Vec<Stmt> {
        let mut links: Vec<usize> = self.plan.links(at).collect();
        links.reverse();
        let undeclared = links.iter().copied().filter(|link| !self.declared.contains(link));
        let mut out: Vec<Stmt> = undeclared.filter_map(|link| self.slot(link)).collect();
        out.extend(links.into_iter().flat_map(|link| self.take_out_of_boxes(link, number)));
        let handle = &self.handles[at][number];
        let awaited = &self.call(at).hoisted.awaited[number];
        let span = mixed(awaited.span());
        let lints = self.call(at).binding.iter().flat_map(|local| &local.attrs);
        let lints = lints.filter_map(lints::at_start);
        let first = self.cx.awaited(self.awaited_first(at, number));
        let call = self.cx.background(self.future(at, number), &first, beside);
        out.push(verbatim(quote_spanned!(span=> #(#lints)* let mut #handle = #call;)));
        out
    }

    /// ```text
    /// let field_taken = boxed.field;
    /// ```
    fn take_out_of_boxes(&self, at: usize, number: usize) -> Vec<Stmt> {
        let taken = self.taken.get(&(at, number)).into_iter().flatten();
        taken.map(|(field, name)| verbatim(quote!(let #name = #field;))).collect()
    }

    /// What a call awaits, with the names of what has been taken out of boxes.
    pub(super) fn awaited_call(&self, at: usize, number: usize) -> ExprAwait {
        struct Renamer<'a>(&'a [(Expr, Ident)]);
        impl VisitMut for Renamer<'_> {
            fn visit_expr_mut(&mut self, expr: &mut Expr) {
                let code = |expr: &Expr| expr.to_token_stream().to_string();
                let is_field = matches!(expr, Expr::Field(_));
                match self.0.iter().find(|(field, _)| is_field && code(field) == code(expr)) {
                    Some((_, name)) => *expr = parse_quote!(#name),
                    None => visit_mut::visit_expr_mut(self, expr),
                }
            }
        }
        let mut call = self.cx.awaited(&self.call(at).hoisted.awaited[number]);
        if let Some(taken) = self.taken.get(&(at, number)) {
            Renamer(taken).visit_expr_mut(&mut call.base);
        }
        call
    }

    /// ```text
    /// __bridge::start((&mut x, (&mut y, ())));
    /// ```
    pub(super) fn start(&self, together: &[(usize, usize)]) -> Option<Stmt> {
        let &(at, number) = together.first()?;
        let handles = together.iter().map(|&(at, number)| self.handles[at][number].clone());
        let handles: Vec<Ident> = handles.collect();
        let span = keyword_span(&self.awaited_first(at, number).call);
        let start = self.cx.start(&handles, span);
        Some(verbatim(quote_spanned!(span=> #start;)))
    }

    /// What a future awaits first: what is wrong with what a chain takes along is said of that.
    pub(super) fn awaited_first(&self, at: usize, number: usize) -> &'a Awaited {
        match self.plan.links(at).last() {
            Some(link) if link != at => &self.call(link).hoisted.awaited[0],
            _ => &self.call(at).hoisted.awaited[number],
        }
    }

    /// What a started call runs, to its end.
    pub(super) fn future(&self, at: usize, number: usize) -> TokenStream {
        let awaited = &self.call(at).hoisted.awaited[number];
        let span = mixed(awaited.span());
        let (inputs, mut value) = self.code(at, number);
        if let Some(Slot { slot, .. }) = self.slots.get(&at) {
            let witness = guard_witness(span);
            value = quote_spanned!(span=> #slot.set(#value, #witness));
        }
        if self.ends_as_output(at, number) {
            value = self.cx.wrap(&value, span);
        }
        quote!(#(#inputs)* #value)
    }

    /// What gives a call its inputs, and its value.
    pub(super) fn code(&self, at: usize, number: usize) -> (Vec<TokenStream>, TokenStream) {
        let awaited = &self.call(at).hoisted.awaited[number];
        let span = mixed(awaited.span());
        let mut inputs = Vec::new();
        let mut borrowed = Vec::new();
        for (from, input) in self.plan.inputs.get(&(at, number)).into_iter().flatten() {
            let name = self.statements[*from].forwardable().map(|(_, name)| name);
            borrowed.extend(name.filter(|_| *input == Input::Borrow));
            match self.plan.inside.contains_key(&at) {
                true => inputs.extend(self.link(*from)),
                false => inputs.push(self.taken(*from, *input, span)),
            }
        }
        let mut value = match borrowed.as_slice() {
            [] => self.awaited(at, number),
            // A block borrows from no slot.
            names => {
                let mut call = self.awaited_call(at, number);
                for name in names {
                    deref_uses::of_expr(&mut call.base, name);
                }
                match awaited.runs {
                    Runs::Derivation => call.base.into_token_stream(),
                    _ => call.into_token_stream(),
                }
            }
        };
        if self.is_inlined(at) {
            value = self.residual(at, &[value]);
        }
        (inputs, value)
    }

    /// What a call takes out of the slot of another one, when that is filled.
    pub(super) fn taken(&self, from: usize, input: Input, span: Span) -> TokenStream {
        let Slot { forward, name, slot, .. } = &self.slots[&from];
        match (input, forward) {
            (Input::Borrow, Forward::Lent(_)) => {
                let lent = Ident::new(&format!("{}_lent", name.unraw()), span);
                quote_spanned! {span=>
                    let #lent = #slot.lend().await;
                    let #name = &*#lent;
                }
            }
            (Input::Borrow, _) => quote_spanned!(span=> let #name = #slot.get().await;),
            (Input::Move, _) => quote_spanned!(span=> let #name = #slot.take().await;),
        }
    }

    /// A call that runs inside of the one that takes its value.
    ///
    /// ```text
    /// let x = __bridge::passed(load().await, [0]);
    /// let x = x_slot.keep(load().await, [0]);
    /// ```
    pub(super) fn link(&self, at: usize) -> Vec<TokenStream> {
        let span = mixed(self.call(at).hoisted.awaited[0].span());
        let (mut code, value) = self.code(at, 0);
        // A place that is told at run time.
        let here = keyword_span(&self.call(at).hoisted.awaited[0].call);
        let witness = guard_witness(here);
        let value = match self.slots.get(&at) {
            Some(Slot { name, slot, .. }) => {
                let keep = quote_spanned!(here=> .keep(#value, #witness));
                quote_spanned!(span=> let #name = #slot #keep;)
            }
            None => {
                let pat = self.call(at).binding.as_ref().map(|local| &local.pat);
                let bridge = self.cx.runtime(here);
                let passed = quote_spanned!(here=> #bridge::passed(#value, #witness));
                quote_spanned!(span=> let #pat = #passed;)
            }
        };
        code.push(value);
        code
    }

    /// Whether the residual of a call runs in the background, as the plan wants it, or as that of
    /// the calls inside of it does.
    pub(super) fn is_inlined(&self, at: usize) -> bool {
        self.plan.inlined.contains(&at)
            || self.plan.inside.contains_key(&at) && self.call(at).inlinable
    }

    /// Whether the call ends as the function's return type.
    pub(super) fn ends_as_output(&self, at: usize, number: usize) -> bool {
        let leaves = |at: usize, awaited: &Awaited| {
            awaited.fallible || (self.is_inlined(at) && self.statements[at].leaves)
        };
        leaves(at, &self.call(at).hoisted.awaited[number])
            || self.plan.links(at).skip(1).any(|at| leaves(at, &self.call(at).hoisted.awaited[0]))
    }
}
