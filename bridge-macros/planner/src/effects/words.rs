//! What names of functions and methods tell, by the conventions of the standard library.

/// Methods that take `&self` and only look.
const LOOKING: &[&str] = &[
    "char_indices",
    "concat",
    "get",
    "parse",
    "repeat",
    "split_once",
    "split_whitespace",
    "strip_prefix",
    "strip_suffix",
    "clone",
    "cloned",
    "copied",
    "to_string",
    "to_owned",
    "to_vec",
    "len",
    "is_empty",
    "iter",
    "keys",
    "values",
    "chars",
    "trim",
    "first",
    "last",
    "contains",
    "contains_key",
    "starts_with",
    "ends_with",
    "deref",
    "display",
    "id",
    "pool",
];

/// Prefixes of such methods.
const LOOKING_PREFIXES: &[&str] = &["as_", "is_", "to_"];

/// Methods that turn one value into another and do no more.
const CONVERSIONS: &[&str] = &[
    "chain",
    "collect",
    "count",
    "enumerate",
    "into_iter",
    "max",
    "min",
    "rev",
    "skip",
    "step_by",
    "sum",
    "zip",
    "into",
    "ok",
    "err",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "expect",
    "ok_or",
    "flatten",
    "context",
    "wrap_err",
];

const CONVERSION_PREFIXES: &[&str] = &["into_", "with_"];

/// Methods that turn one value into another by what they are given to call.
const COMBINATORS: &[&str] = &[
    "all",
    "any",
    "filter_map",
    "flat_map",
    "fold",
    "position",
    "map",
    "map_err",
    "and_then",
    "or_else",
    "ok_or_else",
    "unwrap_or_else",
    "with_context",
    "map_or",
    "filter",
];

/// Functions that make a value of what they are given and do no more.
const CONSTRUCTORS: &[&str] = &["builder", "default", "from", "new", "with_capacity"];

/// Methods without arguments that take a guard.
const TAKING_GUARDS: &[&str] = &[
    "borrow",
    "borrow_mut",
    "lock",
    "read",
    "try_borrow",
    "try_borrow_mut",
    "try_lock",
    "try_read",
    "try_write",
    "write",
];

/// Methods without arguments that look at what others may change meanwhile: a cell, a file, a
/// channel, a thread.
const LOOKING_AT_THE_WORLD: &[&str] = &[
    "canonicalize",
    "exists",
    "get",
    "is_dir",
    "is_file",
    "is_symlink",
    "join",
    "metadata",
    "read_dir",
    "read_link",
    "recv",
    "symlink_metadata",
    "take",
    "try_exists",
    "try_recv",
];

/// The same, with arguments.
const LOOKING_WITH: &[&str] = &["load", "recv_timeout", "with", "with_borrow"];

/// Parts of a path by which a function looks at the world.
const WORLDS: &[&str] = &[
    "File",
    "Instant",
    "OpenOptions",
    "SystemTime",
    "Utc",
    "Local",
    "env",
    "fs",
    "io",
    "process",
    "thread",
];

/// Methods that act on what others see.
const ACTING: &[&str] = &[
    "compare_exchange",
    "compare_exchange_weak",
    "fetch_add",
    "fetch_and",
    "fetch_max",
    "fetch_min",
    "fetch_or",
    "fetch_sub",
    "fetch_update",
    "fetch_xor",
    "send",
    "store",
    "swap",
    "try_send",
    "with_borrow_mut",
];

/// Methods with one argument by which a cell is changed.
const CHANGING_CELLS: &[&str] = &["replace", "set", "update"];

/// Functions of those worlds that act there, by their first word.
const ACTING_WORDS: &[&str] = &[
    "copy", "create", "exec", "exit", "hard", "kill", "output", "remove", "rename", "set", "spawn",
    "status", "symlink", "write",
];

/// Methods that give an exclusive guard, or show all of a thread's own value to a closure.
const LETTING_CHANGE: &[&str] =
    &["borrow_mut", "lock", "try_borrow_mut", "try_lock", "try_write", "with", "write"];

/// Methods that change a collection or a text of the standard library, and do no more.
const CHANGING: &[&str] = &[
    "append",
    "clear",
    "dedup",
    "extend",
    "extend_from_slice",
    "insert",
    "insert_str",
    "pop",
    "pop_back",
    "pop_first",
    "pop_front",
    "pop_last",
    "push",
    "push_back",
    "push_front",
    "push_str",
    "remove",
    "resize",
    "retain",
    "reverse",
    "sort",
    "sort_by",
    "sort_by_key",
    "sort_unstable",
    "sort_unstable_by",
    "sort_unstable_by_key",
    "truncate",
];

/// Methods that fill an entry of a map.
const FILLING: &[&str] =
    &["and_modify", "or_default", "or_insert", "or_insert_with", "or_insert_with_key"];

/// Methods by which a query says what it asks for, in the languages of diesel and sea-orm.
const COMPARING: &[&str] = &[
    "and",
    "asc",
    "between",
    "desc",
    "eq",
    "eq_any",
    "ge",
    "gt",
    "gte",
    "ilike",
    "is_in",
    "is_not_null",
    "is_null",
    "le",
    "like",
    "lt",
    "lte",
    "ne",
    "ne_all",
    "not_like",
    "or",
];

/// Methods that may panic.
const PANICKING: &[&str] = &["expect", "expect_err", "split_at", "unwrap", "unwrap_err"];

/// Whether a method is known to take its receiver by `&`.
pub(crate) fn borrows_receiver(method: &str) -> bool {
    LOOKING.contains(&method) || has_prefix(method, LOOKING_PREFIXES)
}

/// Whether a method may write to a `mut` place. Of what is no value of the standard library any
/// may, but that which by its name leaves two alike.
pub(crate) fn may_write(method: &str) -> bool {
    method != "clone"
}

/// Whether a method that is applied to a value only converts it.
pub(crate) fn is_conversion(method: &str) -> bool {
    borrows_receiver(method)
        || CONVERSIONS.contains(&method)
        || has_prefix(method, CONVERSION_PREFIXES)
}

/// Whether a method does so by calling what it is given.
pub(crate) fn is_combinator(method: &str) -> bool {
    COMBINATORS.contains(&method)
}

/// Whether the last name of a path is that of a function that makes a value.
pub(crate) fn is_constructor(function: &str) -> bool {
    CONSTRUCTORS.contains(&function) || function.starts_with("from_")
}

/// Whether a method without arguments takes a guard or reads a clock.
pub(crate) fn observes(method: &str) -> bool {
    takes_guard(method) || method == "elapsed"
}

/// Whether a method without arguments takes a guard.
pub(crate) fn takes_guard(method: &str) -> bool {
    TAKING_GUARDS.contains(&method)
}

/// Whether a method looks at what others may change meanwhile.
pub(crate) fn looks_at_world(method: &str, arguments: usize) -> bool {
    match arguments {
        0 => LOOKING_AT_THE_WORLD.contains(&method) || observes(method),
        _ => LOOKING_WITH.contains(&method) || acts_on_world(method, arguments),
    }
}

/// Whether a method with so many arguments acts on what others see.
pub(crate) fn acts_on_world(method: &str, arguments: usize) -> bool {
    match arguments {
        0 => false,
        // A text has a `replace` with two.
        1 => ACTING.contains(&method) || CHANGING_CELLS.contains(&method),
        _ => ACTING.contains(&method),
    }
}

/// Whether a method gives what the world can be changed by.
pub(crate) fn lets_change(method: &str) -> bool {
    LETTING_CHANGE.contains(&method)
}

/// Whether a method changes a collection or a text of the standard library, and does no more.
pub(crate) fn changes_collection(method: &str) -> bool {
    CHANGING.contains(&method)
}

/// Whether a method fills an entry of a map.
pub(crate) fn fills_entry(method: &str) -> bool {
    FILLING.contains(&method)
}

/// Whether a part of a path says that a function looks at the world.
pub(crate) fn is_world(segment: &str) -> bool {
    WORLDS.contains(&segment)
}

/// Whether a function of such a path acts there.
pub(crate) fn acts_in_world(function: &str) -> bool {
    let first = function.split('_').next().unwrap_or_default();
    ACTING_WORDS.contains(&first)
}

/// Whether a method only says what a query asks for.
pub(crate) fn compares(method: &str) -> bool {
    COMPARING.contains(&method)
}

/// Whether a method may panic.
pub(crate) fn may_panic(method: &str) -> bool {
    PANICKING.contains(&method)
}

fn has_prefix(method: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| method.starts_with(prefix))
}

/// The words by which a call is a command, in the order in which they are asked for. A name is
/// split at its underscores; `first` is its first word, `last` its last one, `name` all of it.
///
/// What each row holds was measured on the functions of public applications that two people
/// would call wrong if they overlapped.
pub(crate) const GUARDS: Words = Words {
    first: &["acquire", "begin", "lock"],
    last: &["guard", "lease", "lock", "mutex", "permit"],
    name: &[],
};

/// What a guard is called, if not what gives it.
pub(crate) const GUARD_BINDINGS: &[&str] = &["guard", "lease", "lock", "locker", "mutex", "permit"];

/// What a cell gives that is filled once: it is kept there, whatever it is called here.
pub(crate) const FILLED_ONCE: &[&str] = &["get_or_init", "get_or_try_init"];

pub(crate) const CONNECTIONS: Words = Words {
    first: &[],
    last: &["conn", "connection", "transaction", "tx", "txn"],
    name: &["connection", "get_conn", "get_connection", "get_owned"],
};

/// A word of a name that says that a connection serves many at a time, so that it is not taken.
pub(crate) const SHARED: &[&str] = &["multiplexed"];

/// The last word of what is a transaction.
const TRANSACTIONS: &[&str] = &["transaction", "tx", "txn"];

/// Whether a variable is called so: what two calls do in one keeps its order.
pub(crate) fn is_transaction(variable: &str) -> bool {
    TRANSACTIONS.contains(&variable.rsplit('_').next().unwrap_or_default())
}

/// What gives a connection by `get()`.
pub(crate) const POOLS: &[&str] = &["database", "db", "pool"];

/// Before a word of `CONNECTIONS`: the call runs in one, and gives none.
pub(crate) const PREPOSITIONS: &[&str] = &[
    "by", "for", "from", "in", "into", "inside", "of", "on", "over", "to", "using", "via", "with",
    "within",
];

pub(crate) const COMMANDS: Words = Words {
    first: &[
        "abort",
        "add",
        "allocate",
        "append",
        "apply",
        "archive",
        "assign",
        "attach",
        "authenticate",
        "authorise",
        "authorize",
        "backfill",
        "bitop",
        "blmove",
        "blmpop",
        "blpop",
        "broadcast",
        "brpop",
        "brpoplpush",
        "bump",
        "bzmpop",
        "bzpopmax",
        "bzpopmin",
        "cancel",
        "charge",
        "claim",
        "cleanup",
        "clear",
        "close",
        "commit",
        "complete",
        "copy",
        "create",
        "debit",
        "decr",
        "decrby",
        "decrement",
        "del",
        "delete",
        "deploy",
        "deposit",
        "detach",
        "disable",
        "dispatch",
        "drop",
        "emit",
        "enable",
        "enqueue",
        "ensure",
        "evict",
        "expire",
        "expireat",
        "finalize",
        "finish",
        "flush",
        "flushall",
        "flushdb",
        "gc",
        "geoadd",
        "getdel",
        "getset",
        "grant",
        "hdel",
        "hexpire",
        "hincr",
        "hincrby",
        "hincrbyfloat",
        "hmset",
        "hpersist",
        "hpexpire",
        "hset",
        "hsetnx",
        "incr",
        "incrby",
        "incrbyfloat",
        "increment",
        "insert",
        "install",
        "invalidate",
        "kill",
        "linsert",
        "lmove",
        "lmpop",
        "login",
        "logout",
        "lpop",
        "lpush",
        "lpushx",
        "lrem",
        "lset",
        "ltrim",
        "mark",
        "merge",
        "migrate",
        "move",
        "mset",
        "msetnx",
        "notify",
        "overwrite",
        "patch",
        "pause",
        "pay",
        "persist",
        "pexpire",
        "pexpireat",
        "pfadd",
        "pfmerge",
        "prune",
        "psetex",
        "publish",
        "purge",
        "put",
        "refund",
        "register",
        "release",
        "remove",
        "rename",
        "renamenx",
        "replace",
        "require",
        "reschedule",
        "reserve",
        "reset",
        "restart",
        "restore",
        "resume",
        "revoke",
        "rewrite",
        "rollback",
        "rotate",
        "rpop",
        "rpoplpush",
        "rpush",
        "rpushx",
        "sadd",
        "save",
        "schedule",
        "sdiffstore",
        "send",
        "set",
        "setbit",
        "setex",
        "setnx",
        "setrange",
        "shutdown",
        "sinterstore",
        "sleep",
        "smove",
        "spop",
        "spublish",
        "srem",
        "stop",
        "submit",
        "subscribe",
        "sunionstore",
        "swap",
        "transfer",
        "trigger",
        "truncate",
        "uninstall",
        "unlink",
        "unlock",
        "unregister",
        "unsubscribe",
        "update",
        "upload",
        "upsert",
        "wait",
        "withdraw",
        "write",
        "xack",
        "xadd",
        "xautoclaim",
        "xclaim",
        "xdel",
        "xgroup",
        "xtrim",
        "zadd",
        "zdiffstore",
        "zincr",
        "zincrby",
        "zinterstore",
        "zmpop",
        "zpopmax",
        "zpopmin",
        "zrangestore",
        "zrem",
        "zrembylex",
        "zrembyscore",
        "zremrangebylex",
        "zremrangebyrank",
        "zremrangebyscore",
        "zunionstore",
    ],
    last: &[],
    name: &[
        "basic_ack",
        "basic_cancel",
        "basic_consume",
        "basic_get",
        "basic_nack",
        "basic_publish",
        "basic_qos",
        "basic_recover",
        "basic_reject",
        "confirm_select",
        "down",
        "exchange_bind",
        "exchange_declare",
        "exchange_delete",
        "exchange_unbind",
        "exec",
        "exec_async",
        "exec_without_returning",
        "execute",
        "execute_async",
        "geo_add",
        "get_del",
        "get_ex",
        "hget_del",
        "hget_ex",
        "invoke_async",
        "invoke_script",
        "post",
        "pset_ex",
        "push",
        "queue_bind",
        "queue_declare",
        "queue_delete",
        "queue_purge",
        "queue_unbind",
        "record",
        "tx_commit",
        "tx_rollback",
        "tx_select",
        "up",
        "writer",
        "writer_with",
        "zrange_store",
    ],
};

/// What things are kept in: `create_…` is a command if it is called on one, or given one.
pub(crate) const HANDLES: &[&str] = &[
    "client",
    "conn",
    "connection",
    "database",
    "db",
    "executor",
    "pool",
    "transaction",
    "trx",
    "tx",
    "txn",
];

/// Commands that places keep in order, where they take a `&mut` of a local.
pub(crate) const ON_A_LOCAL: &[&str] =
    &["add", "append", "apply", "insert", "merge", "push", "remove", "set", "update"];

/// With a `?` in its statement it permits what is below.
pub(crate) const CHECKS: &[&str] = &["check", "validate", "verify"];

/// What a check does not hold back: it only reads, if its name says nothing else (`get_or_add`).
pub(crate) const READS: &[&str] = &[
    "check", "contains", "count", "describe", "exists", "fetch", "find", "get", "has", "is",
    "list", "load", "lookup", "query", "read", "resolve", "search", "select", "validate", "verify",
];

/// Words within a name after which it says that it does something else too.
pub(crate) const CONJUNCTIONS: &[&str] = &["and", "or"];

/// Names that say only that something runs: what it is stands before them in the chain.
pub(crate) const RUNNERS: Words = Words {
    first: &["fetch"],
    last: &[],
    name: &["all", "call", "get_result", "get_results", "load", "one", "run", "send"],
};

/// The same where they are awaited: also of a stream of rows, and of a text that is given. (What
/// `query(…)` gives else is run by another name.)
pub(crate) const AWAITED_RUNNERS: Words =
    Words { first: &["query"], last: &[], name: &["collect", "next", "try_collect", "try_next"] };

/// What is given code that is to overlap: as a marker, that overrides what its names say.
pub(crate) const IN_BACKGROUND: &str = "run_in_background";

/// A command that as an argument is no more than a time limit.
pub(crate) const TIME_LIMITS: &[&str] = &["sleep"];

/// What a client is asked to do with a request, which says by how it was made what that is.
pub(crate) const SENDS_REQUESTS: &[&str] = &["execute", "send"];

/// What stands there if it writes.
pub(crate) const RUN_COMMANDS: Words = Words {
    first: &["create", "delete", "insert", "patch", "post", "put", "remove", "update", "upsert"],
    last: &[],
    name: &[],
};

/// The verbs with which a text in SQL begins that writes.
pub(crate) const SQL_VERBS: &[&str] = &[
    "alter", "copy", "create", "delete", "drop", "grant", "insert", "lock", "merge", "replace",
    "revoke", "truncate", "update", "upsert",
];

/// What names of functions in SQL begin with that act, or take a lock.
pub(crate) const SQL_FUNCTIONS: &[&str] =
    &["get_lock", "nextval", "pg_advisory", "pg_notify", "pg_try_advisory", "setval"];

/// The verbs of Redis that only read.
pub(crate) const REDIS_READS: &[&str] = &[
    "bitcount",
    "bitpos",
    "dbsize",
    "echo",
    "exists",
    "expiretime",
    "geodist",
    "geohash",
    "geopos",
    "geosearch",
    "get",
    "getbit",
    "getrange",
    "hexists",
    "hget",
    "hgetall",
    "hkeys",
    "hlen",
    "hmget",
    "hscan",
    "hstrlen",
    "hvals",
    "info",
    "keys",
    "lindex",
    "llen",
    "lpos",
    "lrange",
    "memory",
    "mget",
    "pexpiretime",
    "pfcount",
    "ping",
    "pttl",
    "scan",
    "scard",
    "sdiff",
    "sinter",
    "sismember",
    "smembers",
    "smismember",
    "srandmember",
    "sscan",
    "strlen",
    "sunion",
    "time",
    "ttl",
    "type",
    "xinfo",
    "xlen",
    "xpending",
    "xrange",
    "xread",
    "xrevrange",
    "zcard",
    "zcount",
    "zdiff",
    "zinter",
    "zlexcount",
    "zmscore",
    "zrandmember",
    "zrange",
    "zrangebylex",
    "zrangebyscore",
    "zrank",
    "zrevrange",
    "zrevrangebylex",
    "zrevrangebyscore",
    "zrevrank",
    "zscan",
    "zscore",
    "zunion",
];

/// What builds commands of Redis, and how they are run.
pub(crate) const BUILDS_REDIS: &[&str] = &["Pipeline", "cmd", "pipe"];
pub(crate) const RUNS_REDIS: &str = "query_async";

/// What takes something from its receiver, so that the order matters in which it is asked.
pub(crate) const TAKES: Words =
    Words { first: &["accept", "dequeue", "pop", "recv"], last: &[], name: &[] };

/// The same, without arguments.
pub(crate) const TAKES_BARE: &[&str] = &["next", "read", "take"];

/// Words in front that say nothing.
pub(crate) const LEADING: &[&str] =
    &["async", "atomic", "batch", "bulk", "do", "force", "internal", "maybe", "try"];

/// Methods that only wrap the future that they are called on.
const ADAPTERS: &[&str] = &[
    "and_then",
    "context",
    "expect",
    "fuse",
    "inspect_err",
    "or_else",
    "shared",
    "timeout",
    "unwrap",
    "with_context",
];

const ADAPTER_PREFIXES: &[&str] = &["boxed", "instrument", "map"];

/// Whether a method only wraps the future that it is called on.
pub(crate) fn is_adapter(method: &str) -> bool {
    ADAPTERS.contains(&method) || has_prefix(method, ADAPTER_PREFIXES)
}

/// The words by which a call is a command, as text.
///
/// ```
/// assert!(bridge_planner::command_words().contains("enqueue"));
/// ```
pub fn command_words() -> String {
    let mut text = String::new();
    let mut row = |title: &str, words: &[&str]| {
        if words.is_empty() {
            return;
        }
        let mut line = format!("{title}:");
        for word in words {
            if line.len() + word.len() > 76 {
                text += &line;
                text += "\n";
                line = "   ".to_owned();
            }
            line += " ";
            line += word;
        }
        text += &line;
        text += "\n";
    };
    for (kind, words) in [
        ("guard", &GUARDS),
        ("connection", &CONNECTIONS),
        ("command", &COMMANDS),
        ("runner", &RUNNERS),
        ("runner, where it is awaited", &AWAITED_RUNNERS),
        ("command before a runner", &RUN_COMMANDS),
        ("takes from its receiver", &TAKES),
    ] {
        row(&format!("{kind}, first word"), words.first);
        row(&format!("{kind}, last word"), words.last);
        row(&format!("{kind}, whole name"), words.name);
    }
    row("keeps the order of what it is given to, last word of a variable", TRANSACTIONS);
    row("connection by `get()`, last word of the receiver", POOLS);
    row("guard, last word of the binding", GUARD_BINDINGS);
    row("connection that is not taken, word of the name", SHARED);
    row("guard among the arguments of a call, whole name", TAKING_GUARDS);
    row("gives what it keeps, whatever it is called", FILLED_ONCE);
    row("check, if there is a `?`, first word", CHECKS);
    row("not held back by a check, first word", READS);
    row("takes from its receiver, without arguments", TAKES_BARE);
    row("overlaps, whatever it is given", &[IN_BACKGROUND]);
    row("no command as an argument, first word", TIME_LIMITS);
    row("runner of a request, on a client", SENDS_REQUESTS);
    row("runner of commands of Redis", &[RUNS_REDIS]);
    row("builds commands of Redis, part of a path", BUILDS_REDIS);
    row("verb of Redis that reads", REDIS_READS);
    row("verb of SQL that writes", SQL_VERBS);
    row("function of SQL that acts", SQL_FUNCTIONS);
    row("dropped in front", LEADING);
    text
}

/// Words of one kind.
pub(crate) struct Words {
    /// First words of a name.
    pub(crate) first: &'static [&'static str],
    /// Last words of a name.
    pub(crate) last: &'static [&'static str],
    /// Whole names.
    pub(crate) name: &'static [&'static str],
}
