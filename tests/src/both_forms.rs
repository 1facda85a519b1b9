//! One body in both forms.

/// A body as a function of a [`Log`](crate::Log), `name`, and as an `async fn`, `name::awaited`.
///
/// ```
/// use bridge::{background, run_in_foreground};
/// use bridge_tests::{Log, both_forms, virtual_time};
///
/// # fn main() {
/// both_forms!(body, |log| -> u64 { log.give("call", 10, 3).await });
/// # }
/// ```
#[macro_export]
macro_rules! both_forms {
    ($name:ident, |$log:ident| -> $output:ty $body:block) => {
        #[background]
        fn $name($log: &Log) -> $output $body

        mod $name {
            use super::*;

            #[background]
            pub(super) async fn awaited($log: &Log) -> $output $body
        }
    };
}
