//! Several commands of the cache at once: in one packet, as one transaction, and on clones of one connection.

use bridge::run_in_foreground;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use tokio::sync::Barrier;

use crate::common::{shop, with_servers};

type Result<T> = std::result::Result<T, redis::RedisError>;

/// A number, once the other has come as well.
async fn number(cache: &ConnectionManager, key: String, meet: &Barrier) -> Result<i64> {
    let number: Option<i64> = cache.clone().get(key).await?;
    meet.wait().await;
    Ok(number.unwrap_or(0))
}

twins! {
    /// Two pipelines, the second of which reads what the first has written.
    fn pipelines(cache: &ConnectionManager, key: &str) -> Result<(i64, i64, Vec<i64>, i64)> {
        let mut connection = cache.clone();
        let list = format!("{key}:list");
        let (one, three): (i64, i64) =
            redis::pipe().incr(key, 1).incr(key, 2).query_async(&mut connection).await?;
        let () = redis::pipe().rpush(&list, one).rpush(&list, three).exec_async(&mut connection).await?;
        let (pushed, number): (Vec<i64>, i64) =
            redis::pipe().lrange(&list, 0, -1).get(key).query_async(&mut connection).await?;
        Ok((one, three, pushed, number))
    }

    /// A transaction, between reads of what it changes.
    fn atomic(cache: &ConnectionManager, key: &str) -> Result<(Option<i64>, (i64, i64), i64)> {
        let mut connection = cache.clone();
        let before: Option<i64> = connection.get(key).await?;
        let changed: (i64, i64) =
            redis::pipe().atomic().incr(key, 5).decr(key, 2).query_async(&mut connection).await?;
        let after: i64 = connection.get(key).await?;
        Ok((before, changed, after))
    }

    /// A transaction whose second command the server refuses: the others have been done.
    fn refused(cache: &ConnectionManager, key: &str) -> Result<i64> {
        let mut connection = cache.clone();
        let () = redis::pipe()
            .atomic()
            .set(key, "text")
            .incr(key, 1)
            .set(key, 7)
            .exec_async(&mut connection)
            .await?;
        let number = connection.get(key).await?;
        Ok(number)
    }

    /// Two numbers, on clones of one connection. If two are to meet, it ends only if they overlap.
    fn on_clones(cache: &ConnectionManager, key: &str, meet: &Barrier) -> Result<(i64, i64)> {
        let mut connection = cache.clone();
        let () = connection.mset(&[(format!("{key}:1"), 1), (format!("{key}:2"), 2)]).await?;
        let one = number(cache, format!("{key}:1"), meet).await?;
        let two = number(cache, format!("{key}:2"), meet).await?;
        Ok((one, two))
    }

    /// A pipeline and a command that overlap, on clones of one connection.
    fn side_by_side(cache: &ConnectionManager, key: &str) -> Result<(Vec<i64>, i64, i64)> {
        let (mut one, mut other, mut third) = (cache.clone(), cache.clone(), cache.clone());
        let list = format!("{key}:list");
        let () = one.rpush(&list, &[1, 2, 3]).await?;
        let (all, length): (Vec<i64>, i64) =
            redis::pipe().lrange(&list, 0, -1).llen(&list).query_async(&mut one).await?;
        let second: i64 = other.lindex(&list, 1).await?;
        let last: i64 = third.lindex(&list, -1).await?;
        Ok((all, length + second, last))
    }
}

/// The connection that the functions clone.
fn cache(setting: &bridge_storefront::setting::Setting) -> ConnectionManager {
    shop(setting, "pipelines", 1).cache
}

#[test]
fn a_pipeline_sees_what_the_one_above_has_written() {
    with_servers(|setting| {
        let cache = cache(setting);
        for round in 0..50 {
            let expected = Ok((1, 3, vec![1, 3], 3));
            for (name, form) in [
                ("serial", serial::pipelines as fn(&_, &_) -> _),
                ("overlapped", overlapped::pipelines),
            ] {
                assert_eq!(form(&cache, &format!("pipelines:{name}:{round}")), expected, "{name}");
            }
        }
    });
}

#[test]
fn a_transaction_stands_between_what_reads() {
    with_servers(|setting| {
        let cache = cache(setting);
        for round in 0..50 {
            for (name, form) in
                [("serial", serial::atomic as fn(&_, &_) -> _), ("overlapped", overlapped::atomic)]
            {
                let key = format!("atomic:{name}:{round}");
                assert_eq!(form(&cache, &key), Ok((None, (5, 3), 3)), "{name}");
                assert_eq!(form(&cache, &key), Ok((Some(3), (8, 6), 6)), "{name}");
            }
        }
    });
}

#[test]
fn a_refused_command_gives_the_serial_error() {
    with_servers(|setting| {
        let mut cache = cache(setting);
        let one = serial::refused(&cache, "refused:serial").expect_err("it is refused");
        let other = overlapped::refused(&cache, "refused:overlapped").expect_err("it is refused");
        assert_eq!(one.to_string(), other.to_string());
        for key in ["refused:serial", "refused:overlapped"] {
            let number: i64 = run_in_foreground(cache.get(key)).expect("the cache answers");
            assert_eq!(number, 7);
        }
    });
}

#[test]
fn commands_on_clones_of_a_connection_overlap() {
    with_servers(|setting| {
        let cache = cache(setting);
        for _ in 0..50 {
            assert_eq!(serial::on_clones(&cache, "clones", &Barrier::new(1)), Ok((1, 2)));
            assert_eq!(overlapped::on_clones(&cache, "clones", &Barrier::new(2)), Ok((1, 2)));
        }
    });
}

#[test]
fn a_pipeline_and_a_command_may_overlap() {
    with_servers(|setting| {
        let cache = cache(setting);
        for round in 0..50 {
            for (name, form) in [
                ("serial", serial::side_by_side as fn(&_, &_) -> _),
                ("overlapped", overlapped::side_by_side),
            ] {
                let key = format!("side by side:{name}:{round}");
                assert_eq!(form(&cache, &key), Ok((vec![1, 2, 3], 5, 3)), "{name}");
            }
        }
    });
}
