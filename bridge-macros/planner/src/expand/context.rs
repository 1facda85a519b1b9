//! What holds where code is written.

use std::cell::Cell;
use std::rc::Rc;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::handles::Names;
use super::spans::{IsAbove, mixed};
use crate::ir::plan::PlannedTree;
use crate::syntax::function::Form;

#[derive(Clone)]
pub(super) struct Context<'a> {
    pub(super) planned: &'a PlannedTree,
    pub(super) form: Form,
    /// The type that `?` leaves with.
    pub(super) returns: Option<&'a Type>,
    /// The iterations that run ahead, of the loops around: what waits, waits
    /// beside them.
    pub(super) beside: Vec<Ident>,
    /// What is bound here runs ahead of its turn in a loop, beside other iterations.
    pub(super) runs_ahead: bool,
    /// The `bridge` crate.
    pub(super) krate: &'a TokenStream,
    pub(super) is_above: IsAbove,
    /// It is the function's own code, and not what runs in the background.
    pub(super) is_body: bool,
    /// Something in the runtime was called by its alias.
    calls_runtime: Rc<Cell<bool>>,
    /// Something was polled with the task of the code that awaits.
    polls: Rc<Cell<bool>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        planned: &'a PlannedTree,
        form: Form,
        returns: Option<&'a Type>,
        krate: &'a TokenStream,
        is_above: IsAbove,
    ) -> Self {
        let (beside, runs_ahead, is_body) = (Vec::new(), false, true);
        let (calls_runtime, polls) = Default::default();
        Context {
            planned,
            form,
            returns,
            beside,
            runs_ahead,
            krate,
            is_above,
            is_body,
            calls_runtime,
            polls,
        }
    }

    pub(super) fn is_asynchronous(&self) -> bool {
        self.form == Form::Asynchronous
    }

    /// In the suffix of an iteration, while these run ahead.
    pub(super) fn in_suffix(&self, iterations: Ident) -> Self {
        let beside = std::iter::once(iterations).chain(self.beside.iter().cloned()).collect();
        Context { beside, ..self.clone() }
    }

    /// In the prefix of an iteration, whose calls run ahead of its turn.
    pub(super) fn in_prefix(&self) -> Self {
        Context { runs_ahead: true, ..self.in_call() }
    }

    /// In what runs in the background, which awaits in any function, and waits for nothing but
    /// its own calls. What it calls in a synchronous function it imports itself.
    pub(super) fn in_call(&self) -> Self {
        let calls_runtime = match self.form {
            Form::Asynchronous => self.calls_runtime.clone(),
            Form::Synchronous => Rc::default(),
        };
        let (form, beside, is_body) = (Form::Asynchronous, Vec::new(), false);
        let polls = Rc::default();
        Context { form, beside, is_body, calls_runtime, polls, ..self.clone() }
    }

    /// The alias of what expansions call, of which the import then takes note.
    pub(super) fn runtime(&self, span: Span) -> Ident {
        self.calls_runtime.set(true);
        Ident::new("__bridge", span)
    }

    /// The import within what runs in the background, whose context is `inside`: in a
    /// synchronous function that is the one part that awaits.
    pub(super) fn import_within(&self, inside: &Self) -> Option<TokenStream> {
        (self.form == Form::Synchronous).then(|| inside.import()).flatten()
    }

    /// The task of the code that awaits, polled.
    pub(super) fn polled(&self, span: Span) -> TokenStream {
        self.polls.set(true);
        let task = Ident::new("task", mixed(span));
        quote_spanned!(span=> #task.polled().await)
    }

    /// That task, if the code needs it.
    pub(super) fn task(&self, span: Span) -> Option<TokenStream> {
        self.polls.get().then(|| {
            let span = mixed(span);
            let bridge = self.runtime(span);
            quote_spanned!(span=> let mut task = #bridge::task();)
        })
    }

    /// The begin of an `async fn` that is to be told of: of one of which the expansion has to do with
    /// the runtime at all.
    pub(super) fn begins(&self, span: Span) -> Option<TokenStream> {
        let called = self.calls_runtime.get();
        called.then(|| {
            let bridge = self.runtime(span);
            quote_spanned!(span=> let _function = #bridge::function(|| ());)
        })
    }

    /// The import of that alias, if the code needs it: not every async function has a call
    /// that overlaps.
    pub(super) fn import(&self) -> Option<TokenStream> {
        let krate = self.krate;
        let form = match self.form {
            Form::Synchronous => "sync",
            Form::Asynchronous => "asynchronous",
        };
        let form = Ident::new(form, Span::mixed_site());
        let called = self.calls_runtime.get();
        called.then(|| quote!(use #krate::expansion::#form as __bridge;))
    }

    /// A name for the iterations of a loop in here.
    pub(super) fn iterations(&self, span: Span) -> Ident {
        let span = mixed(span);
        self.names().fresh(&Ident::new("iterations", span), span)
    }

    /// Names that hide none of the iterations around.
    pub(super) fn names(&self) -> Names {
        Names::beside(&self.beside)
    }

    /// Waits for something else meanwhile.
    pub(super) fn waits_beside(&self) -> bool {
        !self.beside.is_empty()
    }

    /// An await that stays where it is becomes another form.
    pub(super) fn rewrites_awaits(&self) -> bool {
        !self.is_asynchronous() || self.waits_beside()
    }

    /// What comes after a call that waits, in this form.
    pub(super) fn awaiting(&self, span: Span) -> Option<TokenStream> {
        self.is_asynchronous().then(|| quote_spanned!(span=> .await))
    }

    /// The type that calls with a `?` end as.
    pub(super) fn output(&self) -> TokenStream {
        self.returns.map_or_else(|| quote!(()), |ty| quote!(#ty))
    }
}
