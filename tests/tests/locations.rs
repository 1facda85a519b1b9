//! Where things are said to happen: at the place where plain code has them.

use std::cell::RefCell;
use std::future::{Future, IntoFuture, Ready, ready};
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;

use bridge::{background, run_in_foreground};
use bridge_tests::bounded;

thread_local! {
    /// Where the thread has panicked, if it is asked for.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The place where a function panics.
fn panics<T>(function: impl FnOnce() -> T + Send + 'static) -> String {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match PANICKED.take() {
            Some(_) => PANICKED.set(info.location().map(place)),
            None => before(info),
        }));
    });
    bounded(move || {
        PANICKED.set(Some(String::new()));
        catch_unwind(AssertUnwindSafe(|| drop(function()))).expect_err("it panics");
        PANICKED.take().expect("the hook was called")
    })
}

fn place(location: &Location<'_>) -> String {
    format!("{}:{}:{}", location.file(), location.line(), location.column())
}

/// Compiles one text as a plain `async fn` and in each form of the attribute, and compares
/// what comes of them.
macro_rules! twins {
    ($look:ident: $(#[$doc:meta])* fn $name:ident() -> $ty:ty { $($body:tt)* }) => {
        $(#[$doc])*
        #[test]
        fn $name() {
            async fn plain() -> $ty { $($body)* }
            #[background]
            fn background_form() -> $ty { $($body)* }
            #[background(strict)]
            fn strict_form() -> $ty { $($body)* }
            #[background(serial)]
            fn serial_form() -> $ty { $($body)* }
            #[background]
            async fn async_form() -> $ty { $($body)* }

            let expected = $look(|| run_in_foreground(plain()));
            assert!(expected.starts_with(file!()), "{expected}");
            assert_eq!($look(background_form), expected);
            assert_eq!($look(strict_form), expected);
            assert_eq!($look(serial_form), expected);
            assert_eq!($look(|| run_in_foreground(async_form())), expected);
        }
    };
}

/// The places that a function gives.
fn gives(function: impl FnOnce() -> Vec<&'static Location<'static>>) -> String {
    function().into_iter().map(place).collect::<Vec<_>>().join(" ")
}

async fn number(n: u32) -> u32 {
    tokio::task::yield_now().await;
    n
}

async fn fallible(n: u32) -> Result<u32, String> {
    if n > 2 { Err("it is too much".to_owned()) } else { Ok(number(n).await) }
}

/// Knows where it is called.
#[track_caller]
fn called() -> impl Future<Output = &'static Location<'static>> {
    ready(Location::caller())
}

/// Knows where it is awaited.
#[derive(Clone, Copy)]
struct Awaited;

impl IntoFuture for Awaited {
    type Output = &'static Location<'static>;
    type IntoFuture = Ready<Self::Output>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        ready(Location::caller())
    }
}

twins! { gives:
    fn calls_are_where_they_are_written() -> Vec<&'static Location<'static>> {
        let a = called().await;
        let b = called().await;
        let (c, d) = (called().await, called().await);
        let e = std::convert::identity(called().await);
        vec![a, b, c, d, e, called().await, called().await]
    }
}

twins! { gives:
    fn awaits_are_where_they_are_written() -> Vec<&'static Location<'static>> {
        let awaited = Awaited;
        let a = awaited.await;
        let b = Awaited
            .await;
        let c = std::convert::identity(
            Awaited
                .await,
        );
        if Awaited.await.line() == 0 {
            return vec![];
        }
        let mut all = vec![a, b, c];
        all.push(Awaited.await);
        for _ in 0..2 {
            let d = Awaited.await;
            all.push(d);
            all.push(Awaited.await);
        }
        all
    }
}

/// Plain code has no marker to be without.
#[test]
fn of_a_loop_with_a_limit() {
    let expected = |before: u32| [4, 5, 6, 7].map(|below| before + below).repeat(2);

    let before = line!() + 2;
    #[background]
    fn blocking() -> Vec<u32> {
        let mut all = vec![];
        #[background(limit = 2)]
        for n in 0..2 {
            let a = called().await;
            let b = Awaited.await;
            all.extend([a, b, Awaited.await]);
            all.push(called().await);
            number(n).await;
        }
        all.into_iter().map(|location| location.line()).collect()
    }
    assert_eq!(blocking(), expected(before));

    let before = line!() + 2;
    #[background]
    async fn awaiting() -> Vec<u32> {
        let mut all = vec![];
        #[background(limit = 2)]
        for n in 0..2 {
            let a = called().await;
            let b = Awaited.await;
            all.extend([a, b, Awaited.await]);
            all.push(called().await);
            number(n).await;
        }
        all.into_iter().map(|location| location.line()).collect()
    }
    assert_eq!(run_in_foreground(awaiting()), expected(before));
}

twins! { panics:
    fn a_value_that_is_unwrapped() -> u32 {
        let a = fallible(1).await.unwrap();
        let b = fallible(3).await.unwrap();
        a + b
    }
}

twins! { panics:
    fn a_value_that_is_unwrapped_in_place() -> u32 {
        let a = number(1).await;
        a + fallible(3)
            .await
            .expect("it is little")
    }
}

twins! { panics:
    fn an_operand_that_is_unwrapped() -> u32 {
        u32::max(fallible(1).await.unwrap(), fallible(3).await.unwrap())
    }
}

twins! { panics:
    fn an_index() -> u32 {
        let list = [1, 2, 3];
        let a = number(3).await;
        let b = number(1).await;
        b + list[a as usize]
    }
}

twins! { panics:
    fn an_argument() -> u32 {
        let list = [1, 2, 3];
        let a = number(3).await;
        let b = number(list[a as usize]).await;
        a + b
    }
}

twins! { panics:
    fn an_operator() -> u32 {
        let a = number(1).await;
        let b = number(2).await;
        a - b
    }
}

twins! { panics:
    fn an_assertion() -> () {
        let a = number(1).await;
        let b = number(2).await;
        assert_eq!(a, b, "{}", number(3).await);
    }
}

twins! { panics:
    fn a_macro() -> u32 {
        let a = number(1).await;
        if number(a).await == 1 {
            unreachable!("{}", number(2).await);
        }
        a
    }
}

twins! { panics:
    fn a_branch() -> u32 {
        match number(3).await {
            3 => {
                let a = fallible(3).await.unwrap();
                let b = number(1).await;
                a + b
            }
            n => n,
        }
    }
}

/// What the runtime refuses is refused at the call.
#[test]
fn a_guard_in_the_background() {
    async fn taken(mutex: &tokio::sync::Mutex<u32>) -> (tokio::sync::MutexGuard<'_, u32>,) {
        (mutex.lock().await,)
    }
    let at = line!() + 4;
    #[background]
    fn body(mutex: &tokio::sync::Mutex<u32>) -> u32 {
        let a = number(1).await;
        let held = taken(mutex).await;
        let b = number(2).await;
        *held.0 + a + b
    }
    let mutex = tokio::sync::Mutex::new(1);
    let place = panics(move || body(&mutex));
    assert!(place.starts_with(&format!("{}:{at}:", file!())), "{place}");
}

/// The place from which an annotated function is called is known in it.
#[test]
fn track_caller() {
    #[background]
    #[track_caller]
    fn below(n: u32) -> (u32, &'static Location<'static>) {
        let a = number(n).await;
        let b = number(n).await;
        (a + b, Location::caller())
    }
    #[track_caller]
    #[background]
    fn above(n: u32) -> (u32, &'static Location<'static>) {
        let caller = Location::caller();
        let a = number(n).await;
        (a, caller)
    }
    let (below, above, here) = (below(1).1, above(1).1, line!());
    assert_eq!((below.line(), above.line()), (here, here));
}
