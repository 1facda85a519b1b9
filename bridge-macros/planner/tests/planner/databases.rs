//! What programs of databases write, and which calls of it overlap.

use bridge_planner::{Arguments, Planned};

fn overlaps(body: &str) -> Vec<(usize, usize)> {
    let item = format!("async fn f(pool: &Pool, id: Id) -> Result<Out> {{ {body} }}");
    let planned = Planned::of(item.parse().expect("these are tokens"), Arguments::default());
    planned.expect("it is a function").expect("it awaits").body().overlaps()
}

/// What a runner runs is only written down before it, so that its start is not held up by a `let`
/// that it does not need.
#[test]
fn a_query_does_not_wait_for_the_row_of_another_one() {
    let beside = |call: &str| {
        let body = format!(
            "let a = query(\"select 1\").bind(id).fetch_one(pool).await?; \
             let n: i64 = a.try_get(\"n\")?; \
             let b = {call}.await?; \
             Ok(out(n, b))"
        );
        overlaps(&body).contains(&(0, 2))
    };
    for call in [
        "sqlx::query(\"select 2\").fetch_one(pool)",
        "query_as::<_, User>(\"select 2\").bind(id).bind(&id.name).fetch_all(pool)",
        "query_scalar(COUNT).persistent(false).fetch_optional(&pool.readers)",
        "query(\"select 2\").fetch_one(pool.pool())",
        "sqlx::query!(\"select $1\", id).fetch_one(pool)",
        "query_as!(User, \"select $1\", id.name).fetch_all(pool)",
        "users::Entity::find_by_id(id).filter(Column::Age.gt(3)).one(pool)",
        "posts.filter(author.eq(id)).select(title).load(pool)",
        "client.get(url).header(\"accept\", \"text\").send()",
    ] {
        assert!(beside(call), "{call}");
    }
    for call in [
        // It may wait, or act, on its way.
        "query(&text(pool)).fetch_one(pool)",
        "query(\"select 2\").bind(next()).fetch_one(pool)",
        "query!(\"select $1\", next()).fetch_one(pool)",
        "queue.pop().run()",
        "jobs.take_one().run()",
        "next_job().run()",
        "connection(pool).query(\"select 2\").fetch()",
        "fs::read(path).load()",
        "query(\"select 2\").bind(seen.get()).fetch_one(pool)",
        // Nor is it known what it runs.
        "run!(\"select 2\").fetch_one(pool)",
        "query!(pool).fetch_one(pool)",
        // It writes.
        "query(\"insert into users\").fetch_one(pool)",
        "query!(\"delete from users where id = $1\", id).fetch_one(pool)",
    ] {
        assert!(!beside(call), "{call}");
    }
}

/// A macro of sqlx borrows what it is given, so that two of them may have it.
#[test]
fn macros_of_queries_read_what_they_are_given() {
    let body = "let a = query!(\"select $1\", id).fetch_one(pool).await?; \
                let b = query_scalar!(\"select 2 + $1\", id).fetch_one(pool).await?; \
                Ok(out(a, b))";
    assert_eq!(overlaps(body), [(0, 1)]);
}

/// A row, what is read out of it, and a query with that, twice, take the time of one.
#[test]
fn chains_of_queries_overlap() {
    let body = "let row = query(\"select 1\").bind(id).fetch_one(pool).await?; \
                let a: i64 = row.try_get(\"id\")?; \
                let b = query(\"select 2\").bind(a).fetch_one(pool).await?; \
                let row = query(\"select 3\").bind(id).fetch_one(pool).await?; \
                let c: i64 = row.try_get(\"id\")?; \
                let d = query(\"select 4\").bind(c).fetch_one(pool).await?; \
                Ok(out(b, d))";
    let overlaps = overlaps(body);
    assert!([(0, 3), (2, 5)].iter().all(|pair| overlaps.contains(pair)), "{overlaps:?}");
}

/// The second of two chains goes on beside the first, if what is made of the values can run ahead.
fn goes_on(first: &str, second: &str) -> bool {
    let body = format!(
        "let a = user(pool, id).await{first}; let b = posts(pool, a.id).await?; \
         let c = team(pool, id).await{second}; let d = members(pool, c.id).await?; \
         Ok(out(a, b, c, d))"
    );
    overlaps(&body).contains(&(1, 3))
}

/// An error may tell what the call was given, and what the function was given.
#[test]
fn an_error_that_names_an_argument_runs_in_the_chain() {
    for rest in [
        "?.ok_or_else(|| anyhow!(\"no {id}\"))?",
        "?.ok_or_else(|| Error::NoUser(id))?",
        ".with_context(|| format!(\"row {id}\"))?",
        ".with_context(|| format!(\"row {}\", id.name))?",
        ".map_err(|error| anyhow!(\"{id}: {error}\"))?",
        ".map_err(|error| anyhow!(\"{}: {error}\", pool))?",
        ".context(format!(\"row {id}\"))?",
        ".map_err(Error::Db)?",
        ".map_err(to_error)?",
    ] {
        assert!(goes_on(rest, "?") && goes_on("?", rest), "{rest}");
    }
}

/// What looks at a place, or runs what is not known with it, has its turn.
#[test]
fn what_is_made_of_a_value_looks_in_its_turn() {
    for rest in [
        "?.ok_or_else(|| no_user(id))?",
        "?.ok_or_else(|| anyhow!(\"no {}\", id.count()))?",
        "?.ok_or_else(|| anyhow!(\"no {}\", dbg!(id)))?",
        "?.ok_or(Error::In(pool.len()))?",
        "?.join(pool)?",
    ] {
        assert!(!goes_on("?", rest), "{rest}");
    }
    let of_cell = "let n = Cell::new(0); let a = user(pool, id).await?; \
                   let b = posts(pool, a.id).await?; \
                   let c = team(pool, id).await?.ok_or_else(|| anyhow!(\"no {n:?}\"))?; \
                   let d = members(pool, c.id).await?; Ok(out(a, b, c, d))";
    assert!(!overlaps(of_cell).contains(&(2, 4)));
}

/// What an error reads of another call's value is there when the call starts; it starts no later
/// for it.
#[test]
fn an_error_that_names_another_value_waits_for_no_start() {
    let body = "let a = user(pool, id).await?; \
                let b = team(pool, id).await.with_context(|| format!(\"team of {}\", a.name))?; \
                Ok(out(a, b))";
    assert_eq!(overlaps(body), [(0, 1)]);
}

/// A closure takes along what it uses, and a field of a place is no more than that.
#[test]
fn closures_use_what_they_name() {
    let beside = |closure: &str| {
        let body = format!(
            "let mut seen = Seen::of(id); let a = user(&seen).await.map_err({closure})?; \
             let b = posts(&seen).await?; Ok(out(a, b))"
        );
        overlaps(&body).contains(&(1, 2))
    };
    assert!(beside("|error| Error::new(error, &seen)"));
    assert!(beside("|error| anyhow!(\"{error} of {}\", seen.name)"));
    for closure in [
        "|error| seen.add(error)",
        "|error| { seen = error; seen.clone() }",
        "|error| Error::new(error, &mut seen)",
        "move |error| Error::new(error, &seen)",
    ] {
        assert!(!beside(closure), "{closure}");
    }
}

/// What a closure calls its parameter tells nothing of a variable of that name.
#[test]
fn a_parameter_of_a_closure_is_another_variable() {
    let body = "let user = first(id); let a = rows(&user).await; \
                let b = list(pool).await.map(|user| user.describe())?; \
                let c = user.describe().await; Ok(out(a, b, c))";
    assert!(!overlaps(body).contains(&(1, 3)));
}

/// A multiplexed connection is no one's, and so are its clones. What is asked of one by `&mut`
/// keeps its order.
#[test]
fn a_multiplexed_connection_is_not_taken() {
    let body = "let mut conn = client.get_multiplexed_async_connection().await?; \
                let a: String = conn.get(\"a\").await?; \
                let b: String = conn.get(\"b\").await?; \
                let c = rows(pool).await?; \
                Ok(out(a, b, c))";
    assert_eq!(overlaps(body), [(0, 3), (1, 3), (2, 3)]);
    let clones = "let mut one = conn.clone(); let mut two = conn.clone(); \
                  let a: String = one.get(\"a\").await?; let b: String = two.get(\"b\").await?; \
                  Ok(out(a, b))";
    assert_eq!(overlaps(clones), [(2, 3)]);
    let taken = "let mut conn = client.get_async_connection().await?; \
                 let c = rows(pool).await?; Ok(out(conn, c))";
    assert_eq!(overlaps(taken), []);
}

/// A query that is bound to the name of what it is to give holds up no other one.
#[test]
fn a_name_that_is_bound_anew_holds_up_nothing() {
    let body = "let users = build(\"select 1\"); let users = users.fetch_one(pool).await?; \
                let posts = build(\"select 2\"); let posts = posts.fetch_one(pool).await?; \
                Ok(out(users, posts))";
    let found = overlaps(body);
    assert!(found.contains(&(1, 3)), "{found:?}");
}
