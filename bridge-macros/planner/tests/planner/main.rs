//! Tests of the pipeline as a plain function of token streams.

mod advice;
mod ahead_of_turn;
mod blocking;
mod both_forms;
mod captures;
mod commands;
mod corpus;
mod critical_path;
mod databases;
mod explanations;
mod fuzz;
mod half_written;
mod in_flight;
mod loops;
mod places;
mod plan_properties;
mod real_code;
mod redis;
mod rooms;
mod runs;
mod snapshots;
mod walk;

use bridge_planner::Host;
use proc_macro2::TokenStream;

/// The expansion of an annotated function, formatted, and without the parentheses that
/// a name stands in for the sake of its span.
fn expand(args: &str, item: &str) -> String {
    let args: TokenStream = args.parse().expect("arguments are tokens");
    let item: TokenStream = item.parse().expect("the item is tokens");
    let expanded = bridge_planner::background(args, item, Host::default());
    let file = syn::parse2(expanded).expect("the expansion parses");
    let mut text = prettyplease::unparse(&file);
    for name in ["foreground", "run"] {
        // The arguments of a macro are not formatted.
        for space in ["", " "] {
            let named = format!("(__bridge::{name}){space}(");
            text = text.replace(&named, &format!("__bridge::{name}("));
        }
    }
    text
}

/// Code of a function's body, formatted.
fn pretty(code: TokenStream) -> String {
    let file = syn::parse2(quote::quote!(fn body() { #code })).expect("it is a body");
    let text = prettyplease::unparse(&file);
    let lines: Vec<&str> = text.lines().collect();
    let lines =
        lines[1..lines.len() - 1].iter().map(|line| line.strip_prefix("    ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// What the documents show is what the macro writes.
mod documents {
    use super::expand;

    fn check(document: &str, function: &str) {
        let start = document.find(function).expect("the document has the function");
        let end = start + document[start..].find("\n}\n").expect("it ends") + 3;
        let expanded = expand("", &document[start..end]);
        assert!(document.contains(&expanded), "the document should show:\n{expanded}");
    }

    fn check_drawing(document: &str, function: &str) {
        let start = document.find(function).expect("the document has the function");
        let end = start + document[start..].find("\n}\n").expect("it ends") + 3;
        let expanded = expand("explain", &document[start..end]);
        let start = expanded.find("```text").expect("there is a drawing");
        let end = start + expanded[start..].find("```\n").expect("it ends") + 4;
        assert!(document.contains(&expanded[start..end]), "{}", &expanded[start..end]);
    }

    #[test]
    fn readme() {
        check(include_str!("../../../../README.md"), "fn load_and_process_data()");
    }

    #[test]
    fn guide_has_the_words() {
        let words = bridge_planner::command_words();
        let guide = include_str!("../../../../bridge/docs/guide/words.md");
        assert!(guide.contains(&words), "the guide should show:\n{words}");
    }

    #[test]
    fn architecture() {
        check(include_str!("../../../../ARCHITECTURE.md"), "fn page(");
        check(include_str!("../../../../ARCHITECTURE.md"), "fn total(");
        check_drawing(include_str!("../../../../ARCHITECTURE.md"), "fn page(");
    }
}
