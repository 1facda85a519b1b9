//! `#[background(limit = N)] for`: the leading bindings of up to N iterations
//! overlap, and the rest runs iteration by iteration, in order.
//!
//! ```text
//! // Input:
//! #[background(limit = 8)]
//! for url in &urls {
//!     let page = get(url).await?;
//!     pages.push(page);
//! }
//! // Output:
//! match __bridge::limited(8, &urls) {
//!     items => {
//!         let leading = __bridge::leading(&items, async |url, iteration| {
//!             let page = get(url).await?;
//!             __bridge::pass::<Result<Vec<Page>>, _>(iteration.hand(page).await)
//!         });
//!         let mut iterations =
//!             __bridge::overlap(items, |item, iteration| leading(item, iteration));
//!         while let __bridge::Some(page) = __bridge::next(&mut iterations, ())? {
//!             pages.push(page);
//!         }
//!     }
//! }
//! ```
//!
//! The leading bindings are a scope with a plan of its own, and so is the rest.
//! Whatever the rest waits for, it waits beside the iterations that run ahead.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Block, Expr, ExprForLoop, Lit, Local, Stmt};

use crate::access::{self, Access};
use crate::args::Order;
use crate::awaits;
use crate::env::{self, Bound, Env, Origin};
use crate::handles::mixed;
use crate::lower::{self, Cx, Statement};
use crate::{expand, explain, in_place, operands, runtime_calls, spans};

/// The loop with overlapping iterations; `None` if it is to run serially, and if
/// it is a mistake, which is reported.
pub(crate) fn rewrite(
    stmt: &Stmt,
    limit: Expr,
    marker: Span,
    env: &Env,
    cx: &Cx<'_>,
) -> Option<Expr> {
    let Stmt::Expr(Expr::ForLoop(repeat), _) = stmt else { return None };
    let mistake = if is_zero(&limit) {
        "with a limit of 0 no iteration could begin: 1 is one at a time"
    } else if cx.order == Order::Serial {
        return None;
    } else if cx.order == Order::Strict && awaits::of_block(&repeat.body).tries {
        "under `strict` each iteration waits for the `?` of the one before, so that none can run \
         ahead: remove the limit, or move the loop to a function that is not `strict`"
    } else {
        let leading = leading(&repeat.body, env, cx);
        if leading > 0 {
            return Limited { repeat, limit, marker, env, cx }.written(leading);
        }
        "no iteration can run ahead: the body has to begin with a `let` that awaits (`let x = \
         call().await;`), is no guard, and does not `break`, `continue` or `return`"
    };
    cx.report.error(marker, mistake);
    None
}

/// Whether a statement is the end of what runs ahead.
pub(crate) fn hands_over(code: &TokenStream) -> bool {
    // The compiler and the tests put spaces differently.
    code.to_string().replace(' ', "").contains("iteration.hand(")
}

fn is_zero(limit: &Expr) -> bool {
    matches!(limit, Expr::Lit(literal)
        if matches!(&literal.lit, Lit::Int(number) if number.base10_digits() == "0"))
}

/// How many statements of the body run ahead: the bindings at its beginning, up
/// to the last one that awaits.
fn leading(body: &Block, env: &Env, cx: &Cx<'_>) -> usize {
    let leading = body.stmts.iter().take_while(|stmt| leads(stmt, env, cx));
    let awaits = |(_, stmt): &(usize, &Stmt)| awaits::of_stmt(stmt).awaits > 0;
    leading.enumerate().filter(awaits).last().map_or(0, |(at, _)| at + 1)
}

fn leads(stmt: &Stmt, env: &Env, cx: &Cx<'_>) -> bool {
    let Stmt::Local(local) = stmt else { return false };
    let mut local = local.clone();
    let marked = local.attrs.iter().any(|attr| attr.path().is_ident("background"));
    local.attrs.retain(|attr| !attr.path().is_ident("background"));
    let Some(init) = local.init.as_ref().filter(|init| init.diverge.is_none()) else {
        return false;
    };
    let split = operands::split(&init.expr, env, cx.order, marked);
    let guard =
        split.is_ok_and(|split| split.units.iter().any(|unit| lower::takes_guard(&unit.call)));
    (marked || (lower::is_binding(&local) && !guard)) && !awaits::of_stmt(stmt).jumps
}

/// A variable of an iteration.
struct Found {
    bound: Bound,
    /// The rest uses it.
    used: bool,
    /// What runs ahead uses it, or nothing does.
    unneeded: bool,
    /// It can be handed over, for all that is known.
    free: bool,
}

struct Limited<'a> {
    repeat: &'a ExprForLoop,
    limit: Expr,
    marker: Span,
    env: &'a Env,
    cx: &'a Cx<'a>,
}

impl Limited<'_> {
    fn written(&self, leading: usize) -> Option<Expr> {
        let Limited { repeat, limit, env, cx, .. } = self;
        let (leading, rest) = repeat.body.stmts.split_at(leading);
        let source = repeat.expr.to_token_stream();
        let uses = access::of_tokens(source.clone(), env);
        let mut inside = (*env).clone();
        let items = Origin::of_uses(&uses, access::says_mut(source));
        let mut bound: Vec<_> = env::bound_names(&repeat.pat);
        let mut vars = inside.bind(&repeat.pat, &items);
        let before = inside.clone();
        let mut uses = Vec::new();
        for local in leading.iter().filter_map(local) {
            let own = local.init.iter().flat_map(|init| access::of_expr(&init.expr, &inside));
            let own: Vec<_> = own.collect();
            vars.extend(lower::bind(local, &own, &mut inside).binds);
            bound.extend(env::bound_names(&local.pat));
            uses.extend(own);
        }

        let explained = cx.explained();
        let iterations = cx.iterations(mixed(repeat.for_token.span));
        let resting = cx.resting(iterations.clone());
        let (rest, plan) = lower::planned(rest.to_vec(), &inside, &resting);
        let mut found: Vec<Found> = bound
            .into_iter()
            .zip(&vars)
            .map(|(bound, &var)| {
                let used = rest.iter().flat_map(Statement::held).any(|used| used.names(var));
                Found {
                    used,
                    unneeded: !used || uses.iter().any(|used| used.names(var)),
                    // It can be named, is still there, and borrows from no other.
                    free: inside.get(&bound.ident).is_some_and(|known| {
                        let borrows = |alias: &Access| vars.contains(&alias.place.root);
                        known.id == var && !known.aliases.iter().any(borrows)
                    }) && !uses.iter().any(|used| used.names(var) && used.moves()),
                    bound,
                }
            })
            .collect();
        // What stays behind is dropped after all that is handed over, as it has to be
        // if it is declared above it; below it, it goes along where it can.
        let first = found.iter().position(|found| found.used).unwrap_or(found.len());
        let handed: Vec<Found> =
            found.drain(..).skip(first).filter(|found| found.used || found.free).collect();

        let tries = leading.iter().any(|stmt| awaits::of_stmt(stmt).tries);
        let ahead = cx.ahead();
        let statements = leading.iter().cloned().chain([self.hand(&handed, tries)]).collect();
        let (leading, order) = lower::planned(statements, &before, &ahead);
        let mut scopes = cx.take_explained(explained).into_iter();
        if let (Some(rest), Some(ahead)) = (scopes.next(), scopes.next()) {
            cx.explain(|| explain::limited(limit, ahead, rest));
        }
        if self.refuses_shared(&leading, &rest) {
            return None;
        }

        let used = self.first_use(&leading);
        let leading = expand::statements(leading, &order, &ahead);
        let rest = expand::statements(rest, &plan, &resting);
        Some(self.assembled(&iterations, &handed, tries, used, leading, rest))
    }

    /// The end of what runs ahead: what the rest uses is handed over.
    fn hand(&self, handed: &[Found], tries: bool) -> Stmt {
        let span = mixed(self.repeat.for_token.span);
        let names = tuple(handed.iter().map(|found| found.bound.ident.to_token_stream()));
        let mutable = mutable(handed, span);
        let names =
            if mutable.is_empty() { names } else { quote_spanned!(span=> { #mutable #names }) };
        let hand = quote_spanned!(span=> iteration.hand(#names).await);
        let hand = if tries { runtime_calls::pass(&hand, span, self.cx) } else { hand };
        Stmt::Expr(syn::parse_quote!(#hand), None)
    }

    /// Reports what iterations that overlap would share and change. What is not
    /// known to be changed is left to the compiler.
    fn refuses_shared(&self, leading: &[Statement], rest: &[Statement]) -> bool {
        let outer = |used: &&Access| self.env.holds(used.place.root);
        let read: Vec<_> = leading.iter().flat_map(Statement::held).filter(outer).collect();
        let stmts = &self.repeat.body.stmts;
        let mut told = BTreeSet::new();
        for used in &read {
            let changed = rest.iter().flat_map(Statement::held).any(|later| {
                later.assigns() && later.place.root == used.place.root && later.conflicts(used)
            });
            let name = &*used.place.name;
            if !(changed || used.assigns()) || !told.insert(name) {
                continue;
            }
            let whole: TokenStream = stmts.iter().map(ToTokens::to_token_stream).collect();
            let span = find(whole, name).unwrap_or(self.marker);
            let message = if changed {
                format!(
                    "`{name}` is changed by the rest of this loop, and read by the calls of later \
                     iterations, which have started by then: read it into a name above the loop, \
                     use it in the rest, or remove the limit"
                )
            } else {
                format!(
                    "`{name}` is changed by the calls that run ahead, and iterations that overlap \
                     cannot share it: change it in the rest, or remove the limit"
                )
            };
            self.cx.report.error(span, message);
        }
        !told.is_empty()
    }

    /// Where what runs ahead first uses a variable from outside of the loop.
    fn first_use(&self, leading: &[Statement]) -> Option<Span> {
        let outer = |used: &Access| self.env.holds(used.place.root);
        leading.iter().find_map(|statement| {
            let names: BTreeSet<_> =
                statement.held().filter(|used| outer(used)).map(|used| &*used.place.name).collect();
            let is_outer = |name: &Ident| names.contains(&*name.unraw().to_string());
            let mut units = statement.units().iter();
            units.find_map(|unit| spans::first_use(&unit.call.base, &is_outer))
        })
    }

    fn assembled(
        &self,
        iterations: &Ident,
        handed: &[Found],
        tries: bool,
        used: Option<Span>,
        leading: Vec<Stmt>,
        rest: Vec<Stmt>,
    ) -> Expr {
        let Limited { repeat, env, cx, .. } = self;
        let ExprForLoop { attrs, label, pat, .. } = repeat;
        let in_place = |expr: &Expr| {
            let mut expr = expr.clone();
            in_place::expr(&mut expr, env, cx);
            expr
        };
        let (limit, source) = (in_place(&self.limit), in_place(&repeat.expr));
        let leading = quote!(#(#leading)*);
        // In a synchronous function it is the one part that awaits.
        let leading = match cx.asynchronous {
            true => leading,
            false => expand::importing(leading, true, cx.krate),
        };

        let span = mixed(repeat.for_token.span);
        // What is wrong with what the closure takes along is said at these tokens.
        let begins = used.map_or(span, |used| span.located_at(used));
        let leading = quote_spanned!(begins=> async |#pat, iteration| { #leading });
        let siblings = runtime_calls::list(&[], span, cx);
        let awaiting = runtime_calls::awaiting(span, cx);
        let leave = tries.then(|| quote_spanned!(span=> ?));
        let names = tuple(handed.iter().map(
            |Found { bound: Bound { ident, mutable }, .. }| match mutable {
                true => quote!(mut #ident),
                false => quote!(#ident),
            },
        ));
        // What runs ahead may be alone in using a name.
        let unneeded = handed.iter().filter(|found| found.unneeded && !found.bound.mutable);
        let unneeded = unneeded.map(|found| &found.bound.ident);
        let mutable = mutable(handed, span);
        Expr::Verbatim(quote_spanned! {span=>
            #(#attrs)* match __bridge::limited(#limit, #source) {
                items => {
                    let leading = __bridge::leading(&items, #leading);
                    let mut #iterations =
                        __bridge::overlap(items, |item, iteration| leading(item, iteration));
                    #label while let __bridge::Some(#names) =
                        __bridge::next(&mut #iterations, #siblings) #awaiting #leave
                    {
                        #(let _ = &#unneeded;)*
                        #mutable
                        #(#rest)*
                    }
                }
            }
        })
    }
}

fn local(stmt: &Stmt) -> Option<&Local> {
    match stmt {
        Stmt::Local(local) => Some(local),
        _ => None,
    }
}

/// What runs ahead, or the rest, may be alone in changing what is `mut`.
fn mutable(handed: &[Found], span: Span) -> TokenStream {
    let mutable = handed.iter().filter(|found| found.bound.mutable);
    let names = mutable.map(|found| &found.bound.ident);
    quote_spanned!(span=> #(let _ = &mut #names;)*)
}

/// One by itself, several as a tuple.
fn tuple(elements: impl ExactSizeIterator<Item = TokenStream>) -> TokenStream {
    match elements.len() {
        1 => quote!(#(#elements)*),
        _ => quote!((#(#elements),*)),
    }
}

/// Where a name is first used.
fn find(tokens: TokenStream, name: &str) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident.unraw() == name).then(|| ident.span()),
        TokenTree::Group(group) => find(group.stream(), name),
        _ => None,
    })
}
