//! Names that code uses without saying so: those in format strings, and what `write!` changes.

use bridge_planner::{Arguments, Forward, Planned, Reason};

fn planned(item: &str) -> Planned {
    let item = item.parse().expect("these are tokens");
    let planned = Planned::of(item, Arguments::default()).expect("it is a function");
    planned.expect("it awaits")
}

#[test]
fn an_element_of_a_tuple_sees_the_width_from_above() {
    let planned = planned(
        "fn f(w: usize) -> String {
            let (w, s) = (a().await, show(format!(\"{:w$}\", 5)).await);
            s.repeat(w)
        }",
    );
    // Apart, the second would see the new `w`.
    assert_eq!(planned.body().statements().count(), 2);
}

#[test]
fn a_raw_name_is_captured_without_its_mark() {
    let planned = planned(
        "fn f(r#type: &str) -> String {
            let (r#type, s) = (a().await, show(format!(\"{type}\")).await);
            s + r#type
        }",
    );
    assert_eq!(planned.body().statements().count(), 2);
}

#[test]
fn a_width_is_no_reference() {
    let planned = planned(
        "fn f() {
            let slow = slow().await;
            let w = width().await;
            let x = more(&w).await;
            println!(\"{slow} {x} {:w$}\", 5);
        }",
    );
    let width = planned.body().statements().nth(1).expect("it is there");
    assert_ne!(width.forward(), Some(Forward::SharedThenBorrowed));
}

#[test]
fn what_is_written_to_is_changed() {
    let planned = planned(
        "fn f() -> Result<Out> {
            let mut s = String::new();
            let a = a().await;
            let done = write!(s, \"{a}\");
            let b = get(&s).await;
            Ok(Out(done, b))
        }",
    );
    let get = planned.body().statements().nth(3).expect("it is there");
    assert!(get.waits().any(|wait| wait.statement == 2 && wait.reason == Reason::Place));
}
