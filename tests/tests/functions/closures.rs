//! `background_closure!`: a closure has the plan of the function that it would be.

use bridge::{background_closure, run_in_foreground};
use bridge_tests::{Log, virtual_time};

type Result<T> = std::result::Result<T, String>;

struct Client<'a>(&'a Log);

impl Client<'_> {
    async fn user(&self, id: u64) -> Result<u64> {
        Ok(self.0.give("user", 10, id).await)
    }

    async fn feed(&self, id: u64) -> Result<u64> {
        let value = if id == 0 { Err("no feed".to_owned()) } else { Ok(2 * id) };
        self.0.give("feed", 5, value).await
    }
}

#[test]
fn calls_overlap() {
    virtual_time(|clock, log| {
        let client = &Client(log);
        let page = background_closure!(|id: u64| -> Result<u64> {
            let client = &client;
            let user = client.user(id).await?;
            let feed = client.feed(id).await?;
            Ok(user + feed)
        });
        assert_eq!(page(1), Ok(3));
        log.expect(["0 S user", "0 S feed", "5 E feed", "10 E user"]);
        assert_eq!(page(0), Err("no feed".to_owned()));
        assert_eq!(clock.now(), 20);
    });
}

#[test]
fn of_an_async_closure_joins_await() {
    virtual_time(|clock, log| {
        let page = background_closure!(async |client: &Client<'_>, id: u64| -> Result<u64> {
            let user = client.user(id).await?;
            let feed = client.feed(id).await?;
            Ok(user + feed)
        });
        let client = Client(log);
        assert_eq!(run_in_foreground(page(&client, 1)), Ok(3));
        assert_eq!(clock.now(), 10);
    });
}

async fn give(log: Log, value: u64) -> u64 {
    log.give("give", 10, value).await
}

/// Without braces, without types, `move`, with parameters in patterns.
#[test]
fn of_every_form() {
    virtual_time(|clock, log| {
        let of_an_expression =
            background_closure!(|n: u64| (give(log.clone(), n).await, give(log.clone(), 2).await));
        assert_eq!((of_an_expression(1), clock.now()), ((1, 2), 10));

        let owned = log.clone();
        let moving = background_closure!(move |(a, b): (u64, u64)| {
            let a = owned.give("a", 10, a).await;
            let b = owned.give("b", 10, b).await;
            a + b
        });
        assert_eq!((moving((1, 2)), clock.now()), (3, 30), "what is taken along may be a `&mut`");

        let strict = background_closure!(
            #[background(strict)]
            |client: &Client<'_>| -> Result<u64> {
                let user = client.user(3).await?;
                let feed = client.feed(4).await?;
                Ok(user + feed)
            }
        );
        assert_eq!((strict(&Client(log)), clock.now()), (Ok(11), 45));

        let all = (1..3).map(background_closure!(|n: u64| {
            let log = &log;
            let client = &Client(log);
            let user = client.user(n).await;
            let feed = client.feed(n).await;
            user.unwrap() + feed.unwrap()
        }));
        assert_eq!((all.collect::<Vec<_>>(), clock.now()), (vec![3, 6], 65));
    });
}

/// What is changed around it keeps its order, and is borrowed no longer than serially.
#[test]
fn what_is_around_it() {
    async fn count(sum: &mut u64, n: u64) -> u64 {
        *sum += n;
        *sum
    }
    virtual_time(|_, log| {
        let mut sum = 1;
        let mut texts: Vec<String> = Vec::new();
        let name = String::from("x");
        let mut add = background_closure!(|n: u64| {
            let first = count(&mut sum, n).await;
            let second = count(&mut sum, first).await;
            texts.push(name.clone());
            let third = log.give("third", 1, n).await;
            texts.push(format!("{name}{third}"));
            (first, second, third)
        });
        assert_eq!(add(2), (3, 6, 2));
        assert_eq!((sum, texts, name), (6, vec!["x".to_owned(), "x2".to_owned()], "x".to_owned()));
    });
}

/// A variable that is taken along may be consumed.
#[test]
fn of_a_closure_that_is_called_once() {
    async fn take(text: String) -> usize {
        text.len()
    }
    async fn look(text: &str) -> usize {
        text.len()
    }
    virtual_time(|_, _| {
        let text = String::from("abc");
        let once = background_closure!(|| {
            let seen = look(&text).await;
            let taken = take(text).await;
            seen + taken
        });
        assert_eq!(once(), 6);
    });
}
