//! Writes the statements of a scope in their planned order.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Local, Pat, Stmt};

use super::context::Context;
use super::handles::Joins;
use super::lints;
use super::runtime_calls::guard_witness;
use super::spans::mixed;
use crate::ir::access::VarId;
use crate::ir::plan::{Forward, Input, Plan, Step};
use crate::ir::template;
use crate::ir::tree::{Awaited, Call, Runs, ScopeId, Statement};
use crate::syntax::control_flow::{self, keyword_span};
use crate::syntax::deref_uses;
use crate::syntax::patterns::{self, Bound};

impl Context<'_> {
    pub(super) fn scope(&self, id: ScopeId) -> Vec<Stmt> {
        let (scope, schedule) = self.planned.scope(id);
        Writer::new(&scope.statements, &schedule.plan, self).write()
    }
}

/// A value that passes from call to call.
struct Slot {
    forward: Forward,
    var: VarId,
    /// What the user calls the value.
    name: Ident,
    /// What the slot is called.
    slot: Ident,
}

struct Writer<'a> {
    statements: &'a [Statement],
    plan: &'a Plan,
    /// By statement and await.
    handles: Vec<Vec<Ident>>,
    slots: BTreeMap<usize, Slot>,
    /// What the memory of many calls is called.
    together: Ident,
    joins: Joins,
    declared: BTreeSet<usize>,
    cx: &'a Context<'a>,
}

impl<'a> Writer<'a> {
    fn new(statements: &'a [Statement], plan: &'a Plan, cx: &'a Context<'a>) -> Self {
        let mut names = cx.names();
        let handles = statements.iter().enumerate().map(|(at, statement)| {
            names.of_statement(statement, plan.steps.contains(&Step::Declare(at)))
        });
        let handles: Vec<Vec<Ident>> = handles.collect();
        let in_slots = plan.forwards.iter().filter(|(from, _)| !plan.hands_over(**from));
        let slots = in_slots.filter_map(|(&from, &forward)| {
            let (var, name) = statements[from].forwardable()?;
            let slot = names.fresh(&format_ident!("{}_slot", name.unraw()), name.span());
            Some((from, Slot { forward, var, name, slot }))
        });
        let slots = slots.collect();
        let span = Span::call_site();
        let together = names.fresh(&Ident::new("together", span), span);
        let joins = Joins::of(&plan.by_futures(), &handles);
        let declared = BTreeSet::new();
        Writer { statements, plan, handles, slots, together, joins, declared, cx }
    }

    fn write(mut self) -> Vec<Stmt> {
        let mut out = Vec::new();
        let steps = self.plan.by_futures();
        let mut steps = steps.iter().peekable();
        // What is put in the background between two other statements starts together.
        let mut together = Vec::new();
        while let Some(step) = steps.next() {
            let in_place = self.is_in_place(step, steps.peek());
            if !in_place && matches!(step, Step::Start(..) | Step::Declare(_)) {
                together.push(step);
                continue;
            }
            out.extend(self.together(&mem::take(&mut together)));
            match step {
                Step::Start(at, _) | Step::Declare(at) => match steps.next() {
                    Some(Step::JoinOutOfOrder(_, above)) => out.push(self.derive(*at, above)),
                    _ => {
                        out.push(self.await_in_place(*at));
                        out.extend(self.unguarded(*at));
                    }
                },
                Step::Join(at) => out.push(self.join(*at)),
                Step::JoinOutOfOrder(at, above) => out.push(self.join_out_of_order(*at, above)),
                Step::Bind(from) => out.extend(self.bind_slot(*from)),
                Step::Run(at) => {
                    out.extend(self.settled(*at));
                    out.push(self.run(*at));
                    out.extend(self.unguarded(*at));
                }
            }
        }
        out.extend(self.together(&together));
        out
    }

    /// Whether a call is joined as the next thing after its start, and can stay where it is.
    fn is_in_place(&self, step: &Step, next: Option<&&Step>) -> bool {
        match (step, next) {
            (Step::Start(at, _), Some(Step::Join(joined))) => {
                at == joined && (self.is_alone(*at) || self.derives_in_turn(*at))
            }
            (Step::Start(at, _), Some(Step::JoinOutOfOrder(joined, _))) => {
                at == joined && self.derives_in_turn(*at)
            }
            _ => false,
        }
    }

    /// Declarations, and calls that start together. Many lie side by side.
    ///
    /// ```text
    /// let together = __bridge::together();
    /// let mut x = __bridge::background_beside(&together, async { load().await });
    /// …
    /// __bridge::start((&mut x, …));
    /// ```
    fn together(&mut self, steps: &[&Step]) -> Vec<Stmt> {
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

    fn call(&self, at: usize) -> &'a Call {
        self.statements[at].call().expect("only calls are started and joined")
    }

    /// The residual of a call, with the values of what it awaits.
    fn residual(&self, at: usize, values: &[TokenStream]) -> TokenStream {
        let hoisted = &self.call(at).hoisted;
        let mut residual = hoisted.residual.clone();
        let borrowed = self.borrowed(at);
        for name in &borrowed {
            deref_uses::of_expr(&mut residual, name);
        }
        let mut code = values.to_vec();
        code.extend(self.cx.nested(&hoisted.nested, &borrowed));
        template::fill_expr(&mut residual, &code);
        residual.into_token_stream()
    }

    /// What a call awaits, as it is written down in a block that awaits. Where a `let` states
    /// the type of a block, the block is given it.
    fn awaited(&self, at: usize, number: usize) -> TokenStream {
        let awaited = &self.call(at).hoisted.awaited[number];
        let block = match &awaited.runs {
            Runs::Block(template) => self.cx.block(template),
            Runs::Derivation => awaited.written(),
            Runs::Future | Runs::Blocking => {
                return self.cx.awaited(awaited).into_token_stream();
            }
        };
        let stated = match self.call(at).binding.as_ref().map(|local| &local.pat) {
            Some(Pat::Type(typed)) if self.call(at).hoisted.gives_first() => Some(&typed.ty),
            _ => None,
        };
        match stated {
            Some(ty) => {
                let span = mixed(awaited.span());
                quote_spanned!(span=> { let value: #ty = #block; value })
            }
            None => block,
        }
    }

    /// Whether nothing runs beside a call that is joined where it starts, so that
    /// it can stay where it is.
    fn is_alone(&self, at: usize) -> bool {
        let [awaited] = self.call(at).hoisted.awaited.as_slice() else { return false };
        !self.is_slotted(at)
            && !self.plan.inlined.contains(&at)
            && self.joins.siblings(&self.handles[at][0]).is_empty()
            && (!self.cx.rewrites_awaits()
                || matches!(awaited.runs, Runs::Block(_))
                || !control_flow::awaits(&awaited.call.base))
    }

    /// Whether a derivation that runs when its turn has come can stay where it is.
    fn derives_in_turn(&self, at: usize) -> bool {
        self.statements[at].is_derivation() && !self.is_slotted(at)
    }

    /// Whether a call gives its value to others in the background, or takes what they give.
    fn is_slotted(&self, at: usize) -> bool {
        self.slots.contains_key(&at)
            || self.plan.inside.contains_key(&at)
            || self.slots.values().any(|slot| self.statements[at].names(slot.var))
    }

    fn await_in_place(&self, at: usize) -> Stmt {
        let awaited = &self.call(at).hoisted.awaited[0];
        let value = match (&awaited.runs, self.cx.rewrites_awaits()) {
            (Runs::Block(template), false) => self.cx.expr(template).into_token_stream(),
            (Runs::Block(_), true) => {
                let span = mixed(awaited.span());
                let (block, leaves) = (self.awaited(at, 0), awaited.fallible);
                let block = if leaves { self.cx.wrap(&block, span) } else { block };
                let leave = leaves.then(|| quote_spanned!(span=> ?));
                let value = self.cx.wait_for(&quote_spanned!(span=> async { #block }), span);
                quote!(#value #leave)
            }
            (Runs::Derivation, _) => awaited.written(),
            (_, true) => self.cx.wait(&self.cx.awaited(awaited)),
            (_, false) => self.cx.alone(self.cx.awaited(awaited)).into_token_stream(),
        };
        self.bind(at, self.residual(at, &[value]), |lint| Some(lint.clone()))
    }

    /// What runs ahead in a loop, and is bound by no join, is no guard either: it would be held
    /// while other iterations run. (What nothing uses is left to the lint that says so.)
    ///
    /// ```text
    /// let state = enter(m).await;
    /// __bridge::unguarded(&state, [0]);
    /// ```
    fn unguarded(&self, at: usize) -> Vec<Stmt> {
        let statement = &self.statements[at];
        if !self.cx.runs_ahead || statement.holds_by_name() {
            return Vec::new();
        }
        let names = patterns::names_of(statement.local().filter(|local| local.init.is_some()));
        let below = &self.statements[at + 1..];
        let used = names.into_iter().zip(&statement.binds);
        let used = used.filter(|(_, var)| below.iter().any(|other| other.names(**var)));
        let witnesses = used.map(|(Bound { ident, .. }, _)| {
            let span = ident.span();
            let (bridge, witness) = (self.cx.runtime(span), guard_witness(span));
            verbatim(quote_spanned!(span=> #bridge::unguarded(&#ident, #witness);))
        });
        witnesses.collect()
    }

    /// The iterations that run ahead come to their ends before what a marker brings to the
    /// foreground.
    ///
    /// ```text
    /// __bridge::settle((&mut iterations, ()));
    /// audit(&rows);
    /// ```
    fn settled(&self, at: usize) -> Option<Stmt> {
        let statement = &self.statements[at];
        if !statement.foreground || !self.cx.waits_beside() {
            return None;
        }
        let span = mixed(statement.span());
        let (bridge, awaiting) = (self.cx.runtime(span), self.cx.awaiting(span));
        let iterations = self.cx.siblings(&[], span);
        Some(verbatim(quote_spanned!(span=> #bridge::settle(#iterations) #awaiting;)))
    }

    /// Declares the variable of a call above what is bound before it, or its slot above its
    /// start.
    fn declare(&mut self, at: usize) -> Vec<Stmt> {
        let declaration = self.slot(at).or_else(|| {
            let Local { let_token, pat, semi_token, .. } = self.call(at).binding.as_ref()?;
            Some(verbatim(quote!(#let_token #pat #semi_token)))
        });
        self.declared.extend(declaration.as_ref().map(|_| at));
        declaration.into_iter().collect()
    }

    /// The slot of a call, if it has one.
    fn slot(&self, at: usize) -> Option<Stmt> {
        let Slot { forward, slot, .. } = self.slots.get(&at)?;
        let made = match forward {
            Forward::Moved => quote!(Moved),
            Forward::Lent(_) => quote!(Lent),
            _ => quote!(Shared),
        };
        let borrowers = match forward {
            Forward::Lent(borrowers) => Some(Literal::usize_unsuffixed(*borrowers)),
            _ => None,
        };
        let of = match self.call(at).binding.as_ref().map(|local| &local.pat) {
            Some(Pat::Type(typed)) => Some(&typed.ty),
            _ => None,
        };
        let bridge = self.cx.runtime(Span::call_site());
        let of = of.map(|ty| quote!(: #bridge::#made<#ty>));
        Some(verbatim(quote!(let #slot #of = #bridge::#made::new(#borrowers);)))
    }

    /// ```text
    /// let x_slot = __bridge::Shared::new();
    /// let mut x = __bridge::background(async { x_slot.set(load().await, [0]) });
    /// let mut y = __bridge::background(async { let x = x_slot.get().await; more(x).await });
    /// ```
    fn background(&self, at: usize, number: usize, beside: Option<&Ident>) -> Vec<Stmt> {
        let links = self.plan.links(at).collect::<Vec<_>>().into_iter().rev();
        let undeclared = links.filter(|link| !self.declared.contains(link));
        let mut out: Vec<Stmt> = undeclared.filter_map(|link| self.slot(link)).collect();
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
    /// __bridge::start((&mut x, (&mut y, ())));
    /// ```
    fn start(&self, together: &[(usize, usize)]) -> Option<Stmt> {
        let &(at, number) = together.first()?;
        let handles = together.iter().map(|&(at, number)| self.handles[at][number].clone());
        let handles: Vec<Ident> = handles.collect();
        let span = keyword_span(&self.awaited_first(at, number).call);
        let start = self.cx.start(&handles, span);
        Some(verbatim(quote_spanned!(span=> #start;)))
    }

    /// What a future awaits first: what is wrong with what a chain takes along is said of that.
    fn awaited_first(&self, at: usize, number: usize) -> &'a Awaited {
        match self.plan.links(at).last() {
            Some(link) if link != at => &self.call(link).hoisted.awaited[0],
            _ => &self.call(at).hoisted.awaited[number],
        }
    }

    /// What a started call runs, to its end.
    fn future(&self, at: usize, number: usize) -> TokenStream {
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
    fn code(&self, at: usize, number: usize) -> (Vec<TokenStream>, TokenStream) {
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
                let mut call = self.cx.awaited(awaited);
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
    fn taken(&self, from: usize, input: Input, span: Span) -> TokenStream {
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
    fn link(&self, at: usize) -> Vec<TokenStream> {
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
    fn is_inlined(&self, at: usize) -> bool {
        self.plan.inlined.contains(&at)
            || self.plan.inside.contains_key(&at) && self.call(at).inlinable
    }

    /// Whether the call ends as the function's return type.
    fn ends_as_output(&self, at: usize, number: usize) -> bool {
        let leaves = |at: usize, awaited: &Awaited| {
            awaited.fallible || (self.is_inlined(at) && self.statements[at].leaves)
        };
        leaves(at, &self.call(at).hoisted.awaited[number])
            || self.plan.links(at).skip(1).any(|at| leaves(at, &self.call(at).hoisted.awaited[0]))
    }

    fn joined(&self, at: usize, number: usize, siblings: &[Ident]) -> TokenStream {
        let awaited = &self.call(at).hoisted.awaited[number];
        let (call, leaves) = (self.cx.awaited(awaited), self.ends_as_output(at, number));
        self.cx.foreground(&self.handles[at][number], siblings, &call, leaves)
    }

    fn join(&self, at: usize) -> Stmt {
        let handles = self.handles[at].iter().enumerate();
        let values =
            handles.map(|(number, handle)| self.joined(at, number, self.joins.siblings(handle)));
        let mut values: Vec<TokenStream> = values.collect();
        let value = match self.is_inlined(at) {
            true => values.swap_remove(0),
            false => self.residual(at, &values),
        };
        self.bind(at, value, lints::at_join)
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
    fn join_out_of_order(&self, at: usize, above: &[usize]) -> Stmt {
        let handle = &self.handles[at][0];
        let awaited = &self.call(at).hoisted.awaited[0];
        let span = mixed(awaited.span());
        let running = self.joins.siblings(handle);
        let awaiting = self.cx.awaiting(span);
        let siblings = self.cx.siblings(running, span);
        let join = if self.ends_as_output(at, 0) {
            let output = self.cx.output();
            quote_spanned!(span=> out_of_order_as::<#output, _, _, _>)
        } else {
            quote_spanned!(span=> out_of_order)
        };
        let (bridge, witness) = (self.cx.runtime(span), guard_witness(span));
        let joined = quote_spanned!(span=> #bridge::#join(#handle, #siblings, #witness) #awaiting);
        self.bind_ahead(at, &joined, above)
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
    fn derive(&self, at: usize, above: &[usize]) -> Stmt {
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
    fn bind_ahead(&self, at: usize, ahead: &TokenStream, above: &[usize]) -> Stmt {
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
        self.bind(at, value, lints::at_join)
    }

    /// The joins of what is above a call that has failed out of order.
    fn gates(&self, above: &[usize], running: &[Ident], span: Span) -> Vec<TokenStream> {
        let mut left: Vec<Ident> = running.to_vec();
        let gate = |gate: usize| {
            left.retain(|other| *other != self.handles[gate][0]);
            let value = self.joined(gate, 0, &left);
            // Where its variable is declared the value is dropped in its turn.
            let kept = self.declared.contains(&gate) && !self.slots.contains_key(&gate);
            let binding = self.call(gate).binding.as_ref().filter(|_| kept);
            match patterns::names_of(binding).into_iter().next() {
                Some(Bound { ident, .. }) => {
                    quote_spanned!(span=> #ident = #value; let _ = &#ident;)
                }
                None => quote_spanned!(span=> #value;),
            }
        };
        above.iter().copied().filter(|gate| !self.plan.is_inside(*gate)).map(gate).collect()
    }

    /// Binds the value of a joined call as its `let` does, unless it is in a slot; with what is
    /// left of its lint attributes.
    fn bind(
        &self,
        at: usize,
        value: TokenStream,
        lints: impl Fn(&Attribute) -> Option<Attribute>,
    ) -> Stmt {
        match self.call(at).binding.clone().filter(|_| !self.slots.contains_key(&at)) {
            None if self.call(at).binding.is_some() => verbatim(quote!(#value;)),
            None => Stmt::Expr(Expr::Verbatim(value), self.call(at).semi),
            Some(local) if self.declared.contains(&at) => {
                let names = patterns::bound_names(&local.pat).into_iter().map(|bound| bound.ident);
                let semi = &local.semi_token;
                verbatim(quote!(#(#names)* = #value #semi))
            }
            Some(mut local) => {
                let hoisted = &self.call(at).hoisted;
                local.attrs = local.attrs.iter().filter_map(lints).collect();
                if let Some(init) = &mut local.init {
                    if let Some((_, other)) = &mut init.diverge {
                        let mut code = vec![TokenStream::new(); hoisted.awaited.len()];
                        code.extend(self.cx.nested(&hoisted.nested, &[]));
                        template::fill_expr(other, &code);
                    }
                    *init.expr = Expr::Verbatim(value);
                }
                Stmt::Local(local)
            }
        }
    }

    fn bind_slot(&self, from: usize) -> Vec<Stmt> {
        let Some(Slot { forward, name, slot, .. }) = self.slots.get(&from) else {
            return Vec::new();
        };
        let value = match forward {
            Forward::SharedThenMoved => quote!(#slot.into_inner()),
            _ => quote!(#slot.borrowed()),
        };
        vec![verbatim(quote!(let #name = #value;))]
    }

    /// The names that are references where a statement uses them.
    fn borrowed(&self, at: usize) -> Vec<&Ident> {
        let borrowed = self.slots.values().filter(|slot| {
            slot.forward == Forward::SharedThenBorrowed
                && self.statements[at].finish_names(slot.var)
        });
        borrowed.map(|slot| &slot.name).collect()
    }

    fn run(&self, at: usize) -> Stmt {
        let statement = &self.statements[at];
        let template = statement.template().expect("calls are started and joined");
        let mut stmt = template.code.clone();
        let borrowed = self.borrowed(at);
        for name in &borrowed {
            deref_uses::of_stmt(&mut stmt, name);
        }
        if !template.nested.is_empty() {
            template::fill_stmt(&mut stmt, &self.cx.nested(&template.nested, &borrowed));
        }
        stmt
    }
}

fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}
