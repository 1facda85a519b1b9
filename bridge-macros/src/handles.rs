//! The handles of started calls: their names, and which run beside which.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use syn::Expr;
use syn::ext::IdentExt;

use crate::env;
use crate::lower::Statement;
use crate::operands::Unit;
use crate::plan::Step;

/// A span for what the macro makes: hidden names, shown at `span`.
pub(crate) fn mixed(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Names for handles: what the user calls the value, or the call.
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// Names that hide no other of ours.
    pub(crate) fn beside(ours: &[Ident]) -> Self {
        Names(ours.iter().map(Ident::to_string).collect())
    }

    /// One for each call of the statement. Where the variable is declared before
    /// it is joined, the two have to differ for the reader.
    pub(crate) fn of_statement(&mut self, statement: &Statement, declared: bool) -> Vec<Ident> {
        let Some(call) = statement.call() else {
            return Vec::new();
        };
        let pat = call.binding.as_ref().map(|local| &local.pat);
        let bound = pat.map(env::bound_names).unwrap_or_default();
        match (call.units.as_slice(), bound.first()) {
            ([unit], Some(bound)) if declared => {
                let name = format!("{}_call", bound.ident.unraw());
                vec![self.fresh(&Ident::new(&name, unit.span()), unit.span())]
            }
            ([unit], Some(bound)) => vec![self.fresh(&bound.ident, unit.span())],
            (units, _) => units.iter().map(|unit| self.of_unit(unit)).collect(),
        }
    }

    /// The name of the function or method that is called.
    pub(crate) fn of_unit(&mut self, unit: &Unit) -> Ident {
        let callee = match &*unit.call.base {
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.clone()),
                _ => None,
            },
            Expr::MethodCall(call) => Some(call.method.clone()),
            Expr::Path(path) => path.path.get_ident().cloned(),
            _ => None,
        };
        let callee = callee.unwrap_or_else(|| Ident::new("call", unit.span()));
        self.fresh(&callee, unit.span())
    }

    pub(crate) fn fresh(&mut self, base: &Ident, span: Span) -> Ident {
        let base = base.unraw().to_string();
        let base = if base == "self" { "call".to_owned() } else { base };
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let name =
            std::iter::once(base.clone()).chain(numbered).find(|name| self.0.insert(name.clone()));
        let name = name.unwrap_or(base);
        syn::parse_str::<Ident>(&name)
            .map_or_else(|_| Ident::new_raw(&name, mixed(span)), |_| Ident::new(&name, mixed(span)))
    }
}

/// Which calls run beside each join.
pub(crate) struct Joins {
    siblings: Vec<(Ident, Vec<Ident>)>,
    /// All handles that are driven through `&mut` somewhere.
    pub(crate) beside: BTreeSet<Ident>,
}

impl Joins {
    pub(crate) fn of(steps: &[Step], handles: &[Vec<Ident>]) -> Self {
        let mut joins = Joins { siblings: Vec::new(), beside: BTreeSet::new() };
        let mut running: Vec<Ident> = Vec::new();
        for step in steps {
            match *step {
                Step::Start(at, unit) => running.push(handles[at][unit].clone()),
                Step::Join(at) => {
                    for handle in &handles[at] {
                        running.retain(|other| other != handle);
                        joins.beside.extend(running.iter().cloned());
                        joins.siblings.push((handle.clone(), running.clone()));
                    }
                }
                Step::JoinAhead(at, _) => {
                    let handle = &handles[at][0];
                    running.retain(|other| other != handle);
                    joins.beside.extend(running.iter().cloned());
                    joins.siblings.push((handle.clone(), running.clone()));
                }
                Step::Declare(_) | Step::Bind(_) | Step::Run(_) => {}
            }
        }
        joins
    }

    pub(crate) fn siblings(&self, handle: &Ident) -> &[Ident] {
        let found = self.siblings.iter().find(|(joined, _)| joined == handle);
        found.map_or(&[], |(_, siblings)| siblings)
    }
}
