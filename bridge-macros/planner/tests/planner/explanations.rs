//! Schedules as the documentation shows them. `UPDATE_EXPECT=1 cargo test -p
//! bridge-planner` draws them anew.

use bridge_planner::{Arguments, Planned};
use expect_test::{Expect, expect};

use super::expand;

/// The drawing of an explained function.
fn check(item: &str, expected: Expect) {
    let expanded = expand("explain", item);
    let (_, drawing) = expanded.split_once("```text\n").expect("there is a drawing");
    let (drawing, _) = drawing.split_once("```").expect("it ends");
    expected.assert_eq(drawing);
}

#[test]
fn documentation_of_a_function() {
    let expanded = expand("explain", "/// Loads.\nfn f() -> u32 { let a = one().await; a }");
    let end = expanded.find("fn f").expect("it expands to the function");
    expect![[r#"
        /// Loads.
        /**
        # Schedule

        `┬` starts, `│` runs in the background, `┴` is waited for, `•` runs.

        ```text
        ┬  a
        ┴  a  before the value
        •  a  the value
        ```
        */
    "#]]
    .assert_eq(&expanded[..end]);
}

#[test]
fn calls_a_loop_and_a_log_line() {
    check(
        "fn page(id: u64) -> Result<Page> {
            let ads = ads().await?;
            let user = user(id).await?;
            let posts = posts(&user).await?;
            info!(\"loaded {id}\");
            let mut all = Vec::new();
            for post in &posts {
                let text = text(post).await?;
                let likes = likes(post).await?;
                all.push((text, likes));
            }
            Ok(Page::new(user, ads, all))
        }",
        expect![[r#"
            ┬     ads
            │┬    user
            ││┬   posts                          looks at user in the background
            ┴││   ads                            before the ? of user
             ┴│   user                           before the ? of posts
              ┴   posts                          before a log line
            •     info!("loaded {id}")           a log line
            •     all
            •     for post in &posts             an effect
              ┬     text
              │┬    likes
              ┴│    text                         before the ? of likes
               ┴    likes                        before a change of a local
              •     all.push((text, likes))      a change of a local
            •     Ok(Page::new(user, ads, all))  the value
        "#]],
    );
}

#[test]
fn branches() {
    check(
        "fn f(id: u64) -> u32 {
            let a = one().await;
            let b = two().await;
            if a > b {
                let c = three(a).await;
                let d = four(b).await;
                save(c + d).await;
            } else {
                match b { 0 => log(a).await, _ => { let e = five().await; drop(e); } }
            }
            sum(six().await, seven().await)
        }",
        expect![[r#"
            ┬      a
            │┬     b
            ┴│     a                                before an effect
             ┴     b                                before an effect
            •      if a > b                         an effect
              ┬      c
              │┬     d
              ┴│     c                              before an effect
               ┴     d                              before an effect
              •      save(c + d).await              an effect
              •      match b                        the value
                ┬      e
                ┴      e                            before an effect
                •      drop(e)                      an effect
            ┬      six().await                      after if a > b, an effect
            │┬     seven().await                    after if a > b, an effect
            ┴┴     sum(six().await, seven().await)  the value
        "#]],
    );
}

#[test]
fn chains() {
    check(
        "fn f(u: Url, v: Url) -> Result<u32> {
            let slow = slow().await?;
            let first = get(&u).await?;
            let text = first.text().await?;
            let other = get(&v).await?;
            let seen = look(&other, slow).await?;
            let taken = take(other).await?;
            let (x, y) = (left(&text).await, right(seen).await);
            Ok(x + y + taken)
        }",
        expect![[r#"
            ┬        slow
            │┬       first
            ││┬      other
            │││┬     seen               takes slow in the background; looks at other in the background
            ││││┬    taken              takes other in the background; after seen: both use other
            │││││┬   y                  looks at other in the background; takes seen in the background
            │┴││││   first              text uses it, ahead of its turn
            │┬││││   text               needs first
            ││││││┬  x                  looks at text in the background
            ┴││││││  slow               before the ? of text
             ┴│││││  text               before the ? of other
              ┴││││  other              before the ? of seen
               ┴│││  seen               before the ? of taken
                ┴││  taken              before the value
                 │┴  x                  before the value
                 ┴   y                  before the value
            •        Ok(x + y + taken)  the value
        "#]],
    );
}

/// One that does nothing that can be told starts when it can; one that runs other code where it
/// does not await stays behind those above.
#[test]
fn branches_as_calls() {
    check(
        "fn f(c: bool) -> u32 {
            let id = id().await;
            let user = if c { 0 } else { user(&id).await };
            let feed = if c { 0 } else { feed().await };
            user + feed
        }",
        expect![[r#"
            ┬   id
            │┬  feed
            ┴│  id           user uses it
            ┬│  user         needs id
            ┴│  user         before the value
             ┴  feed         before the value
            •   user + feed  the value
        "#]],
    );
    check(
        "fn f(c: bool) -> u32 {
            let id = id().await;
            let user = if c { next() } else { user(&id).await };
            let feed = if c { next() } else { feed().await };
            user + feed
        }",
        expect![[r#"
            ┬   id
            ┴   id           user uses it
            ┬   user         needs id
            │┬  feed         after user, in source order
            ┴│  user         before the value
             ┴  feed         before the value
            •   user + feed  the value
        "#]],
    );
}

/// One that does something in a block that does not await is an effect, and so is one that takes
/// what a variable of the same name hides below.
#[test]
fn branches_that_act() {
    let is_call = |branch: &str| {
        let item = format!(
            "fn f(c: bool, p: Pool, q: &Q) -> u32 {{
                let a = {branch};
                let p = 3;
                let b = more(p).await;
                a + b
            }}"
        );
        let planned = Planned::of(item.parse().expect("tokens"), Arguments::default());
        planned.expect("it is a function").expect("it awaits").body().overlaps().contains(&(0, 2))
    };
    assert!(is_call("if c { one().await } else { 0 }"));
    assert!(is_call("match c { true => one().await, false => { let n = 2; n + 1 } }"));
    assert!(!is_call("if c { one().await } else { audit(q); 0 }"));
    assert!(!is_call("if c { one().await } else { println!(\"none\"); 0 }"));
    assert!(!is_call("if c { one().await } else { insert(q) }"));
    assert!(!is_call("match c { true => one().await, false => { let n = delete(q); n } }"));
    assert!(!is_call("if c { one().await } else { consume(p) }"));
}

/// `join!` is one call of all that it awaits, unless that is a command.
#[test]
fn joining_macros() {
    check(
        "fn f(id: u64) -> Result<u32> {
            let user = user(id).await?;
            let (feed, ads) = tokio::join!(feed(id), ads());
            let all = futures::try_join!(one(), two())?;
            let both = join!(insert(id), audit(id));
            Ok(page(user, feed, ads, all, both))
        }",
        expect![[r#"
            ┬    user
            │┬   feed, ads
            ││┬  all
            ┴││  user                                     before the ? of all
             ┴│  feed, ads                                before the ? of all
              ┴  all                                      before an effect
            •    let both = join!(insert(id), audit(id))  an effect
            •    Ok(page(user, feed, ads, all, both))     the value
        "#]],
    );
}

#[test]
fn a_loop_with_a_limit_and_blocking_code() {
    check(
        "fn total(ids: Vec<u64>, path: PathBuf) -> Result<u64> {
            let mut total = 0;
            #[background]
            let rows = query(&path)?;
            let index = index().await?;
            #[background(limit = 8)]
            for id in ids {
                let size = size(id).await?;
                let kind = kind(id).await;
                if kind.counts() { add(size).await?; }
                total += size;
            }
            #[background]
            report(total).await;
            Ok(total + rows + index)
        }",
        expect![[r#"
            •      total
            ┬      rows                      on a thread of its own
            │┬     index
            ┴│     rows                      before the ? of index
             ┴     index                     before an effect
            •      for id in ids             an effect, up to 8 iterations at once
              ┬      size
              │┬     kind
              ┴│     size                    before its turn
               ┴     kind                    before its turn
              •      its turn                after the iterations before it
              •      if kind.counts()        an effect
                •      add(size).await?      an effect
              •      total += size           a change of a local
            ┬      report(total).await       after for id in ids, an effect
            ┴      report(total).await       before the value
            •      Ok(total + rows + index)  the value
        "#]],
    );
}

/// What is in the foreground of the rest waits for the iterations in flight too, also in a
/// branch. Outside of the rest none are in flight.
#[test]
fn a_foreground_in_a_loop_with_a_limit() {
    check(
        "fn total(ids: &[u64]) -> Result<u64> {
            let mut total = 0;
            #[foreground]
            audit(total);
            #[background(limit = 8)]
            for id in ids {
                let size = size(id).await?;
                #[foreground]
                let kept = record(size);
                if kept > 0 {
                    #[foreground]
                    audit(size);
                    count(size).await?;
                }
                total += kept;
            }
            Ok(total)
        }",
        expect![[r#"
            •      total
            •      audit(total)               an effect
            •      for id in ids              an effect, up to 8 iterations at once
              ┬      size
              ┴      size                     before its turn
              •      its turn                 after the iterations before it
              •      let kept = record(size)  an effect, after the calls that run ahead
              •      if kept > 0              an effect
                •      audit(size)            an effect, after the calls that run ahead
                •      count(size).await?     an effect
              •      total += kept            a change of a local
            •      Ok(total)                  the value
        "#]],
    );
}

#[test]
fn places_and_order() {
    check(
        "fn f(mut app: App, other: App) -> u32 {
            let a = app.one(&mut app.n).await;
            let b = app.two().await;
            let now = Instant::now();
            let c = other.one().await;
            let d = other.last().await;
            let guard = lock.lock().await;
            let _done = done(next()).await;
            a + b + c + d
        }",
        expect![[r#"
            ┬   a
            ┴   a                               b uses the same place
            ┬   b                               after a: both use app
            ┴   b                               before an effect
            •   let now = Instant::now()        an effect
            ┬   c                               after let now = Instant::now(), an effect
            │┬  d                               after let now = Instant::now(), an effect
            ┴│  c                               before an effect
             ┴  d                               before an effect
            •   let guard = lock.lock().await   a guard by its name, lock, unless marked #[background]
            •   let _done = done(next()).await  an effect
            •   a + b + c + d                   the value
        "#]],
    );
}

#[test]
fn strict() {
    let expanded = expand(
        "strict, explain",
        "fn f() -> Result<u32> { let a = one().await?; let b = two().await?; Ok(a + b) }",
    );
    assert!(expanded.contains("after the ? of a"), "{expanded}");
}

/// What may borrow from a value keeps it, unless its type says that it does not.
#[test]
fn a_borrower() {
    check(
        "fn f() -> u32 {
            let v = load().await;
            let c = look(&v).await;
            let d = last(c).await;
            let t = take(v).await;
            d + t
        }",
        expect![[r#"
            ┬  v
            ┴  v      c uses it
            ┬  c      needs v
            ┴  c      d uses it
            ┬  d      needs v; needs c
            ┴  d      t uses the same place
            ┬  t      needs v; after c: both use v; after d: c may borrow v, if not: state its type
            ┴  t      before the value
            •  d + t  the value
        "#]],
    );
    check(
        "fn f() -> u32 {
            let v = load().await;
            let c: String = look(&v).await;
            let d = last(c).await;
            let t = take(v).await;
            d + t
        }",
        expect![[r#"
            ┬   v
            ┴   v      c uses it
            ┬   c      needs v
            ┴   c      d uses it
            ┬   d      needs c
            │┬  t      needs v; after c: both use v
            ┴│  d      before the value
             ┴  t      before the value
            •   d + t  the value
        "#]],
    );
}

/// The commonest loss, and what to write: a client that is used last may be moved.
#[test]
fn a_move() {
    check(
        "fn f(app: App) -> u32 { let a = app.one().await; let b = app.two().await; a + b }",
        expect![[r#"
            ┬  a
            ┴  a      b uses the same place
            ┬  b      after a: this may move app, if not: `let app = &app;` above
            ┴  b      before the value
            •  a + b  the value
        "#]],
    );
}
