//! Writes a planned function down: each call as a start and a join.

pub(crate) mod as_written;
mod context;
mod handles;
mod lints;
mod loops;
mod nested;
mod parameters;
mod runtime_calls;
mod spans;
mod statements;
mod warnings;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Expr, ItemFn, Stmt};

use self::context::Context;
use self::parameters::Head;
use crate::ir::advice::Advice;
use crate::ir::plan::PlannedTree;
use crate::syntax::function::{Form, Function};

use self::spans::mixed;

pub(crate) use self::spans::IsAbove;

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
///     let _function = __bridge::enter(|| ());
///     let data1 = __bridge::background(async { load1().await });
///     let mut data2 = __bridge::background(async { load2().await });
///     let data1 = __bridge::foreground(data1, (&mut data2, ()), [0]);
///     let data2 = __bridge::foreground(data2, (), [0]);
///     process(data1, data2)
/// }
/// ```
pub(crate) fn function(
    mut function: Function,
    planned: &PlannedTree,
    documentation: Option<Attribute>,
    advice: &[Advice],
    krate: &TokenStream,
    is_above: IsAbove,
) -> TokenStream {
    let returns = function.returns();
    let cx = Context::new(planned, function.form(), returns.as_ref(), krate, is_above);
    let body = cx.scope(planned.tree.root());
    let synchronous = function.form() == Form::Synchronous;
    let span = mixed(function.name().span());
    let begins = match function.form() {
        Form::Synchronous => {
            let bridge = cx.runtime(span);
            Some(quote_spanned!(span=> let _function = #bridge::enter(|| ());))
        }
        Form::Asynchronous => cx.begins(span),
    };
    let task = cx.task(span);
    let import = cx.import();
    // Items that are written first stay first.
    let statements = body.iter().position(|stmt| !matches!(stmt, Stmt::Item(_)));
    let (items, body) = body.split_at(statements.unwrap_or(body.len()));
    let warnings = advice.iter().map(|advice| warnings::warning("wait", advice));
    let head = if synchronous { Head::of(&mut function) } else { Head::default() };
    let (parameters, body) = (&head.lets, head.body(quote!(#(#body)*)));
    let body = quote!(#import #(#warnings)* #(#items)* #begins #task #parameters #body);
    function.with(body, documentation)
}

/// A function that awaits nothing itself, with a warning that says so. A synchronous one has the
/// runtime around it, as any other, so that it may make timers and spawn tasks.
pub(crate) fn idle(mut function: ItemFn, krate: &TokenStream) -> TokenStream {
    let enters = function.sig.asyncness.is_none() && function.sig.constness.is_none();
    let does = match enters {
        true => "only makes the runtime current",
        false => "does nothing",
    };
    let text = format!(
        "`#[background]` finds no `.await` of the function's own, and {does}: remove it, or write \
         `async fn` in place of a function that gives an `async` block"
    );
    let span = function.sig.ident.span();
    let warning = warnings::warning("nothing_to_overlap", &Advice { span, text, rewrite: None });
    let enter = enters.then(|| {
        let span = mixed(span);
        quote_spanned!(span=> let _function = #krate::expansion::sync::enter(|| ());)
    });
    let head = if enters { Head::of_item(&mut function) } else { Head::default() };
    let (parameters, written) = (&head.lets, &function.block.stmts);
    let body = head.body(quote!(#(#written)*));
    let body = Expr::Verbatim(quote!(#warning #enter #parameters #body));
    function.block.stmts = vec![Stmt::Expr(body, None)];
    function.into_token_stream()
}
