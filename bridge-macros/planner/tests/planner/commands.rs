//! Which `let`s are commands by their names, and which are not.

use bridge_planner::{Arguments, Planned, Reason, StatementKind, WordKind};

fn planned(arguments: &str, body: &str) -> Planned {
    let arguments = Arguments::parse(arguments.parse().expect("these are tokens"));
    let item =
        format!("async fn f(pool: &Pool, m: &Mutex, list: &mut List) -> Result<Out> {{ {body} }}");
    let item = item.parse().expect("these are tokens");
    let planned = Planned::of(item, arguments.expect("these are arguments"));
    planned.expect("it is a function").expect("it awaits")
}

/// The word by which the `let` between two queries is a command.
fn word(statement: &str) -> Option<(String, WordKind)> {
    let body = format!("let a = query(1).await?; {statement} let b = query(2).await?; Ok(out())");
    let planned = planned("", &body);
    let statement = planned.body().statements().nth(1).expect("it is there");
    let word = statement.word().map(|(word, kind)| (word.to_owned(), kind));
    let kind = if word.is_some() { StatementKind::Effect } else { StatementKind::Call };
    assert_eq!(statement.kind(), kind, "{}", statement.code());
    assert_eq!(planned.body().overlaps().contains(&(0, 1)), word.is_none());
    word
}

fn check(kind: Option<WordKind>, statements: &[&str]) {
    for statement in statements {
        assert_eq!(word(statement).map(|(_, kind)| kind), kind, "{statement}");
    }
}

#[test]
fn guards() {
    check(
        Some(WordKind::Guard),
        &[
            "let state = m.lock().await;",
            "let state = lock(&m).await?;",
            "let state = m.lock_owned().await;",
            "let state = m.try_lock_for(key).await?;",
            "let state = semaphore.acquire_many(2).await?;",
            "let state = begin_work(&m).await?;",
            "let state = m.read().await;",
            "let state = m.write().await;",
            "let state = watch.wait_for(|x| *x).await?;",
            "let state = locks.get_row_lock(7).await?;",
            "let state = timeout(limit, m.lock()).await?;",
            "let state = m.lock().map(Some).await;",
            "let guard = enter(&m).await;",
            "let permit = ask().await?;",
        ],
    );
}

#[test]
fn connections() {
    check(
        Some(WordKind::Connection),
        &[
            "let c = pool.get().await?;",
            "let c = app::pool().get().await?;",
            "let c = self_pool.get().await?;",
            "let c = app.db.get().await;",
            "let c = db.get_conn().await?;",
            "let c = open_connection(url).await?;",
            "let mut conn = dial(url).await?;",
            "let pconn = primary.get_permitted().await?;",
        ],
    );
    check(None, &["let rows = fetch_in_tx(id).await?;", "let value = cache.get().await?;"]);
    check(None, &["let value = db.get(id).await?;", "let value = cache.get(id).await?;"]);
}

#[test]
fn commands() {
    check(
        Some(WordKind::Command),
        &[
            "let id = insert(row).await?;",
            "let id = bulk_insert_users(rows).await?;",
            "let id = try_update(row).await?;",
            "let done = db.create_user(name).await?;",
            "let done = create_user(&mut tx, name).await?;",
            "let rows = create_rows(&client, name).await?;",
            "let user = client.create_user(name).await?;",
            "let queue = channel.queue_declare(name).await?;",
            "let purged = channel.queue_purge(name).await?;",
            "let consumer = channel.basic_consume(name).await?;",
            "let file = tokio::fs::File::create(path).await?;",
            "let done = store_file(path).await?;",
            "let done = update(&mut pool.get(), row).await?;",
            "let done = client.execute(text).await?;",
            "let done = channel.send(message).await?;",
            "let done = jobs::enqueue(job).await?;",
            "let done = save(row).instrument(span).await?;",
            "let done = Box::pin(save(row)).await?;",
            "let (a, b) = delete_all(ids).await?;",
        ],
    );
    check(
        None,
        &[
            "let user = get_or_create_user(name).await?;",
            "let client = create_client(url).await?;",
            "let page = create_page(1).await?;",
            "let server = start(url).await?;",
            "let page = load_page(id).await?;",
            "let user = Insert::by_name(id).await?;",
            "let bytes = updates(id).await?;",
            "let all = settings(id).await?;",
        ],
    );
}

/// What a cell that is filled once gives is kept there: nothing is taken from anywhere.
#[test]
fn what_is_kept_is_not_taken() {
    check(
        None,
        &[
            "let conn = CONNECTION.get_or_init(connect).await;",
            "let lock = self.lock.get_or_try_init(|| Lock::new()).await?;",
        ],
    );
    check(
        Some(WordKind::Connection),
        &["let conn = pool.get_or_wait(limit).await?;", "let conn = self.conn().await?;"],
    );
    check(Some(WordKind::Guard), &["let lock = CELL.get_or_init(init).await.lock().await;"]);
}

/// A read guard of which something is awaited is gone when that has come; any other may be one to
/// write with, or is kept.
#[test]
fn guards_that_are_gone() {
    check(
        None,
        &[
            "let rows = self.read().await?.rows_of(key).await?;",
            "let rows = find(&*m.read().await).await?;",
        ],
    );
    check(
        Some(WordKind::Guard),
        &[
            "let rows = m.read().await.clone();",
            "let rows = m.write().await.rows_of(key).await?;",
            "let rows = m.lock().await.rows_of(key).await?;",
        ],
    );
    check(Some(WordKind::Command), &["let row = m.read().await.insert(key).await?;"]);
}

/// What a client does with a request is said by how that was made.
#[test]
fn requests() {
    let word = |made: &str, sent: &str| {
        let body = format!(
            "{made} let a = query(1).await?; let r = {sent}; let b = query(2).await?; Ok(out(r))"
        );
        let planned = planned("", &body);
        let statements: Vec<_> = planned.body().statements().collect();
        let sent = statements[statements.len() - 3];
        sent.word().map(|(_, kind)| kind)
    };
    for (made, sent) in [
        ("let request = get_keys::v3::Request::new(7);", "self.client.send(request).await?"),
        ("let request = options.into_request(7);", "client.send(&request).await?"),
        ("let request = Request::get(url);", "http_client().execute(request.clone()).await?"),
        ("", "client.send(get_keys::Request::new(7)).await?"),
    ] {
        assert_eq!(word(made, sent), None, "{made} {sent}");
    }
    for (made, sent) in [
        ("let request = delete_device::v3::Request::new(7);", "client.send(request).await?"),
        ("let request = DeleteDevice { id: 7 };", "client.send(request).await?"),
        ("let request = Request::new(Method::POST, url);", "client.execute(request).await?"),
        ("let request = Request::new(\"PATCH\", url);", "client.execute(request).await?"),
        ("", "client.send(create_room::Request::new(7)).await?"),
        // It may have been changed.
        ("let mut request = Request::new(url);", "client.execute(request).await?"),
        // Made where it is not seen, or sent by what may be a channel.
        ("", "client.send(list).await?"),
        ("let request = Request::get(url);", "channel.send(request).await?"),
        ("let request = Request::get(url);", "client.send(request, 7).await?"),
    ] {
        assert_eq!(word(made, sent), Some(WordKind::Command), "{made} {sent}");
    }
}

/// What only runs is named by what stands before it.
#[test]
fn runners() {
    check(
        Some(WordKind::Command),
        &[
            "let r = client.post(url).json(&body).send().await?;",
            "let r = client.post(url).send().await?.json().await?;",
            "let r = diesel::insert_into(users).values(user).get_result(c).await?;",
            "let r = sqlx::query(\"INSERT INTO users VALUES (1)\").fetch_one(db).await?;",
            "let r = sqlx::query(\"-- new\\nINSERT INTO users VALUES (1)\").fetch_one(db).await?;",
            "let r = query(\"/* new */ UPDATE users SET x = 1 RETURNING x\").fetch_one(db).await?;",
            "let r = query(\"WITH x AS (DELETE FROM a RETURNING b) SELECT b FROM x\").fetch_all(db).await?;",
            "let r = query(\"SELECT a FROM b WHERE c = $1 FOR UPDATE\").fetch_one(db).await?;",
            "let r = query(\"SELECT pg_advisory_lock(1)\").fetch_one(db).await?;",
            "let r = query(\"SELECT nextval('ids')\").fetch_one(db).await?;",
            "let r = sqlx::query!(\"update users set name = ?\", name).fetch_one(db).await?;",
        ],
    );
    check(
        None,
        &[
            "let r = client.get(url).send().await?;",
            "let r = sqlx::query(\"SELECT 1\").fetch_one(db).await?;",
            "let r = query(\"WITH x AS (SELECT 'delete it') SELECT a FROM x\").fetch_all(db).await?;",
            "let r = query(\"SELECT a FROM b -- for update, later\").fetch_all(db).await?;",
            "let r = users.filter(id).load(c).await?;",
        ],
    );
}

#[test]
fn blocks_and_checks() {
    check(Some(WordKind::Block), &["let r = async { log(1).await; query(3).await }.await;"]);
    check(
        Some(WordKind::Command),
        &["let r = async { let id = insert(1).await?; query(id).await }.await;"],
    );
    check(None, &["let found = check_user_exists(id).await?;", "let fine = validate(form).await;"]);
}

/// A check waits for what is above, and holds back all that may act; what reads starts beside it.
#[test]
fn checks() {
    let overlaps = |check: &str, below: &str| {
        let body = format!(
            "let a = query(1).await?; let user = {check}; let b = {below}; Ok(out(a, user, b))"
        );
        let planned = planned("", &body);
        let checked = planned.body().statements().nth(1).expect("it is there");
        assert_eq!(checked.word().map(|(_, kind)| kind), Some(WordKind::Check), "{check}");
        planned.body().overlaps()
    };
    for below in ["get_page(2).await?", "Page::find(2).await?", "users.query(2).load(c).await?"] {
        assert_eq!(overlaps("verify_token(token).await?", below), [(0, 2), (1, 2)], "{below}");
    }
    for below in ["export(2).await?", "get_or_add(2).await?", "page(2).await?"] {
        assert_eq!(overlaps("token.validate().await?", below), [], "{below}");
    }
    check(Some(WordKind::Command), &["let next = check_and_bump(version).await?;"]);
}

/// Places keep the order of what changes a local.
#[test]
fn what_changes_a_local_is_ordered_by_places() {
    check(None, &["let n = insert(&mut list, 1).await?;", "let n = push(&mut list, 1).await;"]);
}

#[test]
fn a_marker_overrides_a_name() {
    let planned = planned(
        "",
        "let a = query(1).await?; #[background] let b = insert(2).await?; Ok(out(a, b))",
    );
    assert_eq!(planned.body().overlaps(), [(0, 1)]);
}

#[test]
fn a_function_has_words_of_its_own() {
    let body = "let a = query(1).await?; let b = audit_log(2).await?; \
                let c = register_of(3).await?; Ok(out(a, b, c))";
    assert_eq!(planned("", body).body().overlaps(), [(0, 1)]);
    let words = planned("commands(audit), queries(register_of)", body);
    assert_eq!(words.body().overlaps(), []);
    let queries = planned("queries(register)", body);
    assert_eq!(queries.body().overlaps(), [(0, 1), (0, 2), (1, 2)]);
}

/// In an expression no operand overlaps with a command.
#[test]
fn operands() {
    let steps = |body: &str| planned("", body).expand().to_string();
    assert!(!steps("Ok(both(query(1).await?, insert(2).await?))").contains("background"));
    assert!(steps("Ok(both(query(1).await?, query(2).await?))").contains("background"));
}

#[test]
fn what_is_asked_twice_is_asked_in_order() {
    for body in [
        "let a = count(db).await?; let b = count(db).await?; Ok(out(a, b))",
        "let a = rx.recv().await?; let b = rx.recv_many(3).await?; Ok(out(a, b))",
        "let a = rx.next().await?; let b = rx.next().await?; Ok(out(a, b))",
    ] {
        let planned = planned("", body);
        assert_eq!(planned.body().overlaps(), [], "{body}");
        let second = planned.body().statements().nth(1).expect("it is there");
        assert!(second.waits().any(|wait| wait.reason == Reason::Again), "{body}");
    }
    for body in [
        "let a = count(db).await?; let b = count(other).await?; Ok(out(a, b))",
        "let a = rx.recv().await?; let b = tx.recv().await?; Ok(out(a, b))",
    ] {
        assert_eq!(planned("", body).body().overlaps(), [(0, 1)], "{body}");
    }
    // A name that is bound anew is another variable.
    let body = "let r = get(1).await?; let a = r.json().await?; let r = get(2).await?; \
                let b = r.json().await?; Ok(out(a, b))";
    assert!(planned("", body).body().overlaps().contains(&(1, 3)));
    // In one expression too.
    let expanded = planned("", "Ok(out(rx.recv().await?, rx.recv().await?))").expand();
    assert!(!expanded.to_string().contains("background"));
}

/// A parameter whose type has a lifetime may be an alias of a `&mut`, or hold one: methods that
/// are called on it exclude each other. Of what is given by value that is not assumed.
#[test]
fn hidden_mut() {
    let overlaps = |ty: &str, body: &str| {
        let item = format!("async fn f(x: {ty}) -> Out {{ {body} out(a, b, &x) }}");
        let item = item.parse().expect("these are tokens");
        let planned = Planned::of(item, Arguments::default());
        planned.expect("it is a function").expect("it awaits").body().overlaps() == [(0, 1)]
    };
    let by_method = "let a = x.one(1).await; let b = x.two(2).await;";
    assert!(!overlaps("Tx<'_>", by_method));
    assert!(!overlaps("db::Session<'a, Pg>", by_method));
    assert!(overlaps("&Session<'_>", by_method));
    assert!(overlaps("Session<'static>", by_method));
    assert!(overlaps("Session", by_method));
    assert!(overlaps("Cow<'_, str>", by_method));
    assert!(overlaps("Tx<'_>", "let a = one(x).await; let b = two(x).await;"));
}

/// Code that looks or acts in an argument comes after the calls that stand before it in the
/// statement.
#[test]
fn arguments_of_operands() {
    let kind = |value: &str| {
        let body = format!("let a = {value}; Ok(a)");
        planned("", &body).body().statements().next().map(|statement| statement.kind())
    };
    let effect = Some(StatementKind::Effect);
    assert_eq!(kind("[one().await, two(total.swap(1, SeqCst)).await?]"), effect);
    assert_eq!(kind("(one().await, two(fs::read(path)).await?)"), effect);
    assert_eq!(kind("[two(total.load(SeqCst)).await, one().await]"), Some(StatementKind::Call));
}

#[test]
fn a_request_by_its_verb() {
    check(
        Some(WordKind::Command),
        &[
            "let sent = client.request(Method::POST, url).json(&row).send().await?;",
            "let sent = client.request(reqwest::Method::DELETE, url).send().await?;",
            "let left = redis.decr(key).await?;",
            "let gone = connection.del(key).await?;",
        ],
    );
    check(None, &["let page = client.request(Method::GET, url).send().await?;"]);
}

#[test]
fn under_strict_a_marker_lets_one_statement_start_before_a_check() {
    let pairs = |body: &str| planned("strict", body).body().overlaps();
    let reads = "let a = one().await?; let b = two().await?; Ok(out(a, b))";
    assert_eq!(pairs(reads), []);
    let marked = "let a = one().await?; #[background] let b = two().await?; Ok(out(a, b))";
    assert_eq!(pairs(marked), [(0, 1)]);
    // What is below, and not marked, waits for both.
    let below = "let a = one().await?; #[background] let b = two().await?; let c = three().await?; \
                 Ok(out(a, b, c))";
    assert_eq!(pairs(below), [(0, 1)]);
}

#[test]
fn what_is_given_one_transaction_keeps_its_order() {
    let pairs = |parameter: &str, body: &str| {
        let item = format!("async fn f({parameter}) -> Result<Out> {{ {body} }}");
        let planned = Planned::of(item.parse().unwrap(), Arguments::default());
        planned.unwrap().unwrap().body().overlaps()
    };
    let body = |name: &str| {
        format!("let a = one({name}).await?; let b = two({name}).await?; Ok(out(a, b))")
    };
    assert_eq!(pairs("tx: &Transaction", &body("tx")), []);
    assert_eq!(pairs("my_txn: &Txn", &body("&my_txn")), []);
    let methods = "let a = tx.one().await?; let b = tx.two().await?; Ok(out(a, b, tx))";
    assert_eq!(pairs("tx: Transaction", methods), []);
    assert_eq!(pairs("tx: T", methods), []);
    assert_eq!(pairs("pool: &Pool", &body("pool")), [(0, 1)]);
}
