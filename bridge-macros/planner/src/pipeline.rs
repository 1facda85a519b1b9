//! The whole translation: read, lower, plan, explain, advise, expand.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{AttrStyle, Attribute, ExprClosure, ItemFn};

use crate::expand;
use crate::expand::as_written::{self, Reader};
use crate::ir::plan::PlannedTree;
use crate::report::Report;
use crate::syntax::arguments::{Arguments, Order};
use crate::syntax::control_flow::ControlFlow;
use crate::syntax::function::{self, Function, Parsed};
use crate::syntax::{markers, rewritten};
use crate::{advice, explain, lower, plan};

/// Where the translation goes, and what is known there.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Who reads it.
    pub reader: Reader,
    /// Whether the first place is not below the second in the same file. What a macro has put
    /// together may come in any order.
    pub is_above: fn(Span, Span) -> bool,
}

impl Default for Host {
    /// A compiler. The question is asked only of a token and of one that comes before it: where
    /// no macro has put them together, that one is above.
    fn default() -> Self {
        Host { reader: Reader::Compiler, is_above: |_, _| true }
    }
}

/// `#[background(arguments)] item`: what the attribute gives.
///
/// Errors come beside an item, never instead of it, so that the rest of the
/// program and the editor still see it: a function is translated as far as it
/// can be, and what does not parse comes back as it is written.
///
/// ```
/// let item = "fn load() -> u32 { let a = one().await; a }".parse().unwrap();
/// let expanded = bridge_planner::background(Default::default(), item, Default::default());
/// assert!(expanded.to_string().contains("in_foreground"));
/// ```
pub fn background(arguments: TokenStream, item: TokenStream, host: Host) -> TokenStream {
    let report = Report::default();
    let arguments = Arguments::parse_or_report(arguments, &report);
    attribute(&arguments, item, host, report)
}

/// The same in serial order, whatever the arguments say of it: for the twin of a whole module.
pub fn serial_background(arguments: TokenStream, item: TokenStream, host: Host) -> TokenStream {
    let report = Report::default();
    let arguments = Arguments::parse_or_report(arguments, &report);
    let arguments = Arguments { order: Order::Serial, warn: false, ..arguments };
    attribute(&arguments, item, host, report)
}

fn attribute(arguments: &Arguments, item: TokenStream, host: Host, report: Report) -> TokenStream {
    let written = match function::parse(&item) {
        Ok(parsed) => match rewritten(&parsed, &arguments.krate, &report) {
            Some(item) => item.into_token_stream(),
            None => of_function(parsed, item, arguments, host, &report),
        },
        Err(error) => {
            report.push(error);
            as_written::item(item, arguments, host.reader)
        }
    };
    let errors = report.into_compile_errors();
    quote!(#written #errors)
}

fn of_function(
    parsed: Parsed,
    item: TokenStream,
    arguments: &Arguments,
    host: Host,
    report: &Report,
) -> TokenStream {
    match parsed {
        Parsed::Function(function) => translated(*function, item, arguments, host, report),
        Parsed::Idle(function) => match host.reader {
            Reader::Compiler => expand::idle(*function, &arguments.krate),
            Reader::Editor => item,
        },
    }
}

/// What another attribute has rewritten is an error, as nothing would overlap.
fn rewritten(parsed: &Parsed, krate: &TokenStream, report: &Report) -> Option<ItemFn> {
    let (item, body) = match parsed {
        Parsed::Function(function) => (function.item(), function.body()),
        Parsed::Idle(item) => (&**item, &*item.block),
    };
    let written = rewritten::by_another_attribute(item, body, krate)?;
    let message = "another attribute has rewritten this function before its calls could be seen: \
                   put `#[background]` above the others";
    report.error(item.sig.ident.span(), message);
    Some(written)
}

/// `background_closure!(|parameters| body)`: what the macro gives.
///
/// An attribute `#[background(…)]` in front of the closure has the arguments. Errors come beside
/// the closure, in a block.
///
/// ```
/// let closure = "|id: u32| { let a = one(id).await; a }".parse().unwrap();
/// let expanded = bridge_planner::background_closure(closure, Default::default());
/// assert!(expanded.to_string().starts_with("| id : u32 |"));
/// ```
pub fn background_closure(tokens: TokenStream, host: Host) -> TokenStream {
    let report = Report::default();
    let read = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        let closure: ExprClosure = input.parse()?;
        Ok(ExprClosure { attrs, ..closure })
    };
    let written = match read.parse2(tokens.clone()) {
        Ok(closure) => translated_closure(closure, host, &report),
        Err(error) => {
            let message = "`background_closure!` takes a closure, `|id: u32| { … }`";
            report.error(error.span(), format!("{error}: {message}"));
            match host.reader {
                Reader::Compiler => TokenStream::new(),
                Reader::Editor => tokens,
            }
        }
    };
    match report.len() {
        0 => written,
        _ => {
            let errors = report.into_compile_errors();
            quote!({ #errors #written })
        }
    }
}

fn translated_closure(mut closure: ExprClosure, host: Host, report: &Report) -> TokenStream {
    let mut arguments = Arguments::default();
    for attr in markers::take_arguments(&mut closure.attrs) {
        let list = attr.meta.require_list().map(|list| list.tokens.clone());
        arguments = Arguments::parse_or_report(list.unwrap_or_default(), report);
    }
    let span = closure.inputs_begin.span;
    if arguments.explain {
        let message = "a closure has no documentation to show its schedule: write \
                       `explain = warn` for a warning where a rewrite would overlap more";
        report.error(span, message);
    }
    let as_written = || as_written::closure(closure.clone(), &arguments);
    let Some(function) = Function::of_closure(closure.clone()) else {
        let message = "this closure awaits nothing itself: write the `.await`s that are to overlap \
                       in it, and `async |…| { … }` in place of `|…| async { … }`";
        report.error(span, message);
        return as_written();
    };
    let flow = ControlFlow::of_block(function.body());
    if flow.tries && function.returns().is_none() {
        let message = "a `?` leaves the closure with its return type, which has to be stated: \
                       `|…| -> Result<_, Error> { … }`";
        report.error(span, message);
        return as_written();
    }
    match host.reader {
        Reader::Compiler => compiled(function, &arguments, host, report),
        Reader::Editor => as_written(),
    }
}

fn translated(
    function: Function,
    item: TokenStream,
    arguments: &Arguments,
    host: Host,
    report: &Report,
) -> TokenStream {
    match host.reader {
        Reader::Compiler => compiled(function, arguments, host, report),
        // Editors do well with awaits in a block.
        Reader::Editor if function.is_boxed() => item,
        Reader::Editor => {
            let planned = planned(&function, arguments, report);
            let documentation = arguments.explain.then(|| explain::documentation(&planned));
            let item = documented(&function, item, documentation);
            as_written::item(item, arguments, host.reader)
        }
    }
}

fn compiled(function: Function, arguments: &Arguments, host: Host, report: &Report) -> TokenStream {
    let planned = planned(&function, arguments, report);
    let documentation = arguments.explain.then(|| explain::documentation(&planned));
    let mut advice = advice::on_own_words(&function, arguments);
    if arguments.warn {
        advice.extend(advice::of(&function, arguments));
    }
    let krate = &arguments.krate;
    expand::function(function, &planned, documentation, &advice, krate, host.is_above)
}

/// The scopes of a function, with the schedule of each.
pub(crate) fn planned(function: &Function, arguments: &Arguments, report: &Report) -> PlannedTree {
    let tree = lower::function(function, arguments, report);
    plan::tree(tree, arguments.order, function.form())
}

/// The item with one more attribute.
fn documented(
    function: &Function,
    item: TokenStream,
    documentation: Option<Attribute>,
) -> TokenStream {
    let is_outer = |attr: &&Attribute| matches!(attr.style, AttrStyle::Outer);
    let own: Vec<&Attribute> = function.attributes().iter().filter(is_outer).collect();
    // `#` and its brackets.
    let rest = item.into_iter().skip(2 * own.len());
    quote!(#(#own)* #documentation #(#rest)*)
}
