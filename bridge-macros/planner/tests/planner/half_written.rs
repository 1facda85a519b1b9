//! Input that is broken, as it is while somebody types: the function comes back
//! beside the error.

use expect_test::expect;
use proc_macro2::{Group, TokenStream, TokenTree};

use super::expand;
use bridge_planner::{Host, Reader, background};

const EDITOR: Host = Host { reader: Reader::Editor, is_above: |_, _| true };

fn output(args: &str, item: &str) -> String {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("these are tokens");
    background(tokens(args), tokens(item), Host::default()).to_string()
}

#[test]
fn a_body_that_does_not_parse_is_given_back_as_it_is() {
    let written = output(
        "",
        "fn page(id: u64) -> Page {
            let user = user(id).await;
            let page = render(user.);
            page
        }",
    );
    expect![[r#"fn page (id : u64) -> Page { :: bridge :: expansion :: sync :: as_written :: < Page > (async { let value : Page = { let user = user (id) . await ; let page = render (user .) ; page } ; value }) } :: std :: compile_error ! { "unexpected end of input, expected identifier or integer" }"#]]
    .assert_eq(&written);
}

/// Only in a plain function are awaits out of place.
#[test]
fn what_has_no_body_to_wait_in_is_given_back_token_by_token() {
    for item in [
        "async fn page (id : u64) -> Page { let user = user (id) . await ; render (user .) }",
        "fn page (id : u64) -> Page where",
        "struct Page { user : User }",
        "impl Page { fn new () -> Self { let user = user (id) . await ; Page { user } } }",
    ] {
        let written = output("", item);
        let (before, error) = written.split_once(":: std :: compile_error").expect("an error");
        assert_eq!(before.trim(), item);
        assert!(!error.contains("compile_error"), "{error}");
    }
}

/// Nothing else would know them.
#[test]
fn markers_are_taken_off() {
    let written = output(
        "",
        "fn f() {
            #[foreground] let a = one().await;
            if a { #[background] two().await; #[background(limit = 2)] for x in { } }
            #[cfg(test)] three(.);
        }",
    );
    assert!(!written.contains("ground]") && !written.contains("limit"), "{written}");
    assert!(written.contains("# [cfg (test)] three (.)"), "{written}");
}

/// What rust-analyzer sees: the function, what is wrong with it, what is explained.
#[test]
fn an_editor_is_given_the_function_as_it_is() {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("these are tokens");
    let item = "/// Sums.
        #[inline]
        fn sum(xs: &[u64]) -> u64 {
            let a = one().await;
            #[background(limit = 0)] for x in xs { let y = two(x).await; }
            a
        }";
    let written = background(tokens("explain"), tokens(item), EDITOR);
    let file = syn::parse2(written).expect("it parses");
    let written = prettyplease::unparse(&file);
    assert!(written.starts_with("/// Sums.\n#[inline]\n/**\n# Schedule\n"), "{written}");
    expect![[r#"
        fn sum(xs: &[u64]) -> u64 {
            ::bridge::expansion::sync::as_written::<
                u64,
            >(async {
                let value: u64 = {
                    let a = one().await;
                    for x in xs {
                        let y = two(x).await;
                    }
                    a
                };
                value
            })
        }
        ::std::compile_error! {
            "with a limit of 0 no iteration could begin: write `limit = 1` for one at a time"
        }
    "#]]
    .assert_eq(&written[written.find("fn sum").expect("it is a function")..]);
}

#[test]
fn wrong_arguments_leave_the_default_form() {
    let item = "fn f() -> u32 { let a = one().await; let b = two().await; a + b }";
    for (args, form) in [
        ("seri", ""),
        ("crate =", ""),
        ("crate = \"bridge\"", ""),
        (",", ""),
        ("3", ""),
        ("explain = 1", ""),
        ("serial, strict", "serial"),
    ] {
        let written = expand(args, item);
        let error = written.strip_prefix(&expand(form, item)).expect("the function comes first");
        assert_eq!(error.matches("compile_error!").count(), 1, "{args}: {written}");
    }
}

/// Typed from left to right, with the brackets closed by the editor.
#[test]
fn every_beginning_of_a_function_comes_back() {
    const WHOLE: &str = r#"
        #[doc = "Loads a page."]
        pub(crate) fn page<'a, C>(client: &'a C, id: u64) -> Result<Page> where C: Client {
            let user = client.user(id).await?;
            #[foreground]
            let Some(name) = user.name.as_ref() else { return Err(missing(id)) };
            let (feed, ads) = (feed(&user).await?, ads(name).await);
            for post in &feed {
                let text = text(post).await.context("a text")?;
                if text.len() > 3 { save(text).await?; } else { println!("{name} {}", id) }
            }
            let all = match load(id).await { Ok(all) if all > 3 => all, _ => client.more().await? };
            info!("loaded {id}");
            Ok(Page { user, all, ads })
        }"#;
    let whole: TokenStream = WHOLE.parse().expect("these are tokens");
    let (mut parsed, mut broken) = (0, 0);
    for length in 0..count(whole.clone()) {
        let typed = beginning(whole.clone(), &mut { length });
        let written = background(TokenStream::new(), typed.clone(), Host::default());
        if syn::parse2::<syn::ItemFn>(typed.clone()).is_ok() {
            parsed += 1;
        } else {
            broken += 1;
            assert_eq!(written.to_string().matches("compile_error").count(), 1, "{written}");
        }
        let mut left = names(written.clone());
        // All but what the expansion says in another way.
        for name in
            names(typed.clone()).iter().filter(|name| !["await", "foreground"].contains(&&***name))
        {
            let at = left.iter().position(|other| other == name);
            left.remove(
                at.unwrap_or_else(|| panic!("`{name}` is lost of\n{typed}\nin\n{written}")),
            );
        }
    }
    assert!(parsed > 20 && broken > 100, "{parsed} parse, {broken} do not");
}

fn count(tokens: TokenStream) -> usize {
    let inside = |token| match token {
        TokenTree::Group(group) => 1 + count(group.stream()),
        _ => 1,
    };
    tokens.into_iter().map(inside).sum()
}

/// The first tokens, in depth.
fn beginning(tokens: TokenStream, left: &mut usize) -> TokenStream {
    let mut out = Vec::new();
    for token in tokens {
        if *left == 0 {
            break;
        }
        *left -= 1;
        out.push(match token {
            TokenTree::Group(group) => {
                let inside = beginning(group.stream(), left);
                TokenTree::Group(Group::new(group.delimiter(), inside))
            }
            token => token,
        });
    }
    out.into_iter().collect()
}

/// All words and literals.
fn names(tokens: TokenStream) -> Vec<String> {
    let of = |token| match token {
        TokenTree::Group(group) => names(group.stream()),
        TokenTree::Punct(_) => Vec::new(),
        token => vec![token.to_string()],
    };
    tokens.into_iter().flat_map(of).collect()
}
