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
