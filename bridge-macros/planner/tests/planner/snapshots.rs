//! Expansions, written out. `UPDATE_EXPECT=1 cargo test -p bridge-planner`
//! writes them anew.

use expect_test::{Expect, expect};

use super::expand;

fn check(item: &str, expected: Expect) {
    expected.assert_eq(&expand("", item));
}

/// The seed's translation: two starts, two joins.
#[test]
fn two_loads() {
    check(
        "fn load_and_process_data() -> Report {
            let data1 = load_remote_data_set1().await;
            let data2 = load_remote_data_set2().await;
            process_data(data1, data2)
        }",
        expect![[r#"
            fn load_and_process_data() -> Report {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let mut data1 = __bridge::background(async { load_remote_data_set1().await });
                let mut data2 = __bridge::background(async { load_remote_data_set2().await });
                __bridge::start((&mut data1, (&mut data2, ())));
                let data1 = __bridge::foreground(data1, (&mut data2, ()), [0]);
                let data2 = __bridge::foreground(data2, (), [0]);
                process_data(data1, data2)
            }
        "#]],
    );
}

/// Four calls and more lie in one piece of memory.
#[test]
fn many_loads() {
    check(
        "fn sum() -> u32 {
            let a = load(1).await;
            let together = load(2).await;
            let c = load(3).await;
            let d = load(4).await;
            a + together + c + d
        }",
        expect![[r#"
            fn sum() -> u32 {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let together_2 = __bridge::together();
                let mut a = __bridge::background_beside(&together_2, async { load(1).await });
                let mut together = __bridge::background_beside(&together_2, async { load(2).await });
                let mut c = __bridge::background_beside(&together_2, async { load(3).await });
                let mut d = __bridge::background_beside(&together_2, async { load(4).await });
                __bridge::start((&mut a, (&mut together, (&mut c, (&mut d, ())))));
                let a = __bridge::foreground(a, (&mut together, (&mut c, (&mut d, ()))), [0]);
                let together = __bridge::foreground(together, (&mut c, (&mut d, ())), [0]);
                let c = __bridge::foreground(c, (&mut d, ()), [0]);
                let d = __bridge::foreground(d, (), [0]);
                a + together + c + d
            }
        "#]],
    );
}

/// Its serial twin.
#[test]
fn serial() {
    let item = "fn load_and_process_data() -> Report {
        let data1 = load_remote_data_set1().await;
        let data2 = load_remote_data_set2().await;
        process_data(data1, data2)
    }";
    expect![[r#"
        fn load_and_process_data() -> Report {
            use ::bridge::expansion::sync as __bridge;
            let _function = __bridge::enter(|| ());
            let data1 = __bridge::run(load_remote_data_set1()).in_foreground();
            let data2 = __bridge::run(load_remote_data_set2()).in_foreground();
            process_data(data1, data2)
        }
    "#]]
    .assert_eq(&expand("serial", item));
}

#[test]
fn chain_with_try() {
    check(
        "fn pages(u1: &str, u2: &str) -> Result<String> {
            let one = get(u1).await?.text().await?;
            let two = get(u2).await?.text().await?;
            Ok(one + &two)
        }",
        expect![[r#"
            fn pages(u1: &str, u2: &str) -> Result<String> {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let mut one = __bridge::background(async {
                    __bridge::wrap::<Result<String>, _>(get(u1).await?.text().await)
                });
                let mut two = __bridge::background(async {
                    __bridge::wrap::<Result<String>, _>(get(u2).await?.text().await)
                });
                __bridge::start((&mut one, (&mut two, ())));
                let one = __bridge::foreground(one, (&mut two, ()), [0])??;
                let two = __bridge::foreground(two, (), [0])??;
                Ok(one + &two)
            }
        "#]],
    );
}

#[test]
fn operands() {
    check(
        "fn page(id: u64) -> Page { render(user(id).await, feed(id).await) }",
        expect![[r#"
            fn page(id: u64) -> Page {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let mut user = __bridge::background(async { user(id).await });
                let mut feed = __bridge::background(async { feed(id).await });
                __bridge::start((&mut user, (&mut feed, ())));
                render(
                    __bridge::foreground(user, (&mut feed, ()), [0]),
                    __bridge::foreground(feed, (), [0]),
                )
            }
        "#]],
    );
}

/// The variable of a call that is joined after a later binding.
#[test]
fn declared() {
    check(
        "fn f() { let a = one().await; let n = 2 * LIMIT; let b = two(n).await; show(a, b) }",
        expect![[r#"
            fn f() {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let mut a_call = __bridge::background(async { one().await });
                let a;
                __bridge::start((&mut a_call, ()));
                let n = 2 * LIMIT;
                let mut b = __bridge::background(async { two(n).await });
                __bridge::start((&mut b, ()));
                a = __bridge::foreground(a_call, (&mut b, ()), [0]);
                let b = __bridge::foreground(b, (), [0]);
                show(a, b)
            }
        "#]],
    );
}

#[test]
fn branches_and_loops() {
    check(
        "fn f(xs: &[u32]) {
            for x in xs {
                let a = one(x).await;
                let b = two(x).await;
                if a > b { save(a).await; } else { print!(\"{}\", three(b).await) }
            }
        }",
        expect![[r#"
            fn f(xs: &[u32]) {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                for x in xs {
                    let mut a = __bridge::background(async { one(x).await });
                    let mut b = __bridge::background(async { two(x).await });
                    __bridge::start((&mut a, (&mut b, ())));
                    let a = __bridge::foreground(a, (&mut b, ()), [0]);
                    let b = __bridge::foreground(b, (), [0]);
                    if a > b {
                        __bridge::run(save(a)).in_foreground();
                    } else {
                        print!("{}", __bridge::run(three(b)).in_foreground())
                    }
                }
            }
        "#]],
    );
}

#[test]
fn async_fn() {
    check(
        "async fn f() -> u32 { let a = one().await; let b = two().await; a + b }",
        expect![[r#"
            async fn f() -> u32 {
                use ::bridge::expansion::asynchronous as __bridge;
                let _function = __bridge::function(|| ());
                let mut task = __bridge::task();
                let mut a = __bridge::background(async { one().await });
                let mut b = __bridge::background(async { two().await });
                task.polled().await.start((&mut a, (&mut b, ())));
                while task.polled().await.runs(&mut a, (&mut b, ())) {}
                let a = __bridge::foreground(a, [0]);
                while task.polled().await.runs(&mut b, ()) {}
                let b = __bridge::foreground(b, [0]);
                a + b
            }
        "#]],
    );
}

/// The value passes on in the background, by whoever is done first.
#[test]
fn chained() {
    check(
        "fn f() -> Result<u32> {
            let a = slow().await?;
            let b = quick().await.context(\"b\")?;
            let c = more(&b, b.id).await?;
            let d = last(c).await?;
            Ok(a + b + d)
        }",
        expect![[r#"
            fn f() -> Result<u32> {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let mut a_call = __bridge::background(async { slow().await });
                let a;
                let mut b_slot = __bridge::Linked::new();
                let mut d = __bridge::background(async {
                    let b = b_slot.keep(quick().await.context("b")?, [0]);
                    let c = __bridge::passed(more(b, (*b).id).await?, [0]);
                    __bridge::wrap::<Result<u32>, _>(last(c).await?)
                });
                __bridge::start((&mut a_call, (&mut d, ())));
                a = __bridge::foreground(a_call, (&mut d, ()), [0])?;
                let d = __bridge::foreground(d, (), [0])?;
                let b = b_slot.into_inner();
                Ok(a + b + d)
            }
        "#]],
    );
}

/// Each call of a statement starts by itself: one at once, one with the value that
/// it needs.
#[test]
fn units() {
    check(
        "fn page(id: u64) -> Page {
            let user = user(id).await;
            let (feed, ads) = (feed(&user).await, ads().await);
            let page = render(news().await, likes(feed).await);
            page.with(user, ads)
        }",
        expect![[r#"
            fn page(id: u64) -> Page {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let together = __bridge::together();
                let mut user_slot = __bridge::Linked::new();
                let feed_slot = __bridge::Moved::new();
                let mut feed = __bridge::background_beside(
                    &together,
                    async {
                        let user = user_slot.keep(user(id).await, [0]);
                        feed_slot.set(feed(user).await, [0])
                    },
                );
                let mut ads = __bridge::background_beside(&together, async { ads().await });
                let mut news = __bridge::background_beside(&together, async { news().await });
                let mut page = __bridge::background_beside(
                    &together,
                    async {
                        let feed = feed_slot.take().await;
                        likes(feed).await
                    },
                );
                __bridge::start((&mut feed, (&mut ads, (&mut news, (&mut page, ())))));
                __bridge::foreground(feed, (&mut ads, (&mut news, (&mut page, ()))), [0]);
                let ads = __bridge::foreground(ads, (&mut news, (&mut page, ())), [0]);
                let bridge_operand_4 = __bridge::foreground(news, (&mut page, ()), [0]);
                let page = render(bridge_operand_4, __bridge::foreground(page, (), [0]));
                let user = user_slot.into_inner();
                page.with(user, ads)
            }
        "#]],
    );
}

/// A value that may be borrowed or taken stays in the function's own frame, and
/// its failure waits for what is above.
#[test]
fn joined_ahead() {
    check(
        "fn pages(u1: &str, u2: &str) -> Result<String> {
            let r1 = get(u1).await?;
            let t1 = r1.text().await?;
            let r2 = get(u2).await?;
            let t2 = r2.text().await?;
            Ok(t1 + &t2)
        }",
        expect![[r#"
            fn pages(u1: &str, u2: &str) -> Result<String> {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let mut r1 = __bridge::background(async { get(u1).await });
                let mut r2 = __bridge::background(async {
                    __bridge::wrap::<Result<String>, _>(get(u2).await?)
                });
                __bridge::start((&mut r1, (&mut r2, ())));
                let r1 = __bridge::foreground(r1, (&mut r2, ()), [0])?;
                let mut t1_call = __bridge::background(async {
                    __bridge::wrap::<Result<String>, _>(r1.text().await?)
                });
                let t1;
                __bridge::start((&mut t1_call, ()));
                let r2 = match __bridge::out_of_order_as::<
                    Result<String>,
                    _,
                    _,
                    _,
                >(r2, (&mut t1_call, ()), [0]) {
                    __bridge::Ok(value) => value,
                    __bridge::Err(failure) => {
                        t1 = __bridge::foreground(t1_call, (), [0])?;
                        let _ = &t1;
                        match failure.raise()? {}
                    }
                };
                let mut t2 = __bridge::background(async { r2.text().await });
                __bridge::start((&mut t2, ()));
                t1 = __bridge::foreground(t1_call, (&mut t2, ()), [0])?;
                let t2 = __bridge::foreground(t2, (), [0])?;
                Ok(t1 + &t2)
            }
        "#]],
    );
}

/// A block is a scope of its own, and a call may come out of one.
#[test]
fn unsafe_blocks() {
    check(
        "fn f() -> u32 {
            let a = unsafe { one() }.await;
            let b = two().await;
            let c = unsafe { let x = three().await; let y = four().await; x + y };
            a + b + c
        }",
        expect![[r#"
            fn f() -> u32 {
                use ::bridge::expansion::sync as __bridge;
                let _function = __bridge::enter(|| ());
                let mut a = __bridge::background(async { unsafe { one() }.await });
                let mut b = __bridge::background(async { two().await });
                __bridge::start((&mut a, (&mut b, ())));
                let a = __bridge::foreground(a, (&mut b, ()), [0]);
                let b = __bridge::foreground(b, (), [0]);
                let c = unsafe {
                    let mut x = __bridge::background(async { three().await });
                    let mut y = __bridge::background(async { four().await });
                    __bridge::start((&mut x, (&mut y, ())));
                    let x = __bridge::foreground(x, (&mut y, ()), [0]);
                    let y = __bridge::foreground(y, (), [0]);
                    x + y
                };
                a + b + c
            }
        "#]],
    );
}

/// A call that nothing runs beside stays where it is.
#[test]
fn alone() {
    check(
        "async fn f(x: &X) -> u32 {
            let a = get(x).await;
            let key = &x.key;
            let b = more(key, &a).await;
            a + b
        }",
        expect![[r#"
            async fn f(x: &X) -> u32 {
                use ::bridge::expansion::asynchronous as __bridge;
                let _function = __bridge::function(|| ());
                let a = (__bridge::in_place)(get(x)).await;
                let key = &x.key;
                let b = (__bridge::in_place)(more(key, &a)).await;
                a + b
            }
        "#]],
    );
    // Nor beside synchronous code that stands above it.
    check(
        "async fn f() -> Addresses {
            let server = bind().await;
            let address = server.address().unwrap();
            let client = bind().await;
            (address, client.address())
        }",
        expect![[r#"
            async fn f() -> Addresses {
                use ::bridge::expansion::asynchronous as __bridge;
                let _function = __bridge::function(|| ());
                let server = (__bridge::in_place)(bind()).await;
                let address = server.address().unwrap();
                let client = (__bridge::in_place)(bind()).await;
                (address, client.address())
            }
        "#]],
    );
}

/// A variable is not declared ahead of a function of its name that its call calls.
#[test]
fn a_variable_called_as_its_function() {
    let expansion = expand(
        "",
        "fn f() -> u32 {
            let first = first().await;
            let key = key_of(7);
            let last = load(key).await;
            first + last
        }",
    );
    let place = |text: &str| expansion.find(text).unwrap_or_else(|| panic!("{expansion}"));
    assert!(place("first().await") < place("let first;"), "{expansion}");
}
