//! Which commands of Redis are commands.

use bridge_planner::{Arguments, Planned};

/// Whether a `let` between two that ask other servers holds back the one below.
fn acts(body: &str) -> bool {
    let item = format!(
        "async fn f(one: &mut Connection, known: &Cmd) -> Result<Out> {{ \
         {body} let below = value(1).await?; Ok(out(a, below)) }}"
    );
    let planned = Planned::of(item.parse().expect("these are tokens"), Arguments::default());
    let planned = planned.expect("it is a function").expect("it awaits");
    let last = planned.body().statements().count() - 2;
    !planned.body().overlaps().contains(&(last - 1, last))
}

#[test]
fn methods_that_write() {
    for call in [
        "incr(key, 1)",
        "get_del(key)",
        "getset(key, 1)",
        "get_ex(key, end)",
        "lpop(key, None)",
        "blpop(key, 0.0)",
        "rpop(key, None)",
        "brpop(key, 0.0)",
        "lmove(key, other)",
        "blmove(key)",
        "rpoplpush(key, other)",
        "zpopmin(key, 1)",
        "bzpopmax(key, 0.0)",
        "zmpop_min(key, 1)",
        "spop(key)",
        "smove(key, other, 1)",
        "hincr(key, field, 1)",
        "zincr(key, member, 1)",
        "hget_del(key, field)",
        "mset(pairs)",
        "mset_nx(pairs)",
        "set_nx(key, 1)",
        "pset_ex(key, 1)",
        "lrem(key, 1, x)",
        "lset(key, 1, x)",
        "ltrim(key, 1, 2)",
        "linsert_before(key, x, y)",
        "setbit(key, 1, true)",
        "setrange(key, 1, x)",
        "pfadd(key, x)",
        "pfmerge(key, other)",
        "pexpire(key, 1)",
        "hexpire(key, 1, x)",
        "hpersist(key, field)",
        "geo_add(key, x)",
        "xclaim(key, x)",
        "xautoclaim_options(key, x)",
        "xtrim(key, x)",
        "xdel(key, ids)",
        "xgroup_create(key, group, id)",
        "sinterstore(key, x)",
        "zunionstore_max(key, x)",
        "zremrangebyscore(key, 1, 2)",
        "zrembylex(key, x, y)",
        "flushdb()",
        "spublish(channel, x)",
        "unlink(key)",
    ] {
        assert!(acts(&format!("let a: i64 = one.{call}.await?;")), "{call}");
    }
    for call in [
        "get(key)",
        "mget(keys)",
        "hget(key, field)",
        "hgetall(key)",
        "lrange(key, 0, 1)",
        "scard(key)",
        "smembers(key)",
        "zscore(key, x)",
        "zrange(key, 0, 1)",
        "zcard(key)",
        "exists(key)",
        "ttl(key)",
        "llen(key)",
        "xlen(key)",
        "key_type(key)",
    ] {
        assert!(!acts(&format!("let a: i64 = one.{call}.await?;")), "{call}");
    }
}

/// A verb that is not known to read may act, and so may what is built elsewhere.
#[test]
fn commands_by_their_verb() {
    for body in [
        "let a = redis::cmd(\"INCR\").arg(key).query_async(one).await?;",
        "let a = cmd(\"EVAL\").arg(script).query_async(one).await?;",
        "let a = cmd(\"GET2\").arg(key).query_async(one).await?;",
        "let a = cmd(verb).arg(key).query_async(one).await?;",
        "let a = known.query_async(one).await?;",
        "let a = self.command.query_async(one).await?;",
        "let command = command_of(key); let a = command.query_async(one).await?;",
        "let command = cmd(\"DEL\"); let command = command.arg(key); let a = command.query_async(one).await?;",
        "let a = timeout(limit, cmd(\"INCR\").arg(key).query_async(one)).await??;",
        "let a = Script::new(text).key(key).invoke_async(one).await?;",
    ] {
        assert!(acts(body), "{body}");
    }
    for body in [
        "let a = redis::cmd(\"GET\").arg(key).query_async(one).await?;",
        "let a = cmd(\"hgetall\").arg(key).query_async(one).await?;",
        "let mut command = cmd(\"MGET\"); command.arg(key); let a = command.query_async(one).await?;",
        "let a = timeout(limit, cmd(\"GET\").arg(key).query_async(one)).await??;",
    ] {
        assert!(!acts(body), "{body}");
    }
}

#[test]
fn pipelines_by_what_is_in_them() {
    for body in [
        "let a = redis::pipe().incr(key, 1).query_async(one).await?;",
        "let a = pipe().get(key).cmd(\"SET\").arg(key).query_async(one).await?;",
        "let mut pipe = redis::pipe(); pipe.atomic().incr(key, 1); let a = pipe.query_async(one).await?;",
        "let mut pipe = Pipeline::new(); pipe.get(key); pipe.lpop(key, None); \
         let a = pipe.query_async(one).await?;",
        "let mut pipe = pipe(); for key in keys { pipe.del(key); } let a = pipe.query_async(one).await?;",
        "let mut pipe = pipe(); keys.iter().for_each(|key| { pipe.del(key); }); \
         let a = pipe.query_async(one).await?;",
        "let mut pipe = pipe(); fill(&mut pipe); let a = pipe.query_async(one).await?;",
    ] {
        assert!(acts(body), "{body}");
    }
    for body in [
        "let a = redis::pipe().get(key).hget(key, field).query_async(one).await?;",
        "let mut pipe = redis::pipe(); pipe.atomic().get(key); pipe.cmd(\"LLEN\").arg(key); \
         let a = pipe.query_async(one).await?;",
    ] {
        assert!(!acts(body), "{body}");
    }
}
