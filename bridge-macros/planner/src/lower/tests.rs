use std::fmt::Write;

use crate::report::Report;
use crate::syntax::arguments::Arguments;
use crate::syntax::function::Function;

/// What a value may borrow from is known once, by however many ways it may.
#[test]
fn places_do_not_multiply() {
    const CALLS: usize = 16;
    let mut body = String::from("let v0 = call(&x).await; let v1 = call(&v0).await;");
    for at in 2..CALLS {
        let _ = write!(body, "let v{at} = call(&v{}, &v{}).await;", at - 2, at - 1);
    }
    let item = syn::parse_str(&format!("fn f(x: X) {{ {body} }}")).expect("it is a function");
    let function = Function::of(item).ok().expect("it awaits");
    let tree = super::function(&function, &Arguments::default(), &Report::default());
    let statements = &tree.scope(tree.root()).statements;
    let uses: Vec<usize> = statements.iter().map(|statement| statement.held().count()).collect();
    // By each of its two names: that name, and all above.
    assert!(uses.iter().all(|uses| *uses <= 2 * (CALLS + 1)), "{uses:?}");
    assert!(uses[CALLS - 1] > CALLS, "{uses:?}");
}
