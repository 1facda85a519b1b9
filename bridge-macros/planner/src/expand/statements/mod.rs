//! Writes the statements of a scope in their planned order.

mod joins;
mod starts;
mod taken_apart;

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, Local, Pat, Stmt};

use self::taken_apart::TakenApart;
use crate::expand::context::Context;
use crate::expand::handles::Joins;
use crate::expand::runtime_calls::guard_witness;
use crate::expand::spans::mixed;
use crate::ir::access::VarId;
use crate::ir::plan::{Forward, Plan, Step};
use crate::ir::template;
use crate::ir::tree::{Call, Runs, ScopeId, Statement};
use crate::syntax::control_flow::{self};
use crate::syntax::deref_uses;
use crate::syntax::patterns::{self, Bound};
use crate::syntax::tokens;

impl Context<'_> {
    pub(in crate::expand) fn scope(&self, id: ScopeId) -> Vec<Stmt> {
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
    /// The patterns of which the variables are declared ahead.
    taken_apart: BTreeMap<usize, TakenApart>,
    /// The fields that each start takes out of boxes, by statement and await, with their names.
    taken: BTreeMap<(usize, usize), Vec<(Expr, Ident)>>,
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
        let mut taken: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, statement) in statements.iter().enumerate() {
            for (number, awaited) in statement.awaited().iter().enumerate() {
                for field in &awaited.taken {
                    let span = tokens::end(field.to_token_stream()).unwrap_or_else(Span::call_site);
                    let name = names.fresh(&Ident::new("taken", span), span);
                    taken.entry((at, number)).or_default().push((field.clone(), name));
                }
            }
        }
        let ahead = plan.steps.iter().filter_map(|step| match step {
            Step::Declare(at) => Some((*at, statements[*at].call()?.binding.as_ref()?)),
            _ => None,
        });
        let taken_apart = ahead
            .filter_map(|(at, local)| Some((at, TakenApart::of(local, &mut names)?)))
            .collect();
        Writer {
            statements,
            plan,
            handles,
            slots,
            together,
            joins,
            declared,
            taken_apart,
            taken,
            cx,
        }
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
                Step::Join(at) => out.extend(self.join(*at)),
                Step::JoinOutOfOrder(at, above) => out.extend(self.join_out_of_order(*at, above)),
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
                return self.awaited_call(at, number).into_token_stream();
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

    /// Declares the variable of a `let` above what is bound before it, or the slot of a call above
    /// its start.
    fn declare(&mut self, at: usize) -> Vec<Stmt> {
        let declaration = self.slot(at).or_else(|| {
            if let Some(taken_apart) = self.taken_apart.get(&at) {
                return Some(verbatim(taken_apart.declared()));
            }
            let Local { let_token, pat, semi_token, .. } = self.statements[at].local()?;
            Some(verbatim(quote!(#let_token #pat #semi_token)))
        });
        self.declared.extend(declaration.as_ref().map(|_| at));
        declaration.into_iter().collect()
    }

    /// The slot of a call, if it has one.
    fn slot(&self, at: usize) -> Option<Stmt> {
        let Slot { forward, slot, .. } = self.slots.get(&at)?;
        let (made, mutable) = match forward {
            Forward::Moved => (quote!(Moved), None),
            Forward::Lent(_) => (quote!(Lent), None),
            _ if self.plan.is_linked(at) => (quote!(Linked), Some(quote!(mut))),
            _ => (quote!(Shared), None),
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
        Some(verbatim(quote!(let #mutable #slot #of = #bridge::#made::new(#borrowers);)))
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
        match stmt {
            Stmt::Local(Local { pat, init: Some(init), semi_token, .. })
                if self.declared.contains(&at) =>
            {
                let name = patterns::plain_name(patterns::untyped(&pat));
                // With the user's own `=` it would be linted as the user's.
                let value = init.expr;
                verbatim(quote!(#name = #value #semi_token))
            }
            stmt => stmt,
        }
    }
}

fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}
