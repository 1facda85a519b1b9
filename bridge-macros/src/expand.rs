//! Writes the plan down: each call as a start and a join.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, ItemFn, Local, Pat, Stmt};

use crate::args::Args;
use crate::awaits;
use crate::chain::{self, Slot};
use crate::env::{self, Bound, VarId};
use crate::handles::{Joins, mixed};
use crate::lower::{Call, Cx, Kind, Statement};
use crate::operands::{self, Split, Unit};
use crate::plan::{Plan, Step};
use crate::runtime_calls::{
    awaiting, background, foreground, list, open_kind, pass, returns, wait,
};

/// The function with its new body.
///
/// ```text
/// // Input:
/// fn load() -> Report {
///     let data1 = load1().await;
///     let data2 = load2().await;
///     process(data1, data2)
/// }
/// // Output:
/// fn load() -> Report {
///     use ::bridge::expansion::sync as __bridge;
///     let _context = __bridge::enter();
///     let data1 = __bridge::background(async { load1().await });
///     let mut data2 = __bridge::background(async { load2().await });
///     let data1 = __bridge::foreground(data1, (&mut data2, ()), [0]);
///     let data2 = __bridge::foreground(data2, (), [0]);
///     process(data1, data2)
/// }
/// ```
pub(crate) fn function(mut item: ItemFn, args: &Args) -> TokenStream {
    body(&mut item, args);
    item.into_token_stream()
}

/// The new body: what the statements need, and the statements.
pub(crate) fn body(item: &mut ItemFn, args: &Args) {
    let krate = &args.krate;
    let asynchronous = item.sig.asyncness.is_some();
    let body = std::mem::take(&mut item.block.stmts);
    // Items that are written first stay first.
    let statements = body.iter().position(|stmt| !matches!(stmt, Stmt::Item(_)));
    let (items, body) = body.split_at(statements.unwrap_or(body.len()));
    let context = (!asynchronous).then(|| {
        let span = Span::mixed_site();
        quote_spanned!(span=> let _context = __bridge::enter();)
    });
    let body = importing(quote!(#(#items)* #context #(#body)*), asynchronous, krate);
    item.block.stmts = vec![verbatim(body)];
}

/// Statements that know what they call in this form by its alias. Not every
/// async function has a call that overlaps.
pub(crate) fn importing(body: TokenStream, asynchronous: bool, krate: &TokenStream) -> TokenStream {
    let form = Ident::new(if asynchronous { "asynchronous" } else { "sync" }, Span::mixed_site());
    let import = mentions_alias(&body).then(|| quote!(use #krate::expansion::#form as __bridge;));
    quote!(#import #body)
}

fn mentions_alias(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "__bridge",
        TokenTree::Group(group) => mentions_alias(&group.stream()),
        _ => false,
    })
}

/// Operands of one expression that overlap.
///
/// ```text
/// // Input:
/// render(user(id).await, feed(id).await)
/// // Output:
/// match background(async { user(id).await }) {
///     user => match background(async { feed(id).await }) {
///         mut feed => render(foreground(user, (&mut feed, ()), [0]), foreground(feed, (), [0])),
///     },
/// }
/// ```
pub(crate) fn operands(split: Split, cx: &Cx<'_>) -> Expr {
    let mut names = cx.names();
    let handles: Vec<Ident> = split.units.iter().map(|unit| names.of_unit(unit)).collect();
    let starts = split.units.iter().map(|unit| {
        let call = unit.call.to_token_stream();
        let span = mixed(unit.span());
        background(if unit.fallible { pass(&call, span, cx) } else { call }, unit, cx)
    });
    let bound = handles.iter().enumerate().map(|(at, handle)| match at {
        0 => quote!(#handle),
        _ => quote!(mut #handle),
    });
    let rest = operands::fill(split.rest.to_token_stream(), &mut |at| {
        let unit = &split.units[at];
        foreground(&handles[at], &handles[at + 1..], unit, unit.fallible, cx)
    });
    let span = mixed(split.units[0].span());
    // One by one: of a tuple that is taken apart something would seem to be left,
    // and borrow until the end of the statement.
    let started: Vec<_> = starts.zip(bound).collect();
    let nested = started
        .into_iter()
        .rev()
        .fold(rest, |rest, (start, bound)| quote_spanned!(span=> match #start { #bound => #rest }));
    Expr::Verbatim(nested)
}

/// The statements of a scope in their planned order.
pub(crate) fn statements(statements: Vec<Statement>, plan: &Plan, cx: &Cx<'_>) -> Vec<Stmt> {
    let mut names = cx.names();
    let handles = statements.iter().enumerate().map(|(at, statement)| {
        names.of_statement(statement, plan.steps.contains(&Step::Declare(at)))
    });
    let handles: Vec<Vec<Ident>> = handles.collect();
    let slots = plan.slots.iter().filter_map(|(&from, &kind)| {
        let (var, name) = chain::variable(&statements[from])?;
        let slot = names.fresh(&format_ident!("{}_slot", name.unraw()), name.span());
        Some((from, SlotOf { kind, var, name, slot }))
    });
    let slots: BTreeMap<usize, SlotOf> = slots.collect();
    let joins = Joins::of(&plan.steps, &handles);
    let mut writer =
        Writer { statements, plan, handles, slots, joins, declared: BTreeSet::new(), cx };
    let mut out = Vec::new();
    let mut steps = plan.steps.iter().peekable();
    while let Some(step) = steps.next() {
        match (step, steps.peek()) {
            (Step::Start(at, _), Some(Step::Join(joined))) if at == joined && writer.alone(*at) => {
                steps.next();
                out.push(writer.in_place(*at));
            }
            _ => out.extend(writer.step(step)),
        }
    }
    out
}

/// A value that passes from call to call.
struct SlotOf {
    kind: Slot,
    var: VarId,
    /// What the user calls the value.
    name: Ident,
    slot: Ident,
}

struct Writer<'a> {
    statements: Vec<Statement>,
    plan: &'a Plan,
    handles: Vec<Vec<Ident>>,
    slots: BTreeMap<usize, SlotOf>,
    joins: Joins,
    declared: BTreeSet<usize>,
    cx: &'a Cx<'a>,
}

impl Writer<'_> {
    fn step(&mut self, step: &Step) -> Vec<Stmt> {
        match step {
            Step::Declare(at) => self.declare(*at),
            Step::Start(at, unit) => self.start(*at, *unit),
            Step::Join(at) => vec![self.join(*at)],
            Step::JoinAhead(at, above) => vec![self.join_ahead(*at, above)],
            Step::Bind(from) => self.bind_slot(*from),
            Step::Run(at) => vec![self.run(*at)],
        }
    }

    fn call(&self, at: usize) -> &Call {
        self.statements[at].call().expect("only calls are started and joined")
    }

    /// Whether nothing runs beside a call that is joined where it starts, so that
    /// it can stay where it is.
    fn alone(&self, at: usize) -> bool {
        let [unit] = self.call(at).units.as_slice() else { return false };
        let slotted = self.slots.contains_key(&at)
            || self.slots.values().any(|slot| chain::uses(&self.statements[at], slot.var));
        !slotted
            && !self.plan.ahead.contains(&at)
            && self.joins.siblings(&self.handles[at][0]).is_empty()
            && (!self.cx.waits_in_place() || awaits::of_expr(&unit.call.base).awaits == 0)
    }

    fn in_place(&self, at: usize) -> Stmt {
        let call = &self.call(at).units[0].call;
        let value = if self.cx.waits_in_place() {
            wait(call, self.cx).into_token_stream()
        } else {
            quote!(#call)
        };
        let rest = self.call(at).rest.to_token_stream();
        self.bind(at, operands::fill(rest, &mut |_| value.clone()))
    }

    /// Declares the variable of a call, or its slot, above where it is started.
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
        let SlotOf { kind, slot, .. } = self.slots.get(&at)?;
        let made = match kind {
            Slot::Passed => quote!(Passed),
            Slot::Lent(_) => quote!(Lent),
            _ => quote!(Shared),
        };
        let lookers = match kind {
            Slot::Lent(lookers) => Some(Literal::usize_unsuffixed(*lookers)),
            _ => None,
        };
        let of = match self.call(at).binding.as_ref().map(|local| &local.pat) {
            Some(Pat::Type(typed)) => Some(&typed.ty),
            _ => None,
        };
        let of = of.map(|ty| quote!(: __bridge::#made<#ty>));
        Some(verbatim(quote!(let #slot #of = __bridge::#made::new(#lookers);)))
    }

    /// ```text
    /// let x_slot = __bridge::Shared::new();
    /// let x = __bridge::background(async { x_slot.set(load().await, [0]) });
    /// let y = __bridge::background(async { let x = x_slot.get().await; more(x).await });
    /// ```
    fn start(&self, at: usize, unit: usize) -> Vec<Stmt> {
        let slot = self.slot(at).filter(|_| !self.declared.contains(&at));
        let mut out: Vec<Stmt> = slot.into_iter().collect();
        let handle = &self.handles[at][unit];
        let unit = &self.call(at).units[unit];
        let mutable = self.joins.beside.contains(handle).then(|| quote!(mut));
        let span = mixed(unit.span());
        let start = background(self.future(at, unit), unit, self.cx);
        out.push(verbatim(quote_spanned!(span=> let #mutable #handle = #start;)));
        out
    }

    /// What a started call runs, to its end.
    fn future(&self, at: usize, unit: &Unit) -> TokenStream {
        let span = mixed(unit.span());
        let mut call = unit.call.clone();
        let mut inputs = Vec::new();
        for SlotOf { kind, var, name, slot } in self.slots.values() {
            if !chain::unit_uses(unit, *var) {
                continue;
            }
            let looks = chain::looks(&self.statements[at], unit, *var, name);
            if looks {
                chain::behind(&mut call.base, name);
            }
            match kind {
                Slot::Lent(_) if looks => {
                    let lent = Ident::new(&format!("{}_lent", name.unraw()), span);
                    inputs.push(quote_spanned! {span=>
                        let #lent = #slot.lend().await;
                        let #name = &*#lent;
                    });
                }
                Slot::Passed | Slot::Lent(_) => {
                    inputs.push(quote_spanned!(span=> let #name = #slot.take().await;));
                }
                _ if looks => inputs.push(quote_spanned!(span=> let #name = #slot.get().await;)),
                // It is bound in the function's frame by then.
                _ => {}
            }
        }
        let mut value = quote!(#call);
        if self.plan.ahead.contains(&at) {
            value = operands::fill(self.call(at).rest.to_token_stream(), &mut |_| value.clone());
        }
        if let Some(SlotOf { slot, .. }) = self.slots.get(&at) {
            let open = open_kind(span);
            value = quote_spanned!(span=> #slot.set(#value, #open));
        }
        if self.leaves(at, unit) {
            value = pass(&value, span, self.cx);
        }
        quote!(#(#inputs)* #value)
    }

    /// Whether the call ends as the function's return type.
    fn leaves(&self, at: usize, unit: &Unit) -> bool {
        unit.fallible || (self.plan.ahead.contains(&at) && self.statements[at].leaves)
    }

    fn joined(&self, at: usize, unit: usize, siblings: &[Ident]) -> TokenStream {
        let call = &self.call(at).units[unit];
        foreground(&self.handles[at][unit], siblings, call, self.leaves(at, call), self.cx)
    }

    fn join(&self, at: usize) -> Stmt {
        let value =
            |unit: usize| self.joined(at, unit, self.joins.siblings(&self.handles[at][unit]));
        let rest = if self.plan.ahead.contains(&at) {
            value(0)
        } else {
            operands::fill(self.call(at).rest.to_token_stream(), &mut |unit| value(unit))
        };
        self.bind(at, rest)
    }

    /// ```text
    /// let y = match __bridge::ahead_of::<Result<u32>, _, _, _>(y, (&mut x, ()), [0]) {
    ///     Ok(y) => y,
    ///     Err(failure) => {
    ///         __bridge::foreground(x, (), [0])?;
    ///         match failure.raise()? {}
    ///     }
    /// };
    /// ```
    fn join_ahead(&self, at: usize, above: &[usize]) -> Stmt {
        let handle = &self.handles[at][0];
        let span = mixed(self.call(at).units[0].span());
        let running = self.joins.siblings(handle);
        let awaiting = awaiting(span, self.cx);
        let siblings = list(running, span, self.cx);
        let mut left: Vec<Ident> = running.to_vec();
        let gates = above.iter().map(|&gate| {
            left.retain(|other| *other != self.handles[gate][0]);
            let value = self.joined(gate, 0, &left);
            // Where its variable is declared the value is dropped in its turn.
            let kept = self.declared.contains(&gate) && !self.slots.contains_key(&gate);
            let binding = self.call(gate).binding.as_ref().filter(|_| kept);
            let name = binding.map(|local| env::bound_names(&local.pat)).unwrap_or_default();
            match name.into_iter().next() {
                Some(Bound { ident, .. }) => {
                    quote_spanned!(span=> #ident = #value; let _ = &#ident;)
                }
                None => quote_spanned!(span=> #value;),
            }
        });
        let gates: Vec<TokenStream> = gates.collect();
        let (join, raise) = if self.leaves(at, &self.call(at).units[0]) {
            let returns = returns(self.cx);
            (
                quote_spanned!(span=> ahead_of::<#returns, _, _, _>),
                quote_spanned!(span=> match failure.raise()? {}),
            )
        } else {
            (quote_spanned!(span=> ahead), quote_spanned!(span=> failure.raise()))
        };
        let open = open_kind(span);
        let value = quote_spanned! {span=>
            match __bridge::#join(#handle, #siblings, #open) #awaiting {
                Ok(value) => value,
                Err(failure) => {
                    #(#gates)*
                    #raise
                }
            }
        };
        self.bind(at, value)
    }

    /// Binds the value of a joined call as its `let` does, unless it is in a slot.
    fn bind(&self, at: usize, value: TokenStream) -> Stmt {
        match self.call(at).binding.clone().filter(|_| !self.slots.contains_key(&at)) {
            None => verbatim(quote!(#value;)),
            Some(local) if self.declared.contains(&at) => {
                let names = env::bound_names(&local.pat).into_iter().map(|bound| bound.ident);
                let semi = &local.semi_token;
                verbatim(quote!(#(#names)* = #value #semi))
            }
            Some(mut local) => {
                if let Some(init) = &mut local.init {
                    *init.expr = Expr::Verbatim(value);
                }
                Stmt::Local(local)
            }
        }
    }

    fn bind_slot(&self, from: usize) -> Vec<Stmt> {
        let Some(SlotOf { kind, name, slot, .. }) = self.slots.get(&from) else {
            return Vec::new();
        };
        let value = match kind {
            Slot::SharedThenTaken => quote!(#slot.into_inner()),
            _ => quote!(#slot.seen()),
        };
        vec![verbatim(quote!(let #name = #value;))]
    }

    fn run(&mut self, at: usize) -> Stmt {
        let mut stmt = match &self.statements[at].kind {
            Kind::Plain(stmt) | Kind::Transparent(stmt) | Kind::Effect(stmt) => stmt.clone(),
            Kind::Call(_) => unreachable!("calls are started and joined"),
        };
        for SlotOf { kind, var, name, .. } in self.slots.values() {
            if *kind == Slot::SharedThenSeen && chain::uses(&self.statements[at], *var) {
                chain::stmt_behind(&mut stmt, name);
            }
        }
        stmt
    }
}

fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}
