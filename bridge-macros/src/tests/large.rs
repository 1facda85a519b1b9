//! Functions with many statements.

use std::fmt::Write;

use proc_macro2::TokenStream;

use crate::args::Args;
use crate::lower;
use crate::report::Report;

/// What a value may borrow from is known once, by however many ways it may.
#[test]
fn places_do_not_multiply() {
    const CALLS: usize = 16;
    let mut body = String::from("let v0 = call(&x).await; let v1 = call(&v0).await;");
    for at in 2..CALLS {
        let _ = write!(body, "let v{at} = call(&v{}, &v{}).await;", at - 2, at - 1);
    }
    let item = syn::parse_str(&format!("fn f(x: X) {{ {body} }}")).expect("it is a function");
    let report = Report::default();
    let args = Args::parse(TokenStream::new(), &report);
    let (statements, _) = lower::plan_of(&item, &args, &report);
    let uses: Vec<usize> = statements.iter().map(|statement| statement.held().count()).collect();
    // By each of its two names: that name, and all above.
    assert!(uses.iter().all(|uses| *uses <= 2 * (CALLS + 1)), "{uses:?}");
    assert!(uses[CALLS - 1] > CALLS, "{uses:?}");
}
