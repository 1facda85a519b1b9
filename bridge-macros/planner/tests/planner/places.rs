//! Which calls wait since they share a place, and which only seem to.

use bridge_planner::{Arguments, Planned};

fn overlaps(body: &str) -> Vec<(usize, usize)> {
    let item = format!("async fn f(pool: &Pool, id: Id) -> Result<Out> {{ {body} }}");
    let planned = Planned::of(item.parse().expect("these are tokens"), Arguments::default());
    planned.expect("it is a function").expect("it awaits").body().overlaps()
}

/// A function that is not known may wait for what a call holds that shares a place with it. A
/// `?`, a closure that only computes, and methods that are known do not wait.
#[test]
fn a_let_holds_back_what_shares_its_place_if_it_may_wait() {
    let beside = |between: &str| {
        let body = format!(
            "let a = rows(pool, id).await?; {between} let b = more(pool, id).await?; Ok(out(a, b, c))"
        );
        overlaps(&body).contains(&(0, 2))
    };
    for between in [
        "let c = NAMES.get(&id).ok_or_else(|| anyhow!(\"no {id}\"))?.clone();",
        "let c = names.first().ok_or(Error::Missing(id))?;",
        "let c = text.parse().map_err(|error| Error::new(error, id))?;",
    ] {
        assert!(beside(between), "{between}");
    }
    for between in [
        "let c = sidebar(pool)?;",
        "let c = pool.sidebar()?;",
        "let c = names.first().ok_or_else(|| sidebar(pool))?;",
        "let c = Some(id).map(sidebar)?;",
        "let c = sidebar!(pool)?;",
    ] {
        assert!(!beside(between), "{between}");
    }
}

/// By way of an effect a `let` is not needed sooner, so that it stands where it is, and holds back.
#[test]
fn a_let_that_an_effect_needs_holds_back_what_shares_its_place() {
    let body = "let a = rows(id).await; let n = sidebar(pool); let b = more(pool).await; \
                let Some(x) = a else { return Ok(n) }; let c = last(x).await; Ok(out(b, c))";
    assert!(!overlaps(body).contains(&(0, 2)));
}

/// A derivation waits for a call that looks at what it looks at, where it would be chained as well.
#[test]
fn a_derivation_waits_for_what_looks_at_its_place() {
    let body = |looked_at: &str| {
        format!(
            "let t = open(id).await?; let w = wide(pool).await; let x = num({looked_at}).await + w; \
             let n: u64 = t.n.checked_sub(30).unwrap(); let p = probe((t.clone(), &t)).await?; \
             let y = get((&n, id.b.n)).await; Ok(y)"
        )
    };
    // What waits for `x` waits for `w`, which `x` needs at its end.
    assert!(overlaps(&body("&other")).contains(&(1, 5)));
    assert!(!overlaps(&body("&t")).contains(&(1, 5)));
}

/// A derivation takes what a call has given ahead of a call that may fail, but not out of the
/// function's frame, where it is dropped in its turn.
#[test]
fn a_derivation_takes_nothing_out_of_the_frame_ahead_of_a_failure() {
    let beside = |between: &str| {
        let body = format!(
            "let v = one().await?; {between} let w = fails().await?; let mut x = v; \
             let y = two(x.n).await; Ok(out(w, x, y))"
        );
        overlaps(&body)
    };
    assert!(beside("").contains(&(1, 3)));
    assert!(!beside("act(1).await;").contains(&(2, 4)));
}

/// On a `mut` place a method of any name may write, but `clone`.
#[test]
fn a_clone_changes_nothing() {
    let body = |method: &str| {
        format!(
            "let mut user = first(); let a = rows(&user.name).await?; \
             let b = more(user.mail.{method}()).await?; Ok(out(a, b, user))"
        )
    };
    assert_eq!(overlaps(&body("clone")), [(1, 2)]);
    assert_eq!(overlaps(&body("len")), []);
}

/// An argument that changes a cell is evaluated if serial code gets there, and not before. A
/// text's `replace` has two arguments.
#[test]
fn an_argument_that_changes_a_cell_waits_its_turn() {
    let beside = |argument: &str| {
        let body = format!(
            "let a = rows(pool, id).await?; let b = more(pool, {argument}).await?; Ok(out(a, b))"
        );
        overlaps(&body).contains(&(0, 1))
    };
    for argument in ["last.replace(3)", "last.take()", "last.set(3)"] {
        assert!(!beside(argument), "{argument}");
    }
    assert!(beside("name.replace(\"a\", \"b\")"));
}

/// Which of three calls overlap, of which the second is given an argument.
fn overlaps_around(argument: &str) -> Vec<(usize, usize)> {
    overlaps(&format!(
        "let a = rows(pool, id).await?; let b = more(store, {argument}).await?; \
         let c = list(id).await?; Ok(out(a, b, c))"
    ))
}

/// What an argument acts on, a call below may look at: it starts when the argument has been
/// evaluated, and not before.
#[test]
fn an_argument_that_acts_holds_back_what_is_below() {
    let beside = |argument: &str| overlaps_around(argument).contains(&(0, 2));
    for argument in
        ["last.replace(3)", "{ notes.borrow_mut().pop() }", "NOTES.with(|all| all.pop())"]
    {
        assert!(!beside(argument), "{argument}");
    }
    assert!(beside("last.get()"));
}

/// A guard among the arguments of a call is held until the call has ended.
#[test]
fn a_guard_among_arguments_is_held_alone() {
    let beside = |argument: &str| {
        let overlaps = overlaps_around(argument);
        overlaps.contains(&(0, 1)) || overlaps.contains(&(1, 2))
    };
    let held = ["notes.borrow().len()", "map.lock().unwrap().get(&id)", "all.read().len()"];
    for argument in held {
        assert!(!beside(argument), "{argument}");
    }
    assert!(beside("{ notes.borrow().len() }"));
    assert!(beside("notes.len()"));
}

/// What a call is given may be awaited in its turn, with arguments that look or act.
#[test]
fn arguments_of_what_is_awaited_in_an_argument() {
    let beside = |argument: &str| overlaps_around(argument).contains(&(0, 1));
    for argument in ["num(total.swap(1, SeqCst)).await", "&num(total.load(SeqCst)).await?"] {
        assert!(!beside(argument), "{argument}");
    }
    assert!(beside("num(total).await"));
}

/// Two calls that are given one cell may both change it.
#[test]
fn calls_on_one_cell_keep_their_order() {
    let body = "let n = Cell::new(3); let a = rows(&n).await?; let b = more(&n).await?; Ok(a + b)";
    assert_eq!(overlaps(body), []);
    let body = "let n = Limit::new(3); let a = rows(&n).await?; let b = more(&n).await?; Ok(a + b)";
    assert_eq!(overlaps(body), [(1, 2)]);
}

/// What the rest of a statement changes, the calls below see.
#[test]
fn what_is_made_of_a_value_may_act() {
    let beside = |rest: &str| {
        let body = format!(
            "let a = rows(pool, id).await? + {rest}; let b = list(id).await?; Ok(out(a, b))"
        );
        overlaps(&body).contains(&(0, 1))
    };
    for rest in ["count.swap(1, SeqCst)", "last.replace(3)", "ALL.with(|all| all.pop())"] {
        assert!(!beside(rest), "{rest}");
    }
    assert!(beside("count.load(SeqCst)"));
    assert!(beside("id.len()"));
}

/// A closure that a method is given may run at once, and with it what it does.
#[test]
fn closures_that_look_or_act() {
    let overlaps = |init: &str| {
        let body = format!(
            "let a = rows(id).await; let n = {init}; let b = list(id).await; Ok(out(a, b))"
        );
        overlaps(&body).contains(&(0, 2))
    };
    for acts in
        ["ids.iter().map(|one| total.swap(*one, SeqCst)).sum()", "ALL.with(|all| all.set(3))"]
    {
        assert!(!overlaps(acts), "{acts}");
    }
    assert!(overlaps("|x| total.swap(x, SeqCst)"));
    assert!(overlaps("ids.iter().map(|one| total.load(SeqCst) + one).sum()"));
}
