//! What acts although its name is not the last one: it is run through a wrapper, or was written
//! down above.

use bridge_planner::{Arguments, Planned};

/// Whether the last call but one of a body holds back the last one.
fn holds_back(body: &str) -> bool {
    let item = format!(
        "async fn f(db: &Pool, shop: &Shop, client: &Client, id: Id) -> Result<Out> {{ \
         {body} let below = value(id).await?; Ok(out(a, below)) }}"
    );
    let planned = Planned::of(item.parse().expect("these are tokens"), Arguments::default());
    let planned = planned.expect("it is a function").expect("it awaits");
    let last = planned.body().statements().count() - 2;
    !planned.body().overlaps().contains(&(last - 1, last))
}

fn check(acts: bool, bodies: &[&str]) {
    for body in bodies {
        assert_eq!(holds_back(body), acts, "{body}");
    }
}

#[test]
fn a_runner_is_seen_through_what_wraps_it() {
    check(
        true,
        &[
            "let a = timeout(limit, client.post(url).send()).await??;",
            "let a = tokio::time::timeout(limit, query_scalar(\"UPDATE t SET n = 1\").fetch_one(db)).await??;",
            "let a = timeout_at(end, Box::pin(query(\"DELETE FROM t\").fetch_all(db))).await??;",
            "let a = timeout(limit, async { client.post(url).send().await }).await??;",
            "let a = timeout(limit, query(\"INSERT INTO t\").fetch_one(db).map_err(failed)).await??;",
        ],
    );
    check(
        false,
        &[
            "let a = timeout(limit, client.get(url).send()).await??;",
            "let a = timeout(limit, query(\"SELECT n FROM t\").fetch_one(db)).await??;",
            "let a = timeout(limit, async { client.get(url).send().await }).await??;",
        ],
    );
}

#[test]
fn the_let_of_a_query_says_what_it_does() {
    check(
        true,
        &[
            "let query = query_scalar(\"UPDATE t SET n = $1\"); let a = query.bind(1).fetch_one(db).await?;",
            "let query = query(\"DELETE FROM t\"); let query = query.bind(1); let a = query.fetch_one(db).await?;",
            "let text = \"UPDATE t SET n = 1\"; let a = query(text).fetch_one(db).await?;",
            "let text = format!(\"UPDATE {t} SET n = 1\"); let a = query(&text).fetch_one(db).await?;",
            "let text = String::from(\"UPDATE t\"); let a = query(text.as_str()).fetch_one(db).await?;",
            "let mut text = String::new(); text.push_str(\"DELETE FROM t\"); \
             let a = query(&text).fetch_one(db).await?;",
            "let mut build = QueryBuilder::new(\"INSERT INTO t\"); build.push_bind(1); \
             let a = build.build().fetch_one(db).await?;",
            "let query = if id.is_new() { query(\"INSERT INTO t\") } else { query(\"SELECT 1\") }; \
             let a = query.fetch_one(db).await?;",
            "let mut query = query(\"SELECT 1\"); if id.is_new() { query = sqlx::query(\"UPDATE t\"); } \
             let a = query.fetch_one(db).await?;",
            "let query; if id.is_new() { query = sqlx::query(\"UPDATE t\"); } else { query = other(id); } \
             let a = query.fetch_one(db).await?;",
            "let a = query(AssertSqlSafe(format!(\"UPDATE {t}\"))).fetch_one(db).await?;",
            "let a = query(&(\"DELETE FROM \".to_owned() + id.name())).fetch_one(db).await?;",
            "let mut rows = query(\"UPDATE t RETURNING n\").fetch(db); let a = rows.try_next().await?;",
            "let a = query(\"UPDATE t RETURNING n\").fetch(db).try_collect().await?;",
            "let text = \"UPDATE t RETURNING n\"; let a = client.query_one(text, &[]).await?;",
            "let query = query(\"SELECT n FROM t FOR UPDATE\"); let a = query.fetch_one(db).await?;",
        ],
    );
    check(
        false,
        &[
            "let query = query_scalar(\"SELECT n FROM t\"); let a = query.bind(1).fetch_one(db).await?;",
            "let mut build = QueryBuilder::new(\"SELECT n FROM t\"); build.push(\" WHERE n = 1\"); \
             let a = build.build().fetch_one(db).await?;",
            // The row of what has been awaited is another thing.
            "let row = query(\"UPDATE t RETURNING n\").fetch_one(db).await?; let a = row.rows().fetch(db).await?;",
            // A name that is bound anew.
            "let query = query(\"UPDATE t\"); let query = sqlx::query(\"SELECT 1\"); \
             let a = query.fetch_one(db).await?;",
            // What was asked of a client before.
            "let client = open(url); client.query(\"DELETE FROM t\", &[]).await?; \
             let a = client.query(\"SELECT n FROM t\", &[]).await?;",
            "let client = create_client(url); let a = client.get(url).send().await?;",
        ],
    );
}

#[test]
fn the_let_of_a_request_says_what_it_does() {
    check(
        true,
        &[
            "let request = client.post(url).json(&id); let a = request.send().await?;",
            "let request = client.request(Method::PUT, url); let a = request.send().await?;",
            "let mut request = client.delete(url); request = request.header(id); let a = request.send().await?;",
            "let sending = client.post(url).send(); let a = timeout(limit, sending).await??;",
        ],
    );
    check(
        false,
        &[
            "let request = client.get(url).header(id); let a = request.send().await?;",
            "let request = client.request(Method::GET, url); let a = request.send().await?;",
        ],
    );
}

#[test]
fn what_a_wrapper_is_given_is_run() {
    check(
        true,
        &[
            "let a = shop.call(\"x\", query(\"UPDATE t\").execute(db)).await?;",
            "let a = shop.call(\"x\", query(\"UPDATE t\").fetch_one(db)).await?;",
            "let query = query(\"UPDATE t\"); let a = shop.call(\"x\", query.fetch_one(db)).await?;",
            "let query = query(\"UPDATE t\").fetch_one(db); let a = traced(query).await?;",
            "let a = traced(client.post(url).send()).await?;",
            "let a = traced(shop.call(\"x\", insert(id))).await?;",
            "let a = with_retry(|| client.post(url).send()).await?;",
            "let a = with_retry(3, || async { client.post(url).send().await }).await?;",
            "let a = with_retry(async move || query(\"UPDATE t\").fetch_one(db).await).await?;",
            "let a = with_retry(|| { let query = query(\"UPDATE t\"); query.execute(db) }).await?;",
            "let a = shop.call(\"x\", async { let query = query(\"UPDATE t\"); query.fetch_one(db).await }).await?;",
            "let a = with_retry(async || { let row = query(\"UPDATE t\").fetch_one(db).await?; row.n() }).await?;",
            "let a = with_retry(|| { let build = QueryBuilder::new(\"UPDATE t\"); build.build().fetch_one(db) }).await?;",
            "let send = || client.post(url).send(); let a = with_retry(send).await?;",
            "let a = check(query(\"UPDATE t\").execute(db)).await;",
            "let a = get_all(vec![insert(id)]).await?;",
        ],
    );
    check(
        false,
        &[
            "let a = shop.call(\"x\", query(\"SELECT n FROM t\").fetch_one(db)).await?;",
            "let query = query(\"SELECT n FROM t\"); let a = shop.call(\"x\", query.bind(1).fetch_one(db)).await?;",
            "let a = with_retry(|| client.get(url).send()).await?;",
            "let a = shop.call(\"x\", async { rows(db).await }).await?;",
            "let a = page(id.next(), Page::new(id), |row| row.name).await?;",
            "let a = first_of(rows(db), sleep(limit)).await?;",
            "let a = page(name.replace(\"a\", \"b\")).await?;",
            "let a = run_in_background(move || sender.send(1)).await;",
            // What only lends a connection takes none.
            "let a = users.filter(id).all(shop.conn()).await?;",
        ],
    );
}

/// A future that was made above is run where it is awaited.
#[test]
fn a_future_in_a_variable_is_run_where_it_is_awaited() {
    check(true, &["let row = Row::new(id); let run = insert(row); let a = run.await?;"]);
    check(false, &["let run = rows(db); let a = run.await?;"]);
}

/// Words of the function's own count for variables too.
#[test]
fn own_words() {
    let overlaps = |arguments: &str, body: &str| {
        let arguments = Arguments::parse(arguments.parse().expect("these are tokens"));
        let item = format!("async fn f(db: &Pool) -> Result<Out> {{ {body} }}");
        let item = item.parse().expect("these are tokens");
        let planned = Planned::of(item, arguments.expect("these are arguments"));
        planned.expect("it is a function").expect("it awaits").body().overlaps()
    };
    let body = "let run = Run::of(settle(1)); let a = traced(settle(1)).await?; \
                let b = rows(db).await?; Ok(out(a, b, run))";
    assert_eq!(overlaps("", body), [(1, 2)]);
    assert_eq!(overlaps("commands(settle)", body), []);
    let body = "let a = traced(insert(1)).await?; let b = rows(db).await?; Ok(out(a, b))";
    assert_eq!(overlaps("", body), []);
    assert_eq!(overlaps("queries(insert)", body), [(0, 1)]);
    let body = "let run = settle(1); let a = run.await?; let b = rows(db).await?; Ok(out(a, b))";
    assert!(overlaps("", body).contains(&(1, 2)));
    assert!(!overlaps("commands(settle)", body).contains(&(1, 2)));
}

/// What only reads by its name does not wait for a check; a text that writes says otherwise, also
/// through a variable and a wrapper.
#[test]
fn what_is_marked_below_a_check_reads_if_its_text_does() {
    let starts = |text: &str, call: &str| {
        let body = format!(
            "let a = verify_token(id).await?; let query = query(\"{text}\"); \
             #[background] let b = {call}.await?; Ok(out(a, b))"
        );
        let item = format!("async fn f(db: &Pool, id: Id) -> Result<Out> {{ {body} }}");
        let planned = Planned::of(item.parse().expect("these are tokens"), Arguments::default());
        let planned = planned.expect("it is a function").expect("it awaits");
        planned.body().overlaps().contains(&(0, 2))
    };
    for call in ["query.fetch_one(db)", "timeout(limit, query.fetch_one(db))"] {
        assert!(starts("SELECT 1", call), "{call}");
        assert!(!starts("UPDATE t", call), "{call}");
    }
}
