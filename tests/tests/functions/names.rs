//! Bodies under names that expansions could trip over: what the prelude gives, what crates and
//! modules are called, and what the expansion calls its own.

use bridge::{background, background_closure};

/// A body as a function, and as an `async fn`.
macro_rules! in_both_forms {
    ($($body:tt)*) => {
        #[background]
        pub(crate) fn sync() -> ::core::result::Result<u32, Error> { $($body)* }

        #[background]
        pub(crate) async fn asynchronous() -> ::core::result::Result<u32, Error> { $($body)* }
    };
}

/// A body with each form that needs a name of ours: joins in and out of order, chains and slots,
/// derivations, a block that is a call, operands, loops with a limit, a closure.
macro_rules! body {
    ($(#[$outer:meta])* $module:ident $(, $(#[$attribute:meta])* $item:item)*) => {
        $(#[$outer])*
        mod $module {
            #[allow(unused_imports, reason = "not every module needs it")]
            use super::{Error, Page, background, background_closure, get, last, more, next, parse};

            $(
                #[allow(
                    dead_code, unused_imports, non_snake_case, non_camel_case_types,
                    reason = "it is there for its name"
                )]
                $(#[$attribute])*
                $item
            )*

            in_both_forms! {
                let a = get(1).await?;
                let b = get(2).await?;
                let t = b.text().await?;
                let c = get(t).await?;
                let d = parse(&c)?;
                let e = more(d, 1).await?;
                let f = if a.0 > 0 { get(3).await?.0 } else { 0 };
                let (g, h) = (get(4).await?.0, last(5).await);
                let mut sum = 0;
                #[background(limit = 2)]
                for n in 0..3 {
                    let page = get(n).await?;
                    sum += page.0;
                }
                let mut left = 0;
                #[background(limit = 2, unordered)]
                while let ::core::option::Option::Some(n) = next(&mut left).await? {
                    sum += get(n).await?.0;
                }
                let add = background_closure!(|n: u32| -> ::core::result::Result<u32, Error> {
                    let a = get(n).await?;
                    let b = get(2).await?;
                    ::core::result::Result::Ok(a.0 + b.0)
                });
                sum += add(3)?;
                let sum = sum + a.0 + c.0 + e + f + g + h;
                ::core::result::Result::Ok(sum)
            }
        }

        #[test]
        fn $module() {
            assert_eq!($module::sync(), Ok(30));
            assert_eq!(bridge::run_in_foreground($module::asynchronous()), Ok(30));
        }
    };
}

/// Bodies in a module without a prelude, where any name may be that of a variable. Each comes to 4.
macro_rules! in_a_module {
    ($($name:ident { $($body:tt)* })*) => {
        mod without_names {
            #![no_implicit_prelude]

            use super::{Error, background, get, last};

            $(
                pub(super) mod $name {
                    #[allow(unused_imports, reason = "not every body needs it")]
                    use super::{Error, background, get, last};

                    in_both_forms! { $($body)* }
                }
            )*
        }
        $(
            assert_eq!(without_names::$name::sync(), Ok(4));
            assert_eq!(bridge::run_in_foreground(without_names::$name::asynchronous()), Ok(4));
        )*
    };
}

#[derive(Debug, PartialEq)]
struct Error;

#[derive(Debug)]
struct Page(u32);

impl Page {
    async fn text(self) -> Result<u32, Error> {
        Ok(self.0)
    }
}

async fn get(n: u32) -> Result<Page, Error> {
    Ok(Page(n))
}

async fn next(left: &mut u32) -> Result<Option<u32>, Error> {
    *left += 1;
    Ok(Some(*left).filter(|left| *left < 3))
}

async fn last(n: u32) -> u32 {
    n
}

fn parse(page: &Page) -> Result<u32, Error> {
    Ok(page.0 + 1)
}

async fn more(n: u32, by: u32) -> Result<u32, Error> {
    Ok(n + by)
}

body!(plain);
body!(
    #[no_implicit_prelude]
    without_a_prelude
);
body!(functions_of_the_prelude, fn Ok() {}, fn Err() {}, fn Some() {}, fn drop() {});
body!(
    types_of_the_prelude,
    struct Result;,
    struct Option;,
    struct Box;,
    struct Vec;,
    struct String;,
    struct Ok;,
    struct Err;,
    struct Some;,
    struct None;
);
body!(
    traits_of_the_prelude,
    trait Send {},
    trait Sync {},
    trait Unpin {},
    trait Iterator {},
    trait IntoIterator {},
    trait Into {},
    trait From {},
    trait Fn {},
    trait FnOnce {},
    trait Drop {},
    trait Clone {}
);
body!(crates, mod std {}, mod core {}, mod alloc {}, mod bridge {}, mod tokio {});
body!(
    names_of_ours,
    mod sync_ {},
    fn enter() {},
    fn background_() {},
    fn foreground() {},
    fn run() {},
    fn wrap() {},
    fn derive() {},
    fn passed() {},
    struct Shared;,
    struct Moved;,
    fn out_of_order() {},
    fn async_move() {},
    fn asked() {},
    fn asks() {},
    fn wait() {},
    fn bounded() {}
);

/// Variables that are called as what makes them, or as handles are.
#[test]
fn variables() {
    async fn token() -> u32 {
        1
    }

    async fn with(token: &u32) -> u32 {
        token + 1
    }

    #[background]
    fn as_functions() -> u32 {
        let token = token().await;
        let with = with(&token).await;
        let last = last(3).await;
        let get = get(4).await;
        token + with + last + get.map_or(0, |page| page.0)
    }

    #[background]
    fn as_handles() -> u32 {
        let a_call = last(1).await;
        let a = last(2).await;
        let a_slot = last(a).await;
        let last_2 = last(a_call).await;
        let iterations = last(5).await;
        a_call + a + a_slot + last_2 + iterations
    }

    assert_eq!(as_functions(), 10);
    assert_eq!(as_handles(), 11);
}

/// Variables that are called as crates, types and functions are, parameters and types among them.
#[test]
#[expect(non_snake_case, non_camel_case_types, reason = "they are there for their names")]
fn variables_of_other_names() {
    in_a_module! {
        as_crates {
            let bridge = get(1).await?.0;
            let std = last(bridge).await;
            let core = last(std).await;
            let alloc = get(core).await?.0;
            let tokio = last(2).await;
            let crate_ = last(alloc).await;
            ::core::result::Result::Ok(std + tokio + crate_)
        }
        as_types {
            let Box = get(1).await?.0;
            let Result = get(Box).await?.0;
            let Option = last(Result).await;
            let String = last(Option).await;
            let Vec = last(2).await;
            let Future = last(String).await;
            ::core::result::Result::Ok(Box + Vec + Future)
        }
        as_names_of_ours {
            let async_move = get(1).await?.0;
            let background = last(async_move).await;
            let foreground = last(background).await;
            let __bridge = last(2).await;
            let this = last(foreground).await;
            let r#await = last(this).await;
            let r#async = get(r#await).await?.0;
            ::core::result::Result::Ok(async_move + __bridge + r#async)
        }
        as_what_the_prelude_gives {
            let Ok = get(1).await?.0;
            let Some = last(Ok).await;
            let Err = last(Some).await;
            let None = last(2).await;
            let drop = get(Err).await?.0;
            ::core::result::Result::Ok(Ok + None + drop)
        }
    }

    #[background]
    fn of_types<Ok, Some, Box: Clone, bridge, std>(
        a: Ok,
        b: (Some, Box, std),
        core: bridge,
    ) -> Result<(Ok, Some, Box, std, bridge), Error> {
        let c = get(1).await?;
        let d = get(c.0).await?;
        let e = get(2).await?;
        assert_eq!(d.0 + e.0, 3);
        Result::Ok((a, b.0, b.1.clone(), b.2, core))
    }

    assert_eq!(of_types(1, (2, 3, 4), 5), Ok((1, 2, 3, 4, 5)));
}

/// What is imported in place of the prelude's.
#[test]
fn imported_in_place_of_the_prelude() {
    mod shop {
        #[expect(non_snake_case, reason = "as in crates for errors")]
        pub(super) fn Ok<T>(value: T) -> Result<T> {
            core::result::Result::Ok(value)
        }

        pub(super) type Result<T> = core::result::Result<T, super::Error>;
    }
    use shop::{Ok, Result};

    #[background]
    fn body() -> Result<u32> {
        let a = get(1).await?;
        let b = get(2).await?;
        let t = b.text().await?;
        Ok(a.0 + t)
    }

    assert_eq!(body(), core::result::Result::Ok(3));
}
