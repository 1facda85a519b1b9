//! The calls that the written functions make, and the synchronous code between
//! them. The number is that of the place in the source.

use std::panic::panic_any;

use super::cx::{Cx, Fate, Key, Kind};
use super::values::*;
use crate::dice::mix;

/// A call as it runs: its arguments are seen, time passes, places change.
///
/// Not generic: it would be compiled for each argument.
pub(super) async fn run(cx: &Cx, site: u32, put: bool, args: &mut dyn Arg) -> (Key, u64, Fate) {
    let look = args.look();
    if put {
        // Before the call counts as started.
        cx.push(Kind::Effect, Key { site, turn: 0 }, format!("begin {site}({look})"));
    }
    let value = look.bytes().fold(u64::from(site), |value, byte| mix(value, u64::from(byte)));
    let running = cx.start(site, look);
    let key = running.key;
    args.given(key);
    let fate = cx.fate(key);
    let ticks = cx.ticks(key);
    if ticks > 0 {
        cx.clock.sleep(ticks).await;
    }
    let value = mix(value, u64::from(key.turn)) % 1000;
    args.touch(value);
    running.end();
    if put {
        cx.push(Kind::Effect, key, format!("end {site}"));
    }
    if fate == Fate::Panics {
        panic_any(format!("panic in {key}"));
    }
    (key, value, fate)
}

macro_rules! calls {
    ($($name:ident $put:ident -> $output:ty = |$cx:ident, $key:ident, $value:ident, $well:ident| $body:expr;)*) => {
        $(
            pub async fn $name<A: Arg>($cx: &Cx, site: u32, mut args: A) -> $output {
                let ($key, $value, fate) = run($cx, site, false, &mut args).await;
                let $well = fate == Fate::Well;
                $body
            }
            /// The same, with an effect that can be seen.
            pub async fn $put<A: Arg>($cx: &Cx, site: u32, mut args: A) -> $output {
                let ($key, $value, fate) = run($cx, site, true, &mut args).await;
                let $well = fate == Fate::Well;
                $body
            }
        )*
        #[allow(unused)]
        impl Cx {
            $(
                pub async fn $name<A: Arg>(&self, site: u32, args: A) -> $output {
                    $name(self, site, args).await
                }
            )*
        }
    };
}

#[rustfmt::skip]
calls! {
    get put_get -> Val = |cx, key, value, _well| Val::new(cx, key, value);
    num put_num -> u64 = |_cx, _key, value, _well| value;
    text put_text -> String = |_cx, _key, value, _well| value.to_string();
    flag put_flag -> bool = |_cx, _key, value, _well| value % 2 == 0;
    pair put_pair -> Pair = |cx, key, value, _well|
        Pair { a: Val::new(cx, key, value), b: Val::new(cx, key, value + 1), k: value };
    attempt put_attempt -> Result<Val, Fail> = |cx, key, value, well|
        if well { Ok(Val::new(cx, key, value)) } else { Err(Fail(key.site)) };
    count put_count -> Outcome<u64> = |_cx, key, value, well|
        if well { Ok(value) } else { Err(Fail(key.site)) };
    probe put_probe -> Result<Val, Other> = |cx, key, value, well|
        if well { Ok(Val::new(cx, key, value)) } else { Err(Other(key.site)) };
    find put_find -> Option<Val> = |cx, key, value, well| well.then(|| Val::new(cx, key, value));
    open put_open -> Outcome<Page> = |_cx, key, value, well|
        if well { Ok(Page(value)) } else { Err(Fail(key.site)) };
    page put_page -> Page = |_cx, _key, value, _well| Page(value);
}

/// Not generic, so that the argument is reborrowed.
pub async fn bump(cx: &Cx, site: u32, place: &mut Val) -> u64 {
    num(cx, site, place).await
}

/// A value that borrows.
pub async fn view<'a>(cx: &Cx, site: u32, of: &'a Val) -> &'a Val {
    num(cx, site, of).await;
    of
}

/// Synchronous code that can be seen.
pub fn note(cx: &Cx, site: u32) -> u64 {
    seen(cx, site, Kind::Sync)
}

/// The same, in an argument of a call.
pub fn next(cx: &Cx, site: u32) -> u64 {
    seen(cx, site, Kind::Argument)
}

/// The same, as an effect.
pub fn act(cx: &Cx, site: u32, with: u64) -> u64 {
    seen(cx, site, Kind::Effect) + with
}

fn seen(cx: &Cx, site: u32, kind: Kind) -> u64 {
    let key = cx.event(kind, site, format_args!("seen {site}"));
    if cx.fate(key) == Fate::Panics {
        cx.trace.borrow_mut().torn.push(key);
        panic_any(format!("panic at {key}"));
    }
    mix(u64::from(site), u64::from(key.turn)) % 1000
}

/// A `let` without an await leaves the function here: calls below it may have
/// started, as below a `?`.
pub fn leave<T>(cx: &Cx, site: u32, value: T) -> T {
    let mut trace = cx.trace.borrow_mut();
    trace.last = Some(site);
    trace.left_early = true;
    value
}

/// A new value without a call.
pub fn make(cx: &Cx, site: u32, n: u64) -> Val {
    let key = cx.event(Kind::Derived, site, format_args!("make {site}"));
    if cx.fate(key) == Fate::Panics {
        panic_any(format!("panic at {key}"));
    }
    Val::new(cx, key, n)
}

/// A check without a call, and without an event of its own.
pub fn check(cx: &Cx, site: u32, n: u64) -> Outcome<u64> {
    let key = cx.turn(site);
    if cx.fate(key) == Fate::Fails { Err(Fail(site)) } else { Ok(n) }
}

/// The same with an option.
pub fn some(cx: &Cx, site: u32, n: u64) -> Option<u64> {
    check(cx, site, n).ok()
}

impl Val {
    /// The same as a method.
    pub fn merge(self, cx: &Cx, site: u32, other: Val) -> Val {
        combine(cx, site, self, other)
    }
}

/// Synchronous code around awaited values, which it drops.
pub fn combine(cx: &Cx, site: u32, a: Val, b: Val) -> Val {
    let key = cx.event(Kind::Sync, site, format_args!("combine {site}({a}, {b})"));
    Val::new(cx, key, mix(a.n, b.n) % 1000)
}
