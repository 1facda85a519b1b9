//! What is advised, and that it helps: the rewrite overlaps more, and is advised no more.

use bridge_planner::{Arguments, Planned};

fn planned(body: &str) -> Planned {
    let item = format!("async fn page(c: Client, m: &Mutex) -> Result<Page> {{ {body} }}");
    Planned::of(item.parse().unwrap(), Arguments::default()).unwrap().unwrap()
}

fn advice(body: &str) -> Vec<String> {
    planned(body).advice().into_iter().map(|advice| advice.text).collect()
}

fn overlapping(body: &str) -> usize {
    planned(body).scopes().into_iter().map(|scope| scope.overlaps().len()).sum()
}

/// The one advice on the first, whose rewrite is the second.
#[track_caller]
fn advises(written: &str, text: &str, rewritten: &str) {
    assert_eq!(advice(written), [text], "of {written}");
    assert_eq!(advice(rewritten), [""; 0], "of {rewritten}");
    assert!(overlapping(written) < overlapping(rewritten), "{rewritten}");
}

#[test]
fn a_statement_is_given_a_name() {
    advises(
        "audit().await?; let a = a().await?; Ok(a)",
        "waits for `audit().await?` above, a statement: mark that `#[background]` to overlap it",
        "let done = audit().await?; let a = a().await?; Ok(a)",
    );
    advises(
        "let a = a().await?; audit().await?; Ok(a)",
        "waits for `a` above, as this is a statement: mark this `#[background]` to overlap them",
        "let a = a().await?; #[background] audit().await?; Ok(a)",
    );
}

#[test]
fn a_name_begins_with_another_letter() {
    advises(
        "let a = a().await; let _x = x().await; let b = b().await; Ok(page(a, b))",
        "waits for `let _x = x().await` above, as `_x` begins with `_`: `#[background]` on it \
         lets them overlap",
        "let a = a().await; let x = x().await; let b = b().await; Ok(page(a, b))",
    );
    advises(
        "let a = a().await; let _x = x().await; Ok(page(a))",
        "waits for `a` above, as `_x`, which this binds, begins with `_`: `#[background]` on this \
         lets them overlap",
        "let a = a().await; #[background] let _x = x().await; Ok(page(a))",
    );
}

#[test]
fn a_word_is_overridden() {
    advises(
        "let sent = send_mail().await?; let a = a().await?; Ok(page(sent, a))",
        "waits for `let sent = send_mail().await?` above, a command by its name (`send_mail`): \
         `#[background]` on it, if it may overlap",
        "#[background] let sent = send_mail().await?; let a = a().await?; Ok(page(sent, a))",
    );
    advises(
        "let guard = m.lock().await; let b = b().await; Ok(page(*guard, b))",
        "waits for `let guard = m.lock().await` above, a guard by its name (`lock`): let it end in \
         a call of its own (`#[background] let x = { let guard = …; … };`)",
        "#[background] let a = { let guard = m.lock().await; *guard }; let b = b().await; \
         Ok(page(a, b))",
    );
}

/// A name does not help where a word says that it waits.
#[test]
fn a_statement_that_is_a_command_is_marked() {
    advises(
        "save(1).await?; let a = a().await?; Ok(a)",
        "waits for `save(1).await?` above, a command by its name (`save`): `#[background]` on it, \
         if it may overlap",
        "#[background] save(1).await?; let a = a().await?; Ok(a)",
    );
}

#[test]
fn what_is_asked_again_is_marked() {
    advises(
        "let a = c.rows(1).await?; let b = c.rows(1).await?; Ok(page(a, b))",
        "waits for `a` above, as it asks the same again: `#[background]` on it, if the answer does \
         not change",
        "let a = c.rows(1).await?; #[background] let b = c.rows(1).await?; Ok(page(a, b))",
    );
}

#[test]
fn code_is_moved_down() {
    advises(
        "let a = a().await?; notify(1); let b = b().await?; Ok(page(a, b))",
        "waits for `notify(1)` above, which may act: move that below this call, if their order does \
         not matter",
        "let a = a().await?; let b = b().await?; notify(1); Ok(page(a, b))",
    );
}

#[test]
fn commands_of_one_name_are_marked_together() {
    advises(
        "let a = add(1).await?; let b = add(2).await?; Ok(page(a, b))",
        "waits for `let a = add(1).await?` above, as both are commands by their name (`add`): \
         `#[background]` on both, or `queries(add)` in the attribute, if they may overlap",
        "#[background] let a = add(1).await?; #[background] let b = add(2).await?; Ok(page(a, b))",
    );
}

#[test]
fn a_clock_is_read_elsewhere() {
    advises(
        "let a = a().await?; let now = Instant::now(); let b = b().await?; Ok(page(a, b))",
        "waits for `let now = Instant::now()` above, which reads a clock: move that above or below \
         the calls around it, if it is not to measure them",
        "let now = Instant::now(); let a = a().await?; let b = b().await?; Ok(page(a, b))",
    );
    advises(
        "let a = a().await?; let took = start.elapsed(); let b = b().await?; Ok(page(a, b))",
        "waits for `let took = start.elapsed()` above, which reads a clock: move that above or \
         below the calls around it, if it is not to measure them",
        "let a = a().await?; let b = b().await?; let took = start.elapsed(); Ok(page(a, b))",
    );
}

#[test]
fn a_place_is_lent() {
    advises(
        "let a = look(&c).await?; let b = c.fetch().await?; Ok(page(a, b))",
        "waits for `a` above, as this may move `c`: if it does not, write `let c = &c;` above",
        "let c = &c; let a = look(c).await?; let b = c.fetch().await?; Ok(page(a, b))",
    );
    advises(
        "let view = view(&c); let a = view.fetch().await?; let b = take(c).await?; Ok(page(a, b))",
        "waits for `a` above, as `view` may borrow `c`: state its type if it is one of std's that \
         does not (`let view: String = …;`)",
        "let view: String = view(&c); let a = view.fetch().await?; let b = take(c).await?; \
         Ok(page(a, b))",
    );
}

/// What no rewrite helps is not told.
#[test]
fn nothing_is_said() {
    for body in [
        "let a = a().await?; let b = b().await?; Ok(page(a, b))",
        "let a = a().await?; let b = b(a).await?; Ok(b)",
        "audit().await?; Ok(page())",
        "let a = a().await?; if a.is_empty() { return Err(none()); } let b = b().await?; Ok(b)",
        "#[foreground] audit().await?; let a = a().await?; Ok(a)",
    ] {
        assert_eq!(advice(body), [""; 0], "of {body}");
    }
}

#[test]
fn a_loop_takes_a_limit() {
    let text = "runs one iteration at a time: `#[background(limit = 16)]` on it lets so many \
                overlap, if they may";
    for body in [
        "for id in ids { rows.push(row(id).await?); } Ok(rows)",
        "if c { for id in ids { let a = a(id).await?; show(a); } } Ok(0)",
    ] {
        assert_eq!(advice(body), [text], "of {body}");
        let limited = body.replace("for id", "#[background(limit = 16)] for id");
        assert_eq!(advice(&limited), [""; 0], "of {limited}");
    }
    // Nothing of an iteration could run ahead.
    for body in [
        "for id in ids { let guard = m.lock().await; use_it(guard, id).await?; } Ok(0)",
        "let mut last = 0; for id in ids { last = step(last, id).await?; } Ok(last)",
        "for id in ids { show(id); } a().await",
    ] {
        assert_eq!(advice(body), [""; 0], "of {body}");
    }
}

#[test]
fn a_misspelled_word_is_told() {
    let told = |arguments: &str| {
        let item = "async fn f() -> u32 { let a = audit().await; let b = b().await; a + b }";
        let (arguments, item) = (arguments.parse().unwrap(), item.parse().unwrap());
        let expanded = bridge_planner::background(arguments, item, Default::default());
        expanded.to_string().contains("is it misspelled")
    };
    assert!(told("commands(audti)"));
    assert!(told("queries(sum)"));
    assert!(!told("commands(audit), queries(b)"));
}

/// Of a connection that serves many at a time, by its type or by what gives it.
#[test]
fn a_connection_is_cloned() {
    let text = "waits for `a` above, as both are asked of `con`: if their order does not matter, ask \
                a clone (`let mut other = con.clone();`)";
    advises(
        "let mut con = c.get_multiplexed_async_connection().await?; let a = con.get(1).await?; \
         let b = con.get(2).await?; Ok(page(a, b))",
        text,
        "let mut con = c.get_multiplexed_async_connection().await?; let mut other = con.clone(); \
         let a = con.get(1).await?; let b = other.get(2).await?; Ok(page(a, b))",
    );
    let by_type = "let mut con: ConnectionManager = c.manager().await?; let a = name(&mut con).await?; \
                   let b = mail(&mut con).await?; Ok(page(a, b))";
    assert_eq!(advice(by_type), [text]);
    let unknown = "let mut con = c.dial().await?; let a = con.get(1).await?; \
                   let b = con.get(2).await?; Ok(page(a, b))";
    assert_eq!(advice(unknown), [""; 0]);
}
