//! Writes the plan down: each call as a start and a join.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAwait, ItemFn, Local, Stmt, Type};

use crate::args::Args;
use crate::awaits;
use crate::env;
use crate::lower::{Cx, Kind, Statement};
use crate::operands::{self, Split, Unit};
use crate::plan::Step;

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
///     let data1 = __bridge::background(async { load1().await });
///     let mut data2 = __bridge::background(async { load2().await });
///     let data1 = __bridge::foreground(data1, (&mut data2, ()));
///     let data2 = __bridge::foreground(data2, ());
///     process(data1, data2)
/// }
/// ```
pub(crate) fn function(item: &ItemFn, args: &Args) -> TokenStream {
    let mut item = item.clone();
    let krate = &args.krate;
    let form = Ident::new(
        if item.sig.asyncness.is_some() { "asynchronous" } else { "sync" },
        Span::mixed_site(),
    );
    let body = std::mem::take(&mut item.block.stmts);
    let body = quote!(#(#body)*);
    // Not every async function has a call that overlaps.
    let import = mentions_alias(&body).then(|| quote!(use #krate::expansion::#form as __bridge;));
    item.block.stmts = vec![verbatim(quote!(#import #body))];
    item.into_token_stream()
}

fn mentions_alias(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "__bridge",
        TokenTree::Group(group) => mentions_alias(&group.stream()),
        _ => false,
    })
}

/// The return type where it can stand in the body: what is opaque there becomes
/// `()`, as the payload does not matter.
pub(crate) fn anchored(ty: &Type) -> Type {
    struct Opaque;
    impl VisitMut for Opaque {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = syn::parse_quote!(()),
                _ => visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    let mut ty = ty.clone();
    Opaque.visit_type_mut(&mut ty);
    ty
}

/// `call.await` where it stands, in a synchronous function.
pub(crate) fn wait(call: &ExprAwait) -> Expr {
    let ExprAwait { attrs, base, .. } = call;
    let span = awaits::keyword_span(call);
    let hidden = mixed(span);
    let future = Ident::new("__future", span);
    let wait = quote_spanned!(span=> __bridge::run_in_foreground(#future));
    // An argument of its own, so that whoever awaits something that is no future
    // reads of it at the `.await`.
    let base = Group::new(Delimiter::None, base.to_token_stream());
    Expr::Verbatim(quote_spanned!(hidden=> #(#attrs)* match #base { #future => #wait }))
}

/// Operands of one expression that overlap.
///
/// ```text
/// // Input:
/// render(user(id).await, feed(id).await)
/// // Output:
/// match (background(async { user(id).await }), background(async { feed(id).await })) {
///     (user, mut feed) => render(foreground(user, (&mut feed, ())), foreground(feed, ())),
/// }
/// ```
pub(crate) fn operands(split: Split, cx: &Cx<'_>) -> Expr {
    let mut names = Names::default();
    let handles: Vec<Ident> = split.units.iter().map(|unit| names.of_unit(unit)).collect();
    let starts = split.units.iter().map(|unit| start(unit, cx));
    let bound = handles.iter().enumerate().map(|(at, handle)| match at {
        0 => quote!(#handle),
        _ => quote!(mut #handle),
    });
    let rest = operands::fill(split.rest.to_token_stream(), &mut |at| {
        join(&handles[at], &handles[at + 1..], split.units[at].span(), &split.units[at], cx)
    });
    let span = mixed(split.units[0].span());
    Expr::Verbatim(quote_spanned!(span=> match (#(#starts),*) { (#(#bound),*) => #rest }))
}

/// The statements of a scope in their planned order.
pub(crate) fn statements(statements: Vec<Statement>, steps: &[Step], cx: &Cx<'_>) -> Vec<Stmt> {
    let mut names = Names::default();
    let handles: Vec<Vec<Ident>> = statements
        .iter()
        .enumerate()
        .map(|(at, statement)| names.of_statement(statement, steps.contains(&Step::Declare(at))))
        .collect();
    let joins = Joins::of(steps, &handles);
    let mut statements: Vec<Option<Statement>> = statements.into_iter().map(Some).collect();
    let mut deferred = BTreeSet::new();
    let mut out = Vec::new();
    for step in steps {
        match *step {
            Step::Declare(at) => {
                if let Some(local) = binding(statements[at].as_ref()) {
                    let Local { let_token, pat, semi_token, .. } = local;
                    out.push(verbatim(quote!(#let_token #pat #semi_token)));
                    deferred.insert(at);
                }
            }
            Step::Start(at) => {
                let call = statements[at].as_ref().and_then(Statement::call);
                for (unit, handle) in call.iter().flat_map(|call| &call.units).zip(&handles[at]) {
                    let mutable = joins.beside.contains(handle).then(|| quote!(mut));
                    let start = start(unit, cx);
                    let span = mixed(unit.span());
                    out.push(verbatim(quote_spanned!(span=> let #mutable #handle = #start;)));
                }
            }
            Step::Join(at) => {
                if let Some(Statement { kind: Kind::Call(call), .. }) = statements[at].take() {
                    let rest = operands::fill(call.rest.to_token_stream(), &mut |unit| {
                        let handle = &handles[at][unit];
                        let siblings = joins.siblings(handle);
                        join(handle, siblings, call.units[unit].span(), &call.units[unit], cx)
                    });
                    out.push(bind(call.binding, rest, deferred.contains(&at)));
                }
            }
            Step::Run(at) => match statements[at].take().map(|statement| statement.kind) {
                Some(Kind::Plain(stmt) | Kind::Transparent(stmt) | Kind::Effect(stmt)) => {
                    out.push(stmt);
                }
                Some(Kind::Call(_)) | None => {}
            },
        }
    }
    out
}

/// Binds the value of a joined call as its `let` does.
fn bind(binding: Option<Local>, rest: TokenStream, deferred: bool) -> Stmt {
    match binding {
        None => verbatim(quote!(#rest;)),
        Some(local) if deferred => {
            let names = env::bound_names(&local.pat).into_iter().map(|bound| bound.ident);
            let semi = &local.semi_token;
            verbatim(quote!(#(#names)* = #rest #semi))
        }
        Some(mut local) => {
            if let Some(init) = &mut local.init {
                *init.expr = Expr::Verbatim(rest);
            }
            Stmt::Local(local)
        }
    }
}

fn binding(statement: Option<&Statement>) -> Option<&Local> {
    statement.and_then(Statement::call).and_then(|call| call.binding.as_ref())
}

/// `background(async { call.await })`.
fn start(unit: &Unit, cx: &Cx<'_>) -> TokenStream {
    let call = &unit.call;
    let span = mixed(unit.span());
    let body = if unit.fallible {
        let returns = cx.returns.as_ref().map_or_else(|| quote!(()), |ty| quote!(#ty));
        quote_spanned!(span=> __bridge::pass::<#returns, _>(#call))
    } else {
        quote!(#call)
    };
    let awaiting = cx.asynchronous.then(|| quote_spanned!(span=> .await));
    quote_spanned!(span=> __bridge::background(async { #body }) #awaiting)
}

/// `foreground(handle, (&mut sibling, (…)))`.
fn join(handle: &Ident, beside: &[Ident], span: Span, unit: &Unit, cx: &Cx<'_>) -> TokenStream {
    let siblings = beside.iter().rev().fold(
        quote_spanned!(span=> ()),
        |rest, sibling| quote_spanned!(span=> (&mut #sibling, #rest)),
    );
    let awaiting = cx.asynchronous.then(|| quote_spanned!(span=> .await));
    let leave = unit.fallible.then(|| quote_spanned!(span=> ?));
    quote_spanned!(span=> __bridge::foreground(#handle, #siblings) #awaiting #leave)
}

fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}

/// A span for what the macro makes: hidden names, shown at `span`.
fn mixed(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Names for handles: what the user calls the value, or the call.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// One for each call of the statement. Where the variable is declared before
    /// it is joined, the two have to differ for the reader.
    fn of_statement(&mut self, statement: &Statement, declared: bool) -> Vec<Ident> {
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
    fn of_unit(&mut self, unit: &Unit) -> Ident {
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

    fn fresh(&mut self, base: &Ident, span: Span) -> Ident {
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
struct Joins {
    siblings: Vec<(Ident, Vec<Ident>)>,
    /// All handles that are driven through `&mut` somewhere.
    beside: BTreeSet<Ident>,
}

impl Joins {
    fn of(steps: &[Step], handles: &[Vec<Ident>]) -> Self {
        let mut joins = Joins { siblings: Vec::new(), beside: BTreeSet::new() };
        let mut running: Vec<Ident> = Vec::new();
        for step in steps {
            match *step {
                Step::Start(at) => running.extend(handles[at].iter().cloned()),
                Step::Join(at) => {
                    for handle in &handles[at] {
                        running.retain(|other| other != handle);
                        joins.beside.extend(running.iter().cloned());
                        joins.siblings.push((handle.clone(), running.clone()));
                    }
                }
                Step::Declare(_) | Step::Run(_) => {}
            }
        }
        joins
    }

    fn siblings(&self, handle: &Ident) -> &[Ident] {
        let found = self.siblings.iter().find(|(joined, _)| joined == handle);
        found.map_or(&[], |(_, siblings)| siblings)
    }
}
