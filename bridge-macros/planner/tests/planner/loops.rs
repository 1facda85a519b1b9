//! Which statements of a loop with a limit lead, and which loops are refused.

use super::expand;

fn expanded(body: &str) -> String {
    let item = format!(
        "fn f(pool: &Pool, m: &Mutex, ids: &[u32]) -> Result<u32> {{ \
         #[background(limit = 4)] for id in ids {{ {body} }} Ok(1) }}"
    );
    expand("", &item)
}

fn refusal(body: &str) -> Option<String> {
    let expanded = expanded(body);
    let message = expanded.split("compile_error!").nth(1)?;
    message.split('"').nth(1).map(str::to_owned)
}

/// What runs ahead of an iteration's turn, and what waits for it.
fn split(body: &str) -> (String, String) {
    let expanded = expanded(body);
    assert!(!expanded.contains("compile_error"), "{expanded}");
    let prefix = expanded.split("async |id, iteration|").nth(1).expect("it has a prefix");
    let (prefix, rest) = prefix.split_once("iteration.yields").expect("it yields");
    let suffix = rest.split("while let").nth(1).expect("it has a suffix");
    (prefix.to_owned(), suffix.to_owned())
}

fn leads(body: &str, name: &str) -> bool {
    let (prefix, suffix) = split(body);
    assert!(prefix.contains(name) != suffix.contains(name), "{prefix}\n...\n{suffix}");
    prefix.contains(name)
}

fn runs_nothing_ahead(body: &str) -> bool {
    refusal(body).is_some_and(|message| message.contains("no iteration can run ahead"))
}

#[test]
fn what_acts_leads() {
    assert!(leads("let a = insert(id).await?; show(a);", "insert"));
    assert!(leads("let a = query(id).await?; let b = insert(a).await?; show(b);", "insert"));
    assert!(leads("let a = verify(id).await?; show(a);", "verify"));
}

/// That iterations overlap, the marker says; not that what acts overlaps with what is beside it.
#[test]
fn what_acts_keeps_its_order_in_its_iteration() {
    let (prefix, _) = split("let a = insert(id).await?; let b = count().await?; show(a, b);");
    assert!(!prefix.contains("background"), "{prefix}");
    let (prefix, _) = split("let a = query(id).await?; let b = count().await?; show(a, b);");
    assert!(prefix.contains("background"), "{prefix}");
}

#[test]
fn locks_do_not_lead() {
    for lock in [
        "let state = m.lock().await;",
        "let guard = enter(m).await;",
        "let x = m.lock().await.next();",
        "let x = { let state = m.lock().await; look(&state).await };",
        "let x = { let guard = enter(m).await; look(&guard).await };",
        "let x = async { let state = m.lock().await; look(&state).await }.await;",
        "let x = if id > 1 { m.read().await.len() } else { 1 };",
        "let x = { let state = m.lock().unwrap(); look(&state).await };",
        "let state = m.lock().unwrap();",
        "let state = m.read()?;",
        "let state = cell.borrow_mut();",
    ] {
        let body = format!("{lock} let lead = query(id).await?; show(lead);");
        assert!(runs_nothing_ahead(&body), "{lock}");
        let body =
            format!("let a = get(id).await?; {lock} let last = query(a).await?; show(last);");
        assert!(!leads(&body, "query"), "{lock}");
    }
}

#[test]
fn what_is_no_lock_leads() {
    for plain in [
        "let n = { let state = m.lock().unwrap(); state.len() };",
        "let bytes = id.read();",
        "let permitted = allowed(id).await?;",
        "#[background] let state = m.lock().await;",
    ] {
        assert!(leads(&format!("{plain} let last = query(id).await?; show(last);"), "query"));
    }
}

#[test]
fn a_permit_or_connection_that_is_taken_first_leads() {
    for taken in [
        "let conn = pool.get().await?;",
        "let c = pool.get().await?;",
        "let c = pool.get_conn().await?.into_inner();",
        "let permit = limit.acquire().await?;",
        "let p = limit.clone().acquire_owned().await.unwrap();",
        "let slot = lease(id).await?; let permit = slot;",
        "let conn = if id > 1 { a.get_conn().await? } else { b.get_conn().await? };",
        "let name = id.to_string(); let conn = dial(&name).await?;",
    ] {
        let body = format!("{taken} let last = query(id).await?; show(last);");
        assert!(leads(&body, "query"), "{taken}");
    }
}

/// It runs ahead, and in its iteration nothing beside it.
#[test]
fn a_connection_keeps_its_order_in_its_iteration() {
    let (prefix, _) = split("let c = pool.get().await?; let a = query(id).await?; show(c, a);");
    assert!(!prefix.contains("background"), "{prefix}");
}

/// One that comes later waits for its turn.
#[test]
fn a_connection_that_is_not_taken_first_belongs_to_the_rest() {
    let body = "let a = query(id).await?; let conn = pool.get().await?; show(a, conn);";
    assert!(!leads(body, "pool.get"));
    let body = "let a = query(id).await?; let c = pool.get().await?; let b = other(&c).await?; \
                let d = pool.get().await?; show(a, b, d);";
    assert!(!leads(body, "other"));
}

#[test]
fn a_second_one_is_refused() {
    for (body, said) in [
        (
            "let c = pool.get().await?; let d = pool.get().await?; show(c, d);",
            "its iteration holds",
        ),
        ("let (c, d) = (pool.get().await?, pool.get().await?); show(c, d);", "its iteration holds"),
        (
            "let c = pool.get().await?; let x = pool.get().await?.query(id).await?; show(c, x);",
            "its iteration holds",
        ),
        (
            "let permit = limit.acquire().await?; let c = pool.get().await?; show(permit, c);",
            "its iteration holds",
        ),
        (
            "let c = pool.get().await?; let a = query(id).await?; done(a); \
             let d = pool.get().await?; show(c, d);",
            "run ahead hold",
        ),
        (
            "let c = pool.get().await?; if id > 1 { pool.get().await?.save(id).await?; }",
            "run ahead hold",
        ),
    ] {
        let message = refusal(body).unwrap_or_else(|| panic!("compiles: {body}"));
        assert!(message.contains(said) && message.contains("remove the limit"), "{message}");
    }
}

/// What is given back before the iteration's turn is in nobody's way, nor what a marker says is
/// none.
#[test]
fn what_is_given_back_at_once_leads() {
    for body in [
        "let a = pool.get().await?.query(id).await?; let last = query(a).await?; show(last);",
        "let x = { let c = pool.get().await?; c.look(id).await? }; \
         let y = { let c = pool.get().await?; c.look(x).await? }; \
         let last = query(y).await?; show(last); pool.get().await?;",
        "let c = pool.get().await?; #[background] let d = pool.get().await?; \
         let last = query(id).await?; show(c, d, last);",
    ] {
        assert!(leads(body, "query"), "{body}");
    }
}

/// It waits for iterations that may wait for what this one holds.
#[test]
fn a_foreground_beside_a_connection_is_refused() {
    let body = "let conn = pool.get().await?; let a = query(&conn).await?; \
                if a > 1 { #[foreground] audit(a); }";
    let message = refusal(body).expect("it is refused");
    assert!(message.contains("waits for the iterations that run ahead"), "{message}");
    let (_, suffix) = split("let a = query(id).await?; #[foreground] audit(a);");
    assert!(suffix.contains("__bridge::settle((&mut iterations, ()));"), "{suffix}");
    let (_, suffix) = split("let a = query(id).await?; audit(a);");
    assert!(!suffix.contains("settle"), "{suffix}");
}
