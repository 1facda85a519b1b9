//! The handles of started calls: their names, and which run beside which.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use syn::Expr;
use syn::ext::IdentExt;

use super::spans::mixed;
use crate::ir::plan::Step;
use crate::ir::tree::{Awaited, OPERAND, Statement};
use crate::syntax::patterns::{self, Bound};

/// Names for handles: what the user calls the value, or the call.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Names that hide no other of ours.
    pub(super) fn beside(ours: &[Ident]) -> Self {
        Names(ours.iter().map(Ident::to_string).collect())
    }

    /// One for each await of the statement. Where the variable is declared before
    /// it is joined, the two have to differ for the reader.
    pub(super) fn of_statement(&mut self, statement: &Statement, declared: bool) -> Vec<Ident> {
        let Some(call) = statement.call() else {
            return Vec::new();
        };
        let is_ours = |bound: &Bound| bound.ident.to_string().starts_with(OPERAND);
        let mut bound = patterns::names_of(call.binding.as_ref());
        bound.retain(|bound| !is_ours(bound));
        match (call.hoisted.awaited.as_slice(), bound.first()) {
            ([awaited], Some(bound)) if declared => {
                let name = format!("{}_call", bound.ident.unraw());
                vec![self.fresh(&Ident::new(&name, awaited.span()), awaited.span())]
            }
            ([awaited], Some(bound)) => vec![self.fresh(&bound.ident, awaited.span())],
            (several, _) => several.iter().map(|awaited| self.of_awaited(awaited)).collect(),
        }
    }

    /// The name of the function or method that is called.
    pub(super) fn of_awaited(&mut self, awaited: &Awaited) -> Ident {
        let callee = match &*awaited.call.base {
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.clone()),
                _ => None,
            },
            Expr::MethodCall(call) => Some(call.method.clone()),
            Expr::Path(path) => path.path.get_ident().cloned(),
            _ => None,
        };
        let callee = callee.unwrap_or_else(|| Ident::new("call", awaited.span()));
        self.fresh(&callee, awaited.span())
    }

    pub(super) fn fresh(&mut self, base: &Ident, span: Span) -> Ident {
        let base = base.unraw().to_string();
        // What is written in capitals would be no new name: it stands for a value.
        let base = match base.as_str() {
            "self" => "call".to_owned(),
            base => base.to_lowercase(),
        };
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let name =
            std::iter::once(base.clone()).chain(numbered).find(|name| self.0.insert(name.clone()));
        let name = name.unwrap_or(base);
        syn::parse_str::<Ident>(&name)
            .map_or_else(|_| Ident::new_raw(&name, mixed(span)), |_| Ident::new(&name, mixed(span)))
    }
}

/// Which calls run beside each join.
pub(super) struct Joins {
    siblings: Vec<(Ident, Vec<Ident>)>,
}

impl Joins {
    pub(super) fn of(steps: &[Step], handles: &[Vec<Ident>]) -> Self {
        let mut joins = Joins { siblings: Vec::new() };
        let mut running: Vec<Ident> = Vec::new();
        for step in steps {
            match *step {
                Step::Start(at, number) => running.push(handles[at][number].clone()),
                Step::Join(at) => {
                    handles[at].iter().for_each(|handle| joins.join(handle, &mut running));
                }
                Step::JoinOutOfOrder(at, _) => joins.join(&handles[at][0], &mut running),
                Step::Declare(_) | Step::Bind(_) | Step::Run(_) => {}
            }
        }
        joins
    }

    fn join(&mut self, handle: &Ident, running: &mut Vec<Ident>) {
        running.retain(|other| other != handle);
        self.siblings.push((handle.clone(), running.clone()));
    }

    pub(super) fn siblings(&self, handle: &Ident) -> &[Ident] {
        let found = self.siblings.iter().find(|(joined, _)| joined == handle);
        found.map_or(&[], |(_, siblings)| siblings)
    }
}
