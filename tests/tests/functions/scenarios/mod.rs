//! The table of what the attribute promises, row by row: what starts, ends and
//! is dropped when. Each call takes 10 ticks unless noted.
//!
//! Each row is written once, and holds in both forms, event by event: on a
//! synchronous function, and on an `async fn` that is brought to the foreground.

#![expect(clippy::let_and_return, reason = "rows end with the name that they are about")]

mod synchronous {
    macro_rules! form {
        ($(#[$form:meta])* fn $name:ident($($param:ident: $ty:ty),*) -> $output:ty $body:block) => {
            $(#[$form])*
            fn $name($($param: $ty),*) -> $output $body
        };
    }

    include!("rows.rs");
}

mod asynchronous {
    macro_rules! form {
        ($(#[$form:meta])* fn $name:ident($($param:ident: $ty:ty),*) -> $output:ty $body:block) => {
            fn $name($($param: $ty),*) -> $output {
                $(#[$form])*
                async fn asynchronous($($param: $ty),*) -> $output $body
                bridge::run_in_foreground(asynchronous($($param),*))
            }
        };
    }

    include!("rows.rs");
}
