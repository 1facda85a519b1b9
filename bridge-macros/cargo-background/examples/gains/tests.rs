//! Made-up functions, and what is found and counted in them.

use std::path::Path;

use cargo_background::files::is_for_tests;
use cargo_background::functions;
use cargo_background::obstacles::pairs::Pair;

use crate::Arguments;
use crate::tally::{Count, Tally, judge};

/// The obstacles of each pair of a function with this body.
fn obstacles(body: &str) -> Vec<Vec<String>> {
    let text =
        format!("async fn page(&self, id: u64, mut seen: Vec<u64>) -> Result<u8> {{\n{body}\n}}");
    let found = functions::of_file(&text).expect("it parses");
    let judged = judge(&found[0]).expect("it is a function").expect("it awaits twice");
    let told = |pair: &Pair| pair.obstacles.iter().map(ToString::to_string).collect();
    judged.pairs.iter().map(told).collect()
}

/// Those of the first pair.
fn first(body: &str) -> Vec<String> {
    obstacles(body).into_iter().next().unwrap_or_default()
}

#[test]
fn what_overlaps_has_no_obstacles() {
    assert!(obstacles("let a = one().await; let b = other().await; show(a, b);").is_empty());
    assert!(obstacles("show(one().await, other().await);").is_empty());
}

#[test]
fn a_value_is_used_as_it_is_or_by_what_was_made_of_it() {
    let value = "a value: the later uses what the earlier gives";
    let derived = "a value by way of a `let` between";
    assert_eq!(first("let a = one().await; let b = two(&a).await; show(b);"), [value]);
    assert_eq!(first("let a = one().await; let b = two(a.id).await; show(b);"), [value]);
    assert_eq!(
        first("let a = one().await; let k = a.id; let b = two(k).await; show(b);"),
        [derived]
    );
    let body = r#"let a = one().await; let b = two(format!("{a}")).await; show(b);"#;
    assert_eq!(first(body), [value]);
    // A field or a method of the same name is something else.
    let body = "let a = one().await; id.a(); let b = id.a().await; show(b);";
    assert_eq!(first(body), ["between: a call, `f(x);`"]);
    // Another variable of the same name is, too.
    let body = "let a = one().await; let a = id; let b = two(a).await; show(b);";
    assert_eq!(first(body), ["between: a `let` that waits for all above"]);
}

#[test]
fn what_decides_about_an_await_is_needed_by_it() {
    let value = "a value: the later uses what the earlier gives";
    let branch = "an await in blocks of an `if`";
    assert_eq!(first("let a = one().await; if a.ok { two().await; }"), [value, branch]);
    assert_eq!(first("let a = one().await; if self.ok { two().await; }"), [branch]);
    assert_eq!(first("let a = one().await; if self.ok { two(a).await; }"), [value, branch]);
    let body = "let a = one().await; if self.ok { let k = a.id; two(k).await; }";
    assert_eq!(first(body), ["a value by way of a `let` between", branch]);
    // What the value awaits starts early.
    assert!(obstacles("let a = one().await; Ok(Page { a, b: two().await })").is_empty());
}

#[test]
fn what_is_no_call_is_told_by_its_form() {
    let of = |stmt: &str| match first(&format!("{stmt} let z = last().await; show(z);")).as_slice()
    {
        [only] => only.strip_prefix("an await in ").unwrap_or(only).to_owned(),
        several => panic!("{stmt}: {several:?}"),
    };
    assert_eq!(of("one().await?;"), "a statement, `f().await;`");
    assert_eq!(of("let _ = one().await;"), "`let _ = f().await;`");
    assert_eq!(of("self.a = one().await;"), "an assignment, `x = f().await;`");
    assert_eq!(of("if one().await { show(id); }"), "the head of an `if`");
    assert_eq!(
        of("let a = match id { 0 => { show(id); one().await } _ => none() };"),
        "arms of a `match` initialiser"
    );
    assert_eq!(
        of("let a = if self.ok { show(id); one().await } else { none() };"),
        "an `if` initialiser"
    );
    assert_eq!(of("let a = { show(id); one().await };"), "a block initialiser");
    assert_eq!(of("if self.ok { one().await; }"), "blocks of an `if`");
    assert_eq!(of("match id { 0 => one().await, _ => {} }"), "arms of a `match`");
    assert_eq!(of("for id in ids { one(id).await; }"), "a loop");
    assert_eq!(of("{ one().await; }"), "a block");
    assert_eq!(of("assert!(one().await);"), "a macro");
    assert_eq!(of("let a = unknown!(one().await);"), "a macro");
    assert_eq!(of("let guard = self.state.lock().await;"), "a guard, by its name");
    assert_eq!(of("let a = client.delete_user(id).await;"), "a command, by its name");
}

#[test]
fn effects_between_are_told_by_their_form() {
    let of = |stmt: &str| {
        let body = format!("let a = one().await?; {stmt} let b = last().await?; show(a, b);");
        match first(&body).as_slice() {
            [only] => only.strip_prefix("between: ").unwrap_or(only).to_owned(),
            several => panic!("{stmt}: {several:?}"),
        }
    };
    // Of a type that is not known.
    assert_eq!(of("let mut all = all(); all.push(id);"), "a change of a local, `v.push(x);`");
    assert_eq!(of("let n; n = id;"), "a change of a local, `v.push(x);`");
    assert_eq!(of("self.n += 1;"), "an assignment, `self.n = 1;`");
    assert_eq!(of("self.seen.push(id);"), "a call, `f(x);`");
    assert_eq!(of("check(id)?;"), "a call with a `?`, `f(x)?;`");
    assert_eq!(of("drop(seen);"), "`drop(x);`");
    assert_eq!(of("if self.ok { show(id); }"), "an `if`");
    assert_eq!(of("if self.ok { return Err(id); }"), "an `if` that may leave");
    assert_eq!(of("match id { 0 => show(id), _ => {} }"), "a `match`");
    assert_eq!(of("match id { 0 => bail!(id), _ => {} }"), "a `match` that may leave");
    assert_eq!(of("for id in seen { show(id); }"), "a loop");
    assert_eq!(of("let Some(n) = self.n else { return Err(id) };"), "`let … else`");
    assert_eq!(of("let _ = show(id);"), "`let _ = f(x);`");
    assert_eq!(of("let now = Instant::now();"), "a `let` that acts or looks at the world");
    assert_eq!(of("assert!(self.ok);"), "a macro");
    // A log line is none.
    let body = "let a = one().await; info!(\"{id}\"); let b = last().await; show(a, b);";
    assert!(obstacles(body).is_empty());
}

#[test]
fn what_an_effect_puts_a_value_into_has_it() {
    let body = "let mut all = Vec::new(); let a = one().await; all.push(a);
        let b = two(&all).await; show(b);";
    assert_eq!(
        first(body),
        ["a value by way of an effect between", "between: a `let` that waits for all above"],
    );
}

#[test]
fn edges_between_two_calls_are_told() {
    let body = "let a = file.next().await; let b = file.next().await; show(a, b);";
    assert_eq!(first(&format!("let mut file = open(); {body}")), ["a shared place", "asked again"]);
    let body = "let a = get(id).await; let b = get(id).await; show(a, b);";
    assert_eq!(first(body), ["asked again"]);
    let body = "let a = one().await; let k = save(id); let b = two(k).await; show(a, b);";
    assert_eq!(first(body), ["between: a `let` that waits for all above"]);
}

#[test]
fn awaits_of_one_statement_are_told_by_what_is_around_them() {
    let only = |body: &str| match obstacles(body).concat().as_slice() {
        [only] => only.clone(),
        several => panic!("{body}: {several:?}"),
    };
    assert_eq!(only("get(id).await?.text().await"), "a value: one await of what another gives");
    assert_eq!(only("show(key().await).await"), "a value: one await of what another gives");
    assert_eq!(
        only("if self.ok { one().await } else { two().await }"),
        "only one in each branch or arm"
    );
    assert_eq!(
        only("match id { 0 => one().await, _ => two().await }"),
        "only one in each branch or arm"
    );
    assert_eq!(only("if one().await { two().await }"), "the head of an `if`, and its blocks");
    assert_eq!(
        only("match one().await { 0 => two().await, _ => 0 }"),
        "the head of a `match`, and its arms"
    );
    assert_eq!(
        only("while let Some(a) = one().await { two(a).await }"),
        "the head of a `while`, and its body"
    );
    assert_eq!(only("for a in one().await { two(a).await }"), "the head of a `for`, and its body");
    assert_eq!(only("one().await && two().await"), "both sides of `&&` or `||`");
    assert_eq!(only("let a = show(get(id).await, get(id).await);"), "asked again");
    let put = "self.shown = show(get(id).await, get(id).await);";
    assert_eq!(only(put), "operands of one expression");
    assert_eq!(only("unknown!({ one().await; two().await; })"), "inside of a macro or a call");
}

#[test]
fn pairs_come_in_source_order() {
    let body = "if self.ok { let a = one().await; two(a).await; } three().await;";
    let found = obstacles(body);
    assert_eq!(found[0][0], "a value: the later uses what the earlier gives");
    assert_eq!(found[1][0], "an await in blocks of an `if`");
    assert_eq!(found.len(), 2);
}

const SOURCE: &str = "
async fn page() { let a = one().await; let b = two().await; show(a, b); }
async fn once() { one().await; }
fn plain() { spawn(async { one().await; two().await; }); }
mod inner {
    trait Load {
        async fn nothing(&self);
        async fn load(&self) { one().await; two().await; }
    }
    impl Store {
        #[tokio::test]
        async fn load(&self) { let a = one().await; two(a).await; let _ = three().await; }
    }
}
";

#[test]
fn functions_are_counted_by_what_has_become_of_them() {
    let mut tally = Tally::default();
    tally.file("lib.rs", Ok(SOURCE.to_owned()));
    tally.file("odd.rs", Ok("fn {".to_owned()));
    tally.file("gone.rs", Err("it is gone".to_owned()));
    assert_eq!((tally.files, tally.not_parsed.len()), (3, 2));
    assert_eq!((tally.functions, tally.several), (4, 3));
    assert_eq!((tally.in_background, tally.two_in_flight), (1, 1));
    let unnamed = tally.obstacles["an await in a statement, `f().await;`"];
    assert_eq!(unnamed, Count { first: 1, free: 2, alone: 1 });
    let value = tally.obstacles["a value: the later uses what the earlier gives"];
    assert_eq!(value, Count { first: 1, free: 0, alone: 0 });
    let list = tally.list();
    assert!(list.contains("  lib.rs:2 page: lines 2 and 2 overlap\n"), "{list}");
    assert!(list.contains("  gone.rs: it is gone\n"), "{list}");
    // Two awaits that need each other, and the first two that do not.
    let told = list.lines().last().unwrap_or_default();
    assert!(
        told.starts_with("  lib.rs:12 inner::Store::load: lines 12 and 12: a value: "),
        "{told}"
    );
    assert!(told.contains(" | lines 12 and 12: an await in a statement, "), "{told}");
    assert!(
        tally.to_string().contains("two calls in flight at once          1   33.3%"),
        "{tally}"
    );
}

#[test]
fn tests_can_be_left_out() {
    let mut tally = Tally { without_tests: true, ..Tally::default() };
    tally.file("lib.rs", Ok(SOURCE.to_owned()));
    assert_eq!(tally.functions, 3);
    let tests = ["shop/tests/a.rs", "shop/src/tests.rs", "shop/src/cart_test.rs", "benches/a.rs"];
    assert!(tests.iter().all(|file| is_for_tests(Path::new(file))));
    assert!(!is_for_tests(Path::new("shop/src/testing.rs")));
}

#[test]
fn arguments_are_paths() {
    let read = |words: &str| Arguments::read(words.split_whitespace().map(str::to_owned));
    assert!(read("a b --list").is_ok_and(|it| it.list && !it.without_tests && it.paths.len() == 2));
    assert!(read("a --without-tests").is_ok_and(|it| it.without_tests));
    assert!(read("--list").err().is_some_and(|error| error.starts_with("give a path\n")));
    let unknown = read("a --all").err();
    assert!(unknown.is_some_and(|error| error.starts_with("there is no option --all\n")));
}
