//! The small examples print what the README says.

const README: &str = include_str!("../README.md");

macro_rules! examples {
    ($($name:ident: $file:literal;)+) => {
        $(
            #[allow(dead_code, reason = "its `main` is the example's")]
            #[path = $file]
            mod $name;
        )+

        const EXAMPLES: &[(&str, fn() -> String)] = &[$((stringify!($name), $name::line)),+];
    };
}

examples! {
    async_fn: "../examples/async_fn.rs";
    blocking_code: "../examples/blocking_code.rs";
    by_hand: "../examples/by_hand.rs";
    cancelled: "../examples/cancelled.rs";
    chains: "../examples/chains.rs";
    error_order: "../examples/error_order.rs";
    limited_loop: "../examples/limited_loop.rs";
    names_that_decide: "../examples/names_that_decide.rs";
    time_limit: "../examples/time_limit.rs";
    two_loads: "../examples/two_loads.rs";
    unordered: "../examples/unordered.rs";
}

#[test]
fn each_prints_the_line_that_is_listed() {
    for (name, line) in EXAMPLES {
        let row = format!("| `{name}` | ");
        let listed = README.lines().find(|listed| listed.starts_with(&row));
        let listed = listed.unwrap_or_else(|| panic!("{name} should be listed"));
        let line = line().replace('|', "\\|");
        assert!(listed.ends_with(&format!(" | `{line}` |")), "{name} prints {line}: {listed}");
    }
}
