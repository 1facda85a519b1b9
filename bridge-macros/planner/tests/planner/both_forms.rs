//! An `async fn` and the synchronous function with the same body have the same plan: the
//! same scopes, kinds, edges and steps. Over the sources of the project's dependencies.

use bridge_planner::{Arguments, Planned, Scope};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ItemFn;

use super::corpus;

#[test]
fn both_forms_have_the_same_plan() {
    let mut functions = 0;
    corpus::each_function(&mut |found| {
        // With one await there is little to plan.
        if corpus::awaits(found.function.to_token_stream()) < 2 {
            return;
        }
        // Some macros that await cannot be seen into where nothing may await.
        let Some(synchronous) = plan(&found.synchronous()) else { return };
        assert_eq!(plan(&found.function), Some(synchronous), "{}", found.name());
        functions += 1;
    });
    assert!(functions > 100, "only {functions} functions");
}

/// A join of an `async fn` takes what it has waited for, ahead of its turn and after a failure as well.
#[test]
fn each_join_of_an_async_fn_waits() {
    let waits = |item: TokenStream| {
        let written = bridge_planner::background(TokenStream::new(), item, Default::default());
        let written = written.to_string();
        let count = |part: &str| written.matches(part).count();
        let joins = count("__bridge :: foreground") + count("__bridge :: out_of_order");
        assert_eq!(count(". runs ("), joins, "{written}");
        joins
    };
    let mut joins = 0;
    corpus::each_function(&mut |found| joins += waits(found.function.to_token_stream()));
    assert!(joins > 50, "only {joins} joins");
    // The third call fails out of order, beside what is declared ahead: a name, parts, and nothing.
    for first in
        ["let y = pair().await;", "let Pair { a: ref y, .. } = pair().await;", "pair().await;"]
    {
        let body = format!(
            "{{ let x = one().await; #[background] {first} let z = two().await; \
             let mut v = three(x).await; let p = four((&mut v, z.clone())).await?; Ok(p) }}"
        );
        let item: TokenStream = format!("async fn f() -> Result<u64> {body}").parse().unwrap();
        assert!(waits(item) > 3, "{first}");
    }
}

/// All that is planned, as text; `None` if something is refused.
fn plan(item: &ItemFn) -> Option<String> {
    let planned = Planned::of(item.to_token_stream(), Arguments::default());
    let mut text = String::new();
    if let Some(planned) = planned.expect("it is a function") {
        write(planned.body(), &mut text);
        planned.errors().is_empty().then_some(text)
    } else {
        Some(text)
    }
}

fn write(scope: Scope<'_>, text: &mut String) {
    *text += &format!("{:?} {:?}\n", scope.steps(), scope.overlaps());
    for statement in scope.statements() {
        let waits: Vec<_> = statement.waits().collect();
        *text += &format!("{:?} {waits:?} {:?}\n", statement.kind(), statement.forward());
        statement.scopes().into_iter().for_each(|inner| write(inner, text));
    }
}
