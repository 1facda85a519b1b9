//! Calls that are joined, or start, ahead of what stands above them, and what is known to be a copy.

use bridge_planner::{Arguments, Planned, Step};

fn planned(body: &str) -> Planned {
    let item = format!(
        "fn f(pool: &Pool, id: u64, rows: &[u64], user: &User, out: &mut Out, own: Own) \
         -> Result<Out> {{ {body} }}"
    );
    let planned = Planned::of(item.parse().expect("these are tokens"), Arguments::default());
    planned.expect("it is a function").expect("it awaits")
}

fn overlaps(body: &str) -> Vec<(usize, usize)> {
    planned(body).body().overlaps()
}

/// The lines of the calls that are joined ahead of their turn.
fn ahead(body: &str) -> Vec<usize> {
    let planned = planned(body);
    let body = planned.body();
    let lines: Vec<usize> = body.statements().map(|statement| statement.position()).collect();
    let joined = body.steps().iter().filter_map(|step| match step {
        Step::JoinOutOfOrder(at, _) => Some(lines[*at]),
        _ => None,
    });
    joined.collect()
}

/// `third` changes what `second` gives, which has to be in the frame for that. It waits neither for
/// `first` nor for what stands between.
#[test]
fn what_stands_above_is_no_bar_to_a_join() {
    for (between, at) in [
        ("", 1),
        ("let p = Pair { a: left().await, b: right().await };", 2),
        ("let p = vec![left().await?, right().await?];", 2),
        ("let Some(p) = other().await else { return Err(id.into()) };", 2),
        ("let url = |n: u64| n + id;", 2),
        ("let later = async { left().await };", 2),
        ("let n = id * 2;", 2),
        // What it hides is used by nothing that is left above.
        ("let id = user.n + 1;", 2),
        ("info!(\"first is {a}\");", 2),
        ("let n = id * 2; info!(\"first is {a}, {n}\");", 3),
    ] {
        let body = format!(
            "let a = first().await?; {between} let mut b = second().await?; \
             let c = third(&mut b).await?; Ok(out.with(a, b, c))"
        );
        assert_eq!(ahead(&body), [at], "{body}");
    }
    for between in [
        // It may do anything, in its turn.
        "let n = sidebar(pool)?;",
        // What it hides is used in the frame.
        "let a = id * 2;",
        "let id = id * 2;",
        // It may panic.
        "let n = rows[0];",
        "let url = move || own; let n = url;",
        // Each closure has a type of its own.
        "let n = Some(add(left().await, right().await)).into_iter().map(|n| n + id);",
    ] {
        let body = format!(
            "let a = first().await?; {between} let mut b = second().await?; \
             let c = third(&mut b).await?; Ok(out.with(a, b, c))"
        );
        assert_eq!(ahead(&body), [0; 0], "{body}");
    }
}

/// The value of a `let … else` starts what needs it ahead of the call above.
#[test]
fn a_let_with_an_else_is_joined_ahead_of_its_turn() {
    let body = "let a = first().await?; let Some(b) = second().await else { return Err(id.into()) }; \
                let c = third(b).await?; Ok(out.with(a, c))";
    assert_eq!(ahead(body), [1]);
}

/// Which of two comes first matters to nobody if all that waits for the one waits for the other.
#[test]
fn a_join_ahead_of_a_turn_is_no_loss() {
    let body = |last: &str| {
        format!(
            "let a = first().await?; let mut b = second().await?; let c = third(&mut b).await?; \
             let d = fourth({last}).await?; Ok(out.with(b, c, d))"
        )
    };
    assert_eq!(ahead(&body("(&a, &c)")), [1]);
    // The fourth one waits for the first in the frame alone, and must not wait for the second.
    let by_frame = "let a = first().await?; let mut b = second().await?; \
                    let c = third(&mut b).await?; let d = fourth(&mut a, id).await?; Ok(out.with(b, c, d))";
    assert_eq!(ahead(by_frame), [0; 0]);
}

/// A statement of several awaits passes its value on where it only makes one of them.
#[test]
fn a_value_of_several_awaits_passes_on() {
    let starts = |value: &str| {
        let body = format!(
            "let slow = other(id).await; let p = {value}; let c = third(&p).await; \
             let d = fourth(&c).await; Ok(out.with(slow, d))"
        );
        let planned = planned(&body);
        planned.body().statements().any(|it| it.position() == 1 && it.forward().is_some())
    };
    for value in [
        "Pair { a: left().await, b: right().await }",
        "vec![left().await, right().await]",
        "left().await + right().await * 2",
        "format!(\"{}-{}\", left().await, right().await)",
    ] {
        assert!(starts(value), "{value}");
    }
    // A function that is not known comes in its turn.
    assert!(!starts("combine(left().await, right().await)"));
}

/// What cannot be taken otherwise is a copy, and what is compared or counted is looked at.
#[test]
fn copies_are_known_without_types() {
    let beside = |first: &str, between: &str, second: &str| {
        let body = format!(
            "let own = make().await?; {between} let a = one({first}).await; let b = two({second}).await; \
             Ok(out.with(a, b))"
        );
        let lines = planned(&body);
        let lines: Vec<usize> = lines.body().statements().map(|it| it.position()).collect();
        let last = lines.len() - 2;
        overlaps(&body).contains(&(last - 1, last))
    };
    for (first, between, second) in [
        ("n", "let n = rows[0];", "&n"),
        ("n", "let n = user.id;", "&n"),
        ("n", "let n = own.id == id;", "&n"),
        ("n", "let n = own.id as u64;", "&n"),
        ("user.id + 1", "", "user"),
        // It is changed after it was used by value.
        ("own.id", "let mut own = own;", "own.id"),
    ] {
        assert!(beside(first, between, second), "{between} {first} {second}");
    }
    for (first, between, second) in [
        ("&n", "let n = own.name;", "n"),
        ("own.id", "", "own"),
        ("&mut n.a", "let mut n = id;", "n"),
    ] {
        assert!(!beside(first, between, second), "{between} {first} {second}");
    }
}

/// What comes out of a `&` is shared, whatever that holds.
#[test]
fn a_look_gives_no_mutable_borrow() {
    let body = |given: &str| {
        format!(
            "let cursor = open(&mut out.a).await?; let page = read({given}).await?; \
             let a = one(page.n, 1).await; let b = two(page.n, 2).await; Ok(a + b)"
        )
    };
    assert!(overlaps(&body("&cursor")).contains(&(2, 3)));
    assert!(!overlaps(&body("&mut cursor")).contains(&(2, 3)));
}

/// An `async` block is looked into: it borrows what it only looks at.
#[test]
fn an_async_block_borrows_what_it_looks_at() {
    let beside = |block: &str| {
        let body = format!(
            "let a = one().await; let later = {block}; let b = two(&own).await; \
             Ok(out.with(a, b, later.await))"
        );
        overlaps(&body).contains(&(0, 2))
    };
    assert!(beside("async { three(&own).await }"));
    // It is used again, so that this is a copy.
    assert!(beside("async { three(own).await }"));
}

/// A closure that only computes is no bar where an argument calls it; nor is a parameter that changes
/// nothing of its own.
#[test]
fn calls_of_closures_that_compute_are_no_bar() {
    let beside = |closure: &str| {
        let body = format!(
            "let {closure}; let a = one().await; let n = rows[0]; let b = two(url(1)).await; \
             let c = three(url(2)).await; Ok(out.with(a, n, b, c))"
        );
        overlaps(&body).contains(&(1, 3))
    };
    assert!(beside("url = |n: u64| format!(\"{id}/{n}\")"));
    assert!(!beside("url = |n: u64| sidebar(n)"));
    assert!(!beside("mut url = |n: u64| format!(\"{id}/{n}\")"));
    let parameter = |bound: &str| {
        let item = format!(
            "fn f(rows: &[u64], url: impl {bound}(u64) -> String) -> Result<Out> {{ \
             let a = one().await; let n = rows[0]; let b = two(url(1)).await; Ok(out(a, n, b)) }}"
        );
        let planned = Planned::of(item.parse().expect("these are tokens"), Arguments::default());
        planned.expect("it is a function").expect("it awaits").body().overlaps().contains(&(0, 2))
    };
    assert!(parameter("Fn"));
    assert!(!parameter("FnMut"));
}

/// A later `let` of a chain of conditions may borrow from what an earlier one has bound.
#[test]
fn the_lets_of_a_condition_are_bound_in_their_order() {
    let inner = |second: &str| {
        let body = format!(
            "if let Some(a) = first().await && let Some(b) = second({second}).await {{ \
             let c = one(&b).await; let d = two(a).await; sum(c, d); }} Ok(out)"
        );
        let planned = planned(&body);
        let scopes = planned.body().statements().flat_map(|it| it.scopes()).collect::<Vec<_>>();
        scopes.into_iter().any(|scope| scope.overlaps().contains(&(0, 1)))
    };
    assert!(inner("id"));
    assert!(!inner("&a"));
}

/// A function that is not known may wait for what a call holds that shares a place with it, in a block
/// that is a call, too.
#[test]
fn a_block_with_an_unknown_function_holds_back() {
    let beside = |inside: &str, below: &str| {
        let body = format!(
            "let a = {{ let x = one(pool).await; {inside} two(x).await }}; let b = three({below}).await; \
             Ok(out.with(a, b))"
        );
        overlaps(&body).contains(&(0, 1))
    };
    assert!(beside("", "pool"));
    assert!(beside("let n = sidebar(pool);", "id"));
    assert!(!beside("let n = sidebar(pool);", "pool"));
}

/// What only computes may panic, or make what is dropped: it runs where it would, should a call fail
/// that was joined ahead of it.
#[test]
fn a_let_that_a_join_has_passed_runs_if_the_call_fails() {
    let gates = |between: &str| {
        let body = format!(
            "let a = first().await?; {between} let mut b = second().await?; \
             let c = third(&mut b).await?; Ok(out.with(a, b, c))"
        );
        let planned = planned(&body);
        let gates = planned.body().steps().iter().find_map(|step| match step {
            Step::JoinOutOfOrder(_, gates) => Some(gates.clone()),
            _ => None,
        });
        gates.expect("it is joined ahead")
    };
    assert_eq!(gates("let n = id - 1;"), [0, 1]);
    assert_eq!(gates("let n = Kept(1);"), [0, 1]);
    assert_eq!(gates("info!(\"first is {a}\");"), [0, 1]);
    assert_eq!(gates("let url = |n: u64| n + id;"), [0]);
}

/// What an operand makes is made in its turn among those that are awaited.
#[test]
fn what_an_operand_makes_keeps_its_turn() {
    let statements = |value: &str| {
        let body = format!(
            "let slow = other(id).await; let p = {value}; let c = third(&p).await?; \
             let d = fourth(&c).await; Ok(out.with(slow, d))"
        );
        planned(&body).body().statements().count()
    };
    assert_eq!(statements("(left().await?, 1, &id, right().await?)"), 7);
    for value in [
        "(left().await?, Kept(1), right().await?)",
        "(left().await?, id - 1, right().await?)",
        // It is dropped with the others, should one fail.
        "(left().await?, own, right().await?)",
    ] {
        assert_eq!(statements(value), 5, "{value}");
    }
}

/// A statement in an argument is an effect.
#[test]
fn a_statement_in_an_argument_waits_its_turn() {
    let beside = |argument: &str| {
        let body = format!(
            "let a = first().await?; let b = second({argument}).await?; let c = third().await?; \
             Ok(out.with(a, b, c))"
        );
        overlaps(&body)
    };
    assert_eq!(beside("{ let n = id; n }"), [(0, 1), (0, 2), (1, 2)]);
    assert_eq!(beside("{ note(id); id }"), [(1, 2)]);
}

/// What a `let … else` borrows from is made where it stands.
#[test]
fn a_let_with_an_else_that_borrows_is_a_bar() {
    let body = |borrow: &str| {
        format!(
            "let a = first().await?; let Some(p) = {borrow}other().await else {{ return Err(id.into()) }}; \
             let mut b = second().await?; let c = third(&mut b).await?; Ok(out.with(a, p, b, c))"
        )
    };
    assert_eq!(ahead(&body("")), [2]);
    assert_eq!(ahead(&body("&")), [0; 0]);
}
