//! One function, in the manner of rustc.

use crate::project::{AUDITED, PAGE, Project};

#[test]
fn says_what_waits_for_what_and_the_rewrite() {
    let shop = Project::of(&[("src/lib.rs", AUDITED)]);
    let by_line = shop.run(&["explain", "src/lib.rs:4"]);
    let by_name = shop.run(&["explain", "Shop::audited"]);
    assert_eq!((by_line.code, &by_line.out), (Some(0), &by_name.out), "{}", by_line.errors);
    let said = by_line.out;
    for part in [
        "src/lib.rs:2 Shop::audited: 2 calls in 2 steps\n",
        "note: when `user` starts\n",
        "^^^^^^^^^^^^^^^^^^^^^^^^^ this starts after\n",
        "this: `load_prices(self).await` is an effect, which has its turn\n",
        "waits for `load_prices(self).await` above, a statement: mark that `#[background]`",
        "help: with it: 2 calls in 1 step\n",
        "3 +         #[background]\n",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[test]
fn what_cannot_be_explained_is_said() {
    let shop = Project::of(&[("src/lib.rs", PAGE)]);
    let said = shop.run(&["explain", "src/lib.rs:1000"]);
    assert_eq!(said.code, Some(101));
    assert!(said.errors.contains("there is no `async fn`"), "{}", said.errors);
    let said = shop.run(&["explain", "nothing"]);
    assert!(said.errors.contains("is called `nothing`"), "{}", said.errors);
    shop.write("src/lib.rs", "async fn one() { a().await }");
    let said = shop.run(&["explain", "one"]);
    assert!(said.out.contains("it awaits once at the most"), "{}", said.out);
}

#[test]
fn a_swap_is_a_diff() {
    let text = "\
async fn page(id: u32) -> Result<u32> {
    let user = user(id).await?;
    notify(id);
    let posts = posts(id).await?;
    Ok(user + posts)
}
";
    let said = Project::of(&[("src/lib.rs", text)]).run(&["explain", "page"]).out;
    for part in [
        "which may act: move that below this call",
        "help: with it: 2 calls in 1 step\n",
        "3 ~     let posts = posts(id).await?;\n4 +     notify(id);\n",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[test]
fn a_statement_is_split() {
    let text = "\
async fn page(id: u32) -> Result<u32> {
    let user = user(id).await?;
    show(&posts(id).await?);
    Ok(user)
}
";
    let said = Project::of(&[("src/lib.rs", text)]).run(&["explain", "page"]).out;
    for part in [
        "what is awaited in the middle of this statement waits for all above",
        "help: with it: 2 calls in 1 step\n",
        "let value = posts(id).await?;\n",
        "show(&value);\n",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[test]
fn a_schedule_is_drawn_to_scale() {
    let text = "\
async fn page(id: u32) -> Result<u32> {
    let user = user(id).await?;
    let (ads, news) = (ads().await?, news().await?);
    if user.is_new() {
        let hello = hello(user).await?;
        let gift = gift(user).await?;
        welcome(hello, gift);
    }
    Ok(ads + news)
}
";
    let times = "user 100\nads 50\nnews 200\nhello 20\n";
    let page = Project::of(&[("src/lib.rs", text), ("times", times)]);
    let said = page.run(&["explain", "page", "--weights", "times"]);
    let bars: Vec<_> = said.out.lines().filter(|line| line.contains('━')).collect();
    let told = |line: &&str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let bar = |columns: usize| "━".repeat(columns);
    // 220 ms in 40 columns.
    let expected = [
        format!("user {} 0 to 100 ms", bar(18)),
        format!("ads {} 0 to 50 ms", bar(9)),
        format!("news {} 0 to 200 ms", bar(36)),
        format!("hello {} 200 to 220 ms", bar(4)),
        format!("gift {} 200 to 201 ms ?", bar(1)),
    ];
    assert_eq!(bars.iter().map(told).collect::<Vec<_>>(), expected, "{}{}", said.out, said.errors);
    assert!(said.out.contains("page: 220 ms instead of 371 ms"), "{}", said.out);
    let said = page.run(&["explain", "page", "--weights", "nowhere"]);
    assert_eq!(said.code, Some(101));
    assert!(said.errors.contains("nowhere: "), "{}", said.errors);
}

/// The shapes that users meet first: each is told with its rewrite.
#[test]
fn names_the_rewrite_of_the_usual_shapes() {
    for (body, rewrite) in [
        ("load_prices().await?; let a = user(1).await?; Ok(a)", "mark that `#[background]`"),
        ("let a = user(1).await?; let _x = posts(1).await?; Ok(a)", "begins with `_`"),
        (
            "let a = look(&client).await?; let b = client.load(1).await?; Ok(a + b)",
            "write `let client = &client;` above",
        ),
        (
            "let a = check_quota(1).await?; let b = refresh(1).await?; Ok(a + b)",
            "a check by its name (`check_quota`): `#[background]` on it",
        ),
        (
            "let a = match find(1).await { Some(a) => a, None => return Err(gone()) }; \
             let b = posts(1).await?; Ok(a + b)",
            "page: 2 calls in 1 step",
        ),
        (
            "for id in ids { let a = user(id).await?; show(a); } Ok(0)",
            "`#[background(limit = 16)]`",
        ),
    ] {
        let text = format!("async fn page(client: Client, ids: Ids) -> Result<u32> {{ {body} }}");
        let shop = Project::of(&[("src/lib.rs", &text)]);
        let said = shop.run(&["explain", "page"]);
        assert!(said.out.contains(rewrite), "{body}:\n{}", said.out);
    }
}
