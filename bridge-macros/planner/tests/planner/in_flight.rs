//! A function in which no two calls are in flight at once has no handle: it gains nothing, and
//! so stays as it is written.
//!
//! `cargo test -p bridge-planner in_flight -- --nocapture` prints how many of the async
//! functions in the sources of the project's own dependencies have a call in the background,
//! and how many two at once.

use bridge_planner::{Arguments, Planned, Scope};
use quote::ToTokens;

use super::corpus;

#[test]
fn in_flight() {
    let (mut functions, mut handles, mut several) = (0, 0, 0);
    let mut alone = Vec::new();
    corpus::each_function(&mut |found| {
        let planned = Planned::of(found.function.to_token_stream(), Arguments::default());
        let Ok(Some(planned)) = planned else { return };
        functions += 1;
        let scopes = planned.scopes();
        let has_handle = scopes.iter().copied().any(Scope::has_call_in_background);
        let has_several = scopes.iter().copied().any(Scope::has_two_in_flight);
        handles += u32::from(has_handle);
        several += u32::from(has_several);
        if has_handle != has_several {
            alone.push(format!("{}\n{}", found.name(), planned.explain()));
        }
    });
    println!(
        "{functions} functions that await: {handles} have a call in the background, {several} have \
         two in flight at once"
    );
    assert!(alone.is_empty(), "{}", alone.join("\n\n"));
    assert!(several > 5, "only {several} functions overlap something");
}
