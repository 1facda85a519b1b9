//! An `async fn` and the synchronous function with the same body have the same plan: the
//! same scopes, kinds, edges and steps. Over the sources of the project's dependencies.

use bridge_planner::{Arguments, Planned, Scope};
use quote::ToTokens;
use syn::ItemFn;

use super::corpus;

#[test]
fn both_forms_have_the_same_plan() {
    let mut functions = 0;
    corpus::each_function(&mut |found| {
        for arguments in ["", "strict"] {
            // Some macros that await cannot be seen into where nothing may await.
            let Some(synchronous) = plan(&found.synchronous(), arguments) else { continue };
            let asynchronous = plan(&found.function, arguments);
            let name = found.name();
            assert_eq!(asynchronous, Some(synchronous), "{name} as `#[background({arguments})]`");
            functions += 1;
        }
    });
    assert!(functions > 100, "only {functions} functions");
}

/// All that is planned, as text; `None` if something is refused.
fn plan(item: &ItemFn, arguments: &str) -> Option<String> {
    let arguments = Arguments::parse(arguments.parse().expect("these are tokens"));
    let arguments = arguments.expect("these are arguments");
    let planned = Planned::of(item.to_token_stream(), arguments).expect("it is a function");
    let Some(planned) = planned else { return Some(String::new()) };
    if !planned.errors().is_empty() {
        return None;
    }
    let mut text = String::new();
    write(planned.body(), &mut text);
    Some(text)
}

fn write(scope: Scope<'_>, text: &mut String) {
    *text += &format!("{:?} {:?}\n", scope.steps(), scope.overlaps());
    for statement in scope.statements() {
        let waits: Vec<_> = statement.waits().collect();
        *text += &format!(
            "{:?} {waits:?} {:?} {}\n",
            statement.kind(),
            statement.forward(),
            statement.code()
        );
        statement.scopes().into_iter().for_each(|inner| write(inner, text));
    }
}
