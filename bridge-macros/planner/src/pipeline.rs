//! The whole translation: read, lower, plan, explain, advise, expand.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{AttrStyle, Attribute};

use crate::expand;
use crate::expand::as_written::{self, Reader};
use crate::ir::plan::PlannedTree;
use crate::report::Report;
use crate::syntax::arguments::Arguments;
use crate::syntax::function::{self, Function};
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
    let written = match function::parse(&item) {
        Ok(Some(function)) => translated(function, item, &arguments, host, &report),
        Ok(None) => item,
        Err(error) => {
            report.push(error);
            as_written::item(item, &arguments, host.reader)
        }
    };
    let errors = report.into_compile_errors();
    quote!(#written #errors)
}

fn translated(
    function: Function,
    item: TokenStream,
    arguments: &Arguments,
    host: Host,
    report: &Report,
) -> TokenStream {
    let planned = planned(&function, arguments, report);
    let documentation = arguments.explain.then(|| explain::documentation(&planned));
    match host.reader {
        Reader::Compiler => {
            let advice = if arguments.warn { advice::of(&function, arguments) } else { Vec::new() };
            let krate = &arguments.krate;
            expand::function(function, &planned, documentation, &advice, krate, host.is_above)
        }
        // Editors do well with awaits in a block.
        Reader::Editor if function.is_boxed() => item,
        Reader::Editor => {
            let item = documented(&function, item, documentation);
            as_written::item(item, arguments, host.reader)
        }
    }
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
