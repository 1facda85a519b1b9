//! Parameters are dropped as an `async fn` drops them: in its order, and where tasks can be
//! spawned.

#![expect(clippy::toplevel_ref_arg, reason = "a parameter is what it is")]
#![expect(unused_variables, unused_mut, reason = "a parameter is what it is")]
#![expect(deprecated, reason = "one awaits nothing")]

use std::cell::RefCell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use bridge::{background, background_closure, run_in_foreground};
use tokio::runtime::Handle;

/// What has happened.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn push(&self, event: impl Display) {
        self.0.borrow_mut().push(event.to_string());
    }
}

/// Says that it is dropped, and spawns there.
struct Noted {
    name: &'static str,
    log: Log,
}

impl Noted {
    fn new(name: &'static str, log: &Log) -> Self {
        Noted { name, log: log.clone() }
    }

    async fn ask(&self) -> Result<u32, String> {
        if self.name == "fails" { Err("failed".to_owned()) } else { Ok(1) }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let inside = Handle::try_current().is_ok();
        self.log.push(format_args!("drop {}, inside: {inside}", self.name));
        if inside {
            tokio::spawn(async {});
        }
    }
}

struct Pair {
    left: Noted,
    right: Noted,
}

/// The same signature and body as a function, and as a plain `async fn`.
macro_rules! twins {
    ($($name:ident $parameters:tt -> $output:ty $body:block)*) => {
        mod annotated {
            use super::*;
            $(
                #[background]
                pub(super) fn $name $parameters -> $output $body
            )*
        }
        mod plain {
            use super::*;
            $(pub(super) async fn $name $parameters -> $output $body)*
        }
    };
}

twins! {
    names(a: Noted, mut b: Noted, _c: Noted, n: u32, list: Vec<Noted>) -> Result<u32, String> {
        let local = Noted::new("local", &a.log);
        let x = a.ask().await?;
        let y = b.ask().await?;
        Ok(x + y)
    }

    patterns((a, _): (Noted, Noted), Pair { left, right: mut other }: Pair) -> Result<u32, String> {
        let x = a.ask().await?;
        let y = other.ask().await?;
        Ok(x + y)
    }

    wildcard(a: Noted, _: Noted, b: impl Sized) -> Result<u32, String> {
        a.ask().await
    }

    parts([a, ..]: [Noted; 2], pair @ Pair { .. }: Pair, ref b: Noted) -> Result<u32, String> {
        let x = a.ask().await?;
        let y = b.ask().await?;
        Ok(x + y)
    }

    moved(a: Noted, b: Noted) -> Result<Noted, String> {
        a.ask().await?;
        let local = b;
        local.ask().await?;
        Ok(a)
    }

    raw(r#type: Noted, r#match: Noted) -> Result<u32, String> {
        r#type.ask().await
    }

    idle(a: Noted, b: Noted) -> u32 {
        let local = Noted::new("local", &a.log);
        1
    }
}

struct Annotated {
    left: Noted,
    right: Noted,
}

struct Plain {
    left: Noted,
    right: Noted,
}

/// The same with the value as the receiver.
macro_rules! methods {
    ($($name:ident $parameters:tt -> $output:ty $body:block)*) => {
        impl Annotated {
            $(
                #[background]
                fn $name $parameters -> $output $body
            )*
        }
        impl Plain {
            $(async fn $name $parameters -> $output $body)*
        }
    };
}

methods! {
    by_value(self, a: Noted) -> Result<u32, String> {
        let local = Noted::new("local", &self.left.log);
        let x = self.left.ask().await?;
        let y = self.right.ask().await?;
        println!("{}", self.left.name);
        Ok(x + y)
    }

    by_mutable_value(mut self, _: Noted) -> Result<u32, String> {
        self.left.ask().await
    }

    in_a_box(self: Box<Self>, a: Noted) -> Result<u32, String> {
        let x = self.left.ask().await?;
        let y = self::one(&a).await?;
        Ok(x + y)
    }

    shared(self: Rc<Self>, a: Noted) -> Result<u32, String> {
        self.right.ask().await
    }

    panics(self, a: Noted) -> Result<u32, String> {
        let x = self.left.ask().await?;
        let y: u32 = "no number".parse().unwrap();
        Ok(x + y)
    }
}

async fn one(noted: &Noted) -> Result<u32, String> {
    noted.ask().await
}

/// What happens on a thread that has entered no runtime, with a panic too.
fn events(run: impl FnOnce(&Log)) -> Vec<String> {
    let log = Log::default();
    if catch_unwind(AssertUnwindSafe(|| run(&log))).is_err() {
        log.push("panicked");
    }
    log.0.take()
}

/// Asserts that both do the same, and drop everything inside of the runtime. What they give is not
/// theirs any more.
fn alike<T, U>(annotated: impl FnOnce(&Log) -> T, plain: impl AsyncFnOnce(&Log) -> U) {
    let annotated = events(|log| std::mem::forget(annotated(log)));
    let plain = events(|log| run_in_foreground(async { std::mem::forget(plain(log).await) }));
    assert_eq!(annotated, plain);
    assert!(annotated.iter().any(|event| event.contains("drop")), "{annotated:?}");
    assert!(!annotated.iter().any(|event| event.contains("inside: false")), "{annotated:#?}");
}

macro_rules! each_of {
    ($($test:ident: $function:ident($first:literal $(, $more:expr)*) with $new:ident;)*) => {
        $(
            #[test]
            fn $test() {
                for first in [$first, "fails"] {
                    alike(
                        |log| {
                            let $new = |name| Noted::new(name, log);
                            annotated::$function($new(first) $(, $more)*)
                        },
                        async |log| {
                            let $new = |name| Noted::new(name, log);
                            plain::$function($new(first) $(, $more)*).await
                        },
                    );
                }
            }
        )*
    };
}

each_of! {
    names: names("a", new("b"), new("c"), 1, vec![new("d"), new("e")]) with new;
    wildcards: wildcard("a", new("b"), new("c")) with new;
    moved: moved("a", new("b")) with new;
    raw_names: raw("a", new("b")) with new;
    a_function_that_awaits_nothing: idle("a", new("b")) with new;
}

#[test]
fn patterns() {
    for first in ["a", "fails"] {
        let arguments = |log: &Log| {
            let new = |name| Noted::new(name, log);
            ((new(first), new("b")), Pair { left: new("c"), right: new("d") })
        };
        alike(
            |log| {
                let (tuple, pair) = arguments(log);
                annotated::patterns(tuple, pair)
            },
            async |log| {
                let (tuple, pair) = arguments(log);
                plain::patterns(tuple, pair).await
            },
        );
    }
}

#[test]
fn patterns_that_leave_parts() {
    for first in ["a", "fails"] {
        let arguments = |log: &Log| {
            let new = |name| Noted::new(name, log);
            ([new(first), new("b")], Pair { left: new("c"), right: new("d") }, new("e"))
        };
        alike(
            |log| {
                let (list, pair, last) = arguments(log);
                annotated::parts(list, pair, last)
            },
            async |log| {
                let (list, pair, last) = arguments(log);
                plain::parts(list, pair, last).await
            },
        );
    }
}

macro_rules! each_method {
    ($($method:ident of $wrap:expr;)*) => {
        $(
            #[test]
            fn $method() {
                for left in ["left", "fails"] {
                    let new = |log: &Log| {
                        [left, "right", "a"].map(|name| Noted::new(name, log))
                    };
                    alike(
                        |log| {
                            let [left, right, a] = new(log);
                            $wrap(Annotated { left, right }).$method(a)
                        },
                        async |log| {
                            let [left, right, a] = new(log);
                            $wrap(Plain { left, right }).$method(a).await
                        },
                    );
                }
            }
        )*
    };
}

each_method! {
    by_value of std::convert::identity;
    by_mutable_value of std::convert::identity;
    in_a_box of Box::new;
    shared of Rc::new;
    panics of std::convert::identity;
}

#[test]
fn parameters_of_a_closure() {
    alike(
        |log| {
            let closure =
                background_closure!(|a: Noted, (b, _): (Noted, Noted), c| -> Result<u32, String> {
                    let kept: &Noted = &c;
                    let x = a.ask().await?;
                    let y = b.ask().await?;
                    Ok(x + y)
                });
            let new = |name| Noted::new(name, log);
            closure(new("a"), (new("b"), new("c")), new("d"))
        },
        async |log| {
            let closure = async |a: Noted, (b, _): (Noted, Noted), c| -> Result<u32, String> {
                let kept: &Noted = &c;
                let x = a.ask().await?;
                let y = b.ask().await?;
                Ok(x + y)
            };
            let new = |name| Noted::new(name, log);
            closure(new("a"), (new("b"), new("c")), new("d")).await
        },
    );
}

/// By hand: what a `main` holds for its whole time.
#[test]
fn a_context_that_is_entered_by_hand() {
    let events = events(|log| {
        let _context = bridge::enter();
        let _client = Noted::new("client", log);
    });
    assert_eq!(events, ["drop client, inside: true"]);
    assert!(Handle::try_current().is_err(), "it is left");
}
