//! Functions that a `macro_rules!` macro makes of fragments of every kind: they do what
//! their serial twins do, and their calls overlap.

use bridge::background;
use bridge_tests::{Log, virtual_time};

/// The value of two functions that should be one, the second serial, and the time that
/// each takes.
#[track_caller]
fn check<T: PartialEq + std::fmt::Debug + Send + 'static>(
    overlapping: fn(&Log) -> T,
    serial: fn(&Log) -> T,
    [fast, slow]: [u64; 2],
) {
    let run =
        |function: fn(&Log) -> T| virtual_time(move |clock, log| (function(log), clock.now()));
    let ((value, time), (expected, serial)) = (run(overlapping), run(serial));
    assert_eq!(value, expected);
    assert_eq!([time, serial], [fast, slow]);
}

async fn ten(log: &Log, n: u32) -> u32 {
    log.give(&format!("call {n}"), 10, n).await
}

fn hold(_: u32) {}

/// Makes both functions by one macro.
macro_rules! both {
    ($make:ident! { $($fragments:tt)* }) => {{
        $make! { background_form, background, $($fragments)* }
        $make! { serial_form, background(serial), $($fragments)* }
        (background_form as fn(&Log) -> _, serial_form as fn(&Log) -> _)
    }};
}

#[test]
fn expr() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident: $a:expr, $b:expr, $($args:expr),*) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                let a = $a.await;
                let b = $b.await;
                let c = ten($log, $($args)*).await;
                a + b + c + u32::max($a.await, $b.await)
            }
        };
    }
    let (f, g) = both!(make! { log: ten(log, 1), ten(log, 1 + 1), 3 + 4 });
    check(f, g, [20, 50]);
}

#[test]
fn expr_that_awaits() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident: $a:expr, $b:expr) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                let a = $a;
                let b = $b;
                let c = u32::max($a, $b);
                if $a > 0 { a + b + c } else { $b }
            }
        };
    }
    let (f, g) = both!(make! { log: ten(log, 1).await, ten(log, 2).await });
    // What is asked twice is asked in order.
    check(f, g, [30, 50]);
}

#[test]
fn block() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident: $body:block) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 $body
        };
    }
    let (f, g) = both!(make! { log: {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        a + b
    } });
    check(f, g, [10, 20]);
}

#[test]
fn block_in_an_expression() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident: $future:block, $branch:block) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                let a = async $future.await;
                let b = async $future.await;
                let c = if a > 0 $branch else { 0 };
                let d = match b { 0 => 0, _ => $branch };
                for _ in 0..2 { hold($branch); }
                a + b + c + d
            }
        };
    }
    let (f, g) = both!(make! { log: { ten(log, 1).await }, {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        a + b
    } });
    // What is asked twice is asked in order.
    check(f, g, [50, 100]);
}

#[test]
fn stmt() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident: { $($stmt:stmt;)* } $value:expr) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                $($stmt;)*
                $value
            }
        };
    }
    let (f, g) = both!(make! { log: {
        let a = ten(log, 1).await;
        let mut b = ten(log, 2).await;
        b += ten(log, a).await;
        let c = ten(log, b).await;
        let d = ten(log, b + 1).await;
    } a + b + c + d });
    check(f, g, [30, 50]);
}

/// They may stand one after the other.
#[test]
fn stmt_without_a_semicolon() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident: { $($stmt:stmt;)* } $value:expr) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                $($stmt)*
                let last = if $value > 0 { $($stmt)* $value } else { 0 };
                last + $value
            }
        };
    }
    let (f, g) = both!(make! { log: {
        let a = ten(log, 1).await;
        let Some(mut b) = log.give("some", 10, Some(2)).await else { return 0 };
        hold(a);
        b += ten(log, a).await;
        ten(log, b).await;
        let c = ten(log, b).await;
        let d = ten(log, b + 1).await;
    } a + b + c + d });
    check(f, g, [80, 120]);
}

#[test]
fn item() {
    macro_rules! make {
        ($attribute:meta, $item:item) => {
            #[$attribute]
            $item
        };
    }
    make! { background, fn f(log: &Log) -> u32 {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        a + b
    } }
    make! { background(serial), fn g(log: &Log) -> u32 {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        a + b
    } }
    check(f, g, [10, 20]);
}

#[test]
fn item_with_the_attribute() {
    macro_rules! make {
        ($($item:item)*) => { $($item)* };
    }
    make! {
        #[background]
        fn f(log: &Log) -> u32 {
            let a = ten(log, 1).await;
            let b = ten(log, 2).await;
            a + b
        }
        #[background(serial)]
        fn g(log: &Log) -> u32 {
            let a = ten(log, 1).await;
            let b = ten(log, 2).await;
            a + b
        }
    }
    check(f, g, [10, 20]);
}

#[test]
fn ty() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $number:ty, $result:ty, $log:ty) => {
            #[$attribute]
            fn $name(log: $log) -> $result {
                let a: $number = ten(log, 1).await;
                let b: $number = ten(log, 2).await;
                let c: $result = Ok::<$number, String>(ten(log, a).await);
                let d: $number = async { c }.await?;
                let e = ten(log, async { Ok::<$number, String>(1) }.await?).await;
                Ok(a + b + d + e)
            }
        };
    }
    let (f, g) = both!(make! { u32, Result<u32, String>, &Log });
    check(f, g, [20, 40]);
}

#[test]
fn pat() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident: $pair:pat, $one:pat, $arm:pat => $value:expr) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                let $pair = (ten($log, 1).await, ten($log, 2).await);
                let $one = ten($log, 3).await;
                match ten($log, 4).await {
                    $arm => $value,
                    _ => 0,
                }
            }
        };
    }
    let (f, g) = both!(make! { log: (a, b), mut c, d @ 4 | d @ 5 => { c += a + b + d; c } });
    check(f, g, [10, 40]);
}

#[test]
fn lifetime() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $life:lifetime, $label:lifetime) => {
            #[$attribute]
            fn $name<$life>(log: &$life Log) -> u32 {
                $label: for n in 0..3 {
                    let a = ten(log, n).await;
                    let b = ten(log, 1).await;
                    if a == b {
                        continue $label;
                    }
                    if a > b {
                        break $label;
                    }
                }
                let a: &$life Log = log;
                ten(a, 1).await
            }
        };
    }
    let (f, g) = both!(make! { 'a, 'label });
    check(f, g, [40, 70]);
}

mod visible {
    use super::{Log, background, ten};

    macro_rules! make {
        ($($vis:vis $name:ident $attribute:meta;)*) => {
            $(
                #[$attribute]
                $vis fn $name(log: &Log) -> u32 {
                    let a = ten(log, 1).await;
                    let b = ten(log, 2).await;
                    a + b
                }
            )*
        };
    }
    make! {
        pub(crate) outside background;
        pub(super) above background(serial);
        inside background;
    }

    #[test]
    fn vis() {
        super::check(inside, above, [10, 20]);
        super::check(outside, above, [10, 20]);
    }
}

#[test]
fn literal() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $one:literal, $two:literal, $text:literal) => {
            #[$attribute]
            fn $name(log: &Log) -> String {
                let a = ten(log, $one).await;
                let b = ten(log, $two).await;
                match ten(log, $one).await {
                    $one => format!($text, a, b),
                    _ => $text.to_owned(),
                }
            }
        };
    }
    let (f, g) = both!(make! { 1, 2, "{} and {}" });
    check(f, g, [20, 30]);
}

#[test]
fn meta() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $here:meta, $nowhere:meta, $lint:meta) => {
            #[$attribute]
            fn $name(log: &Log) -> u32 {
                #[$lint]
                let unused = ten(log, 1).await;
                #[$here]
                let a = ten(log, 2).await;
                #[$nowhere]
                let a = ten(log, 3).await;
                a
            }
        };
    }
    let (f, g) = both!(make! { cfg(test), cfg(not(test)), allow(unused_variables) });
    check(f, g, [20, 20]);
}

#[test]
fn ident() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $call:ident, $value:ident, $method:ident, $log:ident) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                let $value = $call($log, 1).await;
                let other = $log.$method("other", 10, 2).await;
                let $value = $call($log, $value).await;
                $value + other
            }
        };
    }
    let (f, g) = both!(make! { ten, r#match, give, log });
    check(f, g, [20, 30]);
}

#[test]
fn path() {
    macro_rules! make {
        ($name:ident, $attribute:path, $call:path, $ok:path) => {
            #[$attribute]
            fn $name(log: &Log) -> Result<u32, String> {
                let a = $call(log, 1).await;
                let b = $call(log, 2).await;
                $ok(a + b)
            }
        };
    }
    make! { f, background, self::ten, Result::Ok }
    #[background(serial)]
    fn g(log: &Log) -> Result<u32, String> {
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        Ok(a + b)
    }
    check(f, g, [10, 20]);
}

#[test]
fn tt() {
    macro_rules! make {
        ($name:ident, $attribute:meta, ($($args:tt)*) $($body:tt)*) => {
            #[$attribute]
            fn $name($($args)*) -> u32 { $($body)* }
        };
    }
    let (f, g) = both!(make! { (log: &Log)
        let a = ten(log, 1).await;
        let b = ten(log, 2).await;
        if ten(log, a).await == b { 1 } else { 2 }
    });
    check(f, g, [20, 30]);
}

/// Names of the macro and of its user are not the same, whatever they are called.
#[test]
fn hygiene() {
    macro_rules! make {
        ($name:ident, $attribute:meta, $log:ident, $a:ident, $first:expr, $user:expr) => {
            #[$attribute]
            fn $name($log: &Log) -> u32 {
                let $a = $first.await;
                let a = ten($log, 2).await;
                let b = ten($log, $a).await;
                let c = ten($log, a).await;
                let d = $user.await;
                let __bridge = 1;
                let e = ten($log, __bridge).await;
                10000 * $a + 1000 * a + 100 * b + 10 * c + d + e
            }
        };
    }
    let (f, g) = both!(make! { log, a, ten(log, 7), ten(log, a) });
    // The macro takes names for what they are called, and keeps to source order in doubt.
    check(f, g, [50, 60]);
    assert_eq!(virtual_time(move |_, log| f(log)), 72_728_u32);
}

/// Items of the function that have names of the expansion.
#[test]
fn names_of_the_expansion() {
    macro_rules! make {
        ($name:ident, $attribute:meta,) => {
            #[$attribute]
            fn $name(log: &Log) -> Option<u32> {
                #[derive(Debug)]
                struct Some;
                let context = ten(log, 1).await;
                let items = ten(log, 2).await;
                let leading = ten(log, 3).await;
                let failure = Option::Some(ten(log, 4).await)?;
                let mut value = 0;
                #[background(limit = 2)]
                for iteration in 0..2 {
                    let iterations = ten(log, iteration).await;
                    value += iterations + items;
                }
                assert_eq!(format!("{Some:?}"), "Some");
                Option::Some(context + items + leading + failure + value)
            }
        };
    }
    let (f, g) = both!(make! {});
    check(f, g, [20, 60]);
}
